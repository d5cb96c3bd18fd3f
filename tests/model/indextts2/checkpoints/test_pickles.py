from __future__ import annotations

import os
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch

from oncue.model.indextts2.checkpoints import pickles
from oncue.model.indextts2.checkpoints.manifest import CheckpointError


class Payload:
    """What unpickling would run."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.pth"


def refused(file: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        pickles.read(file)
    assert str(caught.value).startswith("some.pth: ")
    return str(caught.value)


@pytest.mark.parametrize("archive", [True, False])
def test_nested_tensors_come_by_their_dotted_names(file: Path, archive: bool) -> None:
    state = OrderedDict(weight=torch.ones(2, 3), bias=torch.nn.Parameter(torch.zeros(2)))
    torch.save({"net": {"layer": state}, "epoch": 7}, file, _use_new_zipfile_serialization=archive)
    found = pickles.read(file)
    assert set(found) == {"net.layer.weight", "net.layer.bias", "epoch"}
    assert found["epoch"] is None
    weight = found["net.layer.weight"]
    assert weight is not None
    assert torch.equal(weight, torch.ones(2, 3))


def test_a_bare_tensor_is_called_tensor(file: Path) -> None:
    torch.save(torch.ones(3), file)
    assert list(pickles.read(file)) == ["tensor"]


@pytest.mark.parametrize("archive", [True, False])
def test_a_file_that_wants_to_run_code_is_refused_with_the_place_and_runs_nothing(file: Path, archive: bool) -> None:
    marker = file.parent / "ran"
    state = {"a.weight": torch.ones(2), "b.weight": Payload(marker)}
    torch.save(state, file, _use_new_zipfile_serialization=archive)
    told = refused(file)
    assert "mkdir" in told
    assert "b.weight" in told
    assert not marker.exists()


def test_a_name_that_a_newer_pickle_hides_is_refused_too(file: Path) -> None:
    marker = file.parent / "ran"
    torch.save({"a": Payload(marker)}, file, pickle_protocol=4)
    assert "wants to run" in refused(file)
    assert not marker.exists()


def test_a_changed_bit_is_found_and_its_key_named(file: Path) -> None:
    torch.save({"model": {"a.weight": torch.ones(64), "b.weight": torch.full((64,), 2.0)}}, file)
    with zipfile.ZipFile(file) as archive:
        entry = next(entry for entry in archive.infolist() if entry.filename.endswith("/1"))
        size = entry.file_size
    data = bytearray(file.read_bytes())
    at = data.index(torch.full((64,), 2.0).numpy().tobytes())
    data[at + size // 2] ^= 1
    file.write_bytes(data)
    assert "b.weight" in refused(file)


@pytest.mark.parametrize("archive", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.95])
def test_a_file_that_was_cut_short_is_refused(file: Path, archive: bool, share: float) -> None:
    torch.save({"a.weight": torch.ones(1000)}, file, _use_new_zipfile_serialization=archive)
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    refused(file)


@pytest.mark.parametrize("key", ["a.weight", "b.weight"])
def test_of_an_archive_that_was_cut_short_the_key_it_ends_in_is_named(file: Path, key: str) -> None:
    state = {"a.weight": torch.full((400,), 1.0), "b.weight": torch.full((400,), 2.0)}
    torch.save({"model": state}, file)
    data = file.read_bytes()
    file.write_bytes(data[: data.index(state[key].numpy().tobytes()) + 800])
    assert f"damaged at {key}" in refused(file)


def test_what_is_no_checkpoint_at_all_is_refused(file: Path) -> None:
    file.write_bytes(b"<html>sign in first</html>" * 100)
    refused(file)


def test_a_packed_archive_or_one_without_a_list_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(100_000))
    assert "not one that PyTorch writes" in refused(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/else", b"x")
    assert "no list" in refused(file)


def test_nesting_has_an_end(file: Path) -> None:
    nested: dict[str, Any] = {"a": torch.ones(1)}
    for _ in range(20):
        nested = {"a": nested}
    torch.save(nested, file)
    assert "too deeply" in refused(file)
