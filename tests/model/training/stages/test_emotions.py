from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from oncue.model.tiny.layout import HOP, NUM_EMOTIONS, SAMPLE_RATE
from oncue.model.tiny.prosody import NUM_PROSODY
from oncue.model.training.data.dataset import Prepared
from oncue.model.training.stages.emotions import CLIP_S, RECIPE, Emotions, Sampler, clip_of, recognised, wanted_of
from oncue.model.training.stages.trainer import Trainer
from tests.model.training import lines


def line(style: int, intensity: float, seconds: float = 1.0, speaker: int = 0) -> Prepared:
    frames = np.arange(int(seconds * SAMPLE_RATE) // HOP * HOP) // HOP % 100
    return lines.line(speaker, style, intensity, frames.astype(np.int16), frames[::HOP])


def test_what_is_wanted_of_a_clip_is_what_the_decoder_is_told_of_it() -> None:
    wanted = wanted_of([line(2, 0.75), line(0, 0.0), line(7, 1.0)])
    assert torch.allclose(wanted.sum(1), torch.ones(3))
    assert wanted[0, 2] == 0.75
    assert wanted[1, NUM_EMOTIONS] == 1
    assert wanted[2, 7] == 1


def test_sound_and_pitch_are_cut_at_the_same_place_and_a_short_line_goes_round() -> None:
    frames = int(CLIP_S * SAMPLE_RATE) // HOP
    for seconds in (1.0, 9.0):
        pcm, log_f0 = clip_of(line(0, 1.0, seconds), frames, np.random.default_rng(4))
        assert len(log_f0) == frames
        assert len(pcm) == frames * HOP
        assert np.allclose(pcm[::HOP] * 32768, log_f0)


def test_rare_styles_are_drawn_as_often_as_common_ones() -> None:
    items = [*(line(0, 0.0) for _ in range(90)), *(line(3, 0.8) for _ in range(10))]
    wanted = Sampler(items, [torch.zeros(100, NUM_PROSODY)], 0).batch(400).wanted
    assert 0.4 < (wanted[:, 3] > 0).float().mean() < 0.6


def test_the_encoder_is_pushed_away_from_the_speaker() -> None:
    torch.manual_seed(0)
    network = Emotions(4)
    batch = Sampler([line(i, 0.9, 4.0, i) for i in range(4)], [torch.randn(4, NUM_PROSODY)], 0).batch(8)
    gradients = []
    for reversal in (1.0, -1.0):
        network.zero_grad()
        network.losses(batch, reversal)[1].backward()
        gradient = network.feeling.leave.weight.grad
        assert gradient is not None
        gradients.append(gradient.clone())
    assert gradients[0].abs().max() > 0
    assert torch.allclose(gradients[0], -gradients[1])


def test_styles_that_differ_are_learned(tmp_path: Path) -> None:
    torch.manual_seed(0)
    items = [line(style, 1.0) for style in (0, 4) for _ in range(40)]
    apart = torch.randn(80, NUM_PROSODY) + 2.0 * torch.tensor([1.0] * 40 + [-1.0] * 40).unsqueeze(1)
    network = Emotions(1)
    trainer = Trainer({"emotions": network}, tmp_path / "a.pt", RECIPE, 1.0, torch.device("cpu"))
    sampler = Sampler(items, [apart], 0)
    for _ in range(60):
        batch = sampler.batch(32)
        trainer.learn(network.losses(batch, 0.0)[0], {})
    with torch.no_grad():
        found = network.feeling.strengths(network.feeling(apart)).argmax(1)
    assert found.tolist() == [0] * 40 + [4] * 40


def test_the_measure_names_each_style_and_all() -> None:
    torch.manual_seed(0)
    shares = recognised(Emotions(2).eval(), [line(0, 0.9, 3.2), line(1, 0.9, 3.2)])
    assert set(shares) == {"happy", "angry", "all"}
    assert shares["all"] == np.mean([shares["happy"], shares["angry"]])
