from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from oncue.server.audit.log import START, AuditError, AuditLog


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    made = AuditLog(tmp_path / "audit.jsonl")
    made.append([{"event": "line", "characters": number} for number in range(5)])
    return made


def lines(tmp_path: Path) -> list[bytes]:
    return (tmp_path / "audit.jsonl").read_bytes().splitlines(keepends=True)


def test_what_is_written_is_a_whole_chain_that_only_its_owner_reads(log: AuditLog, tmp_path: Path) -> None:
    log.append([{"event": "voice_revoked"}])
    found = log.verify()
    assert (found.lines, found.bad) == (6, None)
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_no_log_is_a_whole_one(tmp_path: Path) -> None:
    assert AuditLog(tmp_path / "none").verify().head == START


@pytest.mark.parametrize("victim", range(5))
def test_a_line_that_was_changed_taken_out_or_put_in_is_found(log: AuditLog, tmp_path: Path, victim: int) -> None:
    whole, path = lines(tmp_path), tmp_path / "audit.jsonl"
    changed = whole[victim].replace(b'"characters":%d' % victim, b'"characters":9')
    for spoiled in (
        [*whole[:victim], changed, *whole[victim + 1 :]],
        [*whole[:victim], *whole[victim + 1 :], whole[0]],
        [*whole[:victim], whole[victim], *whole[victim:]],
        [*whole[:victim], whole[victim][:-5] + b"\n", *whole[victim + 1 :]],
    ):
        path.write_bytes(b"".join(spoiled))
        bad = log.verify().bad
        assert bad is not None
        assert bad >= victim + 1


def test_lines_taken_off_the_end_are_found_by_a_hash_that_was_noted(log: AuditLog, tmp_path: Path) -> None:
    head = log.verify().head
    assert log.verify(head).has_head
    (tmp_path / "audit.jsonl").write_bytes(b"".join(lines(tmp_path)[:-1]))
    assert log.verify().bad is None
    assert not log.verify(head).has_head


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    def write(name: int) -> None:
        for number in range(20):
            AuditLog(tmp_path / "audit.jsonl").append([{"writer": name, "number": number}] * 2)

    threads = [Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = AuditLog(tmp_path / "audit.jsonl").verify()
    assert (found.lines, found.bad) == (160, None)


def test_a_full_disk_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(AuditError, match="cannot be written"):
        AuditLog(tmp_path / "full").append([{"event": "line"}])


def test_nothing_is_put_after_a_line_that_is_broken(log: AuditLog, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(AuditError, match="damaged"):
        log.append([{"event": "line"}])
