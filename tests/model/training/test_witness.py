from __future__ import annotations

from typing import Any

import numpy as np
import torch

from model.tiny.layout import HOP, NUM_EMOTIONS
from model.training.dataset import Dataset, Prepared, as_float
from model.training.prepare import Aligned
from model.training.trainer import Trainer
from model.training.witness import CLIP_FRAMES, RECIPE, Sampler, Witness, hear, load


def corpus() -> Dataset:
    """Twelve lines: voice n hums at its own pitch, and half of them are said in style n."""
    none: Any = np.zeros(0, np.int64)
    items = []
    for number in range(12):
        time = np.arange(CLIP_FRAMES * HOP + 5000 * number) / 24_000
        audio = (9000 * np.sign(np.sin(2 * np.pi * (100 + 60 * (number % 4)) * time))).astype(np.int16)
        items.append(Prepared(
            audio, none, none, none, none, Aligned(none, none, none, none), none, np.zeros(0, np.float32),
            number % 4, 0, number % 4, float(number >= 4),
        ))  # fmt: skip
    every = np.arange(12)
    return Dataset(tuple(items), np.zeros(4, np.float32), every, every, {s: every[every % 4 == s] for s in range(4)})


def test_a_margin_makes_the_right_voice_dearer_and_no_margin_is_negative() -> None:
    torch.manual_seed(0)
    witness, mel = Witness(5, 16, 1, 8), torch.randn(4, 64, 80)
    voice, style = witness.losses(mel, torch.arange(4), torch.zeros(4, dtype=torch.long))
    vector, _ = witness(mel)
    plain = torch.nn.functional.cross_entropy(
        24 * vector @ torch.nn.functional.normalize(witness.known, dim=-1).t(), torch.arange(4)
    )
    assert voice > plain
    assert style > 0
    assert torch.allclose(vector.norm(dim=-1), torch.ones(4))


def test_clips_are_all_as_long_and_half_of_them_drawn_by_style() -> None:
    pcm, speaker, style = Sampler(corpus(), 0).batch(300)
    assert pcm.shape == (300, CLIP_FRAMES * HOP)
    assert set(speaker.tolist()) == {0, 1, 2, 3}
    assert set(style.tolist()) == {0, 1, 2, 3, NUM_EMOTIONS}
    # A third of the lines have no style: by voice they come as often, by style as one of five.
    assert 0.18 < (style == NUM_EMOTIONS).float().mean() < 0.36


def test_a_witness_that_learned_knows_its_voices_and_comes_back_from_its_file(tmp_path: Any) -> None:
    torch.manual_seed(0)
    data, witness = corpus(), Witness(4)
    trainer = Trainer({"witness": witness}, tmp_path / "w.pt", RECIPE, 60.0, torch.device("cpu"))
    sampler = Sampler(data, 1)
    for step, _ in enumerate(trainer):
        pcm, speaker, style = sampler.batch(8)
        voice, felt = witness.losses(witness.mel(pcm), speaker, style)
        trainer.learn(voice + felt, {"voice": voice})
        if step == 12:
            break
    trainer.save(tmp_path / "w.pt", to_resume=False)
    again = load(tmp_path / "w.pt")
    vectors = [hear(again, as_float(item.audio)) for item in data.items[:8]]
    assert np.allclose(vectors[3][0], hear(witness.eval(), as_float(data.items[3].audio))[0])
    for one in range(4):
        cosines = [float(vectors[one][0] @ vectors[other][0]) for other in range(4, 8)]
        assert int(np.argmax(cosines)) == one
    assert all(abs(styles.sum() - 1) < 1e-5 for _, styles in vectors)
