"""Single letters: A is a letter where no article can stand."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import words_of

RULES = Rules()


@RULES.rule(
    r"(?<![A-Za-z'])a(?=\s?(?:[=<>≤≥≠*/^²³+]|- |!=))|(?<=[=<>+*/^-] )a(?=$|[,;.:)]|\s[-+=*/])|(?<=[=<>+*/^])a(?=$|[\s,;.:)])|(?<=\()a(?=[,)])|(?<![A-Za-z'\d)])a(?=\) )|(?<![A-Za-z\x27])a(?=[一-鿿]| (?:is|equals|plus|minus|times|squared)\b)"
)
def _variable(_context: Context, match: re.Match[str]) -> Found:
    """a == b: a name, no article."""
    return Found(match.end(), (Part(match.start(), match.end(), " A ", letter=True),))


@RULES.rule(r"(?<![A-Za-z0-9'’.])[A-Z](?![A-Za-z'’])")
def _letter(context: Context, match: re.Match[str]) -> Found | None:
    """A where no article can stand: behind a noun that letters number, before a mark, among Chinese characters."""
    if match.group() != "A":
        return Found(match.end(), (Part(match.start(), match.end(), match.group(), letter=match.group() != "I"),))
    before, after = context.before(match.start()), context.after(match.end())
    last = pattern(r"([A-Za-z']+)[ -]$").search(before)
    inside = last is not None and not pattern(r"[.!?:\"“\n]\s*$").search(before)
    closes = pattern(r"\s*(?:$|[.,;:!?)\]，。；：！？）])").match(after) is not None
    is_letter = (
        bool(pattern(r"[一-鿿\d]\s?$").search(before))
        or bool(pattern(r"\s?[一-鿿]|[-+/&]|\d").match(after))
        or before[-1:] in {"&", "/", "+", "-"}
        or closes
        or bool(pattern(r" (?:[B-Z]\b|is\b|and [B-Z]\b|or [B-Z]\b|to Z\b)").match(after))
        or bool(pattern(r"\b[B-Z] (?:and |or )?$").search(before))
        or (last is not None and last[1].lower() in words_of("letter_nouns"))
        or (inside and not last[1].isupper() and not pattern(r" [A-Z]").match(after) if last is not None else False)
    )
    return Found(match.end(), (Part(match.start(), match.end(), "A", letter=True),)) if is_letter else None
