"""The real planner against speakers made of noise: `python -m tests.streaming.simulation` prints what it costs.

What a speaker would do if it knew the length from the start is the ideal: the same performance, evenly scaled.
Rates are log ratios of ideal to real progress in windows of 500 ms of speech. The baseline asks for an even pace, and
keeps the same two promises, the end of the speech and that of the line, by the last 640 ms of each.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Script, Step
from oncue.streaming.engine.sequence import Segment, Sequence
from oncue.streaming.engine.stats import LineStats
from oncue.streaming.engine.windows import FIRST_RAMP
from oncue.streaming.timing.allocation import TOLERANCE_S
from oncue.streaming.timing.progress import Progress, Tempo
from oncue.streaming.timing.targets import SegmentTarget, Waypoint
from tests.streaming.speakers import RATE, SPAN, Speaker, Temper, script_of

REPAIR_CODES = 16
WINDOW_S = 0.5
SPEECH_END_S = 0.05
"""A last word that ends so near its time is on time."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Another length, as a factor of the first, when so much of the first is sound."""

    at: float
    factor: float


@dataclass(frozen=True, slots=True)
class Case:
    """One line to be spoken."""

    seed: int
    temper: Temper
    ratio: float = 1.0
    cues: int = 0
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """How a line came out."""

    error_samples: int
    """Off the last length that was not refused."""
    lost: int
    """Units that were not spoken."""
    forced: int
    rates: NDArray[np.float64]
    map_rms: float
    beyond_5: float
    beyond_15: float
    slew: float
    refused: bool = False
    """Whether a new length was out of reach."""
    speech_end_s: float = 0.0
    """By how much the last word ended late for the closing pause to be natural."""
    cue_errors_s: tuple[float, ...] = ()
    """Of the marks."""
    true_cue_errors_s: tuple[float, ...] = ()
    """Of what the speaker did, which the planner knows only to a part of a code."""


def waypoints_of(case: Case, script: Script) -> tuple[int, tuple[Waypoint, ...]]:
    """A length and words on cues, every stretch between them at a pace of its own."""
    rng = np.random.default_rng([case.seed, 2])
    chosen = sorted(rng.choice(np.arange(2, len(script.words)), case.cues, replace=False).tolist()) if case.cues else []
    cuts = [next(index for index, unit in enumerate(script.units) if unit.word == word) for word in chosen]
    found, at = [], 0.0
    for first, last in zip([0, *cuts], [*cuts, len(script.units)], strict=True):
        ratio = case.ratio * (float(rng.uniform(0.85, 1.15)) if cuts else 1.0)
        at += ratio * SPAN * sum(unit.mean_codes for unit in script.units[first:last])
        found.append(Waypoint(last, round(at)))
    return found[-1].samples, tuple(found[:-1])


def speak(case: Case) -> Take:
    """The real planner, every window made sound as soon as it is planned."""
    script, spec = script_of(case.seed), case.temper.spec
    target, waypoints = waypoints_of(case, script)
    sequence = Sequence(Segment(0, 0, script), 0, spec, FIRST_RAMP, SegmentTarget(target, waypoints, closing=True))
    speaker, wanted, turn = Speaker(script, case.temper, case.seed), target, case.turn
    refused = False
    while not sequence.done:
        if not sequence.decode_done:
            sequence.push(speaker.step(sequence.step()))
        while sequence.windows and (turn is None or sequence.vocoded_samples < turn.at * target):
            sequence.vocoded()
        if turn is not None and sequence.vocoded_samples >= turn.at * target:
            asked, turn = round(turn.factor * target), None
            (possible,) = sequence.ranges()
            refused = not possible.low <= asked <= possible.high
            if not refused:
                wanted = asked
                sequence.retarget(SegmentTarget(asked, closing=True))
    return replace(_take(case, sequence, speaker, wanted), refused=refused)


def _take(case: Case, sequence: Sequence, speaker: Speaker, target: int) -> Take:
    planner, places = sequence.planner, np.array(speaker.starts)
    spoken, stats = planner.spoken(len(planner.spans)), LineStats()
    stats.add(spoken, [])
    numbers = stats.numbers(planner.planned_samples, 0.0, RATE, float(SPAN))
    ends = np.cumsum([0, *planner.spans])
    true = np.interp(places, np.arange(len(ends)), ends)
    wanted = [(point.unit, point.samples) for point in planner.target.waypoints]
    pause = Progress(sequence.segment.script, case.temper.spec, Tempo()).closing_pause
    late = float(true[pause]) - (target - SPAN * speaker.after[pause]) if pause < len(true) else float(target)
    return Take(
        planner.planned_samples - target, len(speaker.natural) - len(places), planner.forced_steps,
        _rates(speaker.lengths, true) if case.turn is None else np.zeros(0),
        numbers["rate_rms"], numbers["share_beyond_5"], numbers["share_beyond_15"], numbers["rate_slew_p95"],
        speech_end_s=late / RATE,
        cue_errors_s=tuple(missed / RATE for missed in spoken.cue_errors_samples),
        true_cue_errors_s=tuple((float(true[unit]) - samples) / RATE for unit, samples in wanted if unit < len(true)),
    )  # fmt: skip


def repair(case: Case) -> Take:
    """The baseline: an even pace, and everything that is wrong made good in the last 640 ms of speech, and of pause."""
    script = script_of(case.seed)
    target, _ = waypoints_of(case, script)
    speaker = Speaker(script, case.temper, case.seed)
    pace, stop = target / (SPAN * speaker.after[0]), False
    while not stop:
        left = speaker.after[speaker.unit] if speaker.codes else speaker.after[0]
        stop = speaker.step(Step(0, max(1.0, pace * left), may_stop=True)).stop
    spoken, end = speaker.starts[-1], target - SPAN * speaker.natural[-1]
    last = min(float(REPAIR_CODES), spoken)
    codes = [spoken - last, last, speaker.codes - spoken]
    lengths = [SPAN * codes[0], max(0.1 * SPAN * last, end - SPAN * codes[0])]
    lengths.append(max(0.1 * SPAN * codes[2], target - sum(lengths)))
    true = np.interp(speaker.starts, np.cumsum([0.0, *codes]), np.cumsum([0.0, *lengths]))
    logs, weights = np.abs(np.log(np.divide(lengths[:2], codes[:2]) / SPAN)), lengths[:2]
    return Take(
        round(sum(lengths)) - target, 0, 0, _rates(speaker.lengths, true),
        float(np.sqrt(np.average(logs**2, weights=weights))), float(np.average(logs > np.log(1.05), weights=weights)),
        float(np.average(logs > np.log(1.15), weights=weights)), 0.0, speech_end_s=(sum(lengths[:2]) - end) / RATE,
    )  # fmt: skip


def _rates(lengths: Items[float], starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of even over real progress in windows of the speech, ten for each second; the last unit is the pause."""
    ideal = np.append(0, np.cumsum(lengths))[: len(starts)]
    ideal = ideal * (starts[-1] / ideal[-1])
    begins = np.arange(0, max(1.0, starts[-1] - WINDOW_S * RATE), RATE / 10)
    passed = np.interp(begins + WINDOW_S * RATE, starts, ideal) - np.interp(begins, starts, ideal)
    rates: NDArray[np.float64] = np.log(np.maximum(passed, 1.0) / (WINDOW_S * RATE))
    return rates


def rms(takes: Items[Take]) -> float:
    """Root mean square of all local rates."""
    return float(np.sqrt(np.mean(np.concatenate([take.rates for take in takes]) ** 2)))


def on_cue(errors_s: Items[float]) -> float:
    """Share of cues that are met."""
    return float(np.mean([abs(error) <= TOLERANCE_S for error in errors_s]))


TEMPERS = tuple(
    Temper(bias, jitter, obeys, tracks)
    for tracks in (True, False) for obeys in (1.0, 0.6) for bias in (0.85, 1.0, 1.15) for jitter in (0.1, 0.3)
)  # fmt: skip
DEAF = tuple(Temper(bias, jitter, 0.0) for bias in (0.9, 1.0, 1.1) for jitter in (0.1, 0.3))
TURNS = tuple(Turn(at, factor) for at in (0.3, 0.6, 0.9) for factor in (0.8, 1.2))


def cases(tempers: Items[Temper], lines: int, low: float = 0.75, high: float = 1.25, cues: int = 0) -> list[Case]:
    """Seeded lines that go round the tempers, at ratios between two limits."""
    ratios = np.random.default_rng(7).uniform(low, high, lines)
    return [Case(seed, tempers[seed % len(tempers)], float(ratios[seed]), cues) for seed in range(lines)]


def _row(name: str, takes: Items[Take], fixed: Items[Take] = ()) -> str:
    exact = np.mean([take.error_samples == 0 for take in takes])
    worst = max(abs(take.error_samples) for take in takes)
    ours, theirs = rms(takes), rms(fixed) if fixed else math.nan
    forced, lost = (np.mean([getattr(take, name) for take in takes]) for name in ("forced", "lost"))
    maps = [float(np.mean([getattr(take, name) for take in takes])) for name in ("map_rms", "beyond_5", "beyond_15")]
    their_map = float(np.mean([take.map_rms for take in fixed])) if fixed else math.nan
    slew = float(np.mean([take.slew for take in takes]))
    ends = np.mean([abs(take.speech_end_s) <= SPEECH_END_S for take in takes])
    return (
        f"{name:<26}{len(takes):>6}{exact:>8.1%}{worst:>8}{ends:>8.1%}{forced:>8.2f}{lost:>7.3f}{ours:>9.4f}{theirs:>9.4f}"
        f"{ours / theirs:>7.2f}{maps[0]:>9.4f}{their_map:>9.4f}{maps[1]:>8.1%}{maps[2]:>8.1%}{slew:>8.3f}"
    )


def _print_lengths(lines: int) -> None:
    print(
        f"{'speakers':<26}{'lines':>6}{'exact':>8}{'worst':>8}{'ends':>8}{'forced':>8}{'lost':>7}{'rate':>9}{'base':>9}"
        f"{'share':>7}{'map':>9}{'base':>9}{'>5%':>8}{'>15%':>8}{'slew':>8}"
    )
    groups = {
        "tracked, obey": TEMPERS[:6], "tracked, obey in part": TEMPERS[6:12],
        "estimated, obey": TEMPERS[12:18], "estimated, obey in part": TEMPERS[18:],
    }  # fmt: skip
    for name, tempers in groups.items():
        told = cases(tempers, lines // 5)
        print(_row(name, [speak(case) for case in told], [repair(case) for case in told]), flush=True)
    told = cases(DEAF, lines - 4 * (lines // 5), 0.9, 1.15)
    print(_row("tracked, deaf", [speak(case) for case in told], [repair(case) for case in told]), flush=True)


def _print_cues(lines: int) -> None:
    for cues in (1, 2):
        takes = [speak(case) for case in cases(TEMPERS[:12], lines // 8, 0.85, 1.15, cues)]
        marked, true = (
            [e for take in takes for e in getattr(take, name)] for name in ("cue_errors_s", "true_cue_errors_s")
        )
        print(
            f"{cues} cues: within 30 ms {on_cue(marked):.1%} (as the speaker spoke {on_cue(true):.1%}), "
            f"p95 {np.percentile(np.abs(marked), 95) * 1000:.1f} ms"
        )
        print(_row(f"  with {cues} cues", takes), flush=True)


def _print_turns(lines: int) -> None:
    for index, turn in enumerate(TURNS):
        told = [replace(case, turn=turn) for case in cases(TEMPERS, lines // 24, 0.95, 1.05)]
        takes = [speak(case) for case in told]
        taken = [take for take in takes if not take.refused]
        exact = sum(take.error_samples == 0 for take in takes)
        print(
            f"to {turn.factor} at {turn.at:.0%}: {len(takes)} lines, {len(taken)} within reach, {exact} exact, "
            f"forced {np.mean([take.forced for take in takes]):.2f}, lost {sum(take.lost for take in takes)}", flush=index >= 0,
        )  # fmt: skip


if __name__ == "__main__":
    LINES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    _print_lengths(LINES // 2)
    _print_cues(LINES)
    _print_turns(LINES)
