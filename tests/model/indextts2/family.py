"""The family with small seeded networks, as the server would load it: `tests.model.indextts2.family:load`.

Recordings become features by one fixed projection instead of a speech encoder, and texts become tokens letter by
letter instead of by SentencePiece; everything behind them is the family's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from oncue.model.api import Samples, Voice
from oncue.model.indextts2.emotion import Prototypes
from oncue.model.indextts2.networks.assembly import IndexNetworks, build
from oncue.model.indextts2.onnx.serving import serve
from oncue.model.indextts2.options import SpeechOptions
from oncue.model.indextts2.speech import IndexSpeech
from oncue.model.indextts2.streaming.grid import StreamConfig
from oncue.model.indextts2.streaming.sampling import SamplingConfig
from oncue.model.indextts2.text.pieces import WORD_START, SubwordPiece
from oncue.model.indextts2.text.reader import TextReader
from oncue.model.indextts2.voice import VoiceNetworks, make_voice
from tests.model.indextts2.seeded import normal, seeded_state, small_config, small_weights

OPTIONS = SpeechOptions(
    slots=3,
    capacity=100,
    snr_db=15.0,
    sampling=SamplingConfig(repetition_penalty=1.5),
    stream=StreamConfig(
        blocks=(4, 6),
        lookahead_codes=3,
        context_frames=16,
        prompt_frames=24,
        vocoder_context_frames=12,
        vocoder_lookahead_frames=6,
        steps=2,
    ),
)
"""Slots that are soon full, so that a decoder that was never taught to stop does; few and short steps."""
GROUPS = (3, 17, 2, 8, 4, 5, 10, 24)


class Letters:
    """A piece for every character, the space before a word being part of its first one."""

    def cut(self, text: str) -> Sequence[SubwordPiece]:
        pieces = []
        for index, char in enumerate(text):
            if char != " ":
                begins = index == 0 or text[index - 1] == " "
                pieces.append(
                    SubwordPiece((WORD_START if begins else "") + char, 2 + ord(char) % 190, index, index + 1)
                )
        return pieces


@cache
def networks(*, light: bool = False) -> IndexNetworks:
    """Small networks filled by the goldens' rule; `light` ones have a vocoder with one block at every stage."""
    config = small_config()
    if light:
        vocoder = replace(config.vocoder, resblock_kernels=(3,), resblock_dilations=((1,),))
        config = replace(config, vocoder=vocoder)
    built = build(config)
    scale = small_weights()["campplus"]["matrix_scale"]
    for part, targets in built.targets().items():
        for target in targets:
            state = seeded_state(target.module, scale if part == "campplus" else 1.0, _inner(target.prefix))
            target.module.load_state_dict(state)
    built.settle("cpu")
    return built


def _inner(prefix: str) -> str:
    """What a part's key begins with inside its own file part, by which weights are drawn."""
    return prefix.split(".", 2)[2] if prefix else ""


def hear(pcm: Samples) -> Tensor:
    """Features [1, time, hidden] at 50 a second."""
    rows = torch.from_numpy(np.ascontiguousarray(pcm[: len(pcm) // 320 * 320])).view(1, -1, 320)
    return torch.tanh(rows @ normal("test.speech", (320, 1024)))


def listening() -> VoiceNetworks:
    return replace(networks(light=True).listening(None), speech=hear)  # type: ignore[arg-type]


def hum(hertz: float, seconds: float = 1.1, rate: int = 22_050) -> Samples:
    time = np.arange(int(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * hertz * time) * (1 + np.sin(9 * time))).astype(np.float32)


@cache
def voice(hertz: float) -> Voice:
    return make_voice(listening(), small_config().mel, hum(hertz), 22_050)


def prototypes() -> Prototypes:
    return Prototypes(
        normal("test.styles", (sum(GROUPS), 192)).numpy(), normal("test.vectors", (sum(GROUPS), 64)).numpy(), GROUPS
    )


def speech(options: SpeechOptions = OPTIONS) -> IndexSpeech:
    listen = partial(make_voice, listening(), small_config().mel)
    builtin = {"low": voice(140.0), "high": voice(320.0)}
    built = networks(light=True)
    serving = None if options.runtime == "torch" else serve(built, options, options.runtime)
    reader = TextReader(Letters())
    return IndexSpeech(built, reader, listen, prototypes(), options, "seeded", builtin, serving)


def load() -> IndexSpeech:
    """For a server."""
    torch.set_num_threads(1)
    return speech()
