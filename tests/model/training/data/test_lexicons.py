from __future__ import annotations

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from oncue.model.text import lexicon
from oncue.model.training.data import lexicons

_EVERY = 20
"""One of so many Chinese words is read again: all of them take the library many seconds."""


def test_the_shipped_english_is_what_the_dictionary_of_others_says() -> None:
    made = b"".join(lexicons.lines(lexicons.english()))
    assert made == (lexicons.FOLDER / "english.txt").read_bytes()


def test_the_shipped_chinese_is_what_the_library_of_others_says() -> None:
    for char in map(chr, list(PINYIN_DICT)[::_EVERY]):
        assert [lexicon.characters().get(char)] == lexicons.read(char)
    for word in list(PHRASES_DICT)[::_EVERY]:
        said = lexicon.phrases_from(word[0])[word].split()
        assert (said or [lexicon.characters().get(char) or "" for char in word]) == lexicons.read(word)


def test_no_word_and_no_character_of_the_library_is_left_out() -> None:
    for name, keys in (("characters", list(map(chr, PINYIN_DICT))), ("phrases", list(PHRASES_DICT))):
        written = (lexicons.FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
        assert [line.split("\t")[0] for line in written] == sorted(keys)
