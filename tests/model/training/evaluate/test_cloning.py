from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import EMOTION_NAMES
from oncue.model.training.evaluate.cloning import Heard, figures, recognised, styled


def heard(speaker: int, style: int | None, *, like: int, found: int = 0) -> Heard:
    """A sound that is like another speaker's, and in which another style is found."""
    styles = np.full(len(EMOTION_NAMES) + 1, 0.05, np.float32)
    styles[found] = 0.3
    styles[-1] = 0.5
    return Heard(speaker, style, np.eye(6, dtype=np.float32)[like], styles)


KNOWN = [heard(s, None, like=s) for s in range(4) for _ in range(2)]


def test_a_voice_is_right_when_its_own_clips_are_nearest() -> None:
    found = recognised([heard(0, None, like=0), heard(1, None, like=2)], KNOWN)
    assert found.wins == [True, False]
    assert found.right == pytest.approx([1, 0])
    assert found.wrong == pytest.approx([0, 1])


def test_a_clip_is_not_compared_with_itself() -> None:
    lonely = heard(5, None, like=5)
    assert len(recognised([lonely, *KNOWN], [lonely, *KNOWN]).wins) == len(KNOWN)
    assert all(recognised(KNOWN, KNOWN).wins)


def test_the_strongest_style_counts_and_none_is_no_answer() -> None:
    found = styled([heard(0, 2, like=0, found=2), heard(0, 3, like=0, found=1), heard(0, None, like=0)])
    assert found == {EMOTION_NAMES[2]: [True], EMOTION_NAMES[3]: [False]}


def test_plain_and_styled_clones_are_told_apart() -> None:
    model = [heard(0, None, like=0), heard(0, 1, like=3, found=1)]
    every = {f.what: f for f in figures("tier", KNOWN, model, KNOWN)}
    assert every["tier (1 voices), clones, plain: the right voice is nearest"].value == 1
    assert every["tier (1 voices), clones, under a style: the right voice is nearest"].value == 0
    (style,) = (f for what, f in every.items() if "style recognised" in what)
    assert (style.value, style.n, style.wanted) == (1, 1, "≥ 0.800")
