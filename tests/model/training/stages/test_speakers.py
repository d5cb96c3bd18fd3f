from __future__ import annotations

import numpy as np
import torch

from oncue.model.tiny.encoders import REFERENCE_RMS, levelled
from oncue.model.tiny.layout import NUM_EMOTIONS, VOICE_DIM
from oncue.model.training.data.dataset import Dataset
from oncue.model.training.stages.speakers import Speakers, clip_of, degrade, erase, recognised
from tests.model.training.lines import dataset, line


def test_the_encoder_is_pushed_away_from_what_the_emotion_head_learns() -> None:
    torch.manual_seed(0)
    network, mel, emotion = Speakers(), torch.randn(6, 60, 80), torch.arange(6) % (NUM_EMOTIONS + 1)
    gradients = []
    for reversal in (0.0, 1.0, -1.0):
        network.zero_grad()
        network.losses(mel, emotion, reversal)[1].backward()
        assert network.voice.leave.weight.grad is not None
        gradients.append(network.voice.leave.weight.grad.clone())
    assert gradients[0].abs().max() == 0
    assert gradients[1].abs().max() > 0
    assert torch.allclose(gradients[1], -gradients[2])


def test_pairs_that_match_cost_less_than_pairs_that_do_not() -> None:
    torch.manual_seed(0)
    network, voices, emotion = Speakers(), torch.randn(4, 60, 80), torch.zeros(8, dtype=torch.long)
    with torch.no_grad():
        matched, _ = network.losses(torch.cat([voices, voices]), emotion, 0.0)
        crossed, _ = network.losses(torch.cat([voices, voices.roll(1, 0)]), emotion, 0.0)
    assert matched < crossed


def test_degraded_speech_stays_finite_and_keeps_its_bands() -> None:
    generator = torch.Generator().manual_seed(3)
    mel = torch.randn(16, 120, 80, generator=generator)
    out = degrade(mel, generator)
    assert torch.isfinite(out).all()
    assert out.shape[0] == 16
    assert out.shape[2] == 80
    assert 120 / 1.2 < out.shape[1] < 120 / 0.8


def test_a_short_line_goes_round() -> None:
    clip = clip_of(np.arange(1, 101, dtype=np.int16), 250, np.random.default_rng(0))
    assert np.array_equal(clip[:100], clip[100:200])
    assert len(clip) == 250


def test_levelled_rows_are_equally_loud_and_silence_stays_finite() -> None:
    rows = torch.stack([torch.ones(100), torch.ones(100) * 0.001, torch.zeros(100)])
    out = levelled(rows)
    assert torch.allclose(out[:2], torch.full((2, 100), REFERENCE_RMS))
    assert torch.isfinite(out).all()


def test_recognition_is_certain_for_well_parted_voices_and_chance_for_noise() -> None:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((40, 1, VOICE_DIM))
    near = (centres + 0.1 * rng.standard_normal((40, 4, VOICE_DIM))).astype(np.float32)
    noise = rng.standard_normal((40, 4, VOICE_DIM)).astype(np.float32)
    assert recognised(near, list(range(40))) == 1
    assert recognised(noise, list(range(40))) < 0.2


def lines_of_two_styles() -> Dataset:
    """Six voices hum; half of the lines of each are in a style that is a hiss."""
    rng, time = np.random.default_rng(0), np.arange(60_000) / 24_000

    def sound(speaker: int, styled: bool) -> np.ndarray:
        hum = 6000 * np.sign(np.sin(2 * np.pi * (100 + 30 * speaker) * time))
        return (hum + styled * 3000 * rng.standard_normal(60_000)).astype(np.int16)

    return dataset([line(n % 6, 2, float(n >= 24), sound(n % 6, n >= 24)) for n in range(48)])


def test_after_erasing_the_style_moves_no_mean_and_the_voices_stay_apart() -> None:
    torch.manual_seed(0)
    data, network = lines_of_two_styles(), Speakers().eval()

    def heard() -> np.ndarray:
        pcm = torch.from_numpy(np.stack([item.audio for item in data.items]).astype(np.float32) / 32768)
        with torch.inference_mode():
            return network.voice.unscaled(network.mel(pcm * (0.08 / pcm.square().mean(1, keepdim=True).sqrt()))).numpy()

    before = heard()
    erase(data, network)
    after = heard()
    apart = [np.linalg.norm(x[24:].mean(0) - x[:24].mean(0)) for x in (before, after)]
    voices = [np.linalg.norm(x[0] - x[3]) for x in (before, after)]
    assert apart[1] < 0.1 * apart[0]
    assert voices[1] > 0.5 * voices[0]
