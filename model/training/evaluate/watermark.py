"""Whether the watermark is found where it is, and nowhere else: after what recordings go through, and in thousands without it.

    python -m oncue.model.training.evaluate.watermark PLAIN --teacher SHARDS

PLAIN is a folder of WAV files that were spoken without a mark (`ONCUE_WATERMARK=false oncue render …`). Each is marked as
the server marks it, by the same code, and heard again clean and spoiled; then they, pieces of them and the teacher's recordings
are heard unmarked, each by another key. With `--dnsmos` the extra `judge` says what the mark costs in naturalness.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import soxr

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.lossy import decoded, through
from oncue.model.watermark.code import KEY_BYTES, Payload, SignTable
from oncue.model.watermark.detect import Detection, Detector
from oncue.model.watermark.embed import LineMark, MarkFilters

KEY = bytes(range(KEY_BYTES))
PAYLOAD = Payload(4711, 20_422)
SHORTEST_S = 4.0
_PIECE_S = 4.0
_SHORT_S = 2.0
Spoil = Callable[[Samples, np.random.Generator], tuple[Samples, int]]


def _resampled(ratio: float, rate: int = SAMPLE_RATE) -> Spoil:
    return lambda x, _: (soxr.resample(x, SAMPLE_RATE * ratio, rate).astype(np.float32), rate)


def _cut(x: Samples, draw: np.random.Generator) -> tuple[Samples, int]:
    """Half a second to a second is missing from somewhere in the middle."""
    at, gone = int(draw.uniform(0.3, 0.6) * len(x)), int(draw.uniform(0.5, 1.0) * SAMPLE_RATE)
    return np.concatenate([x[:at], x[at + gone :]]), SAMPLE_RATE


def _short(x: Samples, draw: np.random.Generator) -> tuple[Samples, int]:
    """Two seconds from anywhere."""
    size = int(_SHORT_S * SAMPLE_RATE)
    at = int(draw.integers(0, len(x) - size))
    return x[at : at + size], SAMPLE_RATE


SPOILS: Mapping[str, Spoil] = {
    "clean": lambda x, _: (x, SAMPLE_RATE),
    "opus 24k": lambda x, _: (through(x, "ogg", "libopus", 48_000, 24_000), SAMPLE_RATE),
    "mp3 32k": lambda x, _: (through(x, "mp3", "libmp3lame", SAMPLE_RATE, 32_000), SAMPLE_RATE),
    "8 kHz": _resampled(1.0, 8_000),
    "20 dB noise": lambda x, draw: (
        (x + draw.normal(0, 0.1 * np.sqrt((x**2).mean()), len(x))).astype(np.float32), SAMPLE_RATE,
    ),
    "5 % faster": _resampled(1.05),
    "5 % slower": _resampled(0.95),
    "-12 dB, 16 bits": lambda x, _: ((np.round(x * 10**-0.6 * 32767) / 32767).astype(np.float32), SAMPLE_RATE),
    "cut in the middle": _cut,
    "2 s": _short,
}  # fmt: skip


def marked(x: Samples, at: int) -> Samples:
    """As the server marks a line from its sample `at` on."""
    return LineMark(_FILTERS, at).mark(x)


_FILTERS = MarkFilters(SignTable(KEY).of(PAYLOAD), SAMPLE_RATE)


def found_marked(clips: list[Samples]) -> dict[str, dict[str, float]]:
    """For each way to spoil them: the share found, read, and the worst z."""
    detector, told = Detector(KEY), {}
    for name, spoil in SPOILS.items():
        heard = [
            detector.detect(*spoil(marked(clip, 31_337 * number), np.random.default_rng(number)))
            for number, clip in enumerate(clips)
        ]
        told[name] = _summary(heard)
        print(name, told[name], flush=True)
    return told


def _summary(heard: list[Detection]) -> dict[str, float]:
    return {
        "clips": len(heard),
        "found": round(float(np.mean([each.found for each in heard])), 4),
        "read": round(float(np.mean([each.payload == PAYLOAD for each in heard])), 4),
        "least z": round(min(each.z for each in heard), 2),
    }


def found_unmarked(clips: Iterator[Samples], most: int) -> dict[str, float]:
    """False alarms among unmarked clips, each with a key of its own; `least chance` is how near the nearest came."""
    heard = []
    for number, clip in zip(range(most), clips, strict=False):
        heard.append(Detector((number + 1).to_bytes(KEY_BYTES, "big")).detect(clip, SAMPLE_RATE))
    chances = [each.chance for each in heard]
    return {
        "clips": len(heard),
        "false alarms": sum(each.found for each in heard),
        "least chance": min(chances),
        "greatest z": round(max(each.z for each in heard), 2),
    }


def wrong_key(clips: list[Samples]) -> dict[str, float]:
    """Marked clips, heard with a key that is not theirs."""
    detector = Detector(bytes([255]) * KEY_BYTES)
    heard = [detector.detect(marked(clip, 0), SAMPLE_RATE) for clip in clips]
    return {"clips": len(heard), "found": sum(each.found for each in heard)}


def naturalness(clips: list[Samples]) -> dict[str, float]:
    """DNSMOS P.808 with the mark, without it, and their difference."""
    from oncue.model.training.evaluate.ears import Ears

    ears = Ears()
    with_it = [ears.naturalness(marked(clip, 0)) for clip in clips]
    without = [ears.naturalness(clip) for clip in clips]
    difference = np.subtract(with_it, without)
    return {
        "clips": len(clips),
        "with": round(float(np.mean(with_it)), 3),
        "without": round(float(np.mean(without)), 3),
        "difference": round(float(difference.mean()), 3),
        "standard error": round(float(difference.std() / np.sqrt(len(clips))), 3),
    }


def _pieces(sound: Samples) -> Iterator[Samples]:
    size = int(_PIECE_S * SAMPLE_RATE)
    for first in range(0, len(sound) - size + 1, size):
        yield sound[first : first + size]


def main() -> int:
    """Print one JSON object."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("plain", type=Path)
    parser.add_argument("--teacher", type=Path, action="append", default=[])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--unmarked", type=int, default=2000)
    parser.add_argument("--dnsmos", type=int, default=0)
    given = parser.parse_args()
    rendered = [decoded(path) for path in sorted(given.plain.glob("*.wav"))]
    sounds = [sound for sound in rendered if len(sound) >= SHORTEST_S * SAMPLE_RATE]
    clips = sounds[: given.clips]
    shards = [path for folder in given.teacher for path in sorted(folder.glob("*.opus"))]

    def unmarked() -> Iterator[Samples]:
        yield from rendered
        for path in shards:
            yield from _pieces(decoded(path))

    told: dict[str, object] = {}
    if clips:
        told |= {"marked": found_marked(clips), "wrong key": wrong_key(clips[:50])}
    if given.dnsmos:
        told["dnsmos"] = naturalness(sounds[: given.dnsmos])
    if given.unmarked:
        told["unmarked"] = found_unmarked(unmarked(), given.unmarked)
    print(json.dumps(told, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
