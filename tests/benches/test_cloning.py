from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import EMOTION_NAMES
from oncue.model.tiny.layout import SAMPLE_RATE
from tests.benches.cloning import CONDITIONS, one_of, takes


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_spoiled_clip_lasts_as_long_and_a_clone_of_it_speaks_both_languages(condition: str) -> None:
    pcm = np.sin(np.arange(2 * SAMPLE_RATE) * 0.3).astype(np.float32)
    spoiled, rate = CONDITIONS[condition](pcm)
    assert len(spoiled) / rate == pytest.approx(2.0, abs=0.01)
    found = list(takes("ann", 3, condition))
    assert {take.language for take in found} == {"zh", "en"}
    assert len({take.file for take in found}) == len(found)


def test_every_style_is_said_by_the_clone_of_the_clean_clip_alone() -> None:
    assert {take.style for take in takes("ann", 0, "clean")} == {None, *EMOTION_NAMES}
    assert {take.style for take in takes("ann", 0, "telephone")} == {None}
    assert sum(one_of("sad")) == 1
