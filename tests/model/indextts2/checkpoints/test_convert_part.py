"""Every kind of checkpoint against every kind of damage: refused with the file's name, and nothing is executed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from oncue.model.indextts2.checkpoints.convert_part import convert_part
from oncue.model.indextts2.checkpoints.integrity import checksum, file_sha256
from oncue.model.indextts2.checkpoints.manifest import CheckpointError
from oncue.model.indextts2.checkpoints.sources import PARTS, CheckpointPart
from tests.model.indextts2.checkpoint_files import job, tensors, wrapped, write
from tests.model.indextts2.checkpoints.test_pickles import Payload

each_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
BY_NAME = {part.name: part for part in PARTS}


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """Only what a test asks for is copied into it."""
    return tmp_path


def taken(published: Path, folder: Path, part: CheckpointPart) -> Path:
    place = folder / part.paths[0]
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(published / part.paths[0], place)
    return place


def refused(folder: Path, part: CheckpointPart, sha256: str | None = None) -> str:
    with pytest.raises(CheckpointError) as caught:
        convert_part(job(folder, part, sha256))
    assert str(caught.value).startswith(part.paths[0].rsplit("/", 1)[-1]) or part.paths[0] in str(caught.value)
    assert not (folder / f"{part.name}.out").exists()
    return str(caught.value)


@each_part
def test_every_number_that_is_used_comes_through_and_the_rest_is_listed(
    published: Path, folder: Path, part: CheckpointPart
) -> None:
    taken(published, folder, part)
    work, expected = job(folder, part), tensors(part.name)
    record = convert_part(work)
    got = load_file(work.target)
    assert set(got) == set(work.manifest.wanted) == set(record.tensors)
    assert all(torch.equal(got[key], expected[key]) for key in got)
    assert {*got, *record.unused} == set(expected)
    assert record.unexpected == (("epoch",) if part.name == "s2mel" else ())
    assert record.sha256 == file_sha256(work.target)
    assert all(checksum(got[key]) == record.tensors[key] for key in got)


@each_part
def test_a_truncated_file_is_refused_with_the_key_it_ends_in(
    published: Path, folder: Path, part: CheckpointPart
) -> None:
    place = taken(published, folder, part)
    data, expected = place.read_bytes(), tensors(part.name)
    key = next(key for key in expected if key in job(folder, part).manifest.wanted)
    place.write_bytes(data[: data.index(expected[key].numpy().tobytes()) + 4])
    told = refused(folder, part)
    assert "cut short" in told
    assert key == "tensor" or ("damaged at" in told and ".".join(key.split(".")[-2:]) in told)


@each_part
def test_a_flipped_bit_is_refused(published: Path, folder: Path, part: CheckpointPart) -> None:
    place = taken(published, folder, part)
    known = file_sha256(place)
    data = bytearray(place.read_bytes())
    key = next(iter(job(folder, part).manifest.wanted))
    at = data.index(tensors(part.name)[key].numpy().tobytes())
    data[at] ^= 1
    place.write_bytes(data)
    assert "not the one that was fetched" in refused(folder, part, known)
    if place.suffix != ".safetensors":  # an archive has checksums of its own
        assert ".".join(key.split(".")[-2:]) in refused(folder, part)


@each_part
def test_a_wrong_shape_is_refused_with_its_key(folder: Path, part: CheckpointPart) -> None:
    flat = tensors(part.name)
    key = next(iter(job(folder, part).manifest.wanted))
    write(folder / part.paths[0], part.name, flat | {key: torch.ones(3, 1, 4)})
    told = refused(folder, part)
    assert key in told
    assert "[3, 1, 4]" in told


@each_part
def test_a_missing_key_is_refused_with_its_name(folder: Path, part: CheckpointPart) -> None:
    flat = tensors(part.name)
    key = next(iter(job(folder, part).manifest.wanted))
    write(folder / part.paths[0], part.name, {name: value for name, value in flat.items() if name != key})
    assert key in refused(folder, part)


@each_part
def test_another_models_file_in_its_place_is_refused(published: Path, folder: Path, part: CheckpointPart) -> None:
    same_format = [p for p in PARTS if Path(p.paths[0]).suffix == Path(part.paths[0]).suffix and p != part]
    other = same_format[0] if same_format else BY_NAME["gpt"]
    place = folder / part.paths[0]
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(published / other.paths[0], place)
    assert next(iter(job(folder, part).manifest.wanted)) in refused(folder, part)


@each_part
def test_a_pickle_with_code_is_refused_and_runs_nothing(folder: Path, part: CheckpointPart) -> None:
    marker, place, flat = folder / "ran", folder / part.paths[0], tensors(part.name)
    key = next(iter(flat))
    place.parent.mkdir(parents=True, exist_ok=True)
    torch.save(wrapped(part.name, {**flat, key: Payload(marker)}), place)
    told = refused(folder, part)
    assert not marker.exists()
    if place.suffix != ".safetensors":
        assert "wants to run" in told
    if part.name not in {"speaker_matrix", "emotion_matrix"} and place.suffix != ".safetensors":
        assert key.rsplit(".", 1)[-1] in told


def test_numbers_that_are_none_are_refused_with_their_key(folder: Path) -> None:
    part, flat = BY_NAME["w2v_stats"], tensors("w2v_stats")
    flat["var"][5] = float("nan")
    write(folder / part.paths[0], part.name, flat)
    assert "var has a value that is not a number" in refused(folder, part)
    write(folder / part.paths[0], part.name, flat | {"var": torch.ones(1024, dtype=torch.int64)})
    assert "var holds int64" in refused(folder, part)


def test_a_key_that_is_there_twice_is_refused(folder: Path) -> None:
    part, flat = BY_NAME["w2v_stats"], tensors("w2v_stats")
    write(folder / part.paths[0], part.name, flat | {"module.mean": flat["mean"]})
    assert "mean is there twice" in refused(folder, part)


def test_left_overs_of_a_wrapper_are_listed_and_left_out(folder: Path) -> None:
    part, flat = BY_NAME["gpt"], tensors("gpt")
    extra = {"inference_model.lm_head.1.weight": torch.ones(3), "gpt.wte.weight": torch.ones(2)}
    mask, stranger = {"gpt.h.0.attn.bias": torch.ones(1, 1, 4, 4)}, {"somebodys.own": torch.ones(1)}
    write(folder / part.paths[0], part.name, flat | extra | mask | stranger)
    record = convert_part(job(folder, part))
    assert set(extra) | set(mask) <= set(record.unused)
    assert record.unexpected == ("somebodys.own",)


def test_tensors_that_share_memory_are_written_whole(folder: Path) -> None:
    part = BY_NAME["w2v_stats"]
    both = torch.arange(2048.0)
    write(folder / part.paths[0], part.name, {"mean": both[::2], "var": both[1::2]})
    work = job(folder, part)
    convert_part(work)
    assert torch.equal(load_file(work.target)["var"], both[1::2])
