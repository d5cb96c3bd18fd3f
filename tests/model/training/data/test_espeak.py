"""The espeak-ng teacher says lines with a start for every phone, in voices of its own and of ours."""

from __future__ import annotations

import random

import numpy as np
import pytest

from oncue.model.training.data.alignment import units_of
from oncue.model.training.data.espeak import Espeak, make_data_folder, random_definition
from oncue.model.training.data.teacher import Speaker, Style
from oncue.model.training.data.texts import make_line

pytestmark = pytest.mark.needs_program("espeak-ng")
MADE = Speaker(1, "espeak", "made", "female", 50, 85, False, random_definition("made", "female", random.Random(4)))
STOCK = Speaker(0, "espeak", "m3", "male", 50, 85, False)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Espeak:
    return Espeak(make_data_folder(tmp_path_factory.mktemp("espeak")))


@pytest.mark.parametrize("speaker", [STOCK, MADE], ids=["stock", "made"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_lines_align_and_their_ends_increase_to_the_last_sample(
    engine: Espeak, language: str, speaker: Speaker
) -> None:
    lines = [make_line(language, seed) for seed in range(6)]
    for line in lines:
        spoken = engine.say(line, speaker, Style(180.0))
        assert spoken is not None
        assert spoken.units == units_of(line)
        assert np.all(np.diff((0, *spoken.ends)) > 0)
        assert spoken.ends[-1] >= len(spoken.samples)


def test_a_faster_rate_makes_a_shorter_line(engine: Espeak) -> None:
    slow, fast = (engine.say(make_line("zh", 1), STOCK, Style(rate)) for rate in (140.0, 240.0))
    assert slow is not None
    assert fast is not None
    assert len(fast.samples) < 0.8 * len(slow.samples)


def test_sibilants_are_brighter_than_vowels_inside_their_spans(engine: Espeak) -> None:
    spoken = engine.say(make_line("zh", 12), STOCK, Style(160.0))
    assert spoken is not None
    bright: dict[bool, list[float]] = {True: [], False: []}
    for unit, start, end in zip(spoken.units, (0, *spoken.ends), spoken.ends, strict=False):
        if unit.symbol in {"s", "x", "sh", "q", "ch", "c"} or unit.tone:
            piece = spoken.samples[start:end].astype(float)
            crossings = np.mean(np.diff(np.signbit(piece)))
            bright[unit.tone == 0].append(float(crossings))
    assert np.median(bright[True]) > 1.5 * np.median(bright[False])


def test_an_unknown_variant_is_an_error_that_names_it(engine: Espeak) -> None:
    ghost = Speaker(2, "espeak", "no-such-voice", "male", 50, 80, False)
    with pytest.raises(OSError, match="no-such-voice"):
        engine.say(make_line("zh", 1), ghost, Style(180.0))
