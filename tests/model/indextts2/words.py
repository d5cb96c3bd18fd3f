"""Pieces without a file: words and marks, numbered as they come."""

from __future__ import annotations

import re

from oncue.model.indextts2.text.pieces import WORD_START, SubwordPiece, Token

_PIECE = re.compile(r" ?(?:[^\W_]+|[^\w\s])")


class WordPieces:
    """Every word and every mark is a piece; a character in `unknown` has none."""

    def __init__(self, unknown: str = "") -> None:
        self.unknown = unknown
        self.numbers: dict[str, int] = {}

    def cut(self, text: str) -> list[SubwordPiece]:
        pieces = []
        for match in _PIECE.finditer(text):
            starts = match.start() == 0 or match.group().startswith(" ")
            written = (WORD_START if starts else "") + match.group().strip()
            if not set(match.group()) & set(self.unknown):
                pieces.append(SubwordPiece(written, self._number(written), match.start(), match.end()))
        return pieces

    def _number(self, written: str) -> int:
        return self.numbers.setdefault(written, 2 + len(self.numbers))


def tokens_of(text: str) -> tuple[Token, ...]:
    """Tokens of a text that is already spelled."""
    return tuple(Token(piece.id, piece.text, piece.start, piece.end) for piece in WordPieces().cut(text))


def written(tokens: tuple[Token, ...]) -> str:
    """What tokens were made of."""
    return "".join(token.piece for token in tokens).replace(WORD_START, " ").strip()
