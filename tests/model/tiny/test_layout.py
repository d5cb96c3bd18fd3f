from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncue.model.tiny.layout import DIGIT_LEVELS, NUM_VALUES, pack, unpack


@given(st.tuples(*(st.integers(0, levels - 1) for levels in DIGIT_LEVELS)))
def test_unpacking_is_the_inverse_of_packing(digits: tuple[int, ...]) -> None:
    assert unpack(pack(digits)) == digits


@given(st.integers(0, NUM_VALUES - 1))
def test_every_value_is_a_code(value: int) -> None:
    assert pack(unpack(value)) == value
