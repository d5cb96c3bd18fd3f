"""One checkpoint file to one safetensors file: names cleaned, every key checked, every number finite.

It decides nothing about folders. Which process it runs in is the business of `limited_process.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from oncue.model.indextts2.checkpoints import pickles
from oncue.model.indextts2.checkpoints.integrity import checksum, cut_at, file_sha256
from oncue.model.indextts2.checkpoints.manifest import CheckpointError, CheckpointManifest, Matching

_WRAPPERS = re.compile(r"(?:(?<=\.)|^)(?:_fsdp_wrapped_module|module)\.")
"""What parallel training puts into keys."""


@dataclass(frozen=True, slots=True)
class ConversionJob:
    """What to convert. `name` is how the file is called in messages."""

    part: str
    name: str
    source: Path
    target: Path
    manifest: CheckpointManifest
    roots: tuple[str, ...] = ()
    sha256: str | None = None
    """What the source must hash to, where a download wrote it down."""


@dataclass(frozen=True, slots=True)
class ConvertedPart:
    """What became of a checkpoint file."""

    part: str
    source: str
    source_sha256: str
    checked: bool
    """Whether the source's hash was known beforehand."""
    file: str
    sha256: str
    tensors: dict[str, int]
    """CRC-32 of each tensor's bytes, so that damage can be named."""
    unused: tuple[str, ...]
    unexpected: tuple[str, ...]


def convert_part(job: ConversionJob) -> ConvertedPart:
    """Write `job.target`. Raises CheckpointError, and then there is no target."""
    source_sha256 = file_sha256(job.source)
    if job.sha256 not in {None, source_sha256}:
        raise CheckpointError(f"{job.name}: the file is not the one that was fetched: fetch it again.")
    entries = _clean(_read(job), job)
    found = {key: tuple(value.shape) for key, value in entries.items() if value is not None}
    try:
        matching = job.manifest.match(found)
    except CheckpointError as error:
        raise CheckpointError(f"{job.name}{str(error).removeprefix(job.manifest.file)}") from error
    tensors = _owned({key: _number(entries[key], key, job.name) for key in matching.used})
    save_file(tensors, job.target)
    sums = {key: checksum(value) for key, value in tensors.items()}
    return _record(job, source_sha256, sums, matching, [key for key, value in entries.items() if value is None])


def _record(
    job: ConversionJob, source_sha256: str, sums: dict[str, int], matching: Matching, no_tensors: list[str]
) -> ConvertedPart:
    return ConvertedPart(
        part=job.part,
        source=job.name,
        source_sha256=source_sha256,
        checked=job.sha256 is not None,
        file=job.target.name,
        sha256=file_sha256(job.target),
        tensors=sums,
        unused=matching.unused,
        unexpected=(*matching.unexpected, *no_tensors),
    )


def _read(job: ConversionJob) -> Mapping[str, Tensor | None]:
    if job.source.suffix != ".safetensors":
        return pickles.read(job.source)
    try:
        return dict(load_file(job.source))
    except (SafetensorError, ValueError, OSError) as error:
        key = cut_at(job.source)
        where = f" at {key}" if key else ""
        raise CheckpointError(f"{job.name}: the file is cut short or damaged{where}: fetch it again.") from error


def _clean(entries: Mapping[str, Tensor | None], job: ConversionJob) -> dict[str, Tensor | None]:
    """Keys without what only says how the file was wrapped."""
    cleaned: dict[str, Tensor | None] = {}
    for raw, value in entries.items():
        root = next((root for root in job.roots if raw.startswith(root)), "")
        key = _WRAPPERS.sub("", raw.removeprefix(root))
        if key in cleaned:
            raise CheckpointError(f"{job.name}: the key {key} is there twice.")
        cleaned[key] = value
    return cleaned


def _number(value: Tensor | None, key: str, name: str) -> Tensor:
    """A weight that can be computed with."""
    assert value is not None, "the shapes were checked"
    if value.layout != torch.strided or not value.is_floating_point():
        raise CheckpointError(f"{name}: {key} holds {str(value.dtype).removeprefix('torch.')} and no plain weights.")
    if not bool(torch.isfinite(value).all()):
        raise CheckpointError(f"{name}: {key} has a value that is not a number: fetch the file again.")
    return value.detach()


def _owned(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Each tensor contiguous and in memory of its own, as the format demands."""
    owned: dict[str, Tensor] = {}
    seen: set[int] = set()
    for key, value in tensors.items():
        whole = value.is_contiguous() and value.untyped_storage().nbytes() == value.nbytes
        place = value.untyped_storage().data_ptr()
        owned[key] = value if whole and place not in seen else value.clone(memory_format=torch.contiguous_format)
        seen.add(place)
    return owned
