"""Texts to segments, all steps together."""

from __future__ import annotations

import pytest

from oncue.model.indextts2.text.reader import TextReader
from oncue.model.indextts2.text.segments import Segmenting
from tests.model.indextts2.words import WordPieces, written


def test_a_text_becomes_segments_of_numbered_tokens_with_spans() -> None:
    text = "你好。I'm 3."
    parts = TextReader(WordPieces(), segmenting=Segmenting(eager_tokens=100)).read(text)
    assert [written(part) for part in parts] == ["你 好 .", "I'M THREE."]
    assert [text[token.char_start : token.char_end] for token in parts[0]] == ["你", "好", "。"]
    assert all(token.id >= 2 for part in parts for token in part)


def test_a_text_with_forty_pronunciations_keeps_every_one() -> None:
    parts = TextReader(WordPieces()).read("好MA1" * 40)
    assert [token.mark for part in parts for token in part] == ["好", "MA1"] * 40


@pytest.mark.parametrize("text", ["", "   ", "……！", "😀", "鱻"])
def test_a_text_with_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nothing in the text"):
        TextReader(WordPieces(unknown="鱻")).read(text)


def test_a_language_it_does_not_speak_is_refused_with_those_it_does() -> None:
    with pytest.raises(ValueError, match="'ja': choose one of auto, zh, en"):
        TextReader(WordPieces()).read("hello", "ja")
