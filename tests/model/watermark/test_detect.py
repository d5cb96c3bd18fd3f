import numpy as np
import pytest
import soxr

from oncue.model.api import Samples
from oncue.model.watermark.code import BANDS, CHIPS, KEY_BYTES, Payload, SignTable
from oncue.model.watermark.detect import FALSE_ALARMS, PLAIN, Detector, Spectrogram, whitened
from oncue.model.watermark.embed import LineMark, MarkFilters
from tests.sounds import speech

RATE = 24_000
KEY = bytes(range(KEY_BYTES))
PAYLOAD = Payload(4711, 20_422)
FILTERS = MarkFilters(SignTable(KEY).of(PAYLOAD), RATE)
DETECTOR = Detector(KEY)


def marked(seconds: float, *, seed: int = 0, at: int = 0) -> Samples:
    return LineMark(FILTERS, at).mark(speech(seconds, RATE, seed=seed))


def test_a_marked_recording_is_found_and_says_who_spoke_and_when() -> None:
    found = DETECTOR.detect(marked(6.0, at=31_337), RATE)
    assert found.found
    assert found.chance <= FALSE_ALARMS
    assert found.payload == PAYLOAD


def test_a_recording_that_is_longer_than_a_stretch_is_found_wherever_it_is_marked() -> None:
    plain = speech(5.0, RATE, seed=3)
    assert DETECTOR.detect(np.concatenate([plain, marked(8.0, seed=4)]), RATE).payload == PAYLOAD


def test_the_mark_is_found_in_two_seconds() -> None:
    assert sum(DETECTOR.detect(marked(2.0, seed=seed, at=9_999 * seed), RATE).found for seed in range(3)) == 3


@pytest.mark.parametrize("speed", [0.95, 1.05])
def test_the_mark_is_found_at_another_speed(speed: float) -> None:
    faster = soxr.resample(marked(6.0), RATE * speed, RATE).astype(np.float32)
    found = DETECTOR.detect(faster, RATE)
    assert found.found
    assert found.speed == pytest.approx(speed, abs=0.004)


def test_the_mark_is_found_where_a_piece_was_cut_out() -> None:
    sound = marked(6.0)
    assert DETECTOR.detect(np.concatenate([sound[: 3 * RATE], sound[3 * RATE + 7_777 :]]), RATE).found


def test_the_mark_is_found_at_the_rate_of_a_telephone_and_much_quieter() -> None:
    telephone = soxr.resample(marked(5.0), RATE, 8_000).astype(np.float32)
    assert DETECTOR.detect(telephone * np.float32(0.25), 8_000).found


def test_unmarked_sound_is_not_found_by_any_key() -> None:
    sound = speech(2.0, RATE, seed=5)
    assert not any(Detector(bytes([key]) * KEY_BYTES).detect(sound, RATE).found for key in range(3))


def test_another_key_finds_nothing() -> None:
    found = Detector(bytes(KEY_BYTES)).detect(marked(4.0), RATE)
    assert not found.found
    assert found.payload is None


def test_a_pilot_that_is_not_there_correlates_as_coins_do() -> None:
    """The bound on false alarms rests on this: over keys, z of one place has a mean square of 1 whatever the sound."""
    levels = whitened(Spectrogram(speech(5.0, RATE, seed=6), RATE).levels(PLAIN, 0, 900))[::8][:100]
    cells = np.pad(levels, ((0, CHIPS - len(levels)), (0, 0)))
    assert cells.shape == (CHIPS, BANDS)
    z = []
    for key in range(400):
        table = SignTable(key.to_bytes(KEY_BYTES, "big"))
        z.append((cells * table.signs)[table.pilot].sum() / np.sqrt((cells**2)[table.pilot].sum()))
    assert np.mean(np.square(z)) == pytest.approx(1.0, abs=0.25)
    assert abs(np.mean(z)) < 0.2


@pytest.mark.parametrize("sound", [np.zeros(3 * RATE, np.float32), np.full(3 * RATE, 0.5, np.float32)])
def test_silence_is_not_marked(sound: Samples) -> None:
    assert not DETECTOR.detect(sound, RATE).found


def test_a_recording_of_less_than_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than 1 s"):
        DETECTOR.detect(speech(0.9, RATE), RATE)
