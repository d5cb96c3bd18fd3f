from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from oncue.model.api import Samples
from oncue.server.voices.quality import (
    QualityReport,
    RecordingFigures,
    UnfitRecording,
    clipped_share,
    demand,
    judge,
    measure,
)
from oncue.server.voices.vad import Span
from tests.sounds import between_silences, silence, speech, with_noise

RATE = 24_000
SPEECH = (Span(1.0, 6.0),)
GOOD = RecordingFigures(
    duration_s=7.0, speech_s=5.0, sample_rate=RATE, snr_db=35.0, clipped_share=0.0, loudness_dbfs=-20.0
)


def spoken(snr_db: float = 60.0, *, seed: int = 0) -> Samples:
    return with_noise(between_silences(speech(5.0, seed=seed)), snr_db)


def but(**changed: Any) -> QualityReport:
    return judge(replace(GOOD, **changed))


@pytest.mark.parametrize("snr_db", [5.0, 10.0, 20.0, 30.0, 40.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_noise_is_measured_as_loud_as_it_is(snr_db: float, seed: int) -> None:
    found = measure(spoken(snr_db, seed=seed), RATE, SPEECH).snr_db
    assert found == pytest.approx(snr_db, abs=1.0)


def test_noise_is_found_between_the_words_where_there_is_none_around_them() -> None:
    words = np.concatenate([part for seed in range(5) for part in (speech(0.8, seed=seed), silence(0.2))])
    whole = (Span(0.0, len(words) / RATE),)
    quiet, loud = (measure(with_noise(words, snr_db), RATE, whole).snr_db for snr_db in (35, 15))
    assert quiet is not None
    assert loud is not None
    assert quiet == pytest.approx(35, abs=3)
    assert loud == pytest.approx(15, abs=3)


@pytest.mark.parametrize("gain", [0.05, 0.5, 1.9])
def test_how_loud_a_recording_is_changes_its_loudness_and_nothing_else(gain: float) -> None:
    one, other = (measure(spoken(40) * np.float32(g), RATE, SPEECH) for g in (1.0, gain))
    assert one.snr_db is not None
    assert one.loudness_dbfs is not None
    assert other.snr_db == pytest.approx(one.snr_db, abs=0.5)
    assert other.clipped_share == pytest.approx(one.clipped_share)
    assert other.loudness_dbfs == pytest.approx(one.loudness_dbfs + 20 * np.log10(gain), abs=0.1)


def test_an_offset_of_the_recorder_is_no_sound() -> None:
    still = measure(spoken() + np.float32(0.1), RATE, SPEECH)
    assert still.snr_db == pytest.approx(measure(spoken(), RATE, SPEECH).snr_db, abs=0.5)


def test_clipping_is_seen_also_after_the_level_was_turned_down_and_a_clean_voice_has_none() -> None:
    clean = spoken()
    assert clipped_share(clean) == 0
    for ceiling in (1.0, 0.3):
        clipped = np.clip(clean * 4, -1, 1) * np.float32(ceiling)
        assert measure(clipped, RATE, SPEECH).clipped_share > 0.001


def test_silence_and_nothing_have_figures_too() -> None:
    for pcm in (silence(4.0), silence(0.0)):
        figures = measure(pcm, RATE, ())
        assert (figures.snr_db, figures.loudness_dbfs, figures.clipped_share) == (None, None, 0.0)
        assert judge(figures).verdict == "unusable"


SPOILT: dict[str, tuple[dict[str, Any], bool, str]] = {
    "low_rate": ({"sample_rate": 8000}, True, "8 kHz"),
    "no_speech": ({"speech_s": 0.0, "snr_db": None, "loudness_dbfs": None}, True, "7.0 s"),
    "little_speech": ({"speech_s": 2.9}, True, "2.9 s"),
    "long_speech": ({"speech_s": 15.2}, False, "15.2 s"),
    "noisy": ({"snr_db": 12.34}, False, "12.3 dB"),
    "clipped": ({"clipped_share": 0.0123}, False, "1.23%"),
}


@pytest.mark.parametrize("code", SPOILT)
def test_each_fault_has_its_own_code_and_a_sentence_with_the_figure_and_what_to_do(code: str) -> None:
    changed, hard, figure = SPOILT[code]
    report = but(**changed)
    (finding,) = report.findings
    assert (finding.code, finding.hard) == (code, hard)
    assert figure in finding.message
    assert ": " in finding.message
    assert finding.message.endswith(".")
    assert report.verdict == ("unusable" if hard else "doubtful")
    with pytest.raises(UnfitRecording) as refused:
        demand(report)
    assert refused.value.detail == {"finding": code}
    assert refused.value.report is report


@pytest.mark.parametrize("code", SPOILT)
def test_insisting_helps_only_against_what_is_soft(code: str) -> None:
    changed, hard, _ = SPOILT[code]
    if hard:
        with pytest.raises(UnfitRecording):
            demand(but(**changed), force=True)
    else:
        demand(but(**changed), force=True)


def test_the_limits_themselves_are_good_enough() -> None:
    assert but().verdict == "good"
    edge: dict[str, Any] = {"sample_rate": 16_000, "speech_s": 3.0, "snr_db": 20.01, "clipped_share": 0.001}
    assert but(**edge).verdict == "good"
    assert but(speech_s=15.0).verdict == "good"
    assert but(snr_db=20.0).verdict == "doubtful"


def test_a_hard_fault_is_told_before_a_soft_one() -> None:
    with pytest.raises(UnfitRecording) as refused:
        demand(but(snr_db=3.0, speech_s=1.0), force=True)
    assert refused.value.finding.code == "little_speech"


def test_denoising_is_not_trusted_with_a_recording_that_is_mostly_noise() -> None:
    assert but(snr_db=25.0, snr_before_db=12.0).verdict == "good"
    assert [finding.code for finding in but(snr_db=22.0, snr_before_db=8.0).findings] == ["noisy"]


def test_a_report_comes_back_from_json_as_it_was() -> None:
    report = but(snr_db=3.0, clipped_share=0.5)
    assert msgspec.json.decode(msgspec.json.encode(report), type=QualityReport) == report
    assert msgspec.json.decode(msgspec.json.encode(report.as_json)) == report.as_json
