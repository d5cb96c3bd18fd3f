"""A description of a feeling, in Chinese or English, to an emotion vector.

A preset name or free words ("轻蔑地笑", "whispering in terror"): a hand-written lexicon with degrees,
negation and mixtures, matched longest first; where it knows no word, or only words for a manner of
speaking, the linear reader of `ngrams.py` is asked. What neither understands is abstained from as calm.
It reads directions, never the line to be spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from oncue.model.api import EMOTION_NAMES
from oncue.model.text.ngrams import CLASSES, bundled
from oncue.model.text.tables import rows

MAX_CHARS = 400
_DIMENSIONS = dict(zip("HANFDMSC", range(len(EMOTION_NAMES)), strict=True))
"""Letters of the lexicon: Happy Angry saN (N) aFraid Disgusted Melancholic Surprised Calm, in the vector's order."""


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_NEGATIONS = _words("不 没 没有 别 不要 不是 毫无 无 并不 并非 不再 not no never without don't isn't aren't hardly")
_OPPOSED = {"H": "M4A2", "A": "C7", "N": "C7", "F": "C7", "D": "C7", "M": "C7", "S": "C7", "C": "A3F3"}
_ACCENTS = _words("带 夹 夹杂 夹着 带着 含着 透着 with mixed tinged")
"""What follows one of these colours the feeling before it."""
_COORDINATED = _words("又 and but yet 且")
_SILENT = _words(
    "天气 语气 口气 空气 客气 力气 勇气 帅气 霸气 麻烦 恐怕 音乐 太阳 分别 离别 特别的 别人 别的 无论 不过 不同 "
    "好像 好的 惊险 急忙 没事 不管 不断 不停 笑话 哭笑 很快 真正 真实"
)
"""Words that hold a lexicon entry and mean no feeling."""
_VOICINGS = _words(
    "笑 微笑 大喊 喊 尖叫 laugh laughs laughing smile smiles smiling shout shouts shouting yelling scream screaming"
)
"""Ways to use the voice: beside a feeling they only colour it (轻蔑地笑), unless both are named as equals."""
_ACCENT_WEIGHT = 0.6
_VOICING_WEIGHT = 0.35
_MANNER_WEIGHT = 0.35
"""A quiet or serious manner (C6) beside a feeling."""


Source = Literal["lexicon", "ngrams", "none", "endpoint", "local"]


@dataclass(frozen=True, slots=True)
class EmotionReading:
    """Eight weights in `EMOTION_NAMES` order, the strongest one's name, and whether nothing was understood."""

    vector: tuple[float, ...]
    style: str
    abstained: bool
    source: Source = "lexicon"
    """Who understood it: a part of this file, or a back-end an operator chose (`endpoint`, `local`)."""


def _weights(code: str) -> tuple[float, ...]:
    """A code such as D6A3 to a vector."""
    vector = [0.0] * len(EMOTION_NAMES)
    for letter, tenths in re.findall(r"([A-Z])(\d)", code):
        vector[_DIMENSIONS[letter]] = int(tenths) / 10
    return tuple(vector)


def _table() -> dict[str, str]:
    return {word: code for code, words in rows("feelings.tsv") for word in words.split()}


def _degrees() -> dict[str, float]:
    return {word.replace("_", " "): float(factor) for factor, words in rows("degrees.tsv") for word in words.split()}


_LEXICON = _table()
_DEGREE = _degrees()
_TERMS = sorted({*_LEXICON, *_DEGREE, *_NEGATIONS, *_ACCENTS, *_COORDINATED, *_SILENT}, key=len, reverse=True)
# English terms are whole words; Chinese ones stand anywhere, and 地 的 着 between them mean nothing.
_TOKEN = re.compile(
    "|".join(rf"\b{re.escape(term)}\b" if term.isascii() else re.escape(term) for term in _TERMS), re.IGNORECASE
)


ABSTAINED = EmotionReading((*(0.0,) * (len(EMOTION_NAMES) - 1), 1.0), "calm", abstained=True, source="none")
"""What is answered where nothing is understood."""
_LIKELY, _SURE = 0.3, 0.6
"""How likely a guess must be where the lexicon knows nothing, and where it knows a manner."""
_GUESSED_WEIGHT = 0.8
_FAINT = 0.15
_NEGATED = re.compile(r"不要|别|没有|并不|毫不|\b(?:not|never|without|don't|no)\b")


@dataclass(slots=True)
class _Scope:
    """What the words read so far say about the next feeling."""

    degree: float = 1.0
    negated: bool = False
    accent: bool = False
    equal: bool = False


@dataclass(frozen=True, slots=True)
class _Feeling:
    """One feeling named: its weights, and whether it is only a way to use the voice, a colour of another, or a manner."""

    weights: tuple[float, ...]
    voicing: bool
    accent: bool
    manner: bool


_PRESETS = frozenset(EMOTION_NAMES) | _words("高兴 愤怒 悲伤 害怕 厌恶 忧郁 惊讶 平静")


def is_preset(text: str) -> bool:
    """Whether a description is no more than the name of a style."""
    return text.strip().lower() in _PRESETS


def reading_of(weights: Sequence[float], source: Source) -> EmotionReading:
    """What somebody else told, as a reading; nothing at all is calm. Raises ValueError unless it is eight shares of one."""
    if len(weights) != len(EMOTION_NAMES) or not all(0.0 <= weight <= 1.0 for weight in weights):
        raise ValueError(f"A feeling is {len(EMOTION_NAMES)} numbers from 0 to 1.")
    if not any(weights):
        return replace(ABSTAINED, source=source)
    return _named(tuple(float(weight) for weight in weights), source)


@lru_cache(maxsize=1024)
def parse(text: str) -> EmotionReading:
    """The feeling a description asks for; weights lie in [0, 1]. Only the first `MAX_CHARS` characters count."""
    plain = text[:MAX_CHARS].lower().replace("’", "'")
    felt = list(_feelings(plain))
    if felt and not all(feeling.voicing or feeling.manner for feeling in felt):
        return _named(_blend(felt), "lexicon")
    guessed = _guess(plain, _SURE if felt else _LIKELY)
    if guessed is not None:
        return _named(guessed, "ngrams")
    return _named(_blend(felt), "lexicon") if felt else ABSTAINED


def _named(vector: tuple[float, ...], source: Source) -> EmotionReading:
    style = EMOTION_NAMES[max(range(len(vector)), key=vector.__getitem__)]
    return EmotionReading(vector, style, abstained=False, source=source)


def _guess(text: str, least: float) -> tuple[float, ...] | None:
    """What the linear reader makes of a text, None where its best guess is less likely than `least` or nothing."""
    shares = bundled().probabilities(text)
    best = int(np.argmax(shares))
    if CLASSES[best] == "none" or shares[best] < least:
        return None
    if _NEGATED.search(text):
        return _weights(_OPPOSED["HANFDMSC"[best]])
    scaled = shares[: len(EMOTION_NAMES)] * (_GUESSED_WEIGHT / shares[best])
    return tuple(round(float(share), 4) if share >= _FAINT else 0.0 for share in scaled)


def plain_words(name: str) -> tuple[str, ...]:
    """The words of the lexicon that name this style and little else."""
    letter = "HANFDMSC"[EMOTION_NAMES.index(name)]
    return tuple(word for word, code in _LEXICON.items() if re.fullmatch(rf"{letter}[5-9]([A-Z][1-3])?", code))


@lru_cache(maxsize=1024)
def names_feeling(text: str) -> bool:
    """Whether the lexicon finds a feeling, or a way to use the voice, in a description."""
    return next(_feelings(text[:MAX_CHARS].lower().replace("’", "'")), None) is not None


def names_only_feeling(text: str) -> bool:
    """Whether there is nothing in a description but feelings, their degrees and what joins them."""
    return names_feeling(text) and re.fullmatch(r"[ ,，、地得的着了说道-]*", _TOKEN.sub("", text.lower())) is not None


def _feelings(text: str) -> Iterator[_Feeling]:
    """The feelings named, with degrees, negation and accents applied; a comma ends what these apply to."""
    scope = _Scope()
    end = 0
    felt = False
    for match in _TOKEN.finditer(text):
        term = match.group()
        if re.search(r"[,.;，。；、]", text[end : match.start()]):
            scope = _Scope()
        end = match.end()
        if term in _LEXICON:
            yield _feeling(term, scope)
            felt, scope = True, _Scope()
        elif term in _DEGREE:
            scope.degree *= _DEGREE[term]
        elif term in _NEGATIONS:
            scope.negated = not scope.negated
        elif term in _ACCENTS:
            scope.accent = felt
        elif term in _COORDINATED:
            scope.equal = True


def _feeling(term: str, scope: _Scope) -> _Feeling:
    """A negated feeling is its mild opposite, whatever its degree."""
    code = _LEXICON[term]
    factor = (1.0 if scope.negated else scope.degree) * (_ACCENT_WEIGHT if scope.accent else 1.0)
    weights = _weights(_OPPOSED[code[0]] if scope.negated else code)
    voicing = term in _VOICINGS and not (scope.accent or scope.equal or scope.negated)
    manner = code == "C6" and not scope.negated
    return _Feeling(tuple(weight * factor for weight in weights), voicing, scope.accent, manner)


def _blend(felt: list[_Feeling]) -> tuple[float, ...]:
    """The strongest of each dimension; voicings and calm give way to feelings; no weight passes 1."""
    mixed = any(not (feeling.voicing or feeling.accent) for feeling in felt)
    scaled = [
        tuple(weight * (_VOICING_WEIGHT if feeling.voicing and mixed else 1.0) for weight in feeling.weights)
        for feeling in felt
    ]
    strongest = [max(weights) for weights in zip(*scaled, strict=True)]
    calm = _DIMENSIONS["C"]
    if max(strongest[:calm]) > 0.0 and any(weights[calm] == max(weights) for weights in scaled):
        strongest[calm] *= _MANNER_WEIGHT
    return tuple(round(min(1.0, weight), 4) for weight in strongest)
