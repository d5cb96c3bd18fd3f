"""Technical words that have a reading of their own, from `spoken.tsv`: iOS, C#, JSON."""

from __future__ import annotations

import re
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules
from oncue.model.text.tables import rows

RULES = Rules()


@cache
def spoken_words() -> dict[str, str]:
    """Technical words and how they are said."""
    return dict(rows("spoken.tsv"))


@cache
def _spoken_pattern() -> re.Pattern[str]:
    forms = sorted(map(re.escape, spoken_words()), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(forms)})(?![A-Za-z#]|\+\+)(?:(?<=[A-Za-z]{{3}})|(?![0-9]))")


@RULES.rule(r"[A-Za-z](?=[A-Za-z#&/-])")
def _technical(context: Context, match: re.Match[str]) -> Found | None:
    found = _spoken_pattern().match(context.text, match.start())
    if found is None:
        return None
    parts = [
        Part(found.start(), found.end(), f" {word} ", letter=len(word) == 1)
        for word in spoken_words()[found.group()].split()
    ]
    return Found(found.end(), tuple(parts))
