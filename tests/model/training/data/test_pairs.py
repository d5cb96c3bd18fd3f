"""Pairs are of one voice in two styles, and only what tells the voice lets them find each other."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from oncue.model.training.data.dataset import Dataset, Prepared
from oncue.model.training.data.pairs import GROUPS, PLAIN, TOGETHER, Pairs, contrast, style_of
from tests.model.training.lines import dataset, line


def in_style(speaker: int, style: int) -> Prepared:
    return line(speaker) if style == PLAIN else line(speaker, style, 0.8)


def crossed(speakers: int) -> Dataset:
    """Every voice has a line in each style and one without."""
    return dataset([in_style(speaker, style) for speaker in range(speakers) for style in range(PLAIN + 1)])


def test_a_pair_is_of_one_voice_and_of_the_two_styles_of_its_group() -> None:
    data = crossed(60)
    pairs = Pairs(data, np.random.default_rng(0))
    for _ in range(20):
        first, second = ([data.items[i] for i in lines] for lines in pairs.draw())
        assert [a.speaker for a in first] == [b.speaker for b in second]
        assert len({a.speaker for a in first}) == GROUPS * TOGETHER
        for group in range(GROUPS):
            rows = slice(group * TOGETHER, (group + 1) * TOGETHER)
            one, other = ({style_of(item) for item in lines[rows]} for lines in (first, second))
            assert len(one) == len(other) == 1
            assert one != other


def test_few_voices_and_voices_without_styles_still_make_pairs() -> None:
    data = dataset([line(speaker) for speaker in range(5) for _ in range(2)], without_lines=[5])
    first, second = Pairs(data, np.random.default_rng(0)).draw()
    assert sorted(data.items[i].speaker for i in first) == [0, 1, 2, 3, 4]
    assert all(a != b and data.items[a].speaker == data.items[b].speaker for a, b in zip(first, second, strict=True))


def test_vectors_that_tell_the_voice_cost_little_and_those_that_tell_the_style_cost_more_than_none() -> None:
    torch.manual_seed(0)
    voice, style = torch.randn(16, 32), torch.randn(2, 32)
    voices = torch.cat([voice, voice])
    styles = style.repeat_interleave(16, 0)

    def loss(x: torch.Tensor) -> float:
        return float(contrast(F.normalize(x, dim=-1), torch.tensor(12.0)))

    assert loss(voices) < 0.05
    assert loss(voices) < loss(voices + styles) < loss(0.3 * voices + styles)
    assert loss(styles) > loss(torch.ones(32, 32))
