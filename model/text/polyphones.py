"""Characters of several readings: the words that fix one, and what stands beside a character that is a word itself.

The words stand in `polywords.tsv` and go before the phrase table of the pronouncing library, whose readings of some of
them are rare ones; the rules, in `polyphones.tsv`, are for what no dictionary holds. How a run divides into words is
`mandarin.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BOUND = {
    "种": "一二两三四五六七八九十百千万几多这那哪各每某此何",
    "着": "站坐躺看听说拿望盯笑哭走等跟抱戴开闭忙想带捧举低抬睁跪守陪围靠对朝向指追推拉握拎提扛踩骑顶盖堆挂放摆写",
    "应": "答",
    "为": "因",
    "累": "积劳连拖",
    "外": "格另此额意",
    "间": "中房之期时空人夜日晚午乡民车区瞬世林山田腰其凡",
}
"""Characters that end a word, each with those it goes with."""
_LOOSE = _set("三行 和了 得了 不了 了了 一行 看着 背着 图卷 越着 好学 落下 重装 一着")
"""What a dictionary may call a word although what stands beside it decides its reading."""


class _Rule(NamedTuple):
    """A reading and the contexts it holds in."""

    reading: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None


@cache
def _written() -> dict[str, list[list[str]]]:
    """The rules of each character as they are written, in their order: reading, before, after."""
    rules: dict[str, list[list[str]]] = {}
    named: dict[str, str] = {}
    for char, *columns in rows("polyphones.tsv"):
        if char.startswith("="):
            named[f"<{char[1:]}>"] = columns[0]
        else:
            rules.setdefault(char, []).append([_with_parts(column, named) for column in columns])
    return rules


@cache
def _rules(char: str) -> tuple[_Rule, ...]:
    """The rules of a character, whose patterns are made when it is first met: all of them take a tenth of a second."""
    rules = []
    for reading, before, after in _written().get(char, ()):
        left = None if before == "." else re.compile(before if before.endswith("$") else rf"(?:{before})$")
        rules.append(_Rule(reading, left, None if after == "." else re.compile(after)))
    return tuple(rules)


def _with_parts(expression: str, named: Mapping[str, str]) -> str:
    """An expression with its named parts written out."""
    return pattern(r"<[A-Z]+>").sub(lambda name: named[name.group()], expression)


def reading_alone(char: str, before: str, after: str) -> str | None:
    """The numbered pinyin of a character that is a word of its own, by its neighbours; None where no rule says.

    `before` and `after` are the characters on both sides up to the next pause. The first rule that fits decides.
    """
    for rule in _rules(char):
        if (rule.before is None or rule.before.search(before)) and (rule.after is None or rule.after.match(after)):
            return rule.reading
    return None


@cache
def _words() -> dict[str, dict[str, str]]:
    """Word to the readings of the characters it fixes."""
    words: dict[str, dict[str, str]] = {}
    for char, reading, listed in rows("polywords.tsv"):
        for word in listed.split():
            words.setdefault(word, {})[char] = reading
    return words


def is_word(word: str) -> bool:
    """Whether the word fixes the reading of one of its characters."""
    return word in _words()


def is_loose(word: str) -> bool:
    """Whether the rules must read the characters of the word one by one, whatever a dictionary says."""
    return word in _LOOSE


def is_bound(before: str, char: str) -> bool:
    """Whether `char` belongs to the character before it, so that no word begins with it: 三种|花, 站着|想."""
    return before in _BOUND.get(char, "") if before else False


def fixed_readings(word: str) -> dict[str, str]:
    """Characters of a word whose reading it fixes, each with its numbered pinyin before sandhi."""
    return _words().get(word, {})
