from __future__ import annotations

from oncue.model.text.frontend import read
from oncue.model.text.phones import MANDARIN_FINALS, MANDARIN_INITIALS
from oncue.model.training.data.heldout import HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.data.sentences import sentence


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
