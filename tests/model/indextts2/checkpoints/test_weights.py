from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from oncue.model.indextts2.checkpoints.convert import convert
from oncue.model.indextts2.checkpoints.convert_part import convert_part
from oncue.model.indextts2.checkpoints.manifest import CheckpointError
from oncue.model.indextts2.checkpoints.weights import MANIFEST, Target, open_weights
from tests.model.indextts2.checkpoint_files import manifests, tensors, write_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published = tmp_path / "published"
    published.mkdir()
    write_folder(published)
    return convert(published, manifests=manifests(), run=convert_part).folder


def test_the_folder_is_found_from_the_one_it_was_made_of(folder: Path) -> None:
    assert open_weights(folder.parent).folder == folder


def adapter(*widths: int) -> nn.Sequential:
    return nn.Sequential(*(nn.Linear(wide, narrow) for wide, narrow in pairwise(widths)))


class Regulator(nn.Module):
    """The keys that the fake checkpoint has of it, and one that inference never reads."""

    def __init__(self) -> None:
        super().__init__()
        self.content_in_proj = nn.Linear(1024, 64)
        smoothing = [part for _ in range(4) for part in (nn.Conv1d(64, 64, 3), nn.GroupNorm(1, 64), nn.Mish())]
        self.model = nn.Sequential(*smoothing, nn.Conv1d(64, 64, 1))
        self.mask_token = nn.Parameter(torch.ones(1, 64))


class Estimator(nn.Module):
    """The last norm of the transformer."""

    def __init__(self) -> None:
        super().__init__()
        self.estimator = nn.ModuleDict({"transformer": nn.ModuleDict({"norm": nn.Module()})})
        norm = self.estimator["transformer"]["norm"]  # type: ignore[index]
        norm.project_layer, norm.norm = nn.Linear(64, 128), nn.RMSNorm(64)


def targets(*widths: int) -> tuple[Target, ...]:
    return (
        Target(adapter(*widths), "net.gpt_layer."),
        Target(Regulator(), "net.length_regulator."),
        Target(Estimator(), "net.cfm."),
    )


def test_networks_are_filled_in_their_own_types_and_a_key_nobody_reads_may_be_missing(folder: Path) -> None:
    filled = targets(64, 256, 128, 1024)
    filled[0].module.half()
    open_weights(folder).fill("s2mel", *filled)
    expected = tensors("s2mel")
    assert torch.equal(filled[0].module.state_dict()["1.weight"], expected["net.gpt_layer.1.weight"].half())
    assert torch.equal(filled[1].module.state_dict()["model.12.bias"], expected["net.length_regulator.model.12.bias"])


def test_a_key_too_few_or_too_many_or_another_shape_is_named(folder: Path) -> None:
    weights = open_weights(folder)
    with pytest.raises(CheckpointError, match=r"lacks net\.gpt_layer\.3\.weight"):
        weights.fill("s2mel", *targets(64, 256, 128, 1024, 1))
    with pytest.raises(CheckpointError, match=r"net\.gpt_layer\.2\.bias, which nobody reads"):
        weights.fill("s2mel", *targets(64, 256, 128))
    with pytest.raises(CheckpointError, match=r"net\.gpt_layer\.0\.\w+ has the shape"):
        weights.fill("s2mel", *targets(64, 25, 128, 1024))


@pytest.mark.parametrize("name", ["gpt", "bigvgan", "w2v_stats"])
def test_a_damaged_file_is_refused_with_the_key_that_is_damaged(folder: Path, name: str) -> None:
    path = folder / f"{name}.safetensors"
    state = load_file(path)
    key = list(state)[1]
    state[key].view(-1)[0] += 1
    save_file(state, path)
    with pytest.raises(CheckpointError, match=f"{name}.safetensors: {key} is damaged".replace(".", r"\.")):
        open_weights(folder)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match="cut short"):
        open_weights(folder)


def test_a_file_of_another_part_in_its_place_is_refused(folder: Path) -> None:
    (folder / "gpt.safetensors").write_bytes((folder / "bigvgan.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match=r"gpt\.safetensors: the key .* is missing"):
        open_weights(folder)


def test_a_missing_part_companion_or_manifest_is_a_sentence(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="no voices"):
        open_weights(folder).state("voices")
    (folder / "bpe.model").write_bytes(b"other")
    with pytest.raises(CheckpointError, match=r"bpe\.model"):
        open_weights(folder)
    (folder / "gpt.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"gpt\.safetensors: the file is missing"):
        open_weights(folder)
    (folder / MANIFEST).write_bytes(b'{"format": 1')
    with pytest.raises(CheckpointError, match="damaged"):
        open_weights(folder)
    (folder / MANIFEST).unlink()
    with pytest.raises(FileNotFoundError, match="oncue models convert"):
        open_weights(folder)
