"""English words that are written alike and said apart: read, live, record, wind. Neighbours tell which.

For some a table says which neighbours go with which reading (`heteronyms.tsv`); pairs of a noun and a verb that only
differ in stress or in a weak ending follow from whether a verb can stand there. Nothing is parsed, and where no cue
speaks the commoner reading wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows

_NEAR = 6
"""Words on each side that are looked at."""


class _Rule(NamedTuple):
    """A reading and the words it stands between."""

    said: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None


class _Table(NamedTuple):
    rules: Mapping[str, Sequence[Sequence[str]]]
    """As they are written: reading, before, after."""
    sets: Mapping[str, frozenset[str]]


@cache
def _table() -> _Table:
    """The rules of each word in their order, and the named sets of words."""
    rules: dict[str, list[list[str]]] = {}
    sets: dict[str, frozenset[str]] = {}
    for word, *columns in rows("heteronyms.tsv"):
        if word.startswith("="):
            sets[word[1:]] = frozenset(columns[0].split())
            continue
        for each in word.split():
            rules.setdefault(each, []).append(columns)
    return _Table(rules, sets)


@cache
def _rules(word: str) -> tuple[_Rule, ...]:
    """The rules of a word that has some; their patterns are made when it is first met."""
    rules, sets = [], _table().sets
    for said, before, after in _table().rules[word]:
        left = None if before == "." else re.compile(rf"(?:{_with_sets(before, sets)}) $")
        right = None if after == "." else re.compile(_with_sets(after, sets) + ("" if "(?!" in after else r"(?![\w'])"))
        rules.append(_Rule(said, left, right))
    return tuple(rules)


def _with_sets(expression: str, sets: Mapping[str, frozenset[str]]) -> str:
    """An expression with named sets written out as alternatives, whole words only."""
    written = pattern(r"<([A-Z]+)>").sub(
        lambda name: "|".join(sorted(map(re.escape, sets[name[1]]), key=len, reverse=True)), expression
    )
    return rf"(?<![\w'])(?:{written})"


def pronounce(words: Sequence[str], index: int, variants: Callable[[str], Sequence[str]]) -> str | None:
    """ARPAbet of words[index] by its neighbours, None when it has one reading only.

    `variants` gives the readings the dictionary has of a lower-case word, the first one first.
    """
    word = words[index].lower()
    table = _table()
    if word not in table.rules and word not in table.sets["STRESS"] and word not in table.sets["ATE"]:
        return None
    before = [other.lower() for other in words[max(0, index - _NEAR) : index]]
    after = [other.lower() for other in words[index + 1 : index + 1 + _NEAR]]
    if word in table.rules:
        left, right = " ".join(["", *before, ""]), " ".join(after)
        return next((rule.said for rule in _rules(word) if _stands(rule, left, right)), None)
    verb = _is_verb(before, after)
    wanted = _stressed_behind if word in table.sets["STRESS"] else _full_ending
    return next((said for said in variants(word) if wanted(said) == verb), None)


def _stands(rule: _Rule, before: str, after: str) -> bool:
    return (rule.before is None or rule.before.search(before) is not None) and (
        rule.after is None or rule.after.match(after) is not None
    )


def _is_verb(before: Sequence[str], after: Sequence[str]) -> bool:
    """A verb behind to, an auxiliary or a subject, or at the front with an object behind it."""
    sets = _table().sets
    adverb = len(before) > 1 and before[-1] in sets["ADVERBS"]
    if adverb:
        before = before[:-1]
    objects = bool(after) and after[0] in sets["OBJECTS"]
    if not before:
        return objects
    if before[-1] in sets["DETERMINERS"]:
        return False
    if before[-1] in sets["VERB"] or (objects and before[-1] not in sets["PREPOSITIONS"]):
        return True
    return bool(after) and _plural_subject(before) and (adverb or after[0] not in sets["NO_OBJECTS"])


def _plural_subject(before: Sequence[str]) -> bool:
    """Whether a sentence begins with who does it: farmers, the companies."""
    return (
        bool(pattern(r"[a-z]{3,}(?<![su'i])s").fullmatch(before[-1]))
        and (len(before) == 1 or (len(before) == 2 and before[0] in _table().sets["DETERMINERS"]))
        and before[-1] not in _table().sets["NO_SUBJECTS"]
    )


def _stressed_behind(said: str) -> bool:
    """Whether the main stress is not on the first vowel."""
    stresses = pattern(r"\d").findall(said)
    return "1" in stresses and stresses.index("1") > 0


def _full_ending(said: str) -> bool:
    """Whether it ends in EY T."""
    return bool(pattern(r"EY\d T$").search(said))
