"""A folder as the publisher's would be, with small networks: the formats, wrappers and left-overs of the real ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from oncue.model.indextts2.checkpoints.convert_part import ConversionJob
from oncue.model.indextts2.checkpoints.manifest import CheckpointManifest, Shape, shipped
from oncue.model.indextts2.checkpoints.sources import PARTS, CheckpointPart
from tests.model.indextts2.seeded import small_weights

_KEPT = {
    "gpt": r"gpt\.h\.[01]\..*|mel_head\..*|text_head\..*|speed_emb.*|conditioning_encoder\.embed\.(conv|pos_enc).*",
    "s2mel": r"net\.gpt_layer\..*|net\.length_regulator\..*|net\.cfm\.estimator\.(input_pos|.*freqs|transformer\.norm.*)",
    "semantic_codec": r"quantizer\..*|encoder\.1\..*",
    "campplus": r"head\..*",
    "bigvgan": r"conv_(pre|post)\..*|activation_post\..*",
    "w2v_bert": r"feature_projection\.layer_norm\..*|masked_spec_embed",
}
"""Enough of each network to have every kind of key; the whole would only be slow."""


def small_shapes(part: str) -> dict[str, Shape]:
    """Key -> shape of the small network of a part."""
    weights = small_weights()
    names = {"s2mel": {"net.cfm.": "cfm", "net.length_regulator.": "length_regulator", "net.gpt_layer.": "gpt_layer"}}
    if part not in {"gpt", "s2mel", "semantic_codec", "campplus", "bigvgan"}:
        return dict(shipped(part).keys)
    return {
        prefix + key: tuple(shape)
        for prefix, name in names.get(part, {"": part}).items()
        for key, (shape, _) in weights[name]["keys"].items()
    }


def small_manifest(part: str) -> CheckpointManifest:
    """The manifest of a part, cut down to what the fake checkpoints hold."""
    pattern = _KEPT.get(part, ".*")
    return replace(
        shipped(part), keys={key: shape for key, shape in small_shapes(part).items() if re.fullmatch(pattern, key)}
    )


def manifests() -> dict[str, CheckpointManifest]:
    return {part.name: small_manifest(part.name) for part in PARTS}


def tensors(part: str) -> dict[str, Tensor]:
    """Numbers for every key of the small manifest."""
    generator = torch.Generator().manual_seed(7)
    return {
        key: torch.arange(shape[0]) if key.endswith("input_pos") else torch.randn(shape, generator=generator)
        for key, shape in small_manifest(part).keys.items()
    }


def wrapped(part: str, flat: Mapping[str, Any]) -> Any:
    """As the publisher's files have them."""
    match part:
        case "gpt":
            return {"model": {f"_fsdp_wrapped_module.{key}": value for key, value in flat.items()}}
        case "s2mel":
            net: dict[str, dict[str, Any]] = {}
            for key, value in flat.items():
                _, inner, rest = key.split(".", 2)
                net.setdefault(inner, {})[rest if inner == "cfm" else f"module.{rest}"] = value
            return {"net": net, "epoch": 3}
        case "bigvgan":
            return {"generator": dict(flat)}
        case "speaker_matrix" | "emotion_matrix":
            return flat.get("tensor", flat)
        case _:
            return dict(flat)


def write(path: Path, part: str, flat: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".safetensors":
        save_file(dict(flat), path)
    else:
        torch.save(wrapped(part, flat), path)


def write_folder(folder: Path) -> None:
    """All checkpoints and what goes along with them."""
    for part in PARTS:
        write(folder / part.paths[0], part.name, tensors(part.name))
    (folder / "bpe.model").write_bytes(b"pieces")
    (folder / "qwen0.6bemo4-merge").mkdir()
    (folder / "qwen0.6bemo4-merge" / "config.json").write_text("{}", "utf-8")


def job(folder: Path, part: CheckpointPart, sha256: str | None = None) -> ConversionJob:
    """The conversion of one file of a folder."""
    source = folder / part.paths[0]
    return ConversionJob(
        part.name, part.paths[0], source, folder / f"{part.name}.out", small_manifest(part.name), part.roots, sha256
    )
