from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from oncue.model.indextts2.checkpoints.fetch import RECEIPT, commits_of, fetch, receipt_of
from oncue.model.indextts2.checkpoints.hubs import FetchError, Listing, RemoteFile
from oncue.model.indextts2.checkpoints.sources import SOURCES

EXTRA = {"IndexTeam/IndexTTS-2": ("qwen0.6bemo4-merge/config.json", "README.md")}


class FakeHub:
    """Every file that the sources name in full holds its own name. `broken` files arrive damaged, `down` ones not."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.downloads: list[str] = []
        self.broken: set[str] = set()
        self.down: set[str] = set()
        self.hidden: set[str] = set()
        self.leaves: set[str] = set()
        self.hashed = True
        self.moved = b""
        """What every file holds besides its name: the publisher put others in their places."""
        self.answers: str | None = None
        """The commit it answers with, whatever was asked for."""

    def listing(self, repository: str, revision: str) -> Listing:
        self.asked.append((repository, revision))
        source = next(source for source in SOURCES if source.repository == repository)
        paths = [path for path in source.files if "*" not in path] + list(EXTRA.get(repository, ()))
        commit = f"commit-of-{revision}" if revision == "main" else revision
        files = [self._remote(path) for path in paths if path not in self.hidden]
        return Listing(self.answers or commit, (*files, *(RemoteFile(path, 1, None) for path in self.leaves)))

    def _remote(self, path: str) -> RemoteFile:
        content = path.encode() + self.moved
        sha256 = None if path.endswith(".json") or not self.hashed else hashlib.sha256(content).hexdigest()
        return RemoteFile(path, len(content), sha256)

    def download(self, repository: str, revision: str, path: str, folder: Path) -> None:
        if path in self.down:
            raise ConnectionError("no route")
        self.downloads.append(path)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        content = path.encode() + self.moved
        (folder / path).write_bytes(content[::-1] if path in self.broken else content)


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


def test_nothing_is_fetched_before_the_licences_are_accepted(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="--accept-licence"):
        fetch(tmp_path / "to", accepted=False, open_hub=lambda _: hub)
    assert not hub.asked
    assert not (tmp_path / "to").exists()


def test_everything_arrives_in_its_place_and_is_written_down(hub: FakeHub, tmp_path: Path) -> None:
    seen: list[str] = []
    got = fetch(tmp_path, accepted=True, open_hub=lambda _: hub, progress=lambda name, done, of: seen.append(name))
    for path in (
        "gpt.pth",
        "w2v-bert-2.0/model.safetensors",
        "MaskGCT/semantic_codec/model.safetensors",
        "campplus/campplus_cn_common.bin",
        "bigvgan/bigvgan_generator.pt",
    ):
        assert (tmp_path / path).is_file()
        assert receipt_of(tmp_path)[path] == hashlib.sha256((tmp_path / path).read_bytes()).hexdigest()
    assert (tmp_path / "qwen0.6bemo4-merge" / "config.json").is_file()
    assert not (tmp_path / "README.md").exists(), "only what is needed"
    assert set(got.revisions) == {source.name for source in SOURCES}
    assert json.loads((tmp_path / RECEIPT).read_bytes())["licences"]
    assert len(seen) == len(hub.downloads)


def test_what_is_there_and_right_is_not_fetched_again_but_what_changed_is(hub: FakeHub, tmp_path: Path) -> None:
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    hub.downloads.clear()
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert hub.downloads == []
    (tmp_path / "s2mel.pth").write_bytes(b"other..")
    (tmp_path / "config.yaml").unlink()
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert sorted(hub.downloads) == ["config.yaml", "s2mel.pth"]


def test_every_repository_is_asked_for_the_commit_it_is_pinned_to(hub: FakeHub, tmp_path: Path) -> None:
    got = fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert hub.asked == [(source.repository, source.revision) for source in SOURCES]
    assert got.revisions == commits_of(tmp_path) == {source.name: source.revision for source in SOURCES}
    assert all(re.fullmatch("[0-9a-f]{40}", source.revision) for source in SOURCES)
    assert got.notes == ()


def test_a_hub_that_answers_with_another_commit_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    hub.answers = "f" * 40
    with pytest.raises(FetchError, match=f"answered with {'f' * 40} and not {SOURCES[0].revision}"):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert not hub.downloads


def test_a_revision_named_once_is_the_one_that_later_downloads_ask_for(hub: FakeHub, tmp_path: Path) -> None:
    bigvgan = SOURCES[-1].repository
    got = fetch(tmp_path, accepted=True, open_hub=lambda _: hub, revisions={"bigvgan": "main"})
    assert (bigvgan, "main") in hub.asked
    assert got.revisions["bigvgan"] == "commit-of-main"
    assert any("names no commit" in note for note in got.notes)
    hub.asked.clear()
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert (bigvgan, "commit-of-main") in hub.asked


def test_a_file_that_was_recorded_is_replaced_only_when_a_revision_is_named(hub: FakeHub, tmp_path: Path) -> None:
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    before = (tmp_path / "gpt.pth").read_bytes()
    hub.moved = b" anew"
    with pytest.raises(
        FetchError, match=r"IndexTTS-2 has another config\.yaml than the one recorded.*--pin indextts2="
    ):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert (tmp_path / "gpt.pth").read_bytes() == before
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub, revisions={source.name: "main" for source in SOURCES})
    assert (tmp_path / "gpt.pth").read_bytes() == b"gpt.pth anew"


def test_a_recorded_file_whose_hash_no_hub_tells_is_compared_when_it_arrives(hub: FakeHub, tmp_path: Path) -> None:
    path = tmp_path / "bigvgan" / "config.json"
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    path.unlink()
    hub.moved = b" anew"
    hub.hashed = False
    with pytest.raises(FetchError, match=r"has another .* than the one recorded"):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert not path.exists()


def test_a_break_keeps_what_came_and_the_next_try_goes_on(hub: FakeHub, tmp_path: Path) -> None:
    hub.down = {"s2mel.pth"}
    with pytest.raises(FetchError, match=r"ConnectionError.*what has arrived is kept"):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert "gpt.pth" in receipt_of(tmp_path)
    hub.down, hub.downloads = set(), []
    fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert "gpt.pth" not in hub.downloads
    assert "s2mel.pth" in hub.downloads


def test_a_damaged_file_is_refused_and_removed(hub: FakeHub, tmp_path: Path) -> None:
    hub.broken = {"gpt.pth"}
    with pytest.raises(FetchError, match=r"gpt\.pth arrived damaged"):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    assert not (tmp_path / "gpt.pth").exists()
    assert "gpt.pth" not in receipt_of(tmp_path)


def test_a_revision_without_a_needed_file_and_an_unknown_source_are_sentences(hub: FakeHub, tmp_path: Path) -> None:
    hub.hidden = {"feat1.pt"}
    with pytest.raises(FetchError, match=rf"has no feat1\.pt at {SOURCES[0].revision}"):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub)
    with pytest.raises(FetchError, match="no source 'else'"):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub, revisions={"else": "1"})


def test_a_file_that_would_leave_the_folder_stops_everything(hub: FakeHub, tmp_path: Path) -> None:
    hub.leaves = {"qwen0.6bemo4-merge/../../x.json"}
    with pytest.raises(FetchError, match="leave its folder"):
        fetch(tmp_path, accepted=True, open_hub=lambda _: hub)


def test_what_is_not_on_modelscope_comes_from_hugging_face_and_that_is_told(tmp_path: Path) -> None:
    hubs = {"modelscope": FakeHub(), "huggingface": FakeHub()}
    got = fetch(tmp_path, accepted=True, open_hub=hubs.__getitem__, hub="modelscope")
    assert [repository for repository, _ in hubs["modelscope"].asked] == ["IndexTeam/IndexTTS-2"]
    assert hubs["modelscope"].asked == [(SOURCES[0].repository, "main")]
    assert len(hubs["huggingface"].asked) == len(SOURCES) - 1
    assert len(got.notes) == len(SOURCES)
    assert "pinned by the hashes" in got.notes[0]


def test_a_damaged_record_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / RECEIPT).write_text("{", "utf-8")
    with pytest.raises(FetchError, match="remove it"):
        receipt_of(tmp_path)
