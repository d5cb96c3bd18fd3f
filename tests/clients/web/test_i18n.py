from __future__ import annotations

import re

from tests.clients.web.modules import WEB, evaluate


def test_both_languages_say_everything() -> None:
    assert evaluate("i18n.js", "return m.missing();") == []


def test_every_place_in_a_sentence_is_in_both_languages() -> None:
    keys = sorted(set(re.findall(r'data-i18n(?:-\w+)?="(\w+)"', (WEB / "index.html").read_text("utf-8"))))
    assert len(keys) > 40
    places = evaluate(
        "i18n.js",
        """
        const filled = (language) => given.map((key) => new m.Words(language).say(key, { name: 1, value: 1, s: 1, ms: 1, i: 1, n: 1, word: 1, message: 1 }));
        return ["en", "zh"].flatMap(filled).filter((sentence) => !sentence || /[{}]|undefined/.test(sentence));
        """,
        keys,
    )
    assert places == []


def test_the_browsers_first_language_that_the_page_speaks_is_taken() -> None:
    got = evaluate("i18n.js", "return given.map(m.preferred);", [["fr", "zh-TW", "en"], ["en-GB", "zh"], ["fr"], []])
    assert got == ["zh", "en", "en", "en"]
