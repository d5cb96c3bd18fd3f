"""The conversation of OpenAI's realtime protocol: what was written and said so far, in order, and what of it is to be spoken. Pure.

There is no model here that would think of an answer: what is spoken is what the user wrote. A response speaks the
user's messages that stand behind the last one of the assistant, which is the text that a model would have answered;
what was spoken becomes the assistant's message, so nothing is spoken twice, and a history that is written down first
is not spoken at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from oncue.streaming.protocol.errors import BadMessage, DuplicateId, UnknownId

MOST_MESSAGES = 1000
MOST_CHARACTERS = 1 << 20
"""What one conversation holds; the oldest messages go when there is more."""
Status = Literal["in_progress", "completed", "incomplete"]
_TEXT_KINDS = frozenset({"input_text", "output_text", "text"})
_ROLES = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}


class Part(Struct, frozen=True):
    """A part of what a client writes."""

    type: str = "input_text"
    text: str | None = None


class Item(Struct, frozen=True):
    """What a client writes, or in a response's `input` names."""

    type: str = "message"
    id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    role: str | None = None
    content: tuple[Part, ...] = ()


class Spoken(Struct):
    """The sound of an assistant's message: where its words begin, and how much of it was heard."""

    rate: int
    words: list[tuple[int, int]] = []
    """First sample, and one past the last character."""
    samples: int = 0
    characters: int = 0
    """Of the text, how many are in the sound."""

    def cut(self, end: int) -> None:
        """Nobody heard what comes after that sample."""
        self.samples = min(self.samples, end)
        heard = [after for start, after in self.words if start < end]
        self.characters = min(self.characters, heard[-1] if heard else 0)


class Message(Struct):
    """One item of the conversation."""

    id: str
    role: str
    parts: tuple[str, ...]
    status: Status = "completed"
    spoken: Spoken | None = None

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.parts)

    @property
    def transcript(self) -> str:
        """What of it was heard, for a message that was spoken here."""
        return self.text if self.spoken is None else self.text[: self.spoken.characters]

    def told(self) -> dict[str, Any]:
        """As the protocol shows it; its sound is not kept."""
        content: list[dict[str, Any]]
        if self.spoken is None:
            kind = "output_text" if self.role == "assistant" else "input_text"
            content = [{"type": kind, "text": part} for part in self.parts]
        elif self.status == "in_progress":
            content = []
        else:
            content = [{"type": "output_audio", "transcript": self.transcript}]
        return {
            "id": self.id, "object": "realtime.item", "type": "message", "status": self.status, "role": self.role, "content": content,
        }  # fmt: skip


class Conversation:
    """The messages in order."""

    def __init__(self) -> None:
        self.id = name("conv")
        self._messages: list[Message] = []

    def add(self, message: Message, after: str | None = None) -> str | None:
        """Put it behind the message of that name, `root` for the beginning, None for the end; returns the name of the one before it.

        Raises DuplicateId or UnknownId.
        """
        if any(other.id == message.id for other in self._messages):
            raise DuplicateId("There is an item of this id already.")
        if after is None:
            at = len(self._messages)
        else:
            at = 0 if after == "root" else self._messages.index(self.find(after)) + 1
        self._messages.insert(at, message)
        return self.before(message)

    def before(self, message: Message) -> str | None:
        """The name of the message before it."""
        at = self._messages.index(message) if message in self._messages else 0
        return self._messages[at - 1].id if at else None

    def find(self, wanted: str) -> Message:
        """Raises UnknownId."""
        for message in self._messages:
            if message.id == wanted:
                return message
        raise UnknownId("There is no item of this id.")

    def remove(self, wanted: str) -> None:
        """Raises UnknownId."""
        self._messages.remove(self.find(wanted))

    def shorten(self) -> list[str]:
        """Let the oldest go until it is small enough again; returns their names. What is being spoken stays."""
        gone = []
        characters = sum(len(message.text) for message in self._messages)
        for message in list(self._messages[:-1]):
            if len(self._messages) <= MOST_MESSAGES and characters <= MOST_CHARACTERS:
                break
            if message.status != "in_progress":
                self._messages.remove(message)
                characters -= len(message.text)
                gone.append(message.id)
        return gone

    def read(self, items: Iterable[Item] | None) -> list[Message]:
        """The messages that a response is to answer: its own input, or the conversation's. Raises BadMessage or UnknownId."""
        if items is None:
            return list(self._messages)
        return [
            self.find(item.id or "") if item.type == "item_reference" else message_of(item) for item in items
        ]  # fmt: skip


def message_of(item: Item) -> Message:
    """What a client wrote. Raises BadMessage."""
    if item.type != "message":
        raise BadMessage("Only messages mean something here: this server speaks, it calls no functions.")
    role = _ROLES.get(item.role or "")
    if role is None:
        raise BadMessage("The role of a message is user, assistant or system.")
    if not item.content or any(part.type not in _TEXT_KINDS or part.text is None for part in item.content):
        raise BadMessage("The content of a message is text here: this server neither hears nor sees.")
    return Message(item.id or name("item"), role, tuple(part.text or "" for part in item.content))


def to_speak(messages: Sequence[Message]) -> str:
    """The text of the user's messages behind the last one of the assistant."""
    last = max((at for at, message in enumerate(messages) if message.role == "assistant"), default=-1)
    return "\n".join(message.text for message in messages[last + 1 :] if message.role == "user")


def name(kind: str) -> str:
    """A new name, like those of the protocol."""
    return f"{kind}_{secrets.token_hex(10)}"
