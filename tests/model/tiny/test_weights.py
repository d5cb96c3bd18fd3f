from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from oncue.model.tiny.runtime import wanted
from oncue.model.tiny.weights import read_manifest, read_weights

NAMES = sorted({name for names in wanted().values() for name in names})


def written(path: Path, names: list[str]) -> tuple[Path, str]:
    save_file({name: np.ones(2, np.float16) for name in names}, path)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert set(read_weights(*written(tmp_path / "a.safetensors", NAMES))) == set(NAMES)


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    path, sha256 = written(tmp_path / "a.safetensors", NAMES)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        read_weights(path, sha256)


def test_what_is_no_weights_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="cannot be read"):
        read_weights(path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make train"):
        read_weights(tmp_path / "a.safetensors", "")


def test_keys_too_many_or_too_few_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nobody wants"):
        read_weights(*written(tmp_path / "a.safetensors", [*NAMES, "other.weight"]))
    with pytest.raises(ValueError, match="lacks"):
        read_weights(*written(tmp_path / "a.safetensors", NAMES[1:]))


def test_a_missing_manifest_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make train"):
        read_manifest(tmp_path / "manifest.json")
