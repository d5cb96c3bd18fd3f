"""Segments: nothing lost, nothing too long, and cut where it hurts least."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.indextts2.text.segments import Segmenting, segments
from tests.model.indextts2.words import tokens_of, written

LAW = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def cut(text: str, max_tokens: int = 120, eager_tokens: int = 0) -> list[str]:
    return [written(segment) for segment in segments(tokens_of(text), Segmenting(max_tokens, eager_tokens))]


@LAW
@given(
    st.lists(st.sampled_from(["A", "BB", ".", ",", "-", "!", "'", " '"]), max_size=60),
    st.integers(1, 20),
    st.integers(0, 60),
)
def test_every_token_is_in_exactly_one_segment_in_order_and_none_is_too_long(
    words: list[str], max_tokens: int, eager_tokens: int
) -> None:
    tokens = tokens_of(" ".join(words))
    parts = segments(tokens, Segmenting(max_tokens, eager_tokens))
    assert tuple(token for part in parts for token in part) == tokens
    assert all(0 < len(part) <= max_tokens for part in parts)


def test_sentences_are_merged_up_to_the_limit() -> None:
    assert cut("A B. C D. E F.", max_tokens=6) == ["A B. C D.", "E F."]
    assert cut("A B. C D. E F.") == ["A B. C D. E F."]


def test_the_first_sentences_are_left_alone_while_few_tokens_are_behind() -> None:
    assert cut("A B. C D. E F. G H.", eager_tokens=4) == ["A B.", "C D. E F. G H."]


def test_closing_quotes_stay_with_their_sentence_and_opening_ones_with_theirs() -> None:
    assert cut("' A B.' ' C D.'", eager_tokens=100) == ["' A B.'", "' C D.'"]


def test_several_marks_end_one_sentence() -> None:
    assert cut("A?!. B...", eager_tokens=100) == ["A?!.", "B..."]


def test_a_long_sentence_is_cut_after_commas_then_dashes_then_before_words() -> None:
    assert cut("A B, C D E, F.", max_tokens=5) == ["A B,", "C D E,", "F."]
    assert cut("A B C- D E.", max_tokens=4) == ["A B C-", "D E."]
    assert cut("A B C D E", max_tokens=2) == ["A B", "C D", "E"]


def test_marks_alone_make_no_segment_where_they_fit_elsewhere() -> None:
    assert cut("A. ! - . B.", eager_tokens=100) == ["A. ! - .", "B."]
    assert cut("... A.", eager_tokens=100) == ["... A."]


@pytest.mark.parametrize("limits", [(0, 0), (5, -1)])
def test_limits_that_hold_nothing_are_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="room for one token"):
        Segmenting(*limits)
