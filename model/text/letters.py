"""Letter-to-sound rules for English words no dictionary knows: names, coinages, handles.

One ordered table of spellings in context gives the phones, a suffix rule places the stress, and
unstressed short vowels weaken. It aims at a plausible reading, not at the one its owner would give.
"""

from __future__ import annotations

import re
from functools import cache

from oncue.model.text.patterns import pattern
from oncue.model.text.phones import ENGLISH_VOWELS
from oncue.model.text.tables import rows

_STRESS_BEFORE = re.compile(r"(tion|sion|cian|cial|tial|cious|tious|ic|ics|ical|ity|ian|ial|ify|ogy|ious|eous)$")
_PENULTIMATE = re.compile(r"[aoiu]$")
_WEAKENED = {"AE": "AH", "EH": "AH", "AA": "AH", "UH": "AH"}


@cache
def _rules() -> dict[str, list[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None, tuple[str, ...]]]]:
    """The table by first letter, in its order."""
    rules: dict[str, list[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None, tuple[str, ...]]]] = {}
    for spelling, before, after, phones in rows("letter_sounds.tsv"):
        left = None if before == "." else re.compile(rf"(?:{before})$")
        right = None if after == "." else re.compile(after)
        said = tuple(phone for phone in phones.split() if phone != "-")
        rules.setdefault(spelling[0], []).append((spelling, left, right, said))
    return rules


def guess(word: str) -> str:
    """ARPAbet with stress digits for a lower-case word of ASCII letters; "" when nothing sounds."""
    plain = pattern(r"([bdfgklmnprtvjh])\1").sub(r"\1", word)
    phones = _phones(plain)
    vowels = [index for index, phone in enumerate(phones) if phone in ENGLISH_VOWELS]
    if not vowels:
        return " ".join(phones)
    stressed = vowels[_stressed(plain, len(vowels))]
    return " ".join(_with_stress(phone, index == stressed, len(vowels) > 1) for index, phone in enumerate(phones))


def _phones(word: str) -> list[str]:
    phones: list[str] = []
    at = 0
    while at < len(word):
        taken = 1
        for spelling, left, right, said in _rules().get(word[at], []):
            if not word.startswith(spelling, at):
                continue
            ends = at + len(spelling)
            if (left is None or left.search(word[:at])) and (right is None or right.match(word[ends:])):
                phones.extend(said)
                taken = len(spelling)
                break
        at += taken
    return [phone for index, phone in enumerate(phones) if index == 0 or phone != phones[index - 1]]


def _stressed(word: str, vowels: int) -> int:
    """Which vowel bears the stress, by the word's ending; else the third from the end, or the first."""
    suffix = _STRESS_BEFORE.search(word)
    if suffix is not None:
        return max(0, vowels - 1 - max(1, len(pattern("[aeiouy]+").findall(suffix.group()))))
    if _PENULTIMATE.search(word):
        return max(0, vowels - 2)
    return max(0, vowels - 3)


def _with_stress(phone: str, stressed: bool, weaken: bool) -> str:
    if phone not in ENGLISH_VOWELS:
        return phone
    if stressed:
        return f"{phone}1"
    return f"{_WEAKENED.get(phone, phone) if weaken else phone}0"
