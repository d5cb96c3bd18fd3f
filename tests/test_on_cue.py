"""What OnCue is for, with the bundled model itself: `python -m tests.test_on_cue` prints figures over held-out sentences.

Lengths changed while a line plays, words on cues, text that comes a character at a time, the end of the speech.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pytest

from oncue.clients.client import Client
from oncue.model.api import Fault, Samples, Start, Window
from oncue.model.forwarding import ForwardingSpeech
from oncue.model.tiny.speech import TinySpeech, load
from oncue.model.training.data.heldout import HELDOUT_EN, HELDOUT_ZH
from oncue.server.lifecycle import child_server
from oncue.streaming.engine.events import Append, AudioChunk, Mark, Planned, Refused, Speak, Update
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.wire import AudioFrame
from oncue.streaming.timing.allocation import TOLERANCE_S
from oncue.streaming.timing.targets import Cue, DurationTarget
from tests.streaming.crank import Run, turn

RATE = 24000
TEXT = "The music starts at nine, and the doors are open until ten."
SHARES, FACTORS = (0.3, 0.6, 0.9), (0.8, 1.2)
LEAD_S = 0.5
SPEECH_END_S = 0.05
AT_ONCE = 6
EVERY_VISEME = messages.Open(marks=("viseme",), lead_ms=messages.MAX_LEAD_MS)
"""The silence at the end of a line begins with a viseme of its own."""


class Bundled(ForwardingSpeech):
    """The shipped weights, with the slots counted; `mute` leaves the sound out where only the marks matter."""

    def __init__(self, *, mute: bool = False) -> None:
        super().__init__(_shipped())
        self._mute = mute
        self.busy: set[int] = set()

    def prefill(self, starts: Sequence[Start]) -> None:
        self.busy |= {start.slot for start in starts}
        super().prefill(starts)

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        if self._mute:
            return [np.zeros(window.samples, np.float32) for window in windows]
        return super().vocode(windows)

    def release(self, slot: int) -> None:
        self.busy.discard(slot)
        super().release(slot)


@cache
def _shipped() -> TinySpeech:
    return load()


def speak(text: str = TEXT, **more: object) -> Speak:
    """A line in the first voice."""
    return Speak(1, text, next(iter(_shipped().voices.values())), lead_s=LEAD_S, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Turned:
    """How a change of length on the way came out."""

    refused: bool
    exact: bool
    late_s: float
    """From the change to its answer."""
    kept: bool
    """What had been sent is what would have been sent without the change."""


def changed(before: Run, text: str, share: float, factor: float) -> Turned:
    """Another length, `factor` of the first, when `share` of a line at its natural length is sent, or all but the last
    chunk, after which the line is over.
    """
    whole = len(before.sound())
    chunks = [
        (time, event.start + len(event.samples)) for time, event in before.events if isinstance(event, AudioChunk)
    ]
    now = next((time for time, end in chunks[:-1] if end >= share * whole), chunks[-2][0]) + 0.001
    asked = factor * whole / RATE
    first = speak(text, duration=DurationTarget(ratio=1.0))
    run = turn(Bundled(), [(0, first), (now, Update(1, DurationTarget(seconds=asked)))])
    answer, at = next(
        (event, time) for time, event in run.events if isinstance(event, Refused | Planned) and time >= now
    )
    refused = isinstance(answer, Refused) and answer.code == "duration_infeasible"
    sent = (
        whole
        if refused
        else sum(len(event.samples) for time, event in run.events if isinstance(event, AudioChunk) and time < now)
    )
    kept = sent > 0 and np.array_equal(run.sound()[:sent], before.sound()[:sent])
    wanted = whole if refused else round(asked * RATE)
    return Turned(refused, run.end().samples == wanted, at - now, kept)


def plain(text: str) -> Run:
    """A line at its natural length."""
    return turn(Bundled(), [(0, speak(text, duration=DurationTarget(ratio=1.0)))])


def word_starts(run: Run) -> dict[int, Mark]:
    """Marks of words by their first character."""
    return {mark.char_start: mark for chunk in run.of(AudioChunk) for mark in chunk.marks if mark.kind == "word"}


def cue_error_s(text: str, factor: float) -> float:
    """By how much the middle word of a line misses a cue at `factor` of its natural start."""
    script = _shipped().read(text)
    word = script.words[len(script.words) // 2]
    before = sum(unit.mean_codes for unit in script.units if unit.char_start < word.char_start)
    at = factor * before * 0.04
    cues = (Cue(word.char_start, at),)
    run = turn(Bundled(mute=True), [(0, speak(text, duration=DurationTarget(ratio=1.0, cues=cues), strict=True))])
    return word_starts(run)[word.char_start].start / RATE - at


def speech_end_error_s(text: str, ratio: float) -> float:
    """By how much the last word ends late for the closing pause to be natural."""
    run = turn(Bundled(mute=True), [(0, speak(text, duration=DurationTarget(ratio=ratio)))])
    marks = [mark for chunk in run.of(AudioChunk) for mark in chunk.marks if mark.kind == "pause"]
    natural = _shipped().read(text).units[-1].mean_codes * 0.04
    return natural - (run.end().samples - marks[-1].start) / RATE


def by_letters(text: str) -> Run:
    """The text in appends of one character each, one every 20 ms."""
    commands = [(0.02 * (index + 1), Append(1, char)) for index, char in enumerate(text)]
    end = (0.02 * (len(text) + 1), Append(1, "", final=True))
    return turn(Bundled(), [(0, speak("", final=False, duration=DurationTarget(ratio=1.1))), *commands, end])


def test_a_length_changed_while_the_bundled_model_speaks_is_met_or_refused_at_once() -> None:
    before = plain(TEXT)
    for share, factor in ((0.3, 1.2), (0.9, 0.8)):
        turned = changed(before, TEXT, share, factor)
        assert turned.exact
        assert turned.kept
        assert turned.refused or share < 0.9
        assert turned.late_s < 0.05


def test_the_bundled_model_begins_a_word_on_its_cue() -> None:
    assert abs(cue_error_s(TEXT, 1.1)) <= TOLERANCE_S


@pytest.mark.parametrize("ratio", [0.8, 1.2])
def test_every_word_the_bundled_model_says_has_its_mark(ratio: float) -> None:
    run = turn(Bundled(mute=True), [(0, speak(duration=DurationTarget(ratio=ratio)))])
    assert sorted(word_starts(run)) == [word.char_start for word in _shipped().read(TEXT).words]


def test_the_bundled_model_ends_its_speech_on_time_or_two_codes_off_at_most() -> None:
    errors = [abs(speech_end_error_s(text, ratio)) for text, ratio in product((TEXT, "好戏就要开始了。"), (0.8, 1.2))]
    assert max(errors) <= 0.08
    assert sum(error <= SPEECH_END_S for error in errors) >= 3


def test_the_bundled_model_speaks_letters_as_it_speaks_the_whole() -> None:
    text = "Good evening. The show begins in a minute."
    whole = turn(Bundled(), [(0, speak(text, duration=DurationTarget(ratio=1.1)))])
    assert np.array_equal(by_letters(text).sound(), whole.sound())


async def over_a_socket(texts: Sequence[str], ratios: Sequence[float]) -> list[tuple[int, float]]:
    """Of every text at every length, a server and a connection between: samples off the target, and by how many seconds
    the last word ends late for the closing pause to be natural.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    async with child_server() as url:

        async def one(number: int, text: str, ratio: float) -> tuple[int, float]:
            async with gate, await Client.connect(url, EVERY_VISEME) as client:
                line = await client.speak(text, duration=messages.Duration(ratio=ratio), seed=number)
                heard = [event async for event in line]
            done = line.done
            assert done is not None
            assert done.target_samples is not None
            assert sum(len(event.pcm) for event in heard if isinstance(event, AudioFrame)) == 2 * done.samples
            marks = [mark for event in heard if isinstance(event, messages.Marks) for mark in event.marks]
            silent = max(mark.start for mark in marks if mark.text == "sil")
            natural = _shipped().read(text).units[-1].mean_codes * 0.04
            return done.samples - done.target_samples, natural - (done.samples - silent) / client.rate

        jobs = [one(number, text, ratio) for number, (text, ratio) in enumerate(product(texts, ratios))]
        return list(await asyncio.gather(*jobs))


def main(every: int) -> None:
    """Each law over one in `every` held-out sentences."""
    texts = (*HELDOUT_ZH, *HELDOUT_EN)[::every]
    socket = asyncio.run(over_a_socket(texts, (0.75, 0.9, 1.0, 1.1, 1.25)))
    met = sum(off == 0 for off, _ in socket)
    print(f"over a socket: {met} of {len(socket)} lines have the samples of their target", flush=True)
    _say("speech ends within 50 ms, over a socket", [late_s for _, late_s in socket], SPEECH_END_S)
    ends = [speech_end_error_s(text, ratio) for text, ratio in product(texts, (0.75, 0.9, 1.1, 1.25))]
    _say("speech ends within 50 ms", ends, SPEECH_END_S)
    cues = [cue_error_s(text, factor) for text, factor in product(texts, (0.9, 1.1))]
    _say("words begin within 30 ms of their cue", cues, TOLERANCE_S)
    for text in texts[:: max(1, len(texts) // 3)]:
        before = plain(text)
        for share, factor in product(SHARES, FACTORS):
            turned = changed(before, text, share, factor)
            how = "refused" if turned.refused else "taken"
            exact, kept = "exact" if turned.exact else "NOT EXACT", "kept" if turned.kept else "NOT KEPT"
            print(f"to {factor} at {share:.0%}: {how} after {turned.late_s * 1000:.0f} ms, {exact}, {kept}", flush=True)


def _say(what: str, errors: Sequence[float], most: float) -> None:
    off = np.abs(errors)
    share = float(np.mean(off <= most))
    print(
        f"{what}: {share:.1%} of {len(off)}, p95 {np.percentile(off, 95) * 1000:.0f} ms, most {off.max() * 1000:.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
