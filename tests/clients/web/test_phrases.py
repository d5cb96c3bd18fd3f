from __future__ import annotations

import pytest

from tests.clients.web.modules import evaluate

TEXTS = [
    "",
    "a",
    "Hello there.",
    "灯光暗下来，一时间没有人敢呼吸。然后，门开了！",
    "No end " * 30,
    "She said: “It cost 3.50, or so.” Then—silence… and again.",
    "x" * 120,
    "一" * 90,
    "Wait... what?! 真的吗？？",
]


@pytest.mark.parametrize("most", [8, 20, 42])
def test_phrases_are_the_whole_text_and_no_wider_than_asked(most: int) -> None:
    got = evaluate(
        "phrases.js",
        """
        return given.texts.map((text) => {
          const points = Array.from(text);
          const list = m.phrases(text, given.most).map(({ start, end }) => points.slice(start, end).join(""));
          return { whole: list.join(""), list, wide: list.map((part) => m.columns(Array.from(part.trimEnd()))) };
        });
        """,
        {"texts": TEXTS, "most": most},
    )
    for text, found in zip(TEXTS, got, strict=True):
        assert found["whole"] == text
        for part, width in zip(found["list"], found["wide"], strict=True):
            assert part
            assert width <= most + 4 or " " not in part.strip(), part


def test_a_cut_is_made_where_a_reader_breathes() -> None:
    got = evaluate(
        "phrases.js",
        "return given.map((text) => m.phrases(text, 24).map(({ start, end }) => Array.from(text).slice(start, end).join('').trim()));",
        ["She said: “It cost 3.50.” Then she left.", "灯光暗下来，一时间没有人敢呼吸。门开了。"],
    )
    assert got == [
        ["She said: “It cost 3.50.”", "Then she left."],
        ["灯光暗下来，", "一时间没有人敢呼吸。", "门开了。"],
    ]


def test_a_character_is_in_its_phrase() -> None:
    got = evaluate(
        "phrases.js",
        "const list = m.phrases('Go. Stop.', 42); return [0, 3, 4, 99].map((at) => list.indexOf(m.phraseAt(list, at)));",
    )
    assert got == [0, 0, 1, 1]
