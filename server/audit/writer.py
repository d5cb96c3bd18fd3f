"""Entries on their way to the audit log: gathered for a moment and written in a thread, so that no line waits for the disk.

Where the disk does not take them they are kept and tried again, up to a number; speaking goes on, and the log of the server
says so. What an entry holds is decided here; how it is sealed, in `log`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from oncue.server.audit.log import AuditError, AuditLog
from oncue.server.engines.spoken_lines import EndedLine
from oncue.server.voices.store import Consent

_log = logging.getLogger(__name__)
GATHER_S = 0.5
MAX_WAITING = 100_000


class AuditWriter:
    """One for each server. Without a log it takes everything and keeps nothing."""

    def __init__(self, log: AuditLog | None) -> None:
        self._log = log
        self._waiting: list[Mapping[str, Any]] = []
        self._task: asyncio.Task[None] | None = None
        self._failing = False
        self.lost = 0
        """Entries that could not be kept."""

    def line(self, ended: EndedLine) -> None:
        """A line was spoken, or refused."""
        self._add(
            "line", key=ended.caller, voice=ended.voice, characters=ended.characters, samples=ended.samples,
            end=ended.reason, **({} if ended.text is None else {"text": ended.text}),
        )  # fmt: skip

    def voice_added(self, key: str, voice: str, consent: Consent) -> None:
        """A voice was made."""
        self._add("voice_added", key=key, voice=voice, consent=consent.as_json)

    def voice_tried(self, key: str, voice: str, consent: Consent) -> None:
        """A voice was made of a recording that was given with a line, or of a film; nobody keeps it."""
        self._add("voice_tried", key=key, voice=voice, consent=consent.as_json)

    def voice_removed(self, key: str, voice: str) -> None:
        """A voice was removed."""
        self._add("voice_removed", key=key, voice=voice)

    def voice_revoked(self, key: str, voice: str, lines: int) -> None:
        """A voice was taken back, and so many lines under way ended with it."""
        self._add("voice_revoked", key=key, voice=voice, lines=lines)

    async def flush(self) -> None:
        """Everything that waits is written, or stays where the disk does not take it."""
        batch, self._waiting = self._waiting, []
        if self._log is None or not batch:
            return
        try:
            await asyncio.to_thread(self._log.append, batch)
        except AuditError as error:
            if not self._failing:
                _log.error("%s Entries are kept in memory and tried again.", error)
            self._failing = True
            kept = (batch + self._waiting)[:MAX_WAITING]
            self.lost += len(batch) + len(self._waiting) - len(kept)
            self._waiting = kept
        else:
            self._failing = False

    async def close(self) -> None:
        """Write what waits, and wait for nothing more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        await self.flush()

    def _add(self, event: str, **fields: Any) -> None:
        if self._log is None:
            return
        self._waiting.append({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **fields})
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._soon())

    async def _soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S if not self._failing else 10 * GATHER_S)
            await self.flush()
