"""Checkpoints to what is shipped: one weights file with its pin, and the voices of the house."""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from torch import Tensor

from oncue.model.api import Voice
from oncue.model.tiny.layout import NUM_EMOTIONS
from oncue.model.tiny.voicefile import FAMILY, write_voices
from oncue.model.tiny.weights import Manifest
from oncue.model.training.data.dataset import Dataset, build
from oncue.model.training.data.speakers import HOUSE
from oncue.model.training.networks.networks import Networks
from oncue.model.training.stages import runtime
from oncue.model.training.stages.durations import natural_lengths
from oncue.model.training.stages.voices import known_of

DEFAULT = "mei"


@dataclass(frozen=True, slots=True)
class Parts:
    """The checkpoints that what is shipped is taken from."""

    speaker: Path
    restorer: Path
    pace: Path
    emotions: Path
    vocoder: Path
    durations: Path
    decoder: Path


def networks_of(parts: Parts) -> Networks:
    """All networks with what was learned."""
    networks = Networks()
    networks.speaker.load_state_dict(runtime.checkpoint(parts.speaker)["speaker"])
    networks.restorer.load_state_dict(runtime.checkpoint(parts.restorer)["restorer"])
    networks.pace.load_state_dict(runtime.checkpoint(parts.pace)["pace"])
    networks.feeling.load_state_dict(_part(runtime.checkpoint(parts.emotions)["emotions"], "feeling"))
    networks.vocoder.load_state_dict(_part(runtime.checkpoint(parts.vocoder)["codec"], "vocoder"))
    networks.durations.load_state_dict(runtime.checkpoint(parts.durations)["durations"])
    networks.decoder.load_state_dict(runtime.checkpoint(parts.decoder)["decoder"])
    networks.freeze()
    return networks


def _part(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.split(".", 1)[1]: value for key, value in state.items() if key.split(".", 1)[0] == name}


def house(networks: Networks, clips: Dataset) -> dict[str, Voice]:
    """The voices of the house from their clips: the teacher's own pitch, and the pace as it was and not as it is heard."""
    vectors, spectra = known_of(clips.items, networks.speaker, networks.restorer)
    natural = natural_lengths(networks.durations, clips.items)
    out = {}
    for number, cast in enumerate(HOUSE):
        own = np.array([index for index, item in enumerate(clips.items) if item.speaker == number])
        codes, lengths = sum(clips.items[i].codes for i in own), sum(float(natural[i].sum()) for i in own)
        out[cast.name] = Voice(FAMILY, {
            "vector": vectors[own].mean(0), "spectrum": spectra[own].mean(0),
            "feeling": np.zeros(NUM_EMOTIONS, np.float32),
            "mean_log_f0": clips.mean_log_f0[number : number + 1], "pitch_scale": clips.pitch_scale[number : number + 1],
            "pace": np.array(codes / lengths, np.float32),
        })  # fmt: skip
    return {DEFAULT: out.pop(DEFAULT), **out}


def save(path: Path, networks: Networks) -> str:
    """Write all tensors as float16; returns the SHA-256 of the file."""
    save_file({name: tensor.astype(np.float16) for name, tensor in networks.tensors().items()}, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(parts: Parts, clips: Dataset, folder: Path) -> None:
    """Write weights, manifest and voices into `folder`."""
    networks = networks_of(parts)
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = save(folder / "tiny.safetensors", networks)
    manifest = Manifest("tiny.safetensors", sha256, sha256[:12])
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    write_voices(folder / "voices.safetensors", house(networks, clips))


def main() -> None:
    """Command line of this stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("speaker", "restorer", "pace", "emotions", "vocoder", "durations", "decoder", "house", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    found = vars(parser.parse_args())
    runtime.ensure_environment()
    clips, folder = build([found.pop("house")]), found.pop("out")
    export(Parts(**found), clips, folder)


if __name__ == "__main__":
    main()
