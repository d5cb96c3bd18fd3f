from __future__ import annotations

import re

import pytest

from oncue.model.text.patterns import LatePattern, pattern


def test_a_pattern_is_made_once() -> None:
    assert pattern(r"\d+") is pattern(r"\d+")


def test_a_late_pattern_matches_as_any_other_also_the_second_time() -> None:
    late = LatePattern(r"b(c)", re.IGNORECASE)
    for _ in range(2):
        found = late.match("aBC", 1)
        assert found is not None
        assert found[1] == "C"
        assert late.match("aBC", 0) is None


def test_a_late_pattern_that_cannot_be_made_says_so_when_it_is_made() -> None:
    with pytest.raises(re.error):
        LatePattern("(").make()
