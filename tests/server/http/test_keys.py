from __future__ import annotations

import stat
from pathlib import Path

import pytest

from oncue.server.http.keys import PREFIX, KeyStore, KeyStoreError


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "oncue" / "keys.json")


def test_a_key_is_found_by_itself_and_by_nothing_else(store: KeyStore) -> None:
    secret, key = store.add("stream", streams=2, characters_per_minute=500)
    assert store.find(secret) == key
    assert (key.streams, key.characters_per_minute) == (2, 500)
    for other in ("", secret[:-1], secret + "x", PREFIX, key.id, key.sha256, "\udcff"):
        assert store.find(other) is None


def test_what_is_on_the_disk_is_no_key_and_nobody_else_may_read_it(store: KeyStore, tmp_path: Path) -> None:
    secret, _ = store.add("stream")
    (path,) = (tmp_path / "oncue").glob("*.json")
    assert secret.removeprefix(PREFIX) not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_process_sees_a_key_come_and_go(store: KeyStore, tmp_path: Path) -> None:
    running = KeyStore(tmp_path / "oncue" / "keys.json")
    assert running.list() == ()
    secret, key = store.add("stream")
    assert running.find(secret) == key
    store.remove(key.id)
    assert running.find(secret) is None
    assert running.list() == ()


def test_names_are_used_once_and_only_what_is_there_is_removed(store: KeyStore) -> None:
    store.add("stream")
    with pytest.raises(KeyStoreError, match="of this name"):
        store.add("stream")
    with pytest.raises(KeyStoreError, match="A key's name"):
        store.add("a\n")
    with pytest.raises(KeyStoreError, match="no key"):
        store.remove("other")
    assert [key.name for key in store.list()] == ["stream"]


def test_a_broken_file_is_told_and_lets_nobody_in(store: KeyStore, tmp_path: Path) -> None:
    store.add("stream")
    (tmp_path / "oncue" / "keys.json").write_text("{")
    with pytest.raises(KeyStoreError, match="cannot be read"):
        store.find(PREFIX + "x")
