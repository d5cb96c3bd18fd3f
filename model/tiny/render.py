"""A window of one row to sound: run the vocoder on its codes, move what it makes in time, run it on frames, synthesise.

The first half of the network lives on the code grid, the second on the grid of the sound; between them its latents and the
log pitch are interpolated along the spans the planner asked for. So a stretched vowel is longer, not lower.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from oncue.model.api import Samples, Window
from oncue.model.tiny import synth
from oncue.model.tiny.layout import FRAMES_PER_CODE, HOP, NUM_PITCH
from oncue.model.tiny.rows import Row, Said
from oncue.model.tiny.vocoder import Vocoder, VocoderInput, code_features, frame_pitch, frame_voicing

DELAY = synth.DELAY + HOP
"""How late sound leaves: the overlap of frames, and one hop so that any number of samples can be asked for."""


_SILENCED = -8.0
"""Natural log of the gain where a line rests: no teacher rests long, so what the networks say there is made up."""
_SWAY, _SWAY_FRAMES = 60.0, 64
"""Frames read the codes 0 to 120 samples late, in turn over so many frames: where frames of the sound lie on those of the
codes for long, what differs between the four frames of a code is heard as a roughness of 25 Hz (DNSMOS +.14).
"""
_KEPT = 4
"""Latent frames that are remembered, so that a late frame finds its neighbours whatever the window."""
_COUNTS_PER_FRAME = HOP // 8
"""A count of Philox gives four words of 64 bits, and each two samples."""
_TO_UNIT_POWER = np.float32(2 * 3**0.5 / 2**32)
"""Makes 32 random bits a number from 0 to 2 * sqrt(3); around zero that has a mean square of 1."""


def vocoder_input(row: Row, said: Sequence[Said], pitch_scale: float) -> VocoderInput:
    """Codes of a row as the vocoder is given them, a batch of one."""
    digits = torch.tensor([code.digits for code in said])
    dwell = torch.tensor([code.dwell for code in said])
    return VocoderInput(
        code_features(digits[:, :NUM_PITCH], digits[:, NUM_PITCH:], dwell, pitch_scale).unsqueeze(0),
        torch.tensor([row.phones_at(code.pointer) for code in said]).unsqueeze(0),
        torch.tensor([[row.script.tokens[code.pointer][1] for code in said]]),
        torch.tensor([[code.advance for code in said]]),
        torch.stack([code.emotion for code in said]).unsqueeze(0),
    )


class Renderer:
    """Vocoder network and synthesis, shared by all rows; the rows hold all state."""

    def __init__(self, vocoder: Vocoder) -> None:
        self._vocoder = vocoder
        self._bank = synth.Filterbank()

    def render(self, row: Row, window: Window) -> Samples:
        """The window's samples; raises ArithmeticError when they are not finite."""
        sound = row.sound
        if sound.synth is None:
            sound.ready = torch.zeros(HOP)
            sound.synth = synth.start(torch.tensor([self._first_pitch(row)]))
            sound.log_f0 = self._first_pitch(row)
            sound.films = self._vocoder.films(row.voice.unsqueeze(0))
        made = self._synthesise(row, window, self._latents(row, window))
        out = torch.cat([sound.ready, made])
        if not torch.isfinite(out).all():
            raise ArithmeticError("the vocoder produced a value that is not a number")
        sound.ready = out[window.samples :]
        sound.codes += len(window.spans)
        samples: Samples = out[: window.samples].numpy().astype(np.float32)
        return samples

    @staticmethod
    def _first_pitch(row: Row) -> float:
        """Pitch of the first voiced half of the first code, so that a line does not begin with a glide."""
        voiced = [digit for digit in row.said[0].digits[:NUM_PITCH] if digit]
        mean = row.mean_log_f0
        return frame_pitch([voiced[:1]], mean, row.pitch_scale, mean, voiced=False)[-1] if voiced else mean

    def _latents(self, row: Row, window: Window) -> Tensor:
        """What each latent frame of the window is, [frames, dim + 3]: latents, log F0, voicing, log of how loud it may be."""
        said = row.said[window.first : window.first + len(window.spans)]
        sound = row.sound
        assert sound.films is not None
        latents, sound.code_state = self._vocoder.latents(
            vocoder_input(row, said, row.pitch_scale), sound.films, sound.code_state
        )
        digits = row.pitch_of(window.first, window.first + len(window.spans))
        pitch = frame_pitch(digits, row.mean_log_f0, row.pitch_scale, sound.log_f0, sound.voiced)
        sound.log_f0, sound.voiced = pitch[-1], digits[-1][-1] > 0
        hush = np.repeat([_SILENCED if row.rests(code) else 0.0 for code in said], FRAMES_PER_CODE)
        melody = torch.tensor([pitch, frame_voicing(digits), hush.tolist()]).t()
        return torch.cat([latents[0], melody], dim=1)

    def _synthesise(self, row: Row, window: Window, latents: Tensor) -> Tensor:
        """Latent frames to samples on the output grid, as many whole hops as are complete."""
        sound = row.sound
        spans = np.repeat(np.asarray(window.spans, np.float64) / FRAMES_PER_CODE, FRAMES_PER_CODE)
        edges = sound.edge + np.cumsum(spans)
        if sound.latents is None:
            sound.latents, sound.places = latents[:1], [sound.edge]
        full = torch.cat([sound.latents, latents])
        where = np.concatenate([sound.places, edges])
        count = int((edges[-1] + 1e-6) // HOP) - sound.frames
        numbers = np.arange(sound.frames, sound.frames + count) + 1.0
        grid = numbers * HOP - _SWAY * (1 - np.sin(2 * np.pi / _SWAY_FRAMES * numbers))
        right = np.clip(np.searchsorted(where, grid - 1e-6, side="left"), 1, len(where) - 1)
        weight = (grid - where[right - 1]) / np.maximum(where[right] - where[right - 1], 1e-9)
        mix = torch.from_numpy(weight.clip(0, 1).astype(np.float32)).unsqueeze(1)
        index = torch.from_numpy(right)
        sound.edge = float(edges[-1])
        sound.latents, sound.places = full[-_KEPT:], where[-_KEPT:].tolist()
        if count == 0:
            return torch.zeros(0)
        moved = full[index - 1] + mix * (full[index] - full[index - 1])  # [count, dim + 3]
        log_f0, voiced, hush = moved[:, -3:].unbind(1)
        assert sound.films is not None
        assert sound.synth is not None
        parts, sound.frame_state = self._vocoder.sound(
            moved[None, :, :-3], log_f0.unsqueeze(0), voiced.unsqueeze(0), sound.films, sound.frame_state
        )
        white = self._white(row.seed, sound.frames, count)
        quiet = synth.quieter(parts, hush.unsqueeze(0))
        made, sound.synth = self._bank(quiet, log_f0.unsqueeze(0), white, sound.synth)
        sound.frames += count
        out: Tensor = made[0]
        return out

    @staticmethod
    def _white(seed: int, first: int, count: int) -> Tensor:
        """White noise indexed by seed and absolute frame, so that windows never see different takes: uniform, of unit
        power, [1, count * HOP]. The counter of the generator goes on by as much for every frame.
        """
        stream = np.random.Philox(key=np.array([seed, 1], np.uint64), counter=[first * _COUNTS_PER_FRAME, 0, 0, 0])
        words = stream.random_raw(count * HOP // 2).view(np.uint32)
        return torch.from_numpy(words.astype(np.float32) * _TO_UNIT_POWER - 3**0.5).unsqueeze(0)
