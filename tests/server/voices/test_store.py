from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest

from oncue.model.api import Voice
from oncue.server.voices.quality import RecordingFigures, judge
from oncue.server.voices.store import BuiltIn, Consent, NameTaken, NotKept, Provenance, VoiceStore, VoiceStoreError
from oncue.streaming.protocol.errors import UnknownVoice, VoiceRevoked

BUILTIN = {
    "first": Voice("fake", {"v": np.zeros(3, np.float32)}),
    "second": Voice("fake", {"v": np.ones(3, np.float32)}),
}
MINE = Voice("fake", {"v": np.full(3, 7, np.float32), "w": np.arange(4, dtype=np.int64)})
OTHER = Voice("fake", {"v": np.full(3, 8, np.float32)})
REPORT = judge(RecordingFigures(7.0, 5.0, 24_000, 35.0, 0.0, -20.0))


def making(clip: str = "c" * 32, by: str = "a test") -> Provenance:
    return Provenance(clip, "revision 1", Consent("2030-01-02T03:04:05+00:00", by), REPORT)


MADE = making()


def store(tmp_path: Path, family: str = "fake") -> VoiceStore:
    return VoiceStore(tmp_path / "voices", family, BUILTIN if family == "fake" else {})


def test_the_first_voice_of_the_model_is_the_default(tmp_path: Path) -> None:
    assert store(tmp_path).find(None) is BUILTIN["first"]


def test_a_voice_is_found_by_name_and_by_key(tmp_path: Path) -> None:
    assert store(tmp_path).find("second") is store(tmp_path).find(BUILTIN["second"].key)


def test_a_kept_voice_is_the_same_value_in_another_life_of_the_program(tmp_path: Path) -> None:
    entry = store(tmp_path).add("小雨", MINE, MADE)
    again = store(tmp_path)
    assert again.find("小雨").key == again.find(entry.key).key == MINE.key
    assert [e.name for e in again.list()] == ["first", "second", "小雨"]


def test_a_voice_added_meanwhile_is_known_to_a_store_that_was_there_before(tmp_path: Path) -> None:
    before = store(tmp_path)
    assert len(before.list()) == 2
    store(tmp_path).add("mine", MINE, MADE)
    assert before.find("mine").key == MINE.key
    store(tmp_path).remove("mine")
    with pytest.raises(UnknownVoice):
        before.find("mine")


def test_the_consent_and_the_report_are_kept_beside_the_voice(tmp_path: Path) -> None:
    store(tmp_path).add("mine", MINE, MADE)
    for kept in (store(tmp_path), VoiceStore(tmp_path / "voices", None, {})):
        shown = kept.show("mine")
        assert shown.made == MADE
        assert kept.show(MINE.key) == shown
        assert shown.as_json["consent"] == {"at": "2030-01-02T03:04:05+00:00", "by": "a test", "how": "tick"}
        assert shown.as_json["report"]["verdict"] == "good"
    assert store(tmp_path).show("first").made is None


def test_one_voice_may_have_two_names_and_goes_with_the_last(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add("one", MINE, MADE)
    kept.add("two", MINE, making(by="another call"))
    assert [entry.key for entry in kept.list()[2:]] == [MINE.key, MINE.key]
    kept.remove("one")
    assert kept.find("two").key == MINE.key
    assert kept.show("two").made == making(by="another call")
    kept.remove("two")
    assert [path.name for path in (tmp_path / "voices").iterdir()] == [".lock"]


def test_the_same_voice_under_the_same_name_again_changes_nothing_and_another_is_refused(tmp_path: Path) -> None:
    kept = store(tmp_path)
    first = kept.add("mine", MINE, MADE)
    assert kept.add("mine", MINE, making(by="another call")) == first
    with pytest.raises(NameTaken):
        kept.add("mine", OTHER, MADE)
    assert kept.find("mine").key == MINE.key


def test_a_name_is_the_same_however_its_accents_are_written(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add(unicodedata.normalize("NFD", "Zoë"), MINE, MADE)
    assert kept.find(unicodedata.normalize("NFC", "Zoë")).key == kept.find(unicodedata.normalize("NFD", "Zoë")).key
    kept.remove(unicodedata.normalize("NFD", "Zoë"))
    assert len(kept.list()) == 2


def test_a_long_name_in_another_script_can_be_kept(tmp_path: Path) -> None:
    assert store(tmp_path).add("雨" * 64, MINE, MADE) in store(tmp_path).list()


def test_what_a_clip_was_made_into_is_found_for_the_same_model_only(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.made_of("c" * 32, "revision 1") is None
    kept.add("mine", MINE, MADE)
    found = kept.made_of("c" * 32, "revision 1")
    assert found is not None
    assert found.key == MINE.key
    assert kept.made_of("c" * 32, "revision 2") is None
    assert store(tmp_path, "other").made_of("c" * 32, "revision 1") is None


def test_a_removed_voice_is_gone(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add("mine", MINE, MADE)
    kept.find("mine")
    assert kept.remove("mine") == MINE.key
    with pytest.raises(UnknownVoice):
        kept.find("mine")
    with pytest.raises(UnknownVoice):
        kept.remove("mine")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a b", "x" * 65, "first", "a\0"])
def test_a_name_that_is_no_name_or_is_taken_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(VoiceStoreError):
        store(tmp_path).add(name, MINE, MADE)
    assert not (tmp_path / "voices").exists()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a/b", "x" * 5000, "a\0", "\ud800", "0" * 32])
def test_a_name_nobody_has_is_unknown_whatever_is_in_it(tmp_path: Path, name: str) -> None:
    store(tmp_path).add("mine", MINE, MADE)
    for ask in (store(tmp_path).find, store(tmp_path).show, store(tmp_path).remove):
        with pytest.raises(UnknownVoice):
            ask(name)


def test_a_built_in_voice_cannot_be_removed(tmp_path: Path) -> None:
    for name in ("first", BUILTIN["first"].key):
        with pytest.raises(BuiltIn):
            store(tmp_path).remove(name)


def test_voices_of_another_family_are_not_seen(tmp_path: Path) -> None:
    store(tmp_path).add("mine", MINE, MADE)
    assert store(tmp_path, "other").list() == ()
    with pytest.raises(UnknownVoice):
        store(tmp_path, "other").find("mine")


def test_a_damaged_voice_is_refused_and_a_stranger_in_the_folder_ignored(tmp_path: Path) -> None:
    entry = store(tmp_path).add("mine", MINE, MADE)
    path = tmp_path / "voices" / f"{entry.key}.safetensors"
    whole = path.read_bytes()
    (tmp_path / "voices" / "x.safetensors").write_bytes(b"nothing of the kind")
    (tmp_path / "voices" / "y.json").write_bytes(b"nothing of the kind")
    for damaged in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:20], b""):
        path.write_bytes(damaged)
        with pytest.raises(UnknownVoice, match="damaged"):
            store(tmp_path).find("mine")
        assert store(tmp_path).made_of(MADE.clip, MADE.revision) is None
    assert len(store(tmp_path).list()) == 3
    store(tmp_path).add("mine", MINE, MADE)
    assert store(tmp_path).find("mine").key == MINE.key


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "voices").write_bytes(b"a file where a folder should be")
    with pytest.raises(NotKept, match="cannot be written"):
        store(tmp_path).add("mine", MINE, MADE)


def test_a_voice_that_is_taken_back_is_gone_under_every_name_and_never_made_again(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add("one", MINE, MADE)
    kept.add("two", MINE, MADE)
    kept.add("other", OTHER, making("d" * 32))
    gone = kept.revoke("two", "2030-02-03T04:05:06+00:00", "ada")
    assert (gone.key, gone.names, gone.consent) == (MINE.key, ("one", "two"), MADE.consent)
    for name in ("one", "two", MINE.key):
        with pytest.raises(VoiceRevoked, match="took the consent back"):
            kept.find(name)
    assert not list(tmp_path.glob(f"voices/{MINE.key}.safetensors"))
    assert kept.revoked_keys() == {MINE.key}
    with pytest.raises(VoiceStoreError, match="new recording"):
        kept.add("three", MINE, MADE)
    with pytest.raises(VoiceStoreError, match="new recording"):
        kept.add("three", Voice("fake", {"v": np.full(3, 9, np.float32)}), making(MADE.clip))
    assert kept.find("other").key == OTHER.key
    with pytest.raises(BuiltIn):
        kept.revoke("first", "", "")


def test_a_name_that_was_taken_back_may_name_another_voice(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add("mine", MINE, MADE)
    kept.revoke("mine", "", "")
    kept.add("mine", OTHER, making("d" * 32))
    assert kept.find("mine").key == OTHER.key
