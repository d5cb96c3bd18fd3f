from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import Samples
from oncue.server.voices.clip import MAX_RATE, as_loud_as_speech, prepare
from tests.sounds import between_silences, silence, speech, with_noise

RATE = 24_000


def clean(seconds: float = 4.0, around_s: float = 1.0, *, rate: int = RATE) -> Samples:
    return with_noise(between_silences(speech(seconds, rate), around_s, rate), 40)


def test_the_same_samples_make_the_same_clip_and_others_another() -> None:
    assert prepare(clean(), RATE).key == prepare(clean(), RATE).key
    keys = {prepare(clean(), RATE).key, prepare(clean(), 22_050).key, prepare(clean(), RATE, denoise=True).key}
    assert len(keys) == 3


@pytest.mark.parametrize("around_s", [0.3, 3.0])
def test_what_lies_around_the_speech_is_left_out_but_for_a_little(around_s: float) -> None:
    clip = prepare(clean(around_s=around_s), RATE)
    assert len(clip.pcm) / RATE == pytest.approx(4.4, abs=0.2)
    assert clip.report.figures.duration_s == pytest.approx(4.0 + 2 * around_s)
    assert clip.report.verdict == "good"


def test_a_long_pause_is_left_out_and_its_ends_are_joined_without_a_click() -> None:
    hum = (0.2 * np.sin(2 * np.pi * 50 * np.arange(9 * RATE) / RATE)).astype(np.float32)
    pcm = np.concatenate((speech(2.0, seed=1), silence(5.0), speech(2.0, seed=2))) + hum
    clip = prepare(pcm, RATE)
    assert len(clip.pcm) / RATE == pytest.approx(4.4, abs=0.3)
    middle = clip.pcm[round(2.1 * RATE) : round(2.3 * RATE)]
    assert np.abs(np.diff(middle)).max() < 2 * np.abs(np.diff(hum)).max()


def test_too_little_speech_is_left_whole_and_reported() -> None:
    for pcm in (clean(2.0), silence(4.0), silence(0.0)):
        clip = prepare(pcm, RATE, denoise=True)
        assert len(clip.pcm) == len(pcm)
        assert clip.report.verdict == "unusable"


def test_of_long_speech_the_beginning_is_kept() -> None:
    clip = prepare(clean(18.0), RATE)
    assert len(clip.pcm) / RATE == pytest.approx(15.4, abs=0.3)
    assert [finding.code for finding in clip.report.findings] == ["long_speech"]


def test_a_rate_beyond_hearing_is_brought_down_and_reported_as_it_was() -> None:
    clip = prepare(clean(rate=96_000), 96_000)
    assert clip.rate == MAX_RATE
    assert clip.report.figures.sample_rate == 96_000
    assert clip.report.figures.duration_s == pytest.approx(6.0)


def test_denoising_is_reported_with_what_was_before() -> None:
    noisy = with_noise(between_silences(speech(4.0)), 15)
    before, after = prepare(noisy, RATE).report, prepare(noisy, RATE, denoise=True).report
    assert before.verdict == "doubtful"
    assert after.verdict == "good"
    assert after.figures.snr_before_db == before.figures.snr_db
    assert before.figures.snr_before_db is None


@pytest.mark.parametrize("quieter_db", [12, 24, 36])
def test_how_noisy_a_recording_is_found_to_be_does_not_depend_on_how_loud_it_is(quieter_db: int) -> None:
    loud = prepare(clean(), RATE).report.figures
    quiet = prepare((clean() * np.float32(10 ** (-quieter_db / 20))).astype(np.float32), RATE).report.figures
    assert loud.snr_db is not None
    assert quiet.snr_db == pytest.approx(loud.snr_db, abs=1.0)
    assert quiet.speech_s == pytest.approx(loud.speech_s, abs=0.1)


def test_the_detector_hears_a_quiet_recording_at_an_ordinary_level_and_a_loud_or_empty_one_as_it_is() -> None:
    for level in (0.1, 0.03, 0.01):
        heard = as_loud_as_speech(clean() * np.float32(level), RATE)
        assert np.abs(heard).max() == pytest.approx(
            np.abs(as_loud_as_speech(clean() * np.float32(0.1), RATE)).max(), rel=0.01
        )
    loud = speech(1.0) * np.float32(2)
    assert as_loud_as_speech(loud, RATE) is loud
    assert not as_loud_as_speech(silence(1.0), RATE).any()
    assert not len(as_loud_as_speech(silence(0.0), RATE))
