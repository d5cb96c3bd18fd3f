"""Text as people write it, by lists: what must be read right, and what must not change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oncue.model.api import NothingToSay
from oncue.model.text.frontend import describe, read
from oncue.model.text.glyphs import fold
from oncue.streaming.engine.segmenter import Segmenter, pieces
from tests.model.text.reading import sounds, words

DATA = Path(__file__).resolve().parents[2] / "data"
ALLOWED_WRONG = 5


def lines(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (DATA / name).read_text("utf-8").splitlines() if not line.startswith("# ")]


def is_right(language: str, kind: str, text: str, wanted: str) -> bool:
    plain = text.replace("\\n", "\n")
    one, _, reading = wanted.partition("=")
    if kind == "polyphones":
        return next(item.pinyin for item in read(plain, language).spoken if item.char == one) == reading
    if kind == "english_heteronyms":
        said = next(item.phones for item in read(plain, language).spoken if item.char == one)
        return [symbol for symbol, _ in said] == reading.split()
    got = sounds(plain, language)
    return any(got == sounds(way, language) for way in wanted.split(" | "))


def test_95_of_100_texts_as_people_write_them_are_read_right() -> None:
    cases = lines("written.tsv")
    wrong = [text for language, kind, text, wanted in cases if not is_right(language, kind, text, wanted)]
    assert len(cases) > 100
    assert len(wrong) <= ALLOWED_WRONG, wrong


def choices(way: str) -> list[str]:
    """A way with {a|b} in it, written out."""
    found = re.search(r"\{([^{}]*)\}", way)
    if found is None:
        return [way]
    options = found[1].split("|")
    return [done for option in options for done in choices(way[: found.start()] + option + way[found.end() :])]


def unstressed(text: str, language: str) -> list[tuple[str, int]]:
    """Sounds without the difference of first and second stress, which no speller of letters agrees on."""
    return [(symbol, 7 if tone == 8 else tone) for symbol, tone in sounds(text, language)]


def odd_is_right(language: str, text: str, wanted: str) -> bool:
    plain = text.replace("\\n", "\n").replace("\\\\", "\\")
    if wanted == "=":
        return words(plain, language) == " ".join("".join(glyph.char for glyph in fold(plain)).split())
    one = re.fullmatch(r"(\w+)=[\w ]+(?: \| \1=[\w ]+)*", wanted)
    if one is not None:
        said = next(item for item in read(plain, language).spoken if item.char == one[1])
        readings = {way.split("=")[1] for way in wanted.split(" | ")}
        return not readings.isdisjoint({said.pinyin, " ".join(symbol for symbol, _ in said.phones)})
    got = unstressed(plain, language)
    return any(got == unstressed(choice, language) for way in re.split(r" \| ", wanted) for choice in choices(way))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_odd_things_that_people_write_are_read_right(language: str) -> None:
    cases = [line for line in lines("written_odd.tsv") if line[0] == language]
    wrong = [text for _, _, text, wanted in cases if not odd_is_right(language, text, wanted)]
    assert len(cases) > 200
    assert wrong == []


NOT_YET = {
    "10W-40 oil and 205/55R16 tyres",
    "Fe + S → FeS",
    "他是六合人",
    "BO5打满，最终3-2",
}
"""Of the fresh lists what is still read otherwise: sizes of tyres, equations of single elements, a town, and
BO5, which is a pronunciation in capitals."""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_things_that_people_write_on_any_day_are_read_right(language: str) -> None:
    cases = [line[1:] for line in lines("written_fresh.tsv") if line[1] == language]
    wrong = {text for _, _, text, wanted in cases if not odd_is_right(language, text, wanted)}
    assert len(cases) > 600
    assert wrong == {text for _, _, text, _ in cases if text in NOT_YET}


def heard(part: str, language: str) -> list[tuple[str, int]]:
    """The sounds of a part of a line; none where it holds nothing to be spoken."""
    try:
        return unstressed(part, language)
    except NothingToSay:
        return []


TORN = 5
"""Texts that are read otherwise where a line is cut, the same with every writer: the times of a subtitle and the items of a list in the
midst of a line, which stand at the head of one where it is cut, and a quote that ends the sentence before."""


def test_what_a_line_is_cut_into_is_read_as_the_whole_and_cut_alike_when_it_comes_in_single_characters() -> None:
    torn = []
    fresh = [line[1:] for line in lines("written_fresh.tsv")]
    for language, _, written, *_ in [*lines("written.tsv"), *lines("written_odd.tsv"), *fresh]:
        opening = (
            "我们今天要说的是下面这一件事情。" if language == "zh" else "This is what we have to say about it today. "
        )
        text = opening + written.replace("\\n", "\n").replace("\\\\", "\\")
        segmenter = Segmenter()
        parts = [piece.text for char in text for piece in segmenter.push(char)] + [p.text for p in segmenter.flush()]
        assert parts == [piece.text for piece in pieces(text)]
        if [sound for part in parts for sound in heard(part, language)] != unstressed(text, language):
            torn.append(text)
    assert len(torn) <= TORN, torn


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ordinary_prose_sounds_as_it_did_before_there_were_rules(language: str) -> None:
    for spoken_in, text, phones in lines("prose.tsv"):
        if spoken_in == language:
            said = [phone for unit in describe(text, language) for phone in unit["phones"]]  # type: ignore[attr-defined]
            assert " ".join(said) == phones, text
