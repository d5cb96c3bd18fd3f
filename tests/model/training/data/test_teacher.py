"""Finishing a recording: what is trimmed, what is levelled, and that the labels move along."""

from __future__ import annotations

import numpy as np
import pytest

from oncue.model.training.data.teacher import LOUDNESS_DB, SAMPLE_RATE, Spoken, Unit, finish

RATE = 16_000
UNITS = (Unit("AA", 7, True), Unit("S", 0, False), Unit(".", 0, False))


def spoken(lead: int = 3200, level: float = 4000.0) -> Spoken:
    tone = level * np.sin(np.arange(8000) * 0.2)
    samples = np.concatenate([np.zeros(lead), tone, np.zeros(100)]).astype(np.int16)
    return Spoken(samples, RATE, UNITS, (lead + 4000, lead + 8000, len(samples)))


def test_leading_silence_is_cut_to_ten_milliseconds() -> None:
    recording = finish(spoken(), 0.0, 0.15)
    assert recording is not None
    first = int(np.flatnonzero(np.abs(recording.samples) > 100)[0])
    assert abs(first / SAMPLE_RATE - 0.010) < 0.001


@pytest.mark.parametrize("lead", [0, 50, 3200])
def test_the_final_pause_is_as_long_as_asked_and_phones_keep_their_length(lead: int) -> None:
    recording = finish(spoken(lead), 0.0, 0.15)
    assert recording is not None
    first, second, last = (float(end) / SAMPLE_RATE for end in recording.ends)
    assert second - first == pytest.approx(0.25, abs=1e-4)
    assert last - second == pytest.approx(0.15, abs=1e-4)
    assert recording.ends[-1] == len(recording.samples)


@pytest.mark.parametrize("level", [200.0, 4000.0, 30_000.0])
def test_loudness_does_not_depend_on_the_engines_level(level: float) -> None:
    recording = finish(spoken(level=level), 3.0, 0.15)
    assert recording is not None
    speech = recording.samples[: recording.ends[-2]].astype(float) / 32_768
    assert 10 * np.log10(np.mean(speech**2)) == pytest.approx(LOUDNESS_DB + 3.0, abs=0.3)


def test_silence_and_empty_units_are_refused() -> None:
    assert finish(spoken(level=0.0), 0.0, 0.15) is None
    good = spoken()
    assert finish(Spoken(good.samples, RATE, UNITS, (good.ends[1], good.ends[1], good.ends[2])), 0.0, 0.15) is None
