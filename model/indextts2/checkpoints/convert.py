"""The official checkpoints to a folder that OnCue loads: one safetensors file for each part, and a manifest.

Either all parts are converted or nothing is left behind. Each file is opened in a limited process (`limited_process.py`);
which keys it must have is in `manifests/`. Nothing is fetched here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from oncue.model.indextts2.checkpoints.convert_part import ConversionJob, ConvertedPart
from oncue.model.indextts2.checkpoints.fetch import commits_of, receipt_of
from oncue.model.indextts2.checkpoints.integrity import file_sha256
from oncue.model.indextts2.checkpoints.limited_process import convert_confined
from oncue.model.indextts2.checkpoints.manifest import CheckpointError, CheckpointManifest, shipped
from oncue.model.indextts2.checkpoints.sources import COMPANIONS, NEEDED_COMPANIONS, PARTS, CheckpointPart
from oncue.model.indextts2.checkpoints.weights import MANIFEST, OUTPUT_FOLDER, Companion, Contents
from oncue.model.install import Converted, Progress, silent

FAMILY = "indextts2"
Convert = Callable[[ConversionJob], ConvertedPart]


def convert(
    folder: Path,
    output: Path | None = None,
    *,
    progress: Progress = silent,
    parts: Sequence[CheckpointPart] = PARTS,
    manifests: Mapping[str, CheckpointManifest] | None = None,
    run: Convert = convert_confined,
) -> Converted:
    """Convert what `oncue models fetch` or the publisher's own instructions put into `folder`.

    `manifests` are the expected keys and shapes by part, by default those of the release. Raises FileNotFoundError
    or CheckpointError; then the output is as it was before.
    """
    target = output or folder / OUTPUT_FOLDER
    jobs = [_job(folder, target, part, (manifests or {}).get(part.name) or shipped(part.name)) for part in parts]
    companions = _companions(folder)
    target.mkdir(parents=True, exist_ok=True)
    records: list[ConvertedPart] = []
    try:
        for number, job in enumerate(jobs):
            progress(job.name, number, len(jobs))
            records.append(run(job))
    except CheckpointError:
        for job in jobs:
            job.target.unlink(missing_ok=True)
        raise
    contents = Contents(
        FAMILY,
        tuple(_settle(target, record) for record in records),
        _carry(folder, companions, target),
        commits_of(folder),
    )
    _write(target / MANIFEST, msgspec.json.format(msgspec.json.encode(contents), indent=1))
    progress(MANIFEST, len(jobs), len(jobs))
    return Converted(target, contents.revision, tuple(note for record in records for note in _notes(record)))


def _job(folder: Path, target: Path, part: CheckpointPart, manifest: CheckpointManifest) -> ConversionJob:
    name = next((path for path in part.paths if (folder / path).is_file()), None)
    if name is None:
        raise FileNotFoundError(f"There is no {' or '.join(part.paths)} in {folder}: run `oncue models fetch` first.")
    known = receipt_of(folder).get(name)
    source = (folder / name).resolve()
    return ConversionJob(
        part.name, name, source, target.resolve() / f"{part.name}.partial", manifest, part.roots, known
    )


def _settle(target: Path, record: ConvertedPart) -> ConvertedPart:
    """Give a finished file its name, now that all of them are finished."""
    name = f"{record.part}.safetensors"
    (target / record.file).replace(target / name)
    return replace(record, file=name)


def _companions(folder: Path) -> tuple[Path, ...]:
    for name in NEEDED_COMPANIONS:
        if not (folder / name).is_file():
            raise FileNotFoundError(f"There is no {name} in {folder}: run `oncue models fetch` first.")
    found = {path.relative_to(folder) for pattern in COMPANIONS for path in folder.glob(pattern) if path.is_file()}
    return tuple(folder / path for path in sorted(found))


def _carry(folder: Path, files: Sequence[Path], target: Path) -> tuple[Companion, ...]:
    """Take files along: linked where the disk allows it, since one of them is large, otherwise copied."""
    carried = []
    for file in files:
        name = file.relative_to(folder)
        place = target / name
        if place.resolve() != file.resolve():
            _place(file, place)
        carried.append(Companion(name.as_posix(), file_sha256(place)))
    return tuple(carried)


def _place(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    try:
        os.link(file.resolve(), place)
    except OSError:
        shutil.copyfile(file, place)


def _write(path: Path, data: bytes) -> None:
    """All of the file or none of it."""
    temporary = path.with_suffix(".partial")
    temporary.write_bytes(data)
    temporary.replace(path)


def _notes(record: ConvertedPart) -> list[str]:
    """What a user should know of a part, in sentences."""
    notes = []
    if not record.checked:
        notes.append(f"{record.source}: there is no record of its download, so its hash was not compared.")
    if record.unexpected:
        shown = ", ".join(record.unexpected[:3])
        notes.append(f"{record.source}: {len(record.unexpected)} unknown keys were left out ({shown}).")
    return notes
