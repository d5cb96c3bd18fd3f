from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.api import Voice
from server.voices import VoiceStore, VoiceStoreError
from streaming.errors import UnknownVoice

BUILTIN = {
    "first": Voice("fake", {"v": np.zeros(3, np.float32)}),
    "second": Voice("fake", {"v": np.ones(3, np.float32)}),
}
MINE = Voice("fake", {"v": np.full(3, 7, np.float32), "w": np.arange(4, dtype=np.int64)})


def store(tmp_path: Path, family: str = "fake") -> VoiceStore:
    return VoiceStore(tmp_path / "voices", family, BUILTIN if family == "fake" else {})


def test_the_first_voice_of_the_model_is_the_default(tmp_path: Path) -> None:
    assert store(tmp_path).find(None) is BUILTIN["first"]


def test_a_voice_is_found_by_name_and_by_key(tmp_path: Path) -> None:
    assert store(tmp_path).find("second") is store(tmp_path).find(BUILTIN["second"].key)


def test_a_kept_voice_is_the_same_value_in_another_life_of_the_program(tmp_path: Path) -> None:
    entry = store(tmp_path).add("小雨", MINE)
    again = store(tmp_path)
    assert again.find("小雨").key == again.find(entry.key).key == MINE.key
    assert [e.name for e in again.list()] == ["first", "second", "小雨"]


def test_a_removed_voice_is_gone(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add("mine", MINE)
    kept.find("mine")
    kept.remove("mine")
    with pytest.raises(UnknownVoice):
        kept.find("mine")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a b", "x" * 65, "first", "a\0"])
def test_a_name_that_is_no_name_or_is_taken_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(VoiceStoreError):
        store(tmp_path).add(name, MINE)


def test_a_built_in_voice_cannot_be_removed(tmp_path: Path) -> None:
    with pytest.raises(VoiceStoreError):
        store(tmp_path).remove("first")


def test_voices_of_another_family_are_not_seen(tmp_path: Path) -> None:
    store(tmp_path).add("mine", MINE)
    assert store(tmp_path, "other").list() == ()


def test_a_damaged_voice_is_refused_and_a_stranger_in_the_folder_ignored(tmp_path: Path) -> None:
    entry = store(tmp_path).add("mine", MINE)
    path = tmp_path / "voices" / f"{entry.key}.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    (tmp_path / "voices" / "x.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(UnknownVoice, match="damaged"):
        store(tmp_path).find("mine")
    assert len(store(tmp_path).list()) == 3
