from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from oncue.model.indextts2.checkpoints.convert import convert
from oncue.model.indextts2.checkpoints.convert_part import convert_part
from oncue.model.indextts2.checkpoints.fetch import RECEIPT
from oncue.model.indextts2.checkpoints.limited_process import convert_confined
from oncue.model.indextts2.checkpoints.manifest import CheckpointError
from oncue.model.indextts2.checkpoints.sources import PARTS
from oncue.model.indextts2.checkpoints.weights import open_weights
from tests.model.indextts2.checkpoint_files import job, manifests, tensors, wrapped
from tests.model.indextts2.checkpoints.test_pickles import Payload


def test_a_folder_becomes_one_that_can_be_loaded(published: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    made = convert(
        published, tmp_path, manifests=manifests(), run=convert_part, progress=lambda *told: seen.append(told)
    )
    weights = open_weights(made.folder)
    assert made.revision == weights.revision
    assert [part.part for part in weights.contents.parts] == [part.name for part in PARTS]
    assert torch.equal(weights.state("gpt", "speed_emb.")["weight"], tensors("gpt")["speed_emb.weight"])
    assert weights.companion("bpe.model") is not None
    assert (tmp_path / "qwen0.6bemo4-merge" / "config.json").read_text("utf-8") == "{}"
    assert [done for _, done, _ in seen] == list(range(len(PARTS) + 1))
    assert any("no record of its download" in note for note in made.notes)
    assert not list(tmp_path.glob("*.partial"))


def test_the_same_files_make_the_same_revision(published: Path, tmp_path: Path) -> None:
    first = convert(published, tmp_path / "a", manifests=manifests(), run=convert_part)
    second = convert(published, tmp_path / "b", manifests=manifests(), run=convert_part)
    assert first.revision == second.revision


def test_one_bad_file_leaves_nothing_behind(published: Path, tmp_path: Path) -> None:
    folder, output = tmp_path / "bad", tmp_path / "out"
    shutil.copytree(published, folder)
    torch.save({"generator": {}}, folder / "bigvgan" / "bigvgan_generator.pt")
    with pytest.raises(CheckpointError, match=r"bigvgan_generator\.pt: the key conv_p"):
        convert(folder, output, manifests=manifests(), run=convert_part)
    assert list(output.iterdir()) == []


def test_a_missing_file_is_named_before_anything_is_read(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    shutil.copytree(published, folder)
    (folder / "bpe.model").unlink()
    with pytest.raises(FileNotFoundError, match=r"bpe\.model"):
        convert(folder, manifests=manifests(), run=convert_part)
    (folder / "s2mel.pth").unlink()
    with pytest.raises(FileNotFoundError, match=r"s2mel\.pth"):
        convert(folder, manifests=manifests(), run=convert_part)


def test_what_the_download_wrote_down_is_compared(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    shutil.copytree(published, folder)
    entry = {"sha256": "0" * 64, "size": 1, "source": "indextts2", "commit": "c"}
    (folder / RECEIPT).write_text(json.dumps({"files": {"gpt.pth": entry}}), "utf-8")
    with pytest.raises(CheckpointError, match=r"gpt\.pth: the file is not the one that was fetched"):
        convert(folder, manifests=manifests(), run=convert_part)


def test_the_commits_of_a_download_go_into_the_manifest(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    shutil.copytree(published, folder)
    (folder / RECEIPT).write_text(json.dumps({"revisions": {"bigvgan": "0123abc"}}), "utf-8")
    made = convert(folder, manifests=manifests(), run=convert_part)
    assert open_weights(made.folder).contents.commits == {"bigvgan": "0123abc"}


def test_a_limited_process_converts_what_is_good_and_refuses_what_wants_to_run_code(
    published: Path, tmp_path: Path
) -> None:
    part = next(part for part in PARTS if part.name == "w2v_stats")
    shutil.copyfile(published / part.paths[0], tmp_path / part.paths[0])
    work = job(tmp_path, part)
    assert convert_confined(work).sha256 == convert_part(work).sha256
    marker = tmp_path / "ran"
    torch.save(wrapped(part.name, tensors(part.name) | {"mean": Payload(marker)}), tmp_path / part.paths[0])
    with pytest.raises(CheckpointError, match="wants to run"):
        convert_confined(work)
    assert not marker.exists()
    assert not work.target.exists()
