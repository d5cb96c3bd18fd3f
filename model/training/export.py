"""Checkpoints to what is shipped: one weights file with its pin, and the built-in voices."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from model.api import Samples, Voice
from model.nn.checkpoint import Manifest, save_modules
from model.tiny import speech
from model.tiny.decoder import Decoder
from model.tiny.durations import Durations
from model.tiny.encoders import VoiceEncoder
from model.tiny.layout import SAMPLE_RATE
from model.tiny.vocoder import Vocoder
from model.tiny.voicefile import write_voices
from model.training import runtime
from model.training.corpus import Corpus, load


@dataclass(frozen=True, slots=True)
class Casting:
    """A built-in voice and the teacher speaker whose clip it is made from."""

    name: str
    engine: str
    variant: str


CAST = (
    Casting("ada", "flite", "slt"),
    Casting("ray", "flite", "rms"),
    Casting("mei", "espeak", "Annie"),
    Casting("lin", "espeak", "f2"),
    Casting("bo", "espeak", "m3"),
    Casting("max", "espeak", "max"),
    Casting("juno", "espeak", "made-female-5"),
    Casting("otto", "espeak", "made-male-5"),
)


def export(codec_path: Path, decoder_path: Path, corpus: Corpus, folder: Path) -> None:
    """Write weights, manifest and voices into `folder`."""
    codec = runtime.load_checkpoint(codec_path, torch.device("cpu"))
    decoder = runtime.load_checkpoint(decoder_path, torch.device("cpu"))
    if codec is None or decoder is None:
        raise SystemExit("Train the codec and the decoder first.")
    modules = {"decoder": Decoder(), "durations": Durations(), "vocoder": Vocoder(), "voice": VoiceEncoder()}
    modules["decoder"].load_state_dict(decoder["decoder"])
    modules["durations"].load_state_dict(decoder["durations"])
    for name in ("vocoder", "voice"):
        own = {key.split(".", 1)[1]: value for key, value in codec["codec"].items() if key.split(".", 1)[0] == name}
        modules[name].load_state_dict(own)
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = save_modules(folder / "tiny.safetensors", modules)
    manifest = Manifest("tiny.safetensors", sha256, sha256[:12])
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    encoder = speech.TinySpeech(modules, {}, manifest.revision)
    write_voices(folder / "voices.safetensors", cast(encoder, corpus))


def cast(encoder: speech.TinySpeech, corpus: Corpus) -> dict[str, Voice]:
    """The built-in voices, made by the shipped encoder from ten seconds of each teacher."""
    out = {}
    for role in CAST:
        speaker = next(s for s in corpus.speakers if (s.engine, s.variant) == (role.engine, role.variant))
        out[role.name] = encoder.voice(reference(corpus, speaker.id), SAMPLE_RATE)
    return out


def reference(corpus: Corpus, speaker: int, seconds: float = 10.0) -> Samples:
    """Calm lines of a speaker, one after another."""
    clips: list[Samples] = []
    for index in np.flatnonzero((corpus.lines["speaker"] == speaker) & (corpus.lines["intensity"] == 0)):
        clips.append(corpus.utterance(int(index)).audio.astype(np.float32) / 32768)
        if sum(map(len, clips)) > seconds * SAMPLE_RATE:
            break
    joined: Samples = np.concatenate(clips)[: int(seconds * SAMPLE_RATE)]
    return joined


def main() -> None:
    """Command line of this stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--decoder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    export(arguments.codec, arguments.decoder, load(arguments.corpus), arguments.out)


if __name__ == "__main__":
    main()
