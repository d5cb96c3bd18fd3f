"""Spelled lines to the pieces the decoder reads, each with the characters of the source it stands for.

Which pieces there are is in the checkpoint's SentencePiece file, read through the library and hidden behind one
method, so that anything that cuts a text into numbered pieces will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from oncue.model.text.glyphs import Glyph

WORD_START = "▁"
"""What SentencePiece writes for the space before a word."""


@dataclass(frozen=True, slots=True)
class SubwordPiece:
    """A piece of a text with its number and its characters [start, end)."""

    text: str
    id: int
    start: int
    end: int


class Pieces(Protocol):
    """Whatever cuts a text into pieces."""

    def cut(self, text: str) -> Sequence[SubwordPiece]:
        """The pieces that are known, in order; what none stands for is left out."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A piece in a line, with the span of the source text it stands for."""

    id: int
    piece: str
    char_start: int
    char_end: int

    @property
    def mark(self) -> str:
        """The piece without the space before it."""
        return self.piece.removeprefix(WORD_START)

    @property
    def spoken(self) -> bool:
        """Whether it holds anything to say."""
        return any(char.isalnum() for char in self.piece)


class SentencePieceFile:
    """The pieces of a SentencePiece model file."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError or ValueError naming the file, and ImportError naming the package to install."""
        try:
            from sentencepiece import SentencePieceProcessor
        except ImportError as error:
            raise ImportError("This family reads text with sentencepiece: run `pip install sentencepiece`.") from error
        if not path.is_file():
            raise FileNotFoundError(f"The pieces of the text, {path.name}, are missing: fetch the models again.")
        try:
            self._processor = SentencePieceProcessor(model_file=str(path))
        except (RuntimeError, OSError) as error:
            raise ValueError(f"{path.name} is not a SentencePiece model: fetch the models again.") from error

    def __len__(self) -> int:
        """How many pieces there are."""
        return int(self._processor.get_piece_size())

    def cut(self, text: str) -> list[SubwordPiece]:
        """Pieces of a text; characters it has no piece for are left out."""
        cut: list[str] = self._processor.encode(text, out_type=str)
        known = (
            SubwordPiece(piece, self._processor.piece_to_id(piece), *place)
            for piece, place in zip(cut, places(cut, text), strict=True)
        )
        return [piece for piece in known if piece.id != self._processor.unk_id()]


def places(pieces: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Where each piece stands in the text it was cut from, also where the library normalised what it cut.

    The library's own offsets come in another form with every release, or not at all without a second package.
    """
    joined = "".join(pieces).replace(WORD_START, " ")
    spans: list[tuple[int, int]] = []
    for _, first, last, begin, end in SequenceMatcher(None, joined, text, autojunk=False).get_opcodes():
        same = last - first == end - begin
        spans.extend((begin + index, begin + index + 1) if same else (begin, end) for index in range(last - first))
    ends = list(accumulate(len(piece) for piece in pieces))
    return [(spans[end - len(piece)][0], spans[end - 1][1]) for piece, end in zip(pieces, ends, strict=True)]


def tokenise(spelled: Sequence[Glyph], pieces: Pieces) -> tuple[Token, ...]:
    """The tokens of a spelled line; a token's span covers the spans of its characters but for spaces."""
    text = "".join(glyph.char for glyph in spelled)
    tokens = []
    for piece in pieces.cut(text):
        own = spelled[piece.start : piece.end]
        solid = [glyph for glyph in own if glyph.char != " "] or own
        if solid:
            start, end = min(glyph.start for glyph in solid), max(glyph.end for glyph in solid)
            tokens.append(Token(piece.id, piece.text, start, end))
    return tuple(tokens)
