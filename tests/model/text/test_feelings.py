"""The lexicon of feelings is well formed."""

from __future__ import annotations

import re

from oncue.model.text.feelings import DEGREES_TEXT, LEXICON_TEXT, MIXTURES

CODE = re.compile(r"([HANFDMSC]\d)+")


def test_every_line_has_a_code_and_words() -> None:
    for line in LEXICON_TEXT.strip().splitlines():
        code, *words = line.split()
        assert CODE.fullmatch(code), line
        assert words
    assert all(CODE.fullmatch(code) for code in MIXTURES.values())


def test_every_degree_is_a_factor_with_words() -> None:
    for line in DEGREES_TEXT.strip().splitlines():
        factor, *words = line.split()
        assert 0 < float(factor) < 2
        assert words
