"""Lines of Twitch's IRC to what they say, and back. Pure.

The grammar is that of RFC 1459 with IRCv3 message tags, and the meaning of the tags that of Twitch's documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from oncue.clients.chat.lines import PAID_PRIORITY
from oncue.clients.chat.queue import ChatMessage
from oncue.clients.chat.wording import without_spans

_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ACTION = "\x01ACTION "


@dataclass(frozen=True, slots=True)
class IrcLine:
    """One line. `prefix` is the sender, the last of `parameters` may hold spaces."""

    tags: dict[str, str]
    prefix: str
    command: str
    parameters: tuple[str, ...]

    @property
    def nick(self) -> str:
        """The sender's login."""
        return self.prefix.partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.parameters[-1] if self.parameters else ""


@dataclass(frozen=True, slots=True)
class Removed:
    """Moderators took something back: one message, all of a person, or everything."""

    id: str = ""
    user: str = ""


def parse_line(line: str) -> IrcLine | None:
    """A line without its end; None for one that has no command."""
    rest, tags, prefix = line.strip("\r\n"), "", ""
    if rest.startswith("@"):
        tags, _, rest = rest[1:].partition(" ")
    rest = rest.lstrip(" ")
    if rest.startswith(":"):
        prefix, _, rest = rest[1:].partition(" ")
    rest, has_last, last = rest.lstrip(" ").partition(" :") if not rest.startswith(":") else ("", ":", rest[1:])
    words = rest.split()
    if not words:
        return None
    return IrcLine(_tags(tags), prefix, words[0].upper(), (*words[1:], *((last,) if has_last else ())))


def said(line: IrcLine) -> ChatMessage | Removed | None:
    """What a line means for the reader; None if nothing."""
    match line.command:
        case "PRIVMSG" if len(line.parameters) >= 2:
            return _message(line)
        case "USERNOTICE":
            user = line.tags.get("display-name") or line.tags.get("login") or "?"
            # What the system says, and what the person wrote with it.
            text = " ".join(part for part in (line.tags.get("system-msg", ""), _own_text(line)) if part)
            return ChatMessage(user, text, 5, line.tags.get("id", ""), kind="event")
        case "CLEARMSG":
            identity = line.tags.get("target-msg-id", "")
            return Removed(id=identity) if identity else None
        case "CLEARCHAT":
            return Removed(user=line.text if len(line.parameters) >= 2 else "")
    return None


def _message(line: IrcLine) -> ChatMessage:
    text, tags = line.text, line.tags
    if text.startswith(_ACTION):
        text = text.removeprefix(_ACTION).removesuffix("\x01")
    text = without_spans(text, _emotes(tags.get("emotes", "")))
    bits = _number(tags.get("bits", ""))
    helper = tags.get("mod") == "1" or "broadcaster/" in tags.get("badges", "")
    priority = PAID_PRIORITY + min(79, bits // 100) if bits else 1 if helper else 0
    user = tags.get("display-name") or line.nick or "?"
    return ChatMessage(user, text, priority, tags.get("id", ""), kind="paid" if bits else "chat")


def _own_text(line: IrcLine) -> str:
    return line.text if len(line.parameters) >= 2 else ""


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {key: _unescaped(value) for key, _, value in pairs}


def _unescaped(value: str) -> str:
    """IRCv3: a backslash with an unknown letter is that letter, and one at the end is nothing."""
    result, characters = [], iter(value)
    for char in characters:
        if char != "\\":
            result.append(char)
        elif (escaped := next(characters, None)) is not None:
            result.append(_ESCAPES.get(escaped, escaped))
    return "".join(result)


def _emotes(tag: str) -> list[tuple[int, int]]:
    """`25:0-4,12-16/1902:6-10` to spans of characters; what is not of that form is passed over."""
    spans = []
    for emote in tag.split("/"):
        for span in emote.partition(":")[2].split(","):
            first, _, last = span.partition("-")
            if first.isdecimal() and last.isdecimal():
                spans.append((int(first), int(last)))
    return spans


def _number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 10 else 0
