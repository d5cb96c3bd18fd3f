"""Lines of a stream as they come, such as standard input, without a thread that must be waited for at the end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from typing import IO

from oncue.clients.chat.lines import Command, LineError, parse
from oncue.clients.chat.queue import ChatMessage

MOST_WAITING = 1000
"""Lines read ahead; then the writer waits."""

logger = logging.getLogger(__name__)


async def lines_of(stream: IO[bytes]) -> AsyncIterator[str]:
    """Each line as text; bytes that are not UTF-8 become question marks."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)

    def read() -> None:
        for raw in iter(stream.readline, b""):
            asyncio.run_coroutine_threadsafe(waiting.put(raw.decode("utf-8", "replace")), loop).result()
        asyncio.run_coroutine_threadsafe(waiting.put(None), loop).result()

    def quietly() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            read()

    threading.Thread(target=quietly, daemon=True).start()
    while (line := await waiting.get()) is not None:
        yield line


async def messages_of(stream: IO[bytes], user: str = "stdin") -> AsyncIterator[ChatMessage | Command]:
    """What the lines say; a line that is no message is told of and passed over."""
    number = 0
    async for line in lines_of(stream):
        number += 1
        try:
            said = parse(line, user)
        except LineError as error:
            logger.warning("line %d: %s", number, error)
            continue
        if said is not None:
            yield said
