from __future__ import annotations

from tests.clients.web.modules import evaluate


def mark(start: int, end: int) -> dict[str, int]:
    return {"char_start": start, "char_end": end}


def test_parts_are_the_whole_text_with_the_words_that_are_known() -> None:
    got = evaluate(
        "captions.js",
        "return m.parts(given.text, given.words);",
        {"text": "Hi 😀, 你好!", "words": [mark(0, 2), mark(6, 7), mark(7, 8)]},
    )
    assert got == [
        {"text": "Hi", "word": 0},
        {"text": " 😀, ", "word": None},
        {"text": "你", "word": 1},
        {"text": "好", "word": 2},
        {"text": "!", "word": None},
    ]


def test_a_phrase_holds_its_own_words_only() -> None:
    got = evaluate("captions.js", "return m.parts('One. Two.', given, 5, 9);", [mark(0, 3), mark(5, 8)])
    assert got == [{"text": "Two", "word": 1}, {"text": ".", "word": None}]
