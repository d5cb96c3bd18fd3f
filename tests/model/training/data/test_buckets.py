from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.training.data.buckets import WIDTH, Buckets, padded, wide

LENGTHS = st.lists(st.integers(1, 200), min_size=1, max_size=40)


@settings(derandomize=True, deadline=None)
@given(LENGTHS, st.integers(0, 3))
def test_a_batch_is_of_one_width_fills_the_budget_and_takes_only_what_it_was_given(
    lengths: list[int], seed: int
) -> None:
    indices = np.arange(len(lengths)) * 3 + 7
    drawn = Buckets(indices, np.array(lengths)).draw(400, 2, np.random.default_rng(seed))
    assert set(drawn) <= set(indices.tolist())
    widths = {wide(lengths[(index - 7) // 3]) for index in drawn}
    assert len(widths) == 1
    assert len(drawn) == max(2, 400 // widths.pop())


def test_every_line_is_drawn_and_each_choice_comes_back_with_its_seed() -> None:
    buckets = Buckets(np.arange(50), np.arange(1, 51))
    rng = np.random.default_rng(0)
    assert {index for _ in range(300) for index in buckets.draw(100, 1, rng)} == set(range(50))
    one, two = (buckets.draw(100, 1, np.random.default_rng(4)) for _ in range(2))
    assert one == two


def test_wide_is_the_next_multiple() -> None:
    assert [wide(n) for n in (1, WIDTH, WIDTH + 1)] == [WIDTH, WIDTH, 2 * WIDTH]


def test_padding_is_zeros_behind() -> None:
    rows = padded([np.ones((2, 3)), np.ones((4, 3))])
    assert rows.shape == (2, WIDTH, 3)
    assert padded([np.ones((WIDTH + 1, 3))]).shape == (1, 2 * WIDTH, 3)
    assert rows[0, 2:].sum() == 0
    assert rows.sum() == 18
