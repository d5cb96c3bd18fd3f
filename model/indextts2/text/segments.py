"""A line's tokens cut into segments that one prefill each can hold: at sentence ends, else at lesser marks.

Sentences are merged again up to the limit, for the decoder reads a long segment with one prosody; at the beginning of
a line they may be left alone so that the first sound comes sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from oncue.model.indextts2.text.pieces import WORD_START, Token

_ENDS = frozenset({".", "!", "?", "...", "…", "?!", "!?", "!!", "??"})
Cut = Callable[[Token, Token], bool]


@dataclass(frozen=True, slots=True)
class Segmenting:
    """`max_tokens` in a segment; the first `eager_tokens` of a line are not merged beyond their sentences."""

    max_tokens: int = 120
    eager_tokens: int = 0

    def __post_init__(self) -> None:
        if self.max_tokens < 1 or self.eager_tokens < 0:
            raise ValueError("A segment needs room for one token at least, and a line no less than 0 eager tokens.")


def segments(tokens: Sequence[Token], config: Segmenting | None = None) -> tuple[tuple[Token, ...], ...]:
    """Tokens to segments, every token in exactly one, in order; what has nothing to say joins its neighbour."""
    config = config or Segmenting()
    parts: list[tuple[Token, ...]] = []
    for sentence in _sentences(tokens):
        parts.extend(_within(sentence, config.max_tokens))
    return _merged(parts, config)


def _sentences(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Each ends with its marks and the quotes that close it, so that no quote begins the next one."""
    found: list[tuple[Token, ...]] = []
    begin = 0
    for index, token in enumerate(tokens):
        ends = token.mark in _ENDS or (token.mark == "'" and index > begin and tokens[index - 1].mark in _ENDS)
        follows = index + 1 < len(tokens) and (
            tokens[index + 1].mark in _ENDS or (tokens[index + 1].piece == "'" and token.mark in _ENDS)
        )
        if ends and not follows:
            found.append(tuple(tokens[begin : index + 1]))
            begin = index + 1
    return [*found, tuple(tokens[begin:])] if begin < len(tokens) else found


def _within(sentence: tuple[Token, ...], limit: int) -> list[tuple[Token, ...]]:
    """A sentence cut where the least harm is done: after commas, then after dashes, then before words, then anywhere."""
    parts = [sentence]
    for cut in _CUTS:
        parts = [piece for part in parts for piece in (_packed(part, cut, limit) if len(part) > limit else [part])]
    return parts


def _packed(part: tuple[Token, ...], cut: Cut, limit: int) -> list[tuple[Token, ...]]:
    """Cut wherever `cut` says, given a token and the next, and put together again as much as fits."""
    places = [index + 1 for index in range(len(part) - 1) if cut(part[index], part[index + 1])]
    packed: list[tuple[Token, ...]] = []
    for begin, end in pairwise([0, *places, len(part)]):
        piece = part[begin:end]
        if packed and len(packed[-1]) + len(piece) <= limit:
            packed[-1] += piece
        else:
            packed.append(piece)
    return packed


def _merged(parts: list[tuple[Token, ...]], config: Segmenting) -> tuple[tuple[Token, ...], ...]:
    merged: list[tuple[Token, ...]] = []
    behind = 0
    for part in parts:
        silent = merged and not any(token.spoken for token in part)
        waiting = merged and not any(token.spoken for token in merged[-1])
        fits = merged and len(merged[-1]) + len(part) <= config.max_tokens
        if fits and (silent or waiting or behind >= config.eager_tokens):
            merged[-1] += part
        else:
            merged.append(part)
        behind += len(part)
    return tuple(merged)


_CUTS: tuple[Cut, ...] = (
    lambda token, _: token.mark == ",",
    lambda token, _: token.mark == "-",
    lambda _, following: following.piece.startswith(WORD_START),
    lambda _, __: True,
)
