from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from oncue.model.indextts2.streaming.grid import CodeTimes, StreamConfig, code_of, frames_before

RATE, HOP = Fraction(43, 25), 256
NATURAL = RATE * HOP
WIDE = (0.5, 2.0)


def natural_spans(codes: int) -> list[int]:
    ends = np.rint(np.arange(codes + 1) * float(NATURAL)).astype(int)
    return [int(span) for span in np.diff(ends)]


def test_blocks_cover_the_line_without_gap_or_overlap() -> None:
    config, code, sizes = StreamConfig(blocks=(3, 5, 7)), 0, []
    while code < 40:
        end = config.block_end(code)
        assert {config.block_end(inside) for inside in range(code, end)} == {end}
        sizes.append(end - code)
        code = end
    assert sizes == [3, 5, 7, 7, 7, 7, 7]


def test_every_frame_belongs_to_the_code_whose_frames_it_is_counted_with() -> None:
    for code in range(200):
        for frame in range(frames_before(code, RATE), frames_before(code + 1, RATE)):
            assert code_of(frame, RATE) == code


def test_at_natural_pace_every_heard_frame_is_a_natural_one() -> None:
    times = CodeTimes.begin(NATURAL).extend(natural_spans(100))
    places = times.frames_at(0, 150, HOP, WIDE)
    assert np.array_equal(places, np.arange(150))


def test_a_line_twice_as_slow_visits_every_place_twice_as_slowly() -> None:
    times = CodeTimes.begin(NATURAL).extend([2 * span for span in natural_spans(60)])
    steps = np.diff(times.frames_at(0, 150, HOP, WIDE))
    assert abs(steps.mean() - 0.5) < 0.01
    assert steps.min() >= 0


def test_time_never_goes_back_and_never_jumps() -> None:
    rng = np.random.default_rng(3)
    times = CodeTimes.begin(NATURAL).extend([int(span) for span in rng.integers(300, 600, 80)])
    steps = np.diff(times.codes_at(np.arange(0.0, times.end + 5000, 7), WIDE))
    assert steps.min() > 0
    assert steps.max() <= 7 / 300 + 1e-9


def test_codes_without_a_single_sample_are_stepped_over() -> None:
    times = CodeTimes.begin(NATURAL).extend([400, 0, 0, 400])
    assert np.isfinite(times.codes_at(np.arange(0.0, 900, 10), WIDE)).all()
    assert times.codes_at(np.array([800.0]), WIDE)[0] == 4


def test_what_is_known_does_not_move_when_more_becomes_known() -> None:
    rng = np.random.default_rng(4)
    spans = [int(span) for span in rng.integers(380, 500, 60)]
    early, late = CodeTimes.begin(NATURAL).extend(spans[:30]), CodeTimes.begin(NATURAL).extend(spans)
    heard = early.end // HOP - 1
    assert np.array_equal(early.frames_at(0, heard, HOP, WIDE), late.frames_at(0, heard, HOP, WIDE))


def test_a_steady_pace_is_taken_to_go_on() -> None:
    times = CodeTimes.begin(NATURAL).extend([480] * 30)
    assert times.expected_end(50, WIDE) == 50 * 480
    assert times.codes_at(np.array([480.0 * 40]), WIDE)[0] == pytest.approx(40)


def test_a_pace_beyond_the_limits_is_not_taken_to_go_on() -> None:
    times = CodeTimes.begin(NATURAL).extend([10] * 30)
    assert times.slope((0.75, 1.25)) == pytest.approx(0.75 * float(NATURAL))


def test_spans_add_up_however_they_come() -> None:
    spans = natural_spans(50)
    parts = CodeTimes.begin(NATURAL).extend(spans[:7]).extend([]).extend(spans[7:])
    assert np.array_equal(parts.edges, CodeTimes.begin(NATURAL).extend(spans).edges)
    assert parts.end == sum(spans)


def test_a_negative_span_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        CodeTimes.begin(NATURAL).extend([5, -1])


@pytest.mark.parametrize("wrong", [{"blocks": ()}, {"blocks": (0,)}, {"steps": 0}, {"context_frames": -1}])
def test_a_cut_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        StreamConfig(**wrong)  # type: ignore[arg-type]
