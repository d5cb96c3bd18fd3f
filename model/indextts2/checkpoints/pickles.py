"""The one place where a file of PyTorch's pickle format is read: looked through first, then loaded as weights only.

The look takes the pickle apart without running it. It refuses every name but those that tensors are made of, tells
which key each block of numbers belongs to, and compares the checksums of the archive, which PyTorch itself leaves
alone. Whoever reads a stranger's file does so in the limited process of `limited_process.py`.
"""

from __future__ import annotations

import io
import mmap
import pickletools
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from oncue.model.indextts2.checkpoints.manifest import CheckpointError

_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
HARMLESS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch Size",
    *(f"torch {name}Storage" for name in _STORAGES),
}
"""Names a pickle of tensors may mention; anything else could be code."""
_FOREIGN = {"STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"}
_MAX_PICKLE_BYTES = 64 * 2**20
_LEGACY_PICKLES = 5
"""Before the archive format: magic number, version, machine, the object, the order of its storages."""
_BLOCK = 2**20
_ENTRY = b"PK\x03\x04"
"""What every entry of an archive begins with."""
_MAX_DEPTH = 5


def read(path: Path) -> dict[str, Tensor | None]:
    """Every entry by its dotted name; None for what is no tensor. A bare tensor is called `tensor`.

    Raises CheckpointError when the file is damaged or wants to run code, which it never can.
    """
    with path.open("rb") as file:
        archive = file.read(4) == _ENTRY
        file.seek(0)
        try:
            if archive:
                _check_archive(file, path)
            else:
                _scan(file, path.name, _LEGACY_PICKLES)
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, RuntimeError, IndexError) as error:
            if isinstance(error, CheckpointError):
                raise
            key = _cut_at(path) if archive else None
            where = f" at {key}" if key else ""
            raise CheckpointError(f"{path.name}: the file is cut short or damaged{where}: fetch it again.") from error
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=archive)
    except Exception as error:  # whatever a hostile file makes of it
        raise CheckpointError(f"{path.name}: PyTorch refuses the file as plain weights: fetch it again.") from error
    return dict(_flatten({"tensor": loaded} if isinstance(loaded, Tensor) else loaded, (), path.name))


def _check_archive(file: BinaryIO, path: Path) -> None:
    """The archive of torch.save: nothing packed, no name twice, every checksum right."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
        if packed or len(set(names)) < len(names) or sum(e.file_size for e in entries) > path.stat().st_size:
            raise CheckpointError(f"{path.name}: the archive is not one that PyTorch writes.")
        index = next((entry for entry in entries if entry.filename.endswith("/data.pkl")), None)
        if index is None or index.file_size > _MAX_PICKLE_BYTES:
            raise CheckpointError(f"{path.name}: the archive holds no list of tensors.")
        keys = _scan(io.BytesIO(archive.read(index)), path.name, 1)
        for entry in entries:
            _check_sum(archive, entry, path.name, keys.get(entry.filename.rsplit("/", 1)[-1]))


def _cut_at(path: Path) -> str | None:
    """The key whose numbers a broken archive ends in, None where it does not end in any.

    The directory of an archive is at its end, and lost; but the list of tensors is its first entry, and each entry
    begins with its name (APPNOTE.TXT 4.3.7: 30 bytes, the lengths of name and extra field in the last four of them).
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        last = data.rfind(_ENTRY)
        number = re.fullmatch(rb".*/data/(\d+)", data[last + 30 : last + 30 + _u16(data, last + 26)])
        if number is None:
            return None
        file.seek(30 + _u16(data, 26) + _u16(data, 28))
        try:
            return _scan(file, path.name, 1).get(number[1].decode())
        except ValueError:
            return None


def _u16(data: mmap.mmap, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _check_sum(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, key: str | None) -> None:
    try:
        with archive.open(entry) as block:
            while block.read(_BLOCK):
                pass
    except zipfile.BadZipFile as error:
        what = "the list of tensors" if key is None else f"the numbers of {key or 'the tensor'}"
        raise CheckpointError(f"{name}: {what} are damaged: fetch the file again.") from error


def _scan(file: BinaryIO, name: str, pickles: int) -> dict[str, str]:
    """Look through pickles that follow one another; returns the key that each storage was first seen under.

    Protocol 2, which torch.save writes: names are `GLOBAL`, storages `BINPERSID` of (storage, type, number, ...).
    """
    keys: dict[str, str] = {}
    key, strings = "", [""]
    for _ in range(pickles):
        for opcode, argument, _position in pickletools.genops(file):
            if opcode.name in _FOREIGN or (opcode.name == "GLOBAL" and argument not in HARMLESS):
                raise _wants_code(name, key or strings[-1], opcode.name, argument)
            if isinstance(argument, str) and opcode.name != "GLOBAL":
                strings.append(argument)
                key = key if argument in {"storage", "cpu"} or argument.isdigit() else argument
            elif opcode.name == "BINPERSID":
                keys.setdefault(next((text for text in reversed(strings) if text.isdigit()), ""), key)
    return keys


def _wants_code(name: str, key: str, opcode: str, argument: Any) -> CheckpointError:
    what = str(argument).replace(" ", ".") if opcode == "GLOBAL" else "a name it hides"
    where = f" at {key}" if key else ""
    return CheckpointError(f"{name}: the file wants to run {what}{where}: it is not plain weights, and was not loaded.")


def _flatten(value: Any, place: tuple[str, ...], name: str) -> Iterator[tuple[str, Tensor | None]]:
    if not isinstance(value, Mapping):
        yield ".".join(place), value if isinstance(value, Tensor) else None
        return
    if len(place) > _MAX_DEPTH:
        raise CheckpointError(f"{name}: the file is nested too deeply at {place[0]}.")
    for key, inner in value.items():
        yield from _flatten(inner, (*place, str(key)), name)
