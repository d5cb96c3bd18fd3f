from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from oncue.model.nn.checkpoint import load_modules, read_manifest, save_modules


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, str]:
    torch.manual_seed(0)
    path = tmp_path / "a.safetensors"
    return path, save_modules(path, {"one": nn.Linear(3, 2), "two": nn.Linear(2, 2)})


def fresh() -> dict[str, nn.Module]:
    return {"one": nn.Linear(3, 2), "two": nn.Linear(2, 2)}


def test_what_was_saved_is_loaded_to_half_precision(saved: tuple[Path, str]) -> None:
    torch.manual_seed(0)
    original, one = nn.Linear(3, 2), nn.Linear(3, 2)
    load_modules(*saved, {"one": one, "two": nn.Linear(2, 2)})
    assert torch.allclose(one.weight, original.weight, atol=1e-3)
    assert one.weight.dtype == torch.float32


def test_one_changed_byte_is_refused(saved: tuple[Path, str]) -> None:
    path, sha256 = saved
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        load_modules(path, sha256, fresh())


def test_a_missing_file_is_a_sentence(saved: tuple[Path, str]) -> None:
    saved[0].unlink()
    with pytest.raises(FileNotFoundError, match="make train"):
        load_modules(*saved, fresh())


def test_keys_too_many_or_too_few_are_refused(saved: tuple[Path, str]) -> None:
    with pytest.raises(ValueError, match="nobody wants"):
        load_modules(*saved, {"one": nn.Linear(3, 2)})
    with pytest.raises(ValueError, match="does not fit"):
        load_modules(*saved, {"one": nn.Linear(3, 2), "two": nn.Linear(5, 2)})


def test_a_missing_manifest_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make train"):
        read_manifest(tmp_path / "manifest.json")
