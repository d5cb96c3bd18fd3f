"""Whether a file or a tensor is still what it was: hashes, checksums, and where a file that was cut short ends.

Of a broken safetensors file the library says only that it is broken; which tensor it ends in is told from the header,
which stands before the numbers. No file is repaired here.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import msgspec
import torch
from torch import Tensor

_BLOCK_BYTES = 2**24
_LENGTH_BYTES = 8
_MAX_BYTES = 100_000_000
"""As the format has it."""


class _Entry(msgspec.Struct):
    data_offsets: tuple[int, int]
    """From the end of the header."""


def cut_at(path: Path) -> str | None:
    """The first key, in the order of the numbers, that is not all there; None where none is or the header is broken."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if length > _MAX_BYTES:
            return None
        try:
            header = msgspec.json.decode(file.read(length), type=dict[str, msgspec.Raw])
            header.pop("__metadata__", None)
            ends = {msgspec.json.decode(raw, type=_Entry).data_offsets[1]: key for key, raw in header.items()}
        except msgspec.DecodeError:
            return None
    there = path.stat().st_size - _LENGTH_BYTES - length
    return next((ends[end] for end in sorted(ends) if end > there), None)


def checksum(tensor: Tensor) -> int:
    """CRC-32 of a tensor's bytes in row-major order."""
    return zlib.crc32(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
