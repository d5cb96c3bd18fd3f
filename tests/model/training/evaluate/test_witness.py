from __future__ import annotations

from typing import Any

import numpy as np
import torch

from oncue.model.tiny.layout import HOP, NUM_EMOTIONS
from oncue.model.tiny.pitch import track
from oncue.model.training.data.dataset import Dataset, as_float
from oncue.model.training.evaluate.witness import _STYLED, CLIP_FRAMES, RECIPE, Sampler, Witness, disguised, hear, load
from oncue.model.training.stages.trainer import Trainer
from tests.model.training.lines import dataset, line


def corpus() -> Dataset:
    """Twelve lines: voice n hums at its own pitch, and half of them are said in style n."""
    items = []
    for number in range(12):
        time, hertz = np.arange(CLIP_FRAMES * HOP + 5000 * number) / 24_000, 100 + 60 * (number % 4)
        audio = (9000 * np.sign(np.sin(2 * np.pi * hertz * time))).astype(np.int16)
        melody = np.full(len(audio) // HOP, np.log(hertz))
        items.append(line(number % 4, number % 4, float(number >= 4), audio, melody))
    return dataset(items)


def test_the_two_clips_of_a_voice_stand_against_each_other_and_all_are_as_long() -> None:
    data = corpus()
    batch = Sampler(data, 0).batch()
    assert batch.paired == 2 * 4
    assert batch.pcm.shape == (batch.paired + _STYLED, CLIP_FRAMES * HOP)
    assert batch.melody.shape == (batch.paired + _STYLED, CLIP_FRAMES)
    assert len(batch.style) == len(batch.pcm)
    pitch = [float(np.exp(np.nanmean(track(pcm)))) for pcm in batch.pcm.numpy()[: batch.paired]]
    assert np.allclose(pitch[:4], pitch[4:], rtol=0.02)
    assert len({round(hertz / 20) for hertz in pitch}) == 4


def test_clips_drawn_by_style_have_each_as_often_as_any_other() -> None:
    sampler = Sampler(corpus(), 0)
    styles = torch.cat([(batch := sampler.batch()).style[batch.paired :] for _ in range(20)])
    counts = torch.bincount(styles, minlength=NUM_EMOTIONS + 1)
    assert set(counts.nonzero().flatten().tolist()) == {0, 1, 2, 3, NUM_EMOTIONS}
    assert counts[counts > 0].min() > 0.6 * counts.max()


def test_a_witness_that_learned_knows_its_voices_and_comes_back_from_its_file(tmp_path: Any) -> None:
    torch.manual_seed(0)
    data, witness = corpus(), Witness()
    trainer = Trainer({"witness": witness}, tmp_path / "w.pt", RECIPE, 60.0, torch.device("cpu"))
    sampler = Sampler(data, 1)
    for step, _ in enumerate(trainer):
        batch = sampler.batch()
        voice, felt = witness.losses(batch, witness.mel(batch.pcm))
        trainer.learn(voice + felt, {"voice": voice})
        if step == 5:
            break
    trainer.save(tmp_path / "w.pt", to_resume=False)
    again = load(tmp_path / "w.pt")
    vectors = [hear(again, as_float(item.audio)) for item in data.items[:8]]
    assert np.allclose(vectors[3][0], hear(witness.eval(), as_float(data.items[3].audio))[0])
    for one in range(4):
        cosines = [float(vectors[one][0] @ vectors[other][0]) for other in range(4, 8)]
        assert int(np.argmax(cosines)) == one
    assert all(abs(styles.sum() - 1) < 1e-5 for _, styles in vectors)


def test_a_disguise_drifts_in_loudness_and_melts_what_stands_beside_each_other_but_keeps_the_mean() -> None:
    generator = torch.Generator().manual_seed(0)
    combed = (torch.arange(80) % 2).float().expand(64, 200, 80)
    made = disguised(combed, generator)
    assert torch.allclose(made.mean((1, 2)), torch.full((64,), 0.5), atol=0.02)
    comb = (made[:, :, 1:-1:2] - made[:, :, 2::2][:, :, :39]).mean((1, 2))
    assert 0.3 < (comb < 0.5).float().mean() < 0.7
    slope = made[:, -1].mean(1) - made[:, 0].mean(1)
    assert slope.abs().max() <= 0.8
    assert slope.std() > 0.3
