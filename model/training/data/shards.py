"""A corpus on disk: shards of speech in Ogg Opus, and for every line its units with their exact ends and the pitch that was said.

`shard-*.opus` holds lines back to back, `shard-*.jsonl` a line a row, `shard-*.f0.npy` the pitch curves. This file reads
them; `corpus` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES
from oncue.model.text.phones import INDEX
from oncue.model.tiny.layout import SAMPLE_RATE

_VOICED_HZ = 40.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the teacher said it."""

    audio: NDArray[np.int16]
    units: NDArray[np.int64]  # [units, 3]: phone index, tone, word start
    ends: NDArray[np.int64]  # [units], in samples
    f0: NDArray[np.float32]  # Hz, 0 where voiceless
    f0_step_s: float
    speaker: int
    language: int
    style: int
    """Index into EMOTION_NAMES, -1 for none."""
    intensity: float
    text: str

    def log_f0(self, hop: int) -> NDArray[np.float32]:
        """Natural log of Hz at the end of each hop, NaN where voiceless, [len(audio) // hop]."""
        at = ((np.arange(len(self.audio) // hop) + 1) * hop / SAMPLE_RATE / self.f0_step_s).astype(int)
        hz = self.f0[np.clip(at, 0, len(self.f0) - 1)]
        return np.where(hz > _VOICED_HZ, np.log(np.maximum(hz, 1.0)), np.nan).astype(np.float32)


def lines(folder: Path) -> Iterator[Line]:
    """All lines of a folder, shard by shard; a shard that is still being written has no rows yet and is passed over."""
    for rows in sorted(folder.glob("shard-*.jsonl")):
        audio = _decoded(rows.with_suffix(".opus"))
        f0 = np.load(rows.with_suffix(".f0.npy")).astype(np.float32)
        for row in map(json.loads, rows.read_text(encoding="utf-8").splitlines()):
            first, count = row["start"], row["samples"]
            begin = row["f0_start"]
            yield Line(
                audio[first : first + count],
                np.array([(INDEX[symbol], tone, start) for symbol, tone, start in row["units"]], np.int64),
                np.array(row["ends"], np.int64),
                f0[begin : begin + row["f0_count"]],
                float(row["f0_step_s"]),
                int(row["speaker"]),
                ("zh", "en").index(row["lang"]),
                EMOTION_NAMES.index(row["style"]) if row["style"] in EMOTION_NAMES else -1,
                float(row["intensity"]),
                row["text"],
            )


def _decoded(path: Path) -> NDArray[np.int16]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    pieces = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            pieces += [part.to_ndarray().ravel() for part in resampler.resample(frame)]
        pieces += [part.to_ndarray().ravel() for part in resampler.resample(None)]
    out: NDArray[np.int16] = np.concatenate(pieces)
    return out
