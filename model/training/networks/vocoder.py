"""Codes to sound: a causal network from digits, phones, pitch, voice and feeling to the parts of `synth`.

It has two stages. The first runs on the grid of codes and never sees a stretch; `render` moves what it makes in time; the
second runs on the frames of the sound as it will be, so that phases are made where they are heard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oncue.model.text.phones import NUM_TONES, SYMBOLS
from oncue.model.tiny.layout import (
    FRAMES_PER_CODE,
    MAX_ADVANCE,
    NUM_EMOTIONS,
    PITCH_CENTRE,
    PITCH_STEP,
    VOICE_DIM,
)
from oncue.model.tiny.melody import CODE_FEATURES, PHONES_PER_CODE, USUAL_LOG_F0
from oncue.model.tiny.synth import BINS, PARTS
from oncue.model.training.networks.causal import ConvNeXt


@dataclass(frozen=True, slots=True)
class VocoderInput:
    """One row per code; `advance` is how far the pointer came to `phones[1]`."""

    features: Tensor  # [batch, codes, CODE_FEATURES]
    phones: Tensor  # [batch, codes, PHONES_PER_CODE], indices into SYMBOLS
    tones: Tensor  # [batch, codes]
    advance: Tensor  # [batch, codes]
    emotion: Tensor  # [batch, codes, NUM_EMOTIONS]


State = list[Tensor]
Films = list[Tensor]
"""Scale and shift of each block, [batch, 1, 2 * dim]."""


class Vocoder(nn.Module):
    """Causal: latent frame n depends on codes up to the one it lies in, sound frame n on latent frames up to its end."""

    def __init__(self, dim: int = 256, code_blocks: int = 4, frame_blocks: int = 4) -> None:
        super().__init__()
        self.enter = nn.Linear(CODE_FEATURES, dim)
        self.phone = nn.ModuleList(nn.Embedding(len(SYMBOLS), dim) for _ in range(PHONES_PER_CODE))
        self.tone = nn.Embedding(NUM_TONES, dim)
        self.advance = nn.Embedding(MAX_ADVANCE + 1, dim)
        self.emotion = nn.Linear(NUM_EMOTIONS, dim, bias=False)
        self.code_blocks = nn.ModuleList(ConvNeXt(dim, 7, 3, VOICE_DIM) for _ in range(code_blocks))
        self.upsample = nn.Linear(dim, FRAMES_PER_CODE * dim)
        self.pitch = nn.Linear(2, dim)
        self.frame_blocks = nn.ModuleList(ConvNeXt(dim, 7, 2, VOICE_DIM) for _ in range(frame_blocks))
        self.norm = nn.LayerNorm(dim)
        self.parts = nn.Linear(dim, PARTS)
        for table in (*self.phone, self.tone, self.advance):
            nn.init.normal_(table.weight, std=0.3)
        nn.init.zeros_(self.emotion.weight)
        with torch.no_grad():
            self.parts.weight.mul_(0.5)
            begin = torch.tensor([-4.0, 0.0, -6.0, -5.0, 0.0])  # harmonics, their phase, noise, free part, its phase
            self.parts.bias.copy_(begin.repeat_interleave(BINS))
            self.parts.bias[-BINS:].uniform_(-math.pi, math.pi)

    def films(self, voice: Tensor) -> Films:
        """What a voice [batch, VOICE_DIM] does to each block: the same for everything it says."""
        return [block.film_of(voice) for block in (*self.code_blocks, *self.frame_blocks)]

    def latents(self, x: VocoderInput, films: Films, state: State | None = None) -> tuple[Tensor, State]:
        """Codes and what `films` gives -> [batch, codes * FRAMES_PER_CODE, dim], and the state after them."""
        y = self.enter(x.features) + self.tone(x.tones) + self.advance(x.advance) + self.emotion(x.emotion)
        for index, table in enumerate(self.phone):
            y = y + table(x.phones[:, :, index])
        y, after = _run(self.code_blocks, y, films[: len(self.code_blocks)], state)
        batch, codes, dim = y.shape
        return self.upsample(y).view(batch, codes * FRAMES_PER_CODE, dim), after

    def sound(
        self, latents: Tensor, log_f0: Tensor, voiced: Tensor, films: Films, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Latents [batch, frames, dim], log F0 and voicing [batch, frames] on the grid of the sound -> what `synth` is
        told [batch, frames, PARTS], and the state after them.
        """
        y = latents + self.pitch(torch.stack([(log_f0 - USUAL_LOG_F0) * 2, voiced], dim=-1))
        y, after = _run(self.frame_blocks, y, films[len(self.code_blocks) :], state)
        return self.parts(self.norm(y)), after


def _run(blocks: nn.ModuleList, y: Tensor, films: Films, state: State | None) -> tuple[Tensor, State]:
    after: State = []
    for index, block in enumerate(blocks):
        y, tail = block(y, films[index], None if state is None else state[index])
        after.append(tail)
    return y, after


def octaves_of(pitch: Tensor, scale: Tensor | float) -> Tensor:
    """Pitch digits in octaves from the voice's mean, zero where there is no voice; `scale` is the voice's."""
    return (pitch - PITCH_CENTRE).float() * (PITCH_STEP / math.log(2)) * scale * (pitch > 0).float()
