from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from oncue.server.audit.log import AuditError, AuditLog
from oncue.server.audit.writer import AuditWriter
from oncue.server.engines.spoken_lines import EndedLine
from oncue.server.voices.store import Consent

LINE = EndedLine("key1", "voice1", 12, 24_000, "complete")


class FullOnce(AuditLog):
    """A disk that is full the first time."""

    full = True

    def append(self, entries: Sequence[Mapping[str, Any]]) -> None:
        if self.full:
            self.full = False
            raise AuditError("The audit log cannot be written: No space left on device.")
        super().append(entries)


def entries(path: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


async def test_what_happened_is_written_without_texts(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    writer = AuditWriter(AuditLog(path))
    writer.line(LINE)
    writer.voice_added("key1", "voice1", Consent("2030-01-02T03:04:05+00:00", "a test", "key1", "Ada"))
    writer.voice_revoked("key1", "voice1", 3)
    await writer.flush()
    line, added, revoked = entries(path)
    assert (line["event"], line["key"], line["voice"], line["characters"]) == ("line", "key1", "voice1", 12)
    assert "text" not in line
    assert added["consent"]["speaker"] == "Ada"
    assert revoked["lines"] == 3


async def test_what_the_disk_does_not_take_is_kept_and_written_later(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    writer = AuditWriter(FullOnce(path))
    writer.line(LINE)
    await writer.flush()
    assert not path.exists()
    writer.line(LINE)
    await writer.flush()
    assert len(entries(path)) == 2
    assert writer.lost == 0


async def test_without_a_log_nothing_is_kept() -> None:
    writer = AuditWriter(None)
    writer.line(LINE)
    await writer.flush()
    assert writer.lost == 0


async def test_a_writer_that_is_closed_has_written_everything_and_waits_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    writer = AuditWriter(AuditLog(path))
    writer.voice_removed("key", "ada")
    await writer.close()
    assert len(path.read_bytes().splitlines()) == 1
    assert asyncio.all_tasks() == {asyncio.current_task()} or all(
        task.cancelling() for task in asyncio.all_tasks() - {asyncio.current_task()}
    )
