"""A text of any length, whole or in pieces, for a client that writes before the line is there: what it says waits its turn.

A line of ours holds so many characters (docs/protocol.md), so a longer text is several of them, one after another, cut
where a sentence ends. Positions in what comes back count from the start of the text and of its sound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import msgspec

from oncue.server.sessions.speaking import LINE, LineEvent, LineStream, speaking
from oncue.server.state import ServerState
from oncue.streaming.engine.segmenter import pieces
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import TextTooLong
from oncue.streaming.session.session import Resolver

MAX_WAIT_MS = 400
"""How long text waits for the end of its clause where its protocol does not say: its writers are language models, and
their listeners are used to sound before the sentence is written."""
MAX_CHARACTERS = 65_536
"""Of one text: more than an hour of speech. What follows is not spoken, and the client is told so."""
_EARLY = 0.75
"""A line that is full to this part ends with the sentence that is being written, so that none is cut where it is full."""
_SCRAPS = 0.05
"""What is left of a line and less than this part of it is not filled: a clause would be cut for it."""
_TOO_LONG = f"A text may hold at most {MAX_CHARACTERS} characters: begin another."
_ENDS = frozenset(".!?。！？…")


class _Part:
    """One line of ours; what is said to it before it is begun waits."""

    def __init__(self, text: str, most: int) -> None:
        self.text = text
        self._most = most
        self._first = text
        self._finished = False
        self._spoken: LineStream | None = None
        self._waiting: list[Callable[[LineStream], None]] = []

    @property
    def room(self) -> int:
        """How many more characters it takes."""
        over = len(self.text) >= _EARLY * self._most and self.text.rstrip()[-1:] in _ENDS
        left = self._most - len(self.text)
        return 0 if over or left < _SCRAPS * self._most else left

    def append(self, text: str, *, flush: bool = False) -> None:
        self.text += text
        self._do(lambda line: line.append(text, flush=flush))

    def finish(self) -> None:
        begun = self._spoken is not None or self._waiting
        self._finished = True
        if begun:
            self._do(LineStream.finish)

    def cancel(self) -> None:
        self._do(LineStream.cancel)

    def message(self, like: messages.Speak) -> messages.Speak:
        """What begins it: at once the whole, where all of it is known."""
        final = self._finished and not self._waiting
        return msgspec.structs.replace(like, text=self._first, final=final)

    def begin(self, spoken: LineStream) -> None:
        self._spoken = spoken
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            action(spoken)

    def _do(self, action: Callable[[LineStream], None]) -> None:
        if self._spoken is None:
            self._waiting.append(action)
        else:
            action(self._spoken)


class OpenLine:
    """One text; iterate over `events` once. Of several lines only the last one's `Done` is told, with the sums of all."""

    def __init__(
        self, state: ServerState, speak: messages.Speak, opened: messages.Open, resolver: Resolver,
        most: int = messages.MAX_TEXT_CHARACTERS,
    ) -> None:  # fmt: skip
        """`most` characters are a line. Raises TextTooLong."""
        if len(speak.text) > MAX_CHARACTERS:
            raise TextTooLong(_TOO_LONG)
        self.text = speak.text
        self.finished = False
        if speak.max_wait_ms is None:
            speak = msgspec.structs.replace(speak, max_wait_ms=MAX_WAIT_MS)
        self._state, self._speak, self._opened, self._resolver = state, speak, opened, resolver
        self._most = most
        first = _cut(speak.text, most)
        self._parts = deque([_Part(speak.text[:first], most)])
        self._refused = False
        self._carried = ""
        """What stands behind a full line and cannot begin the next one."""
        self._write(speak.text[first:], flush=False)
        if speak.final:
            self.finish()

    def append(self, text: str, *, flush: bool = False) -> None:
        """More text; `flush` speaks what there is."""
        if len(self.text) + len(text) > MAX_CHARACTERS:
            self._refused = True
        elif not self.finished and (text or flush):
            self.text += text
            self._write(text, flush=flush)

    def finish(self) -> None:
        """No more text; harmless twice."""
        if not self.finished:
            self.finished = True
            self._parts[-1].finish()

    def cancel(self) -> None:
        """Stop at once."""
        self.finished = True
        while len(self._parts) > 1:
            self._parts.pop()
        self._parts[0].cancel()

    async def events(self) -> AsyncGenerator[LineEvent]:
        """What becomes of it. Raises Refusal."""
        samples = characters = 0
        told = False
        while True:
            part = self._parts[0]
            async with speaking(self._state, part.message(self._speak), self._opened, self._resolver) as line:
                part.begin(line)
                async for event in line:
                    moved = _moved(event, samples, characters)
                    if isinstance(moved, messages.Done):
                        if moved.reason != "complete" or len(self._parts) == 1:
                            yield moved
                            return
                        samples = moved.samples
                    else:
                        yield moved
                    if self._refused and not told:
                        told = True
                        yield messages.Error(LINE, TextTooLong.code, _TOO_LONG, retry=False, detail={}, terminal=False)
            characters += len(part.text)
            self._parts.popleft()

    def _write(self, text: str, *, flush: bool) -> None:
        """To the last line what it takes, and new ones for the rest."""
        text, self._carried = self._carried + text, ""
        while len(text) > (room := self._parts[-1].room):
            last, at = self._parts[-1], _cut(text, room)
            if at:
                last.append(text[:at])
            text = text[at:]
            if not _speakable(text):
                self._carried, text = text, ""
                break
            last.finish()
            at = _cut(text, self._most)
            self._parts.append(_Part(text[:at], self._most))
            text = text[at:]
        if text or flush:
            self._parts[-1].append(text, flush=flush)


def _cut(text: str, room: int) -> int:
    """How much of a text to take where no more than `room` fits: up to the end of a clause, else of a word, else all that fits."""
    if len(text) <= room or not room:
        return min(len(text), room)
    ends = [piece.char_end for piece in pieces(text[: room + 200]) if piece.char_end <= room]
    return ends[-1] if ends else text.rfind(" ", 0, room) + 1 or room


def _speakable(text: str) -> bool:
    return any(map(str.isalnum, text))


def _moved(event: LineEvent, samples: int, characters: int) -> LineEvent:
    """An event of a later line as one of the whole text."""
    if not samples and not characters:
        return event
    match event:
        case wire.AudioFrame():
            return replace(event, start=event.start + samples)
        case messages.Done():
            return msgspec.structs.replace(
                event, samples=event.samples + samples, last_char=event.last_char + characters
            )
        case messages.Marks():
            mouth = event.mouth and msgspec.structs.replace(event.mouth, start=event.mouth.start + samples)
            marks = tuple(
                msgspec.structs.replace(
                    mark, start=mark.start + samples, end=mark.end + samples,
                    char_start=mark.char_start + characters, char_end=mark.char_end + characters,
                )
                for mark in event.marks
            )  # fmt: skip
            return msgspec.structs.replace(event, marks=marks, mouth=mouth)
        case _:
            return event
