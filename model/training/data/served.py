"""Lines and voices of the corpus as the family that serves is given them: scripts and conditioning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Script, Unit, Voice
from oncue.model.text.phones import ELASTICITY, SYMBOLS, kind_of
from oncue.model.tiny.layout import SPEAKER_DIM
from oncue.model.tiny.speaker import SPECTRUM_SCALE
from oncue.model.training.data.dataset import Prepared


def script_of(item: Prepared, lengths: Sequence[float]) -> Script:
    """A line with the natural length in codes of each unit. Its pauses count as phones, so none of them is silenced."""
    tokens = tuple(zip(item.phones.tolist(), item.tones.tolist(), item.word_starts.tolist(), strict=True))
    units = tuple(
        Unit(SYMBOLS[phone], "phone", 0, 0, None, length, 0.0, ELASTICITY[kind_of(SYMBOLS[phone])])
        for (phone, _, _), length in zip(tokens, lengths, strict=True)
    )
    return Script("", "", units, (), tokens)


def voice_of(known: NDArray[np.float32], mean_log_f0: float, pitch_scale: float) -> Voice:
    """What is told of a speaker [VOICE_DIM] as a voice with this melody."""
    melody = {"mean_log_f0": mean_log_f0, "pitch_scale": pitch_scale}
    told = {"vector": known[:SPEAKER_DIM], "spectrum": known[SPEAKER_DIM:] / SPECTRUM_SCALE}
    return Voice("tiny", {**told, **{name: np.array([x], np.float32) for name, x in melody.items()}})
