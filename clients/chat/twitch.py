"""A Twitch channel's chat as messages: connect, sign in, join, answer pings, and come back after a loss.

Reading needs no account: without a token it signs in as a guest. It never writes into the chat. Twitch allows twenty joins and
twenty sign-ins in ten seconds; it joins once for each connection, and waits longer after each failure.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from oncue.clients.chat.irc import Removed, parse_line, said
from oncue.clients.chat.queue import ChatMessage

HOST, PORT = "irc.chat.twitch.tv", 6697
CAPABILITIES = "twitch.tv/tags twitch.tv/commands"
MOST_BYTES = 64 * 1024
"""A line: 512 bytes and the tags, which Twitch keeps under 8 KiB."""
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 64.0
SILENCE_S = 400.0
"""Twitch pings about every five minutes; who hears nothing for longer has lost the connection."""

logger = logging.getLogger(__name__)


class TwitchError(Exception):
    """A channel that cannot be read; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom to sign in as; without a token a guest."""

    login: str = "justinfan12345"
    token: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect; `tls` is off only for a test."""

    host: str = HOST
    port: int = PORT
    tls: bool = True


class _Reconnect(Exception):
    """The connection is over, and another may be tried."""


async def messages_of(
    channel: str,
    account: Account | None = None,
    address: Address | None = None,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[ChatMessage | Removed]:
    """What is said in a channel, for ever. Raises TwitchError for a sign-in or a channel that is refused."""
    name = channel.removeprefix("#").lower()
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise TwitchError("A Twitch channel is a name of letters, digits and underscores.")
    retry_s = FIRST_RETRY_S
    while True:
        try:
            async for message in _session(name, account or Account(), address or Address()):
                retry_s = FIRST_RETRY_S
                if message is not None:
                    yield message
        except (OSError, _Reconnect, TimeoutError) as error:
            logger.warning("twitch: connection lost (%s), again in %.0f s", type(error).__name__, retry_s)
        await sleep(retry_s)
        retry_s = min(2 * retry_s, LONGEST_RETRY_S)


async def _session(channel: str, account: Account, address: Address) -> AsyncIterator[ChatMessage | Removed | None]:
    """One connection, until it ends; None when the channel was joined."""
    secure = ssl.create_default_context() if address.tls else None
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=secure, limit=MOST_BYTES)
    try:
        greeting = f"PASS oauth:{account.token.removeprefix('oauth:')}\r\n" if account.token else ""
        writer.write(f"CAP REQ :{CAPABILITIES}\r\n{greeting}NICK {account.login}\r\n".encode())
        await writer.drain()
        while True:
            async with asyncio.timeout(SILENCE_S):
                raw = await _line(reader)
            line = parse_line(raw.decode("utf-8", "replace"))
            if line is None:
                continue
            match line.command:
                case "PING":
                    writer.write(f"PONG :{line.text}\r\n".encode())
                    await writer.drain()
                case "001":
                    writer.write(f"JOIN #{channel}\r\n".encode())
                    await writer.drain()
                case "366":
                    yield None
                case "RECONNECT":
                    raise _Reconnect
                case "NOTICE":
                    _check(line.text, line.tags.get("msg-id", ""))
                case _ if (message := said(line)) is not None:
                    yield message
    finally:
        writer.close()


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line; one that is too long is passed over whole. Raises _Reconnect at the end."""
    too_long = False
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise _Reconnect from None
        except asyncio.LimitOverrunError as error:
            await reader.readexactly(error.consumed)
            too_long = True
            continue
        if not too_long:
            return line
        too_long = False


def _check(text: str, kind: str) -> None:
    """A notice that ends it for good. Raises TwitchError."""
    if text in {"Login authentication failed", "Improperly formatted auth", "Login unsuccessful"}:
        raise TwitchError("Twitch does not take the token: get a new one with the scope chat:read, or leave it out.")
    if kind in {"msg_channel_suspended", "msg_banned"}:
        raise TwitchError("Twitch does not let this account read the channel.")
