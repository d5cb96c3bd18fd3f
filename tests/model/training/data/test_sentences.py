from __future__ import annotations

import re

import pytest

from oncue.model.text.frontend import read
from oncue.model.text.phones import MANDARIN_FINALS, MANDARIN_INITIALS
from oncue.model.training.data.heldout import DEVELOPMENT_EN, DEVELOPMENT_ZH, HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.data.sentences import sentence, written


def test_a_sentence_is_a_function_of_its_number_and_is_none_of_the_held_out_ones() -> None:
    for language in ("zh", "en"):
        made = [sentence(language, number) for number in range(200)]
        assert made == [sentence(language, number) for number in range(200)]
        assert len(set(made)) > 100
        assert not {*made} & {*HELDOUT_ZH, *HELDOUT_EN}
        assert not any("{" in text for text in made)


def test_the_sentences_have_every_common_sound_and_tone() -> None:
    phones = [phone for number in range(400) for phone in read(sentence("zh", number), "zh").phones]
    heard = {phone.symbol for phone in phones}
    assert heard >= {*MANDARIN_INITIALS}
    assert len(heard & {*MANDARIN_FINALS}) > 30
    assert {phone.tone for phone in phones} >= {1, 2, 3, 4}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_written_is_speech_alone_no_line_of_it_twice_and_none_a_held_out_one(language: str) -> None:
    lines = written(language)
    assert len(set(lines)) == len(lines) > 1000
    assert not {*lines} & {*HELDOUT_ZH, *HELDOUT_EN, *DEVELOPMENT_ZH, *DEVELOPMENT_EN}
    foreign = "[^\u4e00-\u9fff，。？！、：；]" if language == "zh" else "[^A-Za-z ,.?!;:'-]"
    assert not [line for line in lines if re.search(foreign, line) or not line.strip()]
