"""The list of words that fix a reading."""

from __future__ import annotations

from oncue.model.text.polywords import WORDS_BY_READING


def test_no_word_is_given_two_readings_of_one_character() -> None:
    seen: dict[tuple[str, str], str] = {}
    for line in WORDS_BY_READING.strip().splitlines():
        char, reading, *words = line.split()
        for word in words:
            assert seen.setdefault((char, word), reading) == reading, (char, word)
