"""Pinyin spelling: laws over every syllable a dictionary can write."""

from __future__ import annotations

import pytest
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from oncue.model.text.phones import INDEX, MANDARIN_FINALS, MANDARIN_INITIALS
from oncue.model.text.pinyin import SYLLABLES, numbered_pinyin, split_pinyin, syllable_phones


@pytest.mark.parametrize("tone", [1, 2, 3, 4, 5])
def test_every_syllable_is_an_optional_initial_and_a_final_that_bears_the_tone(tone: int) -> None:
    for syllable in SYLLABLES:
        *initials, final = syllable_phones(f"{syllable}{tone}")
        assert final[0] in MANDARIN_FINALS
        assert final[1] == tone
        assert len(initials) <= 1
        assert all(symbol in MANDARIN_INITIALS and field == 0 for symbol, field in initials)


def test_every_reading_of_the_dictionary_has_phones() -> None:
    written = {reading for readings in PINYIN_DICT.values() for reading in readings.split(",")}
    written |= {reading for word in list(PHRASES_DICT.values())[::20] for readings in word for reading in readings}
    numbered = {numbered_pinyin(reading) for reading in written}
    assert None not in numbered
    assert all(symbol in INDEX for reading in numbered if reading for symbol, _ in syllable_phones(reading))


@pytest.mark.parametrize(
    ("syllable", "phones"),
    [
        ("hang2", (("h", 0), ("ang", 2))),
        ("yi1", (("i", 1),)),
        ("yan2", (("ian", 2),)),
        ("you3", (("iou", 3),)),
        ("wei4", (("uei", 4),)),
        ("wen4", (("uen", 4),)),
        ("weng1", (("ueng", 1),)),
        ("yu2", (("v", 2),)),
        ("xue2", (("x", 0), ("ve", 2))),
        ("jun1", (("j", 0), ("vn", 1))),
        ("nv3", (("n", 0), ("v", 3))),
        ("liu4", (("l", 0), ("iou", 4))),
        ("gui3", (("g", 0), ("uei", 3))),
        ("zi5", (("z", 0), ("ii", 5))),
        ("shi4", (("sh", 0), ("iii", 4))),
        ("ri4", (("r", 0), ("iii", 4))),
        ("er2", (("er", 2),)),
    ],
)
def test_spelling_rules_are_undone(syllable: str, phones: tuple[tuple[str, int], ...]) -> None:
    assert syllable_phones(syllable) == phones


@pytest.mark.parametrize("written", ["lü4", "LÜ4", "lu:4", "lǜ", "lv4", "lv\u0300".replace("v", "ü")])
def test_all_usual_spellings_of_a_syllable_are_one(written: str) -> None:
    assert numbered_pinyin(written) == "lv4"


@pytest.mark.parametrize("wrong", ["", "da9", "xyz1", "dǎ3", "hello", "5", "banan2"])
def test_what_is_no_syllable_is_refused(wrong: str) -> None:
    assert numbered_pinyin(wrong) is None
    with pytest.raises(ValueError, match="not a pinyin syllable"):
        syllable_phones(wrong)


@pytest.mark.parametrize("run", ["dǎyìn", "dǎ yìn", "da3yin4", "da3-yin4", "DA3 YIN4"])
def test_syllables_written_together_are_taken_apart(run: str) -> None:
    assert split_pinyin(run) == ("da3", "yin4")


def test_an_apostrophe_divides() -> None:
    assert split_pinyin("xī'ān") == ("xi1", "an1")
    assert split_pinyin("xiān") == ("xian1",)
    assert split_pinyin("computer") is None
