from __future__ import annotations

import numpy as np
import pytest

from model.api import EMOTION_NAMES
from model.training.cloning import Heard, figures, recognised, styled


def heard(speaker: int, style: int | None, *, like: int, found: int = 0) -> Heard:
    """A sound that is like another speaker's, and in which another style is found."""
    styles = np.full(len(EMOTION_NAMES) + 1, 0.05, np.float32)
    styles[found] = 0.3
    styles[-1] = 0.5
    return Heard(speaker, style, np.eye(6, dtype=np.float32)[like], styles)


KNOWN = [heard(s, None, like=s) for s in range(4) for _ in range(2)]


def test_a_voice_is_right_when_its_own_clips_are_nearest() -> None:
    found = recognised([heard(0, None, like=0), heard(1, None, like=2)], KNOWN)
    assert found["sounds"] == 2
    assert found["right wins"] == 0.5
    assert found["cosine to the right"] == pytest.approx(0.5)
    assert found["to the nearest wrong"] == pytest.approx(0.5)


def test_a_clip_is_not_compared_with_itself() -> None:
    lonely = heard(5, None, like=5)
    assert recognised([lonely, *KNOWN], [lonely, *KNOWN])["sounds"] == len(KNOWN)
    assert recognised(KNOWN, KNOWN)["right wins"] == 1


def test_the_strongest_style_counts_and_none_is_no_answer() -> None:
    found = styled([heard(0, 2, like=0, found=2), heard(0, 3, like=0, found=1), heard(0, None, like=0)])
    assert found["sounds"] == 2
    assert found["style recognised"] == 0.5
    assert found["by style"] == {EMOTION_NAMES[2]: 1.0, EMOTION_NAMES[3]: 0.0}


def test_plain_and_styled_clones_are_told_apart() -> None:
    model = [heard(0, None, like=0), heard(0, 1, like=3, found=1)]
    every = figures(KNOWN, model)
    assert every["clones, plain"]["right wins"] == 1
    assert every["clones, with a style"]["right wins"] == 0
    assert every["clones, with a style"]["style recognised"] == 1
    assert every["teachers"]["style recognised"] is None
