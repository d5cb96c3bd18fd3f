import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.engine.events import DurationTarget
from oncue.streaming.protocol.errors import DurationInfeasible
from oncue.streaming.timing.budget import EASY_RATIO, Promise, Reach, promise, share

reaches = st.lists(
    st.tuples(st.floats(0.5, 1), st.floats(1000, 90000), st.floats(1, 2), st.floats(0.5, 1.8)).map(
        lambda draw: Reach(draw[0] * draw[1], draw[1], draw[2] * draw[1], draw[3] * draw[1])
    ),
    min_size=1,
    max_size=8,
)
NATURAL = Reach(60_000, 100_000, 160_000, 100_000)


@given(reaches, st.floats(0, 1))
def test_shares_add_up_to_the_sample_and_ask_nothing_impossible(pieces: list[Reach], place: float) -> None:
    low, high = sum(piece.low for piece in pieces), sum(piece.high for piece in pieces)
    samples = round(low + place * (high - low))
    shares = share(samples, pieces)
    assert sum(shares) == samples
    assert all(piece.low - 2 <= part <= piece.high + 2 for part, piece in zip(shares, pieces, strict=True))


def test_equal_pieces_share_by_their_natural_length() -> None:
    assert share(330, [Reach(60, 100, 160, 100), Reach(120, 200, 320, 200)]) == (110, 220)


def test_a_piece_with_pauses_gives_more() -> None:
    assert share(230, [Reach(60, 100, 160, 80), Reach(60, 100, 160, 160)]) == (110, 120)


def test_what_a_piece_cannot_give_is_left_to_the_others() -> None:
    assert share(300, [Reach(90, 100, 110, 100), Reach(60, 100, 220, 100)]) == (110, 190)


def test_what_is_spoken_already_gives_nothing() -> None:
    assert share(250, [Reach(100, 100, 100, 0), Reach(60, 100, 160, 100)]) == (100, 150)
    assert share(0, []) == ()


def test_a_length_within_reach_is_promised_without_a_word() -> None:
    decided = promise(DurationTarget(seconds=4.0), 100_000, NATURAL, 24000, True)
    assert (decided.samples, decided.warning) == (96_000, None)


def test_a_free_line_is_promised_nothing() -> None:
    assert promise(DurationTarget(), 100_000, NATURAL, 24000, True).samples is None


@pytest.mark.parametrize(("ratio", "nearest"), [(0.1, 60_000), (5.0, 160_000)])
def test_a_length_beyond_reach_becomes_the_nearest_or_is_refused_with_it(ratio: float, nearest: int) -> None:
    target = DurationTarget(ratio=ratio)
    decided = promise(target, 100_000, NATURAL, 24000, False)
    assert decided.samples == nearest
    assert decided.warning is not None
    with pytest.raises(DurationInfeasible) as caught:
        promise(target, 100_000, NATURAL, 24000, True)
    assert caught.value.detail == {"nearest_s": nearest / 24000}


@given(st.sampled_from(EASY_RATIO), st.floats(10_000, 1_000_000))
def test_the_widest_easy_ratio_is_easy_however_it_is_rounded(ratio: float, natural: float) -> None:
    reach = Reach(0.0, natural, 2 * natural, natural)
    assert promise(DurationTarget(ratio=ratio), natural, reach, 24000, True) == Promise(round(ratio * natural))


@pytest.mark.parametrize("ratio", [0.7, 1.4])
def test_a_hard_ratio_is_promised_with_a_warning_even_if_strict(ratio: float) -> None:
    decided = promise(DurationTarget(ratio=ratio), 100_000, NATURAL, 24000, True)
    assert decided.samples == round(ratio * 100_000)
    assert decided.warning is not None
