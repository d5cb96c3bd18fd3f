"""How much text a time holds, in syllables: what a translator is told, and what it is told when its line was too long. Pure."""

from __future__ import annotations

import re

SYLLABLES_PER_S = 4.5
"""Of unhurried speech; once a line was spoken, its own pace takes this number's place."""
LEAST_SYLLABLES = 2
_LATIN = re.compile(r"[A-Za-zÀ-ɏ']+")
_VOWELS = re.compile(r"[aeiouyà-öø-ÿ]+", re.IGNORECASE)
_DIGITS = re.compile(r"\d")


def syllables(text: str) -> int:
    """About how many syllables a text has: a Chinese character or Japanese kana is one, a group of vowels is one."""
    count = sum(
        1
        for char in text
        if "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"
    )
    for word in _LATIN.findall(text):
        groups = len(_VOWELS.findall(word))
        silent = word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1
        count += max(1, groups - silent)
    return count + len(_DIGITS.findall(text))


def budget(room_s: float, *, spoken: str = "", took_s: float = 0.0) -> int:
    """Syllables that are said in `room_s`, at the pace of a line that was spoken if there is one."""
    pace = syllables(spoken) / took_s if took_s > 0 and spoken else SYLLABLES_PER_S
    return max(LEAST_SYLLABLES, int(room_s * pace))
