from __future__ import annotations

import numpy as np
import pytest

from oncue.model.tiny.layout import HOP, SAMPLE_RATE
from oncue.model.tiny.pitch import SCALES, hold, likely_scale, scale_of, track, with_bass
from tests.model.conftest import hum

USUAL = 2.06


@pytest.mark.parametrize("f0_hz", [70.0, 110.0, 217.0, 390.0])
def test_the_pitch_of_a_buzz_is_found_within_two_percent(f0_hz: float) -> None:
    found = np.exp(track(hum(f0_hz, 0.6))[10:-10])
    assert np.all(np.abs(found / f0_hz - 1) < 0.02)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 24_000).astype(np.float32)
    assert np.isnan(track(noise)).mean() > 0.95
    assert np.isnan(track(np.zeros(24_000, np.float32))).all()


def test_there_is_one_value_a_hop_and_none_for_less() -> None:
    assert len(track(hum(100, 0.5))) == 12_000 // HOP
    assert len(track(np.zeros(HOP - 1, np.float32))) == 0


def test_a_glide_is_followed_without_octave_jumps() -> None:
    time = np.arange(24_000) / 24_000
    phase = 2 * np.pi * np.cumsum(120 + 120 * time) / 24_000
    partials = np.stack([np.sin(k * phase) / k for k in range(1, 7)])
    found = np.exp(track((partials.sum(0) * 0.1).astype(np.float32))[5:-5])
    assert np.all(np.abs(np.diff(found)) < 6)
    assert found[-1] == pytest.approx(240, rel=0.06)


@pytest.mark.parametrize("f0_hz", [90.0, 200.0])
def test_a_tone_that_falls_fast_stays_voiced_however_bright_the_voice_is(f0_hz: float) -> None:
    time = np.arange(int(0.12 * 24_000)) / 24_000
    semitones = np.concatenate([np.full(7200, 4.0), 4.0 - 8.0 * time / time[-1], np.full(7200, -4.0)])
    phase = 2 * np.pi * np.cumsum(f0_hz * 2 ** (semitones / 12)) / 24_000
    bright = sum(np.sin(k * phase) for k in range(1, 30)) * 0.02
    found = np.exp(track(np.asarray(bright, np.float32)))[5:-5]
    assert not np.isnan(found).any()
    wanted = (f0_hz * 2 ** (semitones / 12))[HOP - 1 :: HOP][5:-5]
    assert np.median(np.abs(np.log2(found / wanted))) < 0.01
    assert np.abs(np.log2(found / wanted)).max() < 0.1


def test_pitch_is_held_through_unvoiced_frames_and_taken_in_advance_at_the_start() -> None:
    track = np.array([np.nan, 5.0, np.nan, np.nan, 4.0], np.float32)
    assert hold(track, 1.0).tolist() == [5, 5, 5, 5, 4]
    assert hold(np.full(3, np.nan, np.float32), 1.0).tolist() == [1, 1, 1]


def melody(semitones: float, hertz: float = 3.0) -> np.ndarray:
    time = np.arange(400) / 100
    return (np.log(150) + semitones / 12 * np.log(2) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def test_the_scale_of_a_melody_grows_with_its_width_between_the_narrowest_and_the_widest() -> None:
    scales = [scale_of(melody(semitones)) for semitones in (0.0, 1.0, 2.0, 20.0)]
    assert scales[0] == SCALES[0]
    assert scales[2] / scales[1] == pytest.approx(2.0, rel=0.02)
    assert scales[3] == SCALES[1]


def test_neither_the_level_of_a_line_nor_its_slope_nor_its_unvoiced_frames_change_the_scale() -> None:
    plain = melody(1.5)
    gaps = plain.copy()
    gaps[::7] = np.nan
    for other in (plain + np.float32(0.4), (plain + np.linspace(0, 0.3, 400)).astype(np.float32), gaps):
        assert scale_of(other) == pytest.approx(scale_of(plain), rel=0.1)


def test_frames_an_octave_off_do_not_widen_a_melody() -> None:
    plain = melody(1.5)
    wrong = plain.copy()
    wrong[50:60] += np.float32(np.log(2))
    wrong[200:204] -= np.float32(np.log(2))
    assert scale_of(wrong) == pytest.approx(scale_of(plain), rel=0.1)


def test_too_little_voice_has_the_common_scale() -> None:
    assert scale_of(np.full(400, np.nan, np.float32)) == 1.0
    assert scale_of(melody(2.0)[:40]) == 1.0


def test_a_long_clip_is_believed_and_a_short_one_is_drawn_to_what_is_usual() -> None:
    for clip in (np.tile(melody(2.5), 20), np.tile(melody(0.0), 20)):
        short, long, all_of_it = (
            abs(np.log(each / USUAL)) for each in (likely_scale(clip[:100]), likely_scale(clip), scale_of(clip))
        )
        assert short < long < all_of_it + 0.02
        assert long == pytest.approx(all_of_it, abs=0.03)
    assert likely_scale(np.full(400, np.nan, np.float32)) == pytest.approx(USUAL)


def test_the_pitch_of_a_voice_is_heard_by_telephone_and_a_voice_with_bass_is_left_as_it_is() -> None:
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    for hertz in (95.0, 140.0, 230.0):
        turns = 2 * np.pi * np.cumsum(hertz * (1 + 0.05 * np.sin(2 * np.pi * 2 * time))) / SAMPLE_RATE
        voice = (0.1 * np.sum([np.cos(k * turns + k) / k for k in range(1, 30)], 0)).astype(np.float32)
        assert with_bass(voice) is voice
        spectrum, at = np.fft.rfft(voice), np.fft.rfftfreq(len(voice), 1 / SAMPLE_RATE)
        telephone = np.fft.irfft(spectrum * ((at > 300) & (at < 3400)), len(voice)).astype(np.float32)
        assert abs(np.nanmean(track(with_bass(telephone))) - np.log(hertz)) < 0.03
