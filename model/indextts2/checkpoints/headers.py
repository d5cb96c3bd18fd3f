"""Which tensor a safetensors file that was cut short ends in: told from the header, which stands before the numbers.

The library says only that a file is broken. Nothing is loaded here.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

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
