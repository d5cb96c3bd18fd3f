"""Windows of some rows to sound: run the vocoder on their codes, move what it makes in time, run it on frames, synthesise.

The first half of the network lives on the code grid, the second on the grid of the sound; between them its latents and the
log pitch are interpolated along the spans the planner asked for. So a stretched vowel is longer, not lower.

Windows of several lines go through the networks together, laid end to end; no row of a product knows of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Samples, Window
from oncue.model.tiny import synth
from oncue.model.tiny.layout import FRAMES_PER_CODE, HOP, NUM_PITCH
from oncue.model.tiny.melody import USUAL_LOG_F0, code_features, frame_pitch, frame_voicing
from oncue.model.tiny.rows import Row, Said, Sound
from oncue.model.tiny.runtime import Runtime

HEAD = 480
"""Samples of the silence before a segment's first sound that are made and not heard: the teacher's lines begin with 30 ms of it."""
HELD_BACK = synth.DELAY + HOP + HEAD
"""How much sound waits for the next window: the head, the overlap of frames, and one hop so that any number of samples can be
asked for.
"""


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
_KERNEL = 7

Array = NDArray[np.float32]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Moved:
    """A window on the grid of the sound: as many frames as are complete."""

    latents: Array  # [frames, dim]
    log_f0: Array  # [frames]
    voiced: Array  # [frames]
    hush: Array  # [frames], natural log of how loud it may be


class Renderer:
    """Vocoder network and synthesis, shared by all rows; the rows hold all state."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def render(self, rows: Sequence[Row], windows: Sequence[Window]) -> list[Samples | ArithmeticError]:
        """The samples of each row's window, or an error where they are not finite. A row comes once."""
        for row in rows:
            if row.sound is None:
                row.sound = self._begin(row)
        latents = self._latents(rows, windows)
        moved = [_move(row, window, each) for row, window, each in zip(rows, windows, latents, strict=True)]
        made = self._synthesise(rows, moved)
        return [_deliver(row, window, each) for row, window, each in zip(rows, windows, made, strict=True)]

    def _begin(self, row: Row) -> Sound:
        """A line whose first code is there."""
        (films,) = self._runtime.graph("films")(voice=row.voice[None])
        dim = films.shape[1] // 2
        films[:, :dim] += 1
        codes, frames = (
            np.zeros((self._runtime.graph(name).session.get_inputs()[-1].shape[0], _KERNEL - 1, dim), np.float32)
            for name in ("latents", "frames")
        )
        pitch = _first_pitch(row)
        return Sound(films, codes, frames, synth.start(pitch), synth.DELAY + HEAD, log_f0=pitch)

    def _latents(self, rows: Sequence[Row], windows: Sequence[Window]) -> list[Array]:
        """What each latent frame of each window is, [frames, dim + 3]: latents, log F0, voicing, log of how loud it may be."""
        said = [
            row.said[window.first : window.first + len(window.spans)] for row, window in zip(rows, windows, strict=True)
        ]
        parts = [_vocoder_input(row, codes) for row, codes in zip(rows, said, strict=True)]
        sounds = [_sound(row) for row in rows]
        blocks = len(sounds[0].code_state)
        state, latents = self._runtime.graph("latents")(
            **_never_one({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}),
            **_laid([len(codes) for codes in said]),
            films=np.stack([sound.films[:blocks] for sound in sounds], 1),
            state=np.concatenate([sound.code_state for sound in sounds], 1),
        )
        out, first = [], 0
        for number, (row, codes, sound) in enumerate(zip(rows, said, sounds, strict=True)):
            sound.code_state = state[:, number * (_KERNEL - 1) : (number + 1) * (_KERNEL - 1)]
            digits = [code.digits[:NUM_PITCH] for code in codes]
            pitch = frame_pitch(digits, row.mean_log_f0, row.pitch_scale, sound.log_f0, sound.voiced)
            sound.log_f0, sound.voiced = pitch[-1], digits[-1][-1] > 0
            hush = np.repeat([_SILENCED if row.rests(code) else 0.0 for code in codes], FRAMES_PER_CODE)
            melody = np.array([pitch, frame_voicing(digits), hush.tolist()], np.float32).T
            last = first + len(codes) * FRAMES_PER_CODE
            out.append(np.concatenate([latents[first:last], melody], axis=1))
            first = last
        return out

    def _synthesise(self, rows: Sequence[Row], moved: Sequence[_Moved | None]) -> list[Array]:
        """The samples of all frames that are complete, for each row."""
        live = [(row, each) for row, each in zip(rows, moved, strict=True) if each is not None]
        if not live:
            return [np.zeros(0, np.float32) for _ in rows]
        sounds, counts = [_sound(row) for row, _ in live], [len(each.log_f0) for _, each in live]
        log_f0, voiced, hush = (
            np.concatenate([getattr(each, name) for _, each in live]) for name in ("log_f0", "voiced", "hush")
        )
        blocks = len(sounds[0].frame_state)
        state, parts = self._runtime.graph("frames")(
            **_never_one(
                {
                    "latents": np.concatenate([each.latents for _, each in live]),
                    "melody": np.stack([(log_f0 - np.float32(USUAL_LOG_F0)) * 2, voiced], -1),
                }
            ),
            **_laid(counts),
            films=np.stack([sound.films[-blocks:] for sound in sounds], 1),
            state=np.concatenate([sound.frame_state for sound in sounds], 1),
        )
        excitations = [
            synth.excite(each.log_f0, white(row.seed, sound.frames, count), sound.synth)
            for (row, each), sound, count in zip(live, sounds, counts, strict=True)
        ]
        pulses, noise = (
            np.concatenate([synth.framed(getattr(each, name)) for each in excitations]) for name in ("pulses", "noise")
        )
        pieces = np.split(synth.shape(parts[: sum(counts)], hush, pulses, noise), np.cumsum(counts)[:-1])
        made = {}
        for number, ((row, _), sound, count) in enumerate(zip(live, sounds, counts, strict=True)):
            sound.frame_state = state[:, number * (_KERNEL - 1) : (number + 1) * (_KERNEL - 1)]
            made[id(row)], sound.synth = synth.assemble(pieces[number], excitations[number], sound.synth)
            sound.frames += count
        return [made.get(id(row), np.zeros(0, np.float32)) for row in rows]


def white(seed: int, first: int, count: int) -> Array:
    """White noise indexed by seed and absolute frame, so that windows never see different takes: uniform, of unit
    power, [count * HOP]. The counter of the generator goes on by as much for every frame.
    """
    stream = np.random.Philox(key=np.array([seed, 1], np.uint64), counter=[first * _COUNTS_PER_FRAME, 0, 0, 0])
    words = stream.random_raw(count * HOP // 2).view(np.uint32)
    return words.astype(np.float32) * _TO_UNIT_POWER - np.float32(3**0.5)


def _sound(row: Row) -> Sound:
    assert row.sound is not None, "a window before its line has begun"
    return row.sound


def _first_pitch(row: Row) -> float:
    """Pitch of the first voiced half of the first code, so that a line does not begin with a glide."""
    voiced = [digit for digit in row.said[0].digits[:NUM_PITCH] if digit]
    mean = row.mean_log_f0
    return frame_pitch([voiced[:1]], mean, row.pitch_scale, mean, voiced=False)[-1] if voiced else mean


def _vocoder_input(row: Row, said: Sequence[Said]) -> dict[str, NDArray[np.int64] | Array]:
    """Codes of a row as the vocoder is given them."""
    digits = np.array([code.digits for code in said])
    return {
        "features": code_features(digits, [code.dwell for code in said], row.pitch_scale),
        "phones": np.array([row.phones_at(code.pointer) for code in said]),
        "tones": np.array([row.script.tokens[code.pointer][1] for code in said]),
        "advance": np.array([code.advance for code in said]),
        "emotion": np.array([code.emotion for code in said]),
    }


def _laid(counts: Sequence[int]) -> dict[str, Index]:
    """Where windows of so many rows find each other, laid end to end behind the states of all their lines."""
    lines, total = len(counts), sum(counts)
    states = lines * (_KERNEL - 1)
    near, tails, first = np.empty((total, _KERNEL), np.int64), np.empty(states, np.int64), 0
    for line, count in enumerate(counts):
        places = np.concatenate([
            np.arange(_KERNEL - 1) + line * (_KERNEL - 1),
            np.arange(count) + states + first,
        ])  # fmt: skip
        near[first : first + count] = places[np.arange(count)[:, None] + np.arange(_KERNEL)]
        tails[line * (_KERNEL - 1) : (line + 1) * (_KERNEL - 1)] = places[-(_KERNEL - 1) :]
        first += count
    return {"tails": tails, **_never_one({"near": near, "of": np.repeat(np.arange(lines), counts)})}


def _never_one(inputs: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """A single row twice: a product of one row has a kernel of its own, which rounds otherwise, and a row must come out
    the same in any window and beside any other.
    """
    return {name: np.repeat(each, 2, axis=0) if len(each) == 1 else each for name, each in inputs.items()}


def _move(row: Row, window: Window, latents: Array) -> _Moved | None:
    """Latent frames to the grid of the sound; None where no frame is complete.

    Behind the end come as many more, holding the last latents, as the last samples need that all frames over them are there.
    """
    sound = _sound(row)
    spans = np.repeat(np.asarray(window.spans, np.float64) / FRAMES_PER_CODE, FRAMES_PER_CODE)
    edges = sound.edge + np.cumsum(spans)
    if sound.latents is None:
        sound.latents, sound.places = latents[:1], [sound.edge]
    full = np.concatenate([sound.latents, latents])
    where = np.concatenate([sound.places, edges])
    count = int((edges[-1] + 1e-6) // HOP) - sound.frames
    if window.final:
        count = -int(-(round(edges[-1]) + synth.DELAY + HEAD) // HOP) - sound.frames
    numbers = np.arange(sound.frames, sound.frames + count) + 1.0
    grid = numbers * HOP - _SWAY * (1 - np.sin(2 * np.pi / _SWAY_FRAMES * numbers))
    right = np.clip(np.searchsorted(where, grid - 1e-6, side="left"), 1, len(where) - 1)
    weight = (grid - where[right - 1]) / np.maximum(where[right] - where[right - 1], 1e-9)
    mix = weight.clip(0, 1).astype(np.float32)[:, None]
    sound.edge = float(edges[-1])
    sound.latents, sound.places = full[-_KEPT:], where[-_KEPT:].tolist()
    if count == 0:
        return None
    moved = full[right - 1] + mix * (full[right] - full[right - 1])  # [count, dim + 3]
    return _Moved(moved[:, :-3], moved[:, -3], moved[:, -2], moved[:, -1])


def _deliver(row: Row, window: Window, made: Array) -> Samples | ArithmeticError:
    """The samples that were asked for; what is made ahead waits for the next window."""
    sound = _sound(row)
    made, sound.lead = made[sound.lead :], max(0, sound.lead - len(made))
    out = np.concatenate([sound.ready, made])
    if not np.isfinite(out).all():
        return ArithmeticError("the vocoder produced a value that is not a number")
    assert len(out) >= window.samples, "a window that holds back less than what is not made yet"
    sound.ready = out[window.samples :]
    sound.codes += len(window.spans)
    return out[: window.samples]
