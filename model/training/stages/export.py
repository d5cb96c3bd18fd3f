"""Checkpoints to what is shipped: one weights file with its pin, and the built-in voices."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from oncue.model.api import Samples, Voice
from oncue.model.nn.checkpoint import Manifest, save_modules
from oncue.model.tiny import speech
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.tiny.networks import Networks
from oncue.model.tiny.voicefile import write_voices
from oncue.model.training.data.corpus import Corpus, load
from oncue.model.training.data.dataset import as_float
from oncue.model.training.stages import runtime


@dataclass(frozen=True, slots=True)
class Casting:
    """A built-in voice and the teacher speaker whose clip it is made from."""

    name: str
    engine: str
    variant: str


CAST = (  # the first is the default, and so one of those that the report measures
    Casting("mei", "espeak", "Annie"),
    Casting("lin", "espeak", "f2"),
    Casting("bo", "espeak", "m3"),
    Casting("max", "espeak", "max"),
    Casting("juno", "espeak", "made-female-522"),  # of the voices made up, two that say much without a style
    Casting("otto", "espeak", "made-male-532"),
    Casting("ada", "flite", "slt"),
    Casting("ray", "flite", "rms"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The checkpoints that what is shipped is taken from."""

    speakers: Path
    emotions: Path
    codec: Path
    decoder: Path


def export(parts: Parts, corpus: Corpus, folder: Path) -> None:
    """Write weights, manifest and voices into `folder`."""
    speakers, emotions = runtime.checkpoint(parts.speakers), runtime.checkpoint(parts.emotions)
    codec, decoder = runtime.checkpoint(parts.codec), runtime.checkpoint(parts.decoder)
    networks = Networks()
    networks.decoder.load_state_dict(decoder["decoder"])
    networks.durations.load_state_dict(decoder["durations"])
    networks.vocoder.load_state_dict(_part(codec["codec"], "vocoder"))
    networks.voice.load_state_dict(_part(speakers["speakers"], "voice"))
    networks.feeling.load_state_dict(_part(emotions["emotions"], "feeling"))
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = save_modules(folder / "tiny.safetensors", networks.by_name())
    manifest = Manifest("tiny.safetensors", sha256, sha256[:12])
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    reader = speech.TinySpeech(networks, {}, manifest.revision)
    write_voices(folder / "voices.safetensors", cast(reader, corpus))


def _part(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.split(".", 1)[1]: value for key, value in state.items() if key.split(".", 1)[0] == name}


def cast(encoder: speech.TinySpeech, corpus: Corpus) -> dict[str, Voice]:
    """The built-in voices, made by the shipped encoder from ten seconds of each teacher."""
    out = {}
    for role in CAST:
        speaker = next(s for s in corpus.speakers if (s.engine, s.variant) == (role.engine, role.variant))
        out[role.name] = encoder.voice(reference(corpus, speaker.id), SAMPLE_RATE)
    return out


def reference(corpus: Corpus, speaker: int, seconds: float = 10.0) -> Samples:
    """Lines of a speaker, one after another, those without a style first: a voice with few lines may have none."""
    clips: list[Samples] = []
    own = np.flatnonzero(corpus.lines["speaker"] == speaker)
    for index in own[np.argsort(corpus.lines["intensity"][own], kind="stable")]:
        clips.append(as_float(corpus.utterance(int(index)).audio))
        if sum(map(len, clips)) > seconds * SAMPLE_RATE:
            break
    joined: Samples = np.concatenate(clips)[: int(seconds * SAMPLE_RATE)]
    return joined


def main() -> None:
    """Command line of this stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--speakers", type=Path, required=True)
    parser.add_argument("--emotions", type=Path, required=True)
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--decoder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    parts = Parts(arguments.speakers, arguments.emotions, arguments.codec, arguments.decoder)
    export(parts, load(arguments.corpus), arguments.out)


if __name__ == "__main__":
    main()
