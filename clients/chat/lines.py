"""Messages as lines: what another program writes for the chat reader, one JSON object or one plain text on each line.

This is the hook for every platform. `{"user", "text", "priority", "voice", "emotion", "id", "kind"}` is a message;
`{"command": …}` steers the reader. The events of YouTube's live chat and of Bilibili's are understood as those services send them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from oncue.clients.chat.queue import ChatMessage

PAID_PRIORITY = 20
"""A paid message goes before others; the amount counts among paid ones, up to 79 more."""

CommandName = Literal["skip", "clear", "mute", "unmute", "pause", "resume", "quit"]
COMMANDS: tuple[CommandName, ...] = ("skip", "clear", "mute", "unmute", "pause", "resume", "quit")


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody who steers the reader says. `skip` without id and user is the line that plays."""

    name: CommandName
    user: str = ""
    id: str = ""


class LineError(ValueError):
    """A line that is no message; the sentence says why, and never quotes it."""


def parse(line: str, user: str = "stdin") -> ChatMessage | Command | None:
    """A line to what it says; None for what need not be read. Raises LineError."""
    line = line.strip()
    if not line:
        return None
    if not line.startswith("{"):
        return ChatMessage(user, line)
    try:
        fields = json.loads(line)
    except ValueError:
        raise LineError("The line begins with a brace and is not JSON.") from None
    except RecursionError:
        raise LineError("The line is nested too deeply.") from None
    if "command" in fields:
        return _command(fields)
    if "cmd" in fields:
        return from_bilibili(fields)
    if "snippet" in fields:
        return from_youtube(fields)
    if not isinstance(fields.get("text"), str):
        raise LineError("A message needs a text.")
    return ChatMessage(
        str(fields.get("user") or user),
        fields["text"],
        _whole(fields, "priority"),
        str(fields.get("id") or ""),
        _optional(fields, "voice"),
        _optional(fields, "emotion"),
        str(fields.get("kind") or "chat"),
    )


def from_youtube(item: dict[str, Any]) -> ChatMessage | None:
    """An item of `liveChatMessages.list` (YouTube Data API v3): text, Super Chat and Super Sticker."""
    snippet, author = _object(item, "snippet"), _object(item, "authorDetails")
    kind, user, identity = snippet.get("type"), str(author.get("displayName") or "?"), str(item.get("id") or "")
    if kind == "textMessageEvent":
        helper = author.get("isChatOwner") or author.get("isChatModerator")
        text = str(_object(snippet, "textMessageDetails").get("messageText") or snippet.get("displayMessage") or "")
        return ChatMessage(user, text, 1 if helper else 0, identity)
    if kind == "superChatEvent":
        paid = _object(snippet, "superChatDetails")
        return ChatMessage(user, str(paid.get("userComment") or ""), _paid(paid.get("tier"), 1), identity, kind="paid")
    if kind == "newSponsorEvent":
        return ChatMessage(user, str(snippet.get("displayMessage") or ""), 5, identity, kind="event")
    return None


def from_bilibili(packet: dict[str, Any]) -> ChatMessage | None:
    """A packet of a live room: `DANMU_MSG` and `SUPER_CHAT_MESSAGE`, or the same two of the open platform."""
    kind, data = str(packet.get("cmd", "")).partition(":")[0], _object(packet, "data")
    if kind == "DANMU_MSG":
        try:
            return ChatMessage(str(packet["info"][2][1]), str(packet["info"][1]))
        except (KeyError, IndexError, TypeError):
            raise LineError("A DANMU_MSG has the text and the sender in `info`, and this one has not.") from None
    if kind == "SUPER_CHAT_MESSAGE":
        user = str(_object(data, "user_info").get("uname") or "?")
        priority = _paid(data.get("price"), 10)
        return ChatMessage(user, str(data.get("message") or ""), priority, str(data.get("id") or ""), kind="paid")
    if kind == "LIVE_OPEN_PLATFORM_DM":
        return ChatMessage(str(data.get("uname") or "?"), str(data.get("msg") or ""), 0, str(data.get("msg_id") or ""))
    if kind == "LIVE_OPEN_PLATFORM_SUPER_CHAT":
        identity, priority = str(data.get("message_id") or ""), _paid(data.get("rmb"), 10)
        return ChatMessage(
            str(data.get("uname") or "?"), str(data.get("message") or ""), priority, identity, kind="paid"
        )
    if kind == "SUPER_CHAT_MESSAGE_DELETE":
        return None
    return None


def _command(fields: dict[str, Any]) -> Command:
    name = fields["command"]
    if name not in COMMANDS:
        raise LineError(f"A command is one of {', '.join(COMMANDS)}.")
    user, identity = str(fields.get("user") or ""), str(fields.get("id") or "")
    if name in {"mute", "unmute"} and not user:
        raise LineError(f"{name} needs a user.")
    return Command(name, user, identity)


def _paid(amount: object, unit: float) -> int:
    """The priority of an amount."""
    try:
        return PAID_PRIORITY + max(0, min(79, int(float(str(amount)) / unit)))
    except (ValueError, OverflowError):
        return PAID_PRIORITY


def _object(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _optional(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise LineError(f"{name} is a string.")
    return value


def _whole(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not -100 <= value <= 100:
        raise LineError(f"{name} is a whole number from -100 to 100.")
    return value
