"""Traditional characters as the simplified ones that are read like them, one for one, so that places stay what they are.

Only for looking words up: what is shown stays as it was written. A few characters are both, and their neighbours decide.
"""

from __future__ import annotations

import re
from functools import cache

from oncue.model.text.tables import rows

_ALSO_SIMPLIFIED = re.compile("乾(?=[坤隆卦元龙龍清])|瞭(?=望)|夥(?=[同够])")
_ZHE = re.compile("(?<![名原巨土编論论專专显顯昭卓译譯遗遺新拙合])著(?![名作者述称稱书書录錄])")
"""著 where it is 着, in a text that has other traditional characters."""


@cache
def _table() -> dict[int, str]:
    return {ord(traditional): simplified for simplified, many in rows("traditional.tsv") for traditional in many}


def simplify(text: str) -> str:
    """The text with every character in its simplified form; as long as before."""
    if text.isascii():
        return text
    simplified = text.translate(_table())
    if simplified == text:
        return text
    kept = {match.start(): match.group() for match in _ALSO_SIMPLIFIED.finditer(text)}
    read = _ZHE.sub("着", simplified)
    return "".join(kept.get(at, char) for at, char in enumerate(read)) if kept else read


@cache
def _readings() -> dict[str, tuple[str, str]]:
    return {char: (reading, other) for char, reading, other in rows("traditional_readings.tsv")}


def told_reading(char: str, after: str) -> str | None:
    """The pinyin of a traditional character whose simplified one has several; None where it tells nothing."""
    found = _readings().get(char)
    return found[0] if found is not None and not (after and after in found[1]) else None
