"""Who is read out next: waiting messages by priority, with limits for each person and for all. Pure.

Every message that is offered gets exactly one verdict, and every one that was taken in leaves in exactly one way: it is read,
skipped, pushed out by a more important one, or too old. Time is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What became of a message."""

    WAITS = "waits"
    EMPTY = "nothing to read"
    MUTED = "muted"
    REPEATED = "said already"
    TOO_OFTEN = "too soon after the last"
    TOO_MANY = "has too many waiting"
    FULL = "queue full"
    PUSHED_OUT = "pushed out"
    TOO_OLD = "too old"
    SKIPPED = "skipped"
    READ = "read"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What somebody wrote."""

    user: str
    text: str
    priority: int = 0
    """Higher is read sooner; paid messages are exempt from the limits of a person."""
    id: str = ""
    """The name the platform gave it, for removing it."""
    voice: str | None = None
    emotion: str | None = None
    kind: str = "chat"
    """`chat`, `paid`, or `event` (a subscription, a raid)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in."""

    waiting: int = 50
    """For all together."""
    waiting_each: int = 3
    """For one person."""
    every_s: float = 0.0
    """Between two messages of one person; 0 for no such limit."""
    oldest_s: float = 120.0
    """A message that has waited so long is not news any more; 0 for no such limit. Paid ones wait for ever."""
    repeat_s: float = 30.0
    """The same words of the same person within this time count as one; 0 for no such limit."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the queue."""

    message: ChatMessage
    order: int
    since_s: float


Ledger = Callable[[ChatMessage, Verdict], None]


class SpeechQueue:
    """The law: offered = read + waiting + all other verdicts."""

    def __init__(self, limits: Limits | None = None, ledger: Ledger | None = None) -> None:
        """`ledger` is told every verdict as it falls."""
        self._limits = limits or Limits()
        self._ledger: Ledger = ledger or (lambda _message, _verdict: None)
        self._waiting: list[Waiting] = []
        self._offered = 0
        self._last_s: dict[str, float] = {}
        self._said: dict[tuple[str, str], float] = {}
        self._muted: set[str] = set()

    @property
    def size(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def waiting(self) -> tuple[ChatMessage, ...]:
        """In the order in which they will be read."""
        return tuple(item.message for item in sorted(self._waiting, key=_turn))

    def offer(self, message: ChatMessage, now_s: float) -> Verdict:
        """Take a message in, or say why not."""
        verdict = self._judge(message, now_s)
        if verdict is Verdict.WAITS:
            key = message.user.casefold()
            self._last_s[key] = now_s
            self._said[key, message.text] = now_s
            self._waiting.append(Waiting(message, self._offered, now_s))
            self._offered += 1
        self._ledger(message, verdict)
        return verdict

    def take(self, now_s: float) -> ChatMessage | None:
        """The next one to read, or None. Those that have become too old are let go first."""
        if self._limits.oldest_s > 0:
            self._drop(lambda item: self._old(item, now_s), Verdict.TOO_OLD)
        self._forget(now_s)
        if not self._waiting:
            return None
        item = min(self._waiting, key=_turn)
        self._waiting.remove(item)
        self._ledger(item.message, Verdict.READ)
        return item.message

    def put_back(self, message: ChatMessage, now_s: float) -> None:
        """One that was taken and could not be read: it is the next of its priority again, whatever the limits say."""
        first = min((item.order for item in self._waiting), default=0)
        self._waiting.append(Waiting(message, first - 1, now_s))
        self._ledger(message, Verdict.WAITS)

    def skip(self, identity: str) -> int:
        """Let go of a message by the platform's name; how many there were."""
        return self._drop(lambda item: bool(identity) and item.message.id == identity, Verdict.SKIPPED)

    def skip_user(self, user: str) -> int:
        """Let go of everything that somebody has waiting."""
        return self._drop(lambda item: item.message.user.casefold() == user.casefold(), Verdict.SKIPPED)

    def clear(self) -> int:
        """Let go of everything."""
        return self._drop(lambda _: True, Verdict.SKIPPED)

    def mute(self, user: str) -> int:
        """Take nothing more from somebody; how many messages of theirs were let go."""
        self._muted.add(user.casefold())
        return self.skip_user(user)

    def unmute(self, user: str) -> None:
        """Listen to somebody again."""
        self._muted.discard(user.casefold())

    def _judge(self, message: ChatMessage, now_s: float) -> Verdict:
        limits, key, paid = self._limits, message.user.casefold(), message.kind == "paid"
        if not message.text.strip():
            return Verdict.EMPTY
        if key in self._muted:
            return Verdict.MUTED
        if not paid:
            said = self._said.get((key, message.text))
            if said is not None and now_s - said < limits.repeat_s:
                return Verdict.REPEATED
            last = self._last_s.get(key)
            if last is not None and now_s - last < limits.every_s:
                return Verdict.TOO_OFTEN
            if sum(item.message.user.casefold() == key for item in self._waiting) >= limits.waiting_each:
                return Verdict.TOO_MANY
        return self._room_for(message)

    def _room_for(self, message: ChatMessage) -> Verdict:
        """Where all places are taken, the last in turn gives way to one that is more important."""
        if len(self._waiting) < self._limits.waiting:
            return Verdict.WAITS
        last = max(self._waiting, key=_turn, default=None)
        if last is None or last.message.priority >= message.priority:
            return Verdict.FULL
        self._waiting.remove(last)
        self._ledger(last.message, Verdict.PUSHED_OUT)
        return Verdict.WAITS

    def _old(self, item: Waiting, now_s: float) -> bool:
        return item.message.kind != "paid" and now_s - item.since_s > self._limits.oldest_s

    def _forget(self, now_s: float) -> None:
        """Memory does not grow with the audience."""
        keep_s = max(self._limits.repeat_s, self._limits.every_s)
        self._said = {key: at for key, at in self._said.items() if now_s - at < keep_s}
        self._last_s = {key: at for key, at in self._last_s.items() if now_s - at < keep_s}

    def _drop(self, unwanted: Callable[[Waiting], bool], verdict: Verdict) -> int:
        gone = [item for item in self._waiting if unwanted(item)]
        self._waiting = [item for item in self._waiting if not unwanted(item)]
        for item in gone:
            self._ledger(item.message, verdict)
        return len(gone)


def _turn(item: Waiting) -> tuple[int, int]:
    return -item.message.priority, item.order
