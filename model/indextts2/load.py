"""From a converted folder to a family that can speak: weights, pieces of text, prototypes, options, voices.

The checkpoints come with no voice. Recordings in the folder's `voices` become built-in ones; without any there is a
hum, so that the engine can warm up and a line without a voice proves the path and nothing more.
"""

from __future__ import annotations

import wave
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from oncue.model.api import Samples, Voice
from oncue.model.indextts2.checkpoints.manifest import CheckpointError
from oncue.model.indextts2.checkpoints.sources import TOKENIZER
from oncue.model.indextts2.checkpoints.weights import Weights, open_weights
from oncue.model.indextts2.emotion import Prototypes
from oncue.model.indextts2.networks.assembly import IndexNetworks, load_networks, load_speech_encoder
from oncue.model.indextts2.networks.config import IndexTTSConfig, released
from oncue.model.indextts2.options import SpeechOptions, read_options
from oncue.model.indextts2.speech import IndexSpeech, Listen
from oncue.model.indextts2.text.pieces import SentencePieceFile
from oncue.model.indextts2.text.reader import TextReader
from oncue.model.indextts2.text.spelling import spellable
from oncue.model.indextts2.voice import make_voice
from oncue.model.text import dictionary as dictionaries

if TYPE_CHECKING:
    from oncue.model.indextts2.onnx.serving import Serving

HUM = "hum"
VOICES_FOLDER = "voices"
_HUM_S, _HUM_RATE, _HUM_HZ = 4, 16_000, 140.0


def load(path: Path | None = None, device: str = "cpu", dictionary: Path | None = None) -> IndexSpeech:
    """Load what `oncue models convert` wrote to `path`, and the pronunciations in a file.

    Raises FileNotFoundError or ValueError with a sentence a person can act on.
    """
    if path is None:
        raise FileNotFoundError(
            "IndexTTS-2 has no weights of its own here: run `oncue models fetch indextts2`, then `oncue models convert`."
        )
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("There is no CUDA device here: leave out the device, or give cpu.")
    own = spellable(dictionaries.load(dictionary))
    weights, options, config = open_weights(path), read_options(path), released()
    networks = load_networks(weights, config)
    networks.settle(device, getattr(torch, options.precision))
    listen = _listener(weights, networks, device)
    pieces = _pieces(weights)
    speech = partial(
        IndexSpeech, networks, TextReader(pieces, own), listen, _prototypes(weights, config), options, weights.revision
    )
    serving = _serving(networks, options, weights.folder)
    return speech(builtin=builtin_voices(weights.folder / VOICES_FOLDER, listen), serving=serving)


def _serving(networks: IndexNetworks, options: SpeechOptions, folder: Path) -> Serving | None:
    """Another runtime than torch, where one is chosen. Raises ValueError when it is not installed or cannot run there."""
    if options.runtime == "torch":
        return None
    if find_spec("onnx") is None:
        raise ValueError(f"The runtime {options.runtime} needs ONNX: `pip install 'oncue[gpu]'`.")
    from oncue.model.indextts2.onnx.serving import serve  # needs onnx

    return serve(networks, options, options.runtime, folder)


def _pieces(weights: Weights) -> SentencePieceFile:
    path = weights.companion(TOKENIZER)
    if path is None:
        raise CheckpointError(f"The model folder has no {TOKENIZER}: convert it again.")
    try:
        return SentencePieceFile(path)
    except ImportError as error:
        raise ValueError(str(error)) from error


def _prototypes(weights: Weights, config: IndexTTSConfig) -> Prototypes:
    styles, vectors = (weights.state(part)["tensor"].float().numpy() for part in ("speaker_matrix", "emotion_matrix"))
    return Prototypes(styles, vectors, config.emotion_groups)


def _listener(weights: Weights, networks: IndexNetworks, device: str) -> Listen:
    """Recordings to voices. Raises ValueError when the library for it is not installed."""
    speech = load_speech_encoder(weights, networks.config, device)
    if speech is None:
        raise ValueError("Reading a reference recording needs transformers: `pip install 'oncue[full]'`.")
    return partial(make_voice, networks.listening(speech), networks.config.mel)


def builtin_voices(folder: Path, listen: Listen) -> dict[str, Voice]:
    """A voice for every WAV file (mono, 16 bits) of a folder, by its name; a hum where there is none.

    Raises ValueError naming the file that cannot be used.
    """
    voices = {}
    for path in sorted(folder.glob("*.wav")):
        try:
            voices[path.stem] = listen(*_recording(path))
        except (ValueError, wave.Error, EOFError) as error:
            raise ValueError(f"The voice {path.name} of the model folder cannot be used: {error}") from error
    return voices or {HUM: listen(_hum(), _HUM_RATE)}


def _recording(path: Path) -> tuple[Samples, int]:
    with wave.open(str(path)) as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError("it must be mono, with 16 bits a sample.")
        raw = file.readframes(file.getnframes())
        return (np.frombuffer(raw, "<i2") / 32768).astype(np.float32), file.getframerate()


def _hum() -> Samples:
    """A buzz with eight partials."""
    time = np.arange(_HUM_S * _HUM_RATE) / _HUM_RATE
    partials = np.stack([np.sin(2 * np.pi * _HUM_HZ * number * time) / number for number in range(1, 9)])
    return (0.1 * partials.sum(0)).astype(np.float32)
