from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.training.evaluate.card import Figure, average, publish, share, table, write


def test_the_card_gets_what_was_measured_and_keeps_the_rest(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("before\n<!-- one -->\nold\n<!-- /one -->\nmiddle\n<!-- two -->\n<!-- /two -->\nafter\n", "utf-8")
    for text in ("new", "newer"):
        write(card, "one", text)
    publish(card, "two", [share("heads", [True, False])])
    text = card.read_text("utf-8")
    assert text.startswith("before\n<!-- one -->\nnewer\n<!-- /one -->\nmiddle\n<!-- two -->\n| what |")
    assert text.endswith("<!-- /two -->\nafter\n")
    for name in ("three", "before"):
        with pytest.raises(ValueError, match=name):
            write(card, name, "x")


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    found = share("x", [True] * 8 + [False] * 2)
    assert (found.value, found.n) == (0.8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert share("x", [True] * 20).high == pytest.approx(1.0)
    assert share("x", []).n == 0


def test_the_interval_of_a_mean_narrows_with_more_values_and_holds_it() -> None:
    few, many = average("x", [0.0, 1.0] * 5), average("x", [0.0, 1.0] * 500)
    assert few.low < many.low < 0.5 < many.high < few.high
    assert many.value == 0.5


def test_a_table_tells_what_was_wanted() -> None:
    assert (
        table([Figure("a", 0.1234, 0.1, 0.2, 7, "≤ 0.1")]).splitlines()[-1] == "| a | 0.123 | 0.100–0.200 | 7 | ≤ 0.1 |"
    )
