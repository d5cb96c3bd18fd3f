from __future__ import annotations

import math

from oncue.model.indextts2.streaming.grid import StreamConfig
from tests.benches import second_stage_tables as trade
from tests.benches.second_stage import Cut, Fewer, Overlap, Split


def test_every_cut_of_the_documentation_has_a_row_and_the_default_is_the_last() -> None:
    configs = trade.standard_cuts()
    rows = trade.cut_table([Cut(config, 20.0, 10.0, 2.0) for config in configs]).splitlines()
    assert len(rows) == 2 + len(configs)
    assert "20.0" in rows[-1]
    assert configs[-1] == StreamConfig()
    assert rows[-1].startswith("| 8, 12, 16 | 8 | 128 | trail | 480 |")


def test_what_differs_by_less_than_rounding_is_called_exact() -> None:
    assert trade.overlap_table([Overlap(40, 12, 27.31), Overlap(40, 40, 104.0)]).splitlines()[2:] == [
        "| 40 | 12 | 140 | 27.3 |",
        "| 40 | 40 | 480 | exact |",
    ]


def test_splits_and_steps_have_a_row_each() -> None:
    assert trade.split_table([Split((3, 8), 31.0, 25.25)]).splitlines()[-1] == "| 3, 8 | 31.0 | 25.2 |"
    rows = trade.steps_table([Fewer(25, math.inf, 1.0), Fewer(7, 12.5, 0.284)]).splitlines()
    assert rows[2:] == ["| 25 | exact | 1.00 |", "| 7 | 12.5 | 0.28 |"]
