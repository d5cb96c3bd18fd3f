"""A Twitch IRC server made of its documentation: capabilities, sign-in, join, ping, and its rate limits are enforced.

Twenty sign-ins and twenty joins in ten seconds are allowed; who sends more is closed upon. Messages have tags only where the
capability was asked for, and who does not answer a ping is closed upon.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LIMIT, WITHIN_S = 20, 10.0


@dataclass
class FakeTwitch:
    """`script` is called with a writer once somebody has joined; `good_token` is the one that may sign in."""

    clock: Callable[[], float]
    script: list[str] = field(default_factory=list)
    good_token: str = "good"
    port: int = 0
    sign_ins: list[float] = field(default_factory=list)
    joins: list[tuple[float, str]] = field(default_factory=list)
    pongs: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    connections: int = 0
    drop_after_join: int = 0
    """So many connections are dropped right after the join."""
    held: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.held.add(writer)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.held.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tags, token = False, ""
        while raw := await reader.readline():
            assert raw.endswith(b"\r\n"), "lines end with CR LF"
            assert len(raw) <= 512
            command, _, rest = raw.decode().strip().partition(" ")
            match command:
                case "CAP":
                    tags = "twitch.tv/tags" in rest
                    writer.write(f":tmi.twitch.tv CAP * ACK {rest.partition('REQ ')[2]}\r\n".encode())
                case "PASS":
                    token = rest
                case "NICK":
                    now = self.clock()
                    self.sign_ins.append(now)
                    if sum(now - at < WITHIN_S for at in self.sign_ins) > LIMIT:
                        return
                    if token not in {"", f"oauth:{self.good_token}"} or (
                        not token and not rest.startswith("justinfan")
                    ):
                        writer.write(b":tmi.twitch.tv NOTICE * :Login authentication failed\r\n")
                        continue
                    writer.write(f":tmi.twitch.tv 001 {rest} :Welcome, GLHF!\r\n".encode())
                case "JOIN":
                    now = self.clock()
                    self.joins.append((now, rest))
                    if sum(now - at < WITHIN_S for at, _ in self.joins) > LIMIT:
                        return
                    writer.write(
                        f":a!a@a.tmi.twitch.tv JOIN {rest}\r\n:tmi.twitch.tv 366 a {rest} :End of /NAMES list\r\n".encode()
                    )
                    await writer.drain()
                    if self.drop_after_join > 0:
                        self.drop_after_join -= 1
                        return
                    for line in self.script:
                        plain = line if tags or not line.startswith("@") else line.partition(" ")[2]
                        writer.write(plain.encode() + b"\r\n")
                    self.script = []
                    writer.write(b"PING :tmi.twitch.tv\r\n")
                case "PONG":
                    self.pongs.append(rest)
                case _:
                    self.unknown.append(command)
            await writer.drain()


@asynccontextmanager
async def twitch(fake: FakeTwitch) -> AsyncIterator[FakeTwitch]:
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for writer in list(fake.held):
            writer.close()
