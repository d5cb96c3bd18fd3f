"""Any bytes at all where a client's frames are expected: nothing is raised, and every line that began ends once.

`python -m tests.fuzz.wire 1000000` sends a million; a test of the suite a few. A failure prints its seed and frame. Frames
are whole messages, messages with something wrong, and noise; sessions live for a few hundred of them, with an engine of
arithmetic behind, and some clients vanish in the middle.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from oncue.streaming.engine import events
from oncue.streaming.engine.engine import Engine
from oncue.streaming.protocol import messages, wire
from oncue.streaming.session.session import Session, SessionConfig
from tests.fakes import ScriptedModel
from tests.resolvers import OneVoice

MANY = 1_000_000
SESSION_FRAMES = 300
_STEP_S = 0.02
_CRANKED = 0.1
"""After so many of the frames the engine turns; it costs a hundred times what a frame does."""
_TYPES = {
    "speak": 30, "append": 15, "finish": 8, "update": 12, "cancel": 6, "played": 10, "open": 2, "resume": 2, "sing": 1, "": 1, "close": 0.1,
}  # fmt: skip
_USUAL = ("Hi.", "好。", "Ho, be he. ", "No")
_TEXTS = (
    "Hi.",
    "好。",
    "a\x07",
    "",
    "\ud800",
    "x" * 5000,
    "\u202e.",
    "e\u0301" * 40,
    "<speak>",
    "[",
    "％" * 9,
    "0" * 400,
)
_VALUES: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**63,
    2**70,
    1e308,
    -0.0,
    "a",
    "",
    [],
    {},
    [[]],
    "nobody",
    {"seconds": 1},
    {"ratio": "x"},
)


@dataclass(slots=True)
class Tally:
    """What came of it."""

    frames: int = 0
    refused: int = 0
    begun: int = 0
    ended: int = 0
    codes: Counter[str] = field(default_factory=Counter)


class Frames:
    """Frames from a seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def next(self) -> str | bytes:
        """One more."""
        draw = self._draw
        match draw.randrange(10):
            case 0:
                return draw.randbytes(draw.randrange(64))
            case 1:
                return "".join(chr(draw.randrange(0xD800)) for _ in range(draw.randrange(40)))
            case 2 | 3:
                return self._spoiled(self._message())
            case 4:
                depth = draw.randrange(2000)
                return '{"type":"speak","id":' + "[" * depth + "]" * draw.randrange(depth + 1) + "}"
            case _:
                return self._message()

    def _message(self) -> str:
        draw = self._draw
        (kind,) = draw.choices(tuple(_TYPES), tuple(_TYPES.values()))
        told: dict[str, object] = {"type": kind, "id": f"{draw.choice('abcdef')}{draw.randrange(9)}"}
        if kind in {"open", "close"}:
            del told["id"]
        if kind in {"speak", "append"}:
            told["text"] = draw.choice(_USUAL if draw.random() < 0.8 else _TEXTS)
        if kind == "played":
            told["samples"] = draw.randrange(100_000)
        for _ in range(draw.choice((0, 0, 0, 1, 2))):
            name = draw.choice(
                ("voice", "duration", "emotion", "seed", "final", "lead_ms", "audio", "samples", "text", "id", "x")
            )
            told[name] = draw.choice(_VALUES)
        return json.dumps(told, ensure_ascii=draw.random() < 0.5)

    def _spoiled(self, text: str) -> str:
        at = self._draw.randrange(len(text))
        return (
            text[:at]
            + self._draw.choice(('"', "{", "\\", "\x00", "]", "", "é", ","))
            + text[at + self._draw.randrange(3) :]
        )


def run(frames: int, seed: int) -> Tally:
    """Send so many. Raises AssertionError, and whatever a bug raises."""
    tally, uids = Tally(), itertools.count(1)
    while tally.frames < frames:
        _session(min(SESSION_FRAMES, frames - tally.frames), seed * 1_000_003 + tally.frames, tally, uids)
    return tally


def _session(count: int, seed: int, tally: Tally, uids: itertools.count[int]) -> None:
    draw, source, model, now = random.Random(seed), Frames(seed), ScriptedModel(slots=2), 0.0
    engine = Engine(model)
    session = Session(SessionConfig("s", model.spec, ()), OneVoice.of(model), lambda: next(uids))
    session.receive(messages.Open(), now)
    lines: dict[int, int] = {}

    def crank() -> None:
        for command in session.commands():
            if isinstance(command, events.Speak):
                lines[command.uid] = 0
            engine.submit(command, now)
        for event in engine.step(now):
            lines[event.uid] += events.is_terminal(event)
            session.handle(event, now)
        for frame in session.outgoing():
            told = None if isinstance(frame.data, bytes) else wire.decode_server(frame.data)
            if isinstance(told, messages.Error):
                tally.refused += 1
                tally.codes[told.code] += 1
                assert told.message

    for _ in range(count):
        frame = source.next()
        try:
            session.receive(wire.read_client(frame), now)
            if draw.random() < _CRANKED:
                crank()
        except BaseException:
            print(f"seed {seed}, frame {frame!r}", file=sys.stderr)
            raise
        tally.frames += 1
        now += draw.choice((0.0, _STEP_S))
        if session.finished:
            break
    session.abandon()
    for _ in range(50):
        now += _STEP_S
        crank()
        if all(lines.values()):
            break
    assert all(ends == 1 for ends in lines.values()), f"seed {seed}: lines ended {sorted(lines.values())} times"
    assert not session.active
    assert not model.busy, "a slot is still held"
    tally.begun += len(lines)
    tally.ended += sum(lines.values())


def main(arguments: list[str]) -> int:
    """`[frames [seed]]`."""
    frames, seed = int(arguments[0]) if arguments else MANY, int(arguments[1]) if len(arguments) > 1 else 1
    begun = time.monotonic()
    tally = run(frames, seed)
    print(
        f"{tally.frames} frames in {time.monotonic() - begun:.0f} s: {tally.refused} refused, {tally.begun} lines begun, "
        f"{tally.ended} ended; nothing was raised. {dict(tally.codes.most_common())}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
