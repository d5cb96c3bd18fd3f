"""A run of Chinese characters to syllables: readings in context, then tone sandhi.

Words are found by the fewest-words path through pypinyin's phrase table and our own lists, for a
character's reading depends on its word. Readings the text itself fixes are spoken exactly as given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from oncue.model.text import lexicon
from oncue.model.text.pinyin import SYLLABLES, numbered_pinyin, syllable_phones
from oncue.model.text.polyphones import fixed_readings, is_bound, is_loose, is_word, reading_alone
from oncue.model.text.tables import rows

__all__ = ["SYLLABLES", "Syllable", "read_run", "syllable_phones"]

READINGS: dict[str, tuple[str, ...]] = {word: tuple(said.split()) for word, said in rows("words.tsv")}
"""Word to numbered pinyin, one syllable a character: neutral tones and readings that a table of characters gets wrong."""
RISING: frozenset[str] = frozenset(word for row in rows("third_tones.tsv") for word in row[0].split())
"""Words of two third tones."""
ALONE: dict[str, str] = {char: said for char, said in rows("alone.tsv")}  # noqa: C416 (rows are lists)
"""Readings of characters that stand as words of their own."""
_LONGEST_WORD = 8
_LONGEST_KEPT = 32
"""Characters of a run that is kept in memory once it was read."""
_DIGITS = frozenset("零〇一二三四五六七八九十百千万亿幺两")
_ORDINAL_BEFORE = _DIGITS | frozenset("第初周期拜月")


@dataclass(frozen=True, slots=True)
class Syllable:
    """One character: its reading in context as a dictionary has it, and as it is spoken here.

    Both are numbered pinyin, both None where no reading is known. `fixed` readings came from the text.
    """

    char: str
    pinyin: str | None
    spoken: str | None
    fixed: bool = False

    @property
    def tone(self) -> int:
        """The tone before sandhi, 0 without a reading."""
        return int(self.pinyin[-1]) if self.pinyin else 0


def known(char: str) -> bool:
    """Whether a reading of a character is known."""
    return _looked_up(char)[0] is not None


def read_run(chars: str, given: tuple[str | None, ...]) -> tuple[Syllable, ...]:
    """Syllables of characters said in one breath; `given[i]` fixes the reading of `chars[i]`."""
    return _read_run(chars, given) if len(chars) <= _LONGEST_KEPT else _read_run.__wrapped__(chars, given)


@lru_cache(maxsize=1024)
def _read_run(chars: str, given: tuple[str | None, ...]) -> tuple[Syllable, ...]:
    groups = segment(chars)
    readings = [reading for group in _readings(groups) for reading in group]
    syllables = [
        Syllable(char, fixed or reading, fixed or reading, fixed is not None)
        for char, reading, fixed in zip(chars, readings, given, strict=True)
    ]
    return tuple(_sandhi(_erhua(syllables), [len(group) for group in groups]))


def segment(chars: str) -> tuple[str, ...]:
    """The split into the fewest words; among equals the one with the longest words."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # words, minus sum of squared lengths, where the last one begins
    for end in range(1, len(chars) + 1):
        best.append(
            min(
                (best[start][0] + 1, best[start][1] - (end - start) ** 2, start)
                for start in range(max(0, end - _LONGEST_WORD), end)
                if end - start == 1
                or (_is_word(chars[start:end]) and not is_bound(chars[start - 1 : start], chars[start]))
            )
        )
    words = []
    end = len(chars)
    while end > 0:
        words.append(chars[best[end][2] : end])
        end = best[end][2]
    return tuple(reversed(words))


def _is_word(chars: str) -> bool:
    """Whether one of the word lists has it: ours, or the library's, whose words hold a character of several readings."""
    return chars in READINGS or is_word(chars) or (_in_table(chars) and not is_loose(chars))


def _in_table(word: str) -> bool:
    """Whether the library's table of words has it, or our own list of words of two third tones."""
    return word in lexicon.phrases_from(word[0]) or word in RISING


def _readings(groups: Sequence[str]) -> list[tuple[str | None, ...]]:
    """The readings of each word; a character that is a word of its own is read by all that stands beside it."""
    chars = "".join(groups)
    readings: list[tuple[str | None, ...]] = []
    start = 0
    for group in groups:
        end = start + len(group)
        if group in READINGS:
            readings.append(READINGS[group])
        elif len(group) == 1:
            alone = reading_alone(group, chars[:start], chars[end:]) or ALONE.get(group)
            readings.append((alone,) if alone else _looked_up(group))
        else:
            readings.append(_word_reading(group))
        start = end
    return readings


def _word_reading(word: str) -> tuple[str | None, ...]:
    """A word's reading: what our list fixes, then the table's phrase, or each character as it is read alone."""
    fixed = fixed_readings(word)
    usual: dict[str, str] = {} if _in_table(word) else ALONE
    return tuple(
        fixed.get(char) or usual.get(char) or found for char, found in zip(word, _looked_up(word), strict=True)
    )


@lru_cache(maxsize=8192)
def _looked_up(group: str) -> tuple[str | None, ...]:
    """The table's reading; 一 and 不 with their own tones, which its phrases give as spoken."""
    written = lexicon.phrases_from(group[0]).get(group) if len(group) > 1 else None
    found = written.split() if written else [lexicon.characters().get(char) for char in group]
    plain = []
    for char, syllable in zip(group, found, strict=True):
        pinyin = numbered_pinyin(syllable) if syllable else None
        citation = {"一": "yi1", "不": "bu4"}.get(char)
        plain.append(citation if citation and pinyin and pinyin[-1] != "5" else pinyin)
    return tuple(plain)


def _erhua(syllables: Sequence[Syllable]) -> list[Syllable]:
    """儿 at the end of a word is neutral, unless our lexicon keeps its tone (女儿, 儿子)."""
    softened = list(syllables)
    for index in range(1, len(softened)):
        pair = softened[index - 1].char + softened[index].char
        follows = pair[1] + (softened[index + 1].char if index + 1 < len(softened) else "")
        keeps = READINGS.get(pair, ("", ""))[1] == "er2" or follows in READINGS
        if pair[1] == "儿" and softened[index].pinyin == "er2" and not keeps and not softened[index].fixed:
            softened[index] = replace(softened[index], pinyin="er5", spoken="er5")
    return softened


def _sandhi(syllables: Sequence[Syllable], sizes: Sequence[int]) -> list[Syllable]:
    """The rules of the standard language: 一 and 不 by what follows, third tones by words and then feet."""
    tones = [syllable.tone for syllable in syllables]
    for index, syllable in enumerate(syllables):
        if syllable.char == "一" and tones[index] == 1:
            tones[index] = _yi(syllables, index)
        if syllable.char == "不" and tones[index] == 4:
            tones[index] = _bu(syllables, index)
    _third_tones(tones, sizes, syllables)
    return [
        syllable if syllable.fixed or not syllable.pinyin else replace(syllable, spoken=f"{syllable.pinyin[:-1]}{tone}")
        for syllable, tone in zip(syllables, tones, strict=True)
    ]


def _beside(syllables: Sequence[Syllable], index: int) -> tuple[str, str]:
    before = syllables[index - 1].char if index else ""
    after = syllables[index + 1].char if index + 1 < len(syllables) else ""
    return before, after


def _yi(syllables: Sequence[Syllable], index: int) -> int:
    """一 keeps its tone as an ordinal, in a string of digits and at the end; 看一看 makes it neutral."""
    before, after = _beside(syllables, index)
    counts = before in _ORDINAL_BEFORE
    if not after or counts or after in {"月", "号"} or after in _DIGITS - frozenset("百千万亿"):
        return 1
    if before == after:
        return 5
    follows = syllables[index + 1]
    return 2 if follows.tone == 4 or after == "个" else 4


def _bu(syllables: Sequence[Syllable], index: int) -> int:
    """不 rises before a fourth tone; 好不好 makes it neutral."""
    before, after = _beside(syllables, index)
    if after and before == after:
        return 5
    return 2 if after and syllables[index + 1].tone == 4 else 4


def _third_tones(tones: list[int], sizes: Sequence[int], syllables: Sequence[Syllable]) -> None:
    """In place: 3 3 becomes 2 3 inside each word, then across words in feet of two (three at the end)."""
    start = 0
    for size in sizes:
        prefixed = size == 3 and syllables[start].char in "小老大"
        for index in range(start + (1 if prefixed else 0), start + size - 1):
            if tones[index] == tones[index + 1] == 3 and not (size == 4 and index == start + 1):
                tones[index] = 2
        start += size
    start = 0
    while start < len(tones):
        end = start
        while end < len(tones) and tones[end] == 3:
            end += 1
        _feet(tones, start, end)
        start = max(end, start + 1)


def _feet(tones: list[int], start: int, end: int) -> None:
    """In place: within a run of third tones [start, end) only the last of each foot stays third."""
    while end - start >= 2:
        foot = end - start if end - start <= 3 else 2
        tones[start : start + foot - 1] = [2] * (foot - 1)
        start += foot
