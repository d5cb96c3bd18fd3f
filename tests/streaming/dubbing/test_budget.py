from __future__ import annotations

import pytest

from oncue.streaming.dubbing.budget import LEAST_SYLLABLES, budget, syllables


@pytest.mark.parametrize(
    ("text", "count"),
    [("Hello there.", 3), ("We leave at once.", 4), ("你好，世界", 4), ("table", 2), ("", 0), ("7 days", 2), ("hm", 1)],
)
def test_syllables_are_counted_about_as_people_count_them(text: str, count: int) -> None:
    assert syllables(text) == count


def test_a_budget_follows_the_pace_at_which_the_line_was_spoken() -> None:
    assert budget(2.0) == 9
    assert budget(2.0, spoken="Hello there.", took_s=1.0) == 6
    assert budget(0.1) == LEAST_SYLLABLES
