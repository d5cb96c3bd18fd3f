from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from oncue.model.indextts2.checkpoints.hubs import FetchError, RemoteFile, open_hub


def module(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    made = ModuleType(name)
    for key, value in members.items():
        setattr(made, key, value)
    monkeypatch.setitem(sys.modules, name, made)


def test_hugging_face_is_asked_for_one_commit_with_the_hashes_of_large_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[Any] = []

    class HfApi:
        def model_info(self, repo_id: str, *, revision: str, files_metadata: bool) -> Any:
            large = SimpleNamespace(rfilename="a.pth", size=7, lfs=SimpleNamespace(sha256="beef"))
            small = SimpleNamespace(rfilename="b.json", size=3, lfs=None)
            calls.append((repo_id, revision, files_metadata))
            return SimpleNamespace(sha="c0ffee", siblings=[large, small])

    def hf_hub_download(repo_id: str, filename: str, *, revision: str, local_dir: Path) -> None:
        calls.append((repo_id, filename, revision, local_dir))

    module(monkeypatch, "huggingface_hub", HfApi=HfApi, hf_hub_download=hf_hub_download)
    hub = open_hub("huggingface")
    listing = hub.listing("a/b", "main")
    assert (listing.commit, listing.files) == (
        "c0ffee",
        (RemoteFile("a.pth", 7, "beef"), RemoteFile("b.json", 3, None)),
    )
    hub.download("a/b", "c0ffee", "a.pth", tmp_path)
    assert calls == [("a/b", "main", True), ("a/b", "a.pth", "c0ffee", tmp_path)]


def test_modelscope_calls_its_main_branch_master_and_lists_folders_that_are_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[Any] = []

    class HubApi:
        def get_model_files(self, model_id: str, revision: str, recursive: bool) -> list[dict[str, Any]]:
            calls.append((model_id, revision, recursive))
            return [{"Path": "d", "Type": "tree"}, {"Path": "d/a", "Type": "blob", "Size": 1, "Sha256": "ab"}]

    def model_file_download(model_id: str, file_path: str, revision: str, *, local_dir: str) -> None:
        calls.append((model_id, file_path, revision, local_dir))

    for name in ("modelscope", "modelscope.hub"):
        module(monkeypatch, name)
    module(monkeypatch, "modelscope.hub.api", HubApi=HubApi)
    module(monkeypatch, "modelscope.hub.file_download", model_file_download=model_file_download)
    hub = open_hub("modelscope")
    listing = hub.listing("a/b", "main")
    assert (listing.commit, listing.files) == ("master", (RemoteFile("d/a", 1, "ab"),))
    hub.download("a/b", "master", "d/a", tmp_path)
    assert calls == [("a/b", "master", True), ("a/b", "d/a", "master", str(tmp_path))]


@pytest.mark.parametrize(("hub", "package"), [("huggingface", "huggingface_hub"), ("modelscope", "modelscope")])
def test_a_library_that_is_not_installed_is_a_sentence(monkeypatch: pytest.MonkeyPatch, hub: str, package: str) -> None:
    for name in (package, f"{package}.hub.api"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(FetchError, match=f"pip install {package}"):
        open_hub(hub)


def test_an_unknown_hub_is_a_sentence() -> None:
    with pytest.raises(FetchError, match="choose huggingface or modelscope"):
        open_hub("elsewhere")
