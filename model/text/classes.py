"""What numbers, signs, abbreviations and codes are, and the words that say them.

Text is looked through once, from left to right. Wherever something stands that is not said as it is written, the rules
are asked in order, and the first that knows what it is, by its form and by the words around it, says it. Rules stand
in `numbers/` and `spellings/`, a file for each kind, and in `sign_rules.py`, by what they begin with. What the user's dictionary or the text
itself has pronounced is not looked at any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from oncue.model.text.glyphs import is_hanzi
from oncue.model.text.patterns import LatePattern, pattern

Digits = Literal["auto", "cardinal", "digits"]
"""How numbers are read: by what they are, always as numbers, always digit by digit."""


@dataclass(frozen=True, slots=True)
class Part:
    """Words for the characters [start, end) of the text; `letter` where they are names of letters."""

    start: int
    end: int
    said: str
    letter: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """An expression that ends before `end` and the words for it, in order; what no part covers is not said."""

    end: int
    parts: tuple[Part, ...]


@dataclass(slots=True)
class Context:
    """A text being looked through."""

    text: str
    language: str
    digits: Digits = "auto"
    _has_hanzi: bool = field(init=False)

    def __post_init__(self) -> None:
        self._has_hanzi = any(map(is_hanzi, self.text))

    def before(self, at: int, chars: int = 40) -> str:
        """What leads up to a place."""
        return self.text[max(0, at - chars) : at]

    def after(self, at: int, chars: int = 40) -> str:
        """What follows a place."""
        return self.text[at : at + chars]

    def is_chinese(self, start: int, end: int) -> bool:
        """Whether the expression [start, end) is said in Chinese: as declared, or as its neighbours are.

        It is English where the nearest letters on both sides, as far as there are any, are Latin, and, in a text that
        has Chinese too, where a word stands among them.
        """
        if self.language in {"zh", "en"}:
            return self.language == "zh"
        left = pattern(r"[^\W\d_][^一-鿿]{0,40}$").search(self.before(start, 60))
        before = left.group() if left else ""
        after = self.after(end, 60)
        first = next((char for char in after if char.isalpha()), "")
        neighbours = [char for char in (_last_letter(before), first) if char]
        if not neighbours:
            return self._has_hanzi or pattern("[A-Za-z]").search(self.text[start:end]) is None
        if any(map(is_hanzi, neighbours)):
            return True
        if not self._has_hanzi:
            return False
        latin = pattern(r"[一-鿿]").split(self.before(start))[-1] + " " + pattern(r"[一-鿿]").split(after)[0]
        return _ENGLISH.search(latin) is None


_ENGLISH = re.compile(
    r"[a-z]{3}|\bI\b|\b(?:is|am|in|on|at|to|of|or|by|my|we|he|it|no|so|up|an|as|be|do|go|if|me|us)\b|[A-Za-z]'[a-z]"
)
"""What is a word of English among Chinese: not mere letters, as QQ and GB are."""


def _last_letter(text: str) -> str:
    return next((char for char in reversed(text) if char.isalpha()), "")


Say = Callable[[Context, "re.Match[str]"], Found | None]
_Rule = tuple[LatePattern, Say]


class Rules:
    """Rules that are asked in the order in which they were written."""

    def __init__(self, *several: Rules) -> None:
        """No rules yet, or those of several one after another, as they are now."""
        self._rules: list[_Rule] = [rule for rules in several for rule in rules]

    def __iter__(self) -> Iterator[_Rule]:
        return iter(self._rules)

    def rule(self, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> Callable[[Say], Say]:
        """Register a function for what matches a pattern; it answers None if the words around say otherwise."""
        begins = LatePattern(pattern, flags)

        def register(say: Say) -> Say:
            self._rules.append((begins, say))
            return say

        return register

    def make(self) -> None:
        """Make all patterns now."""
        for begins, _ in self._rules:
            begins.make()

    def find(self, context: Context, at: int) -> Found | None:
        """The words for what begins at a place."""
        for begins, say in self._rules:
            match = begins.match(context.text, at)
            if match is not None and (found := say(context, match)) is not None:
                return found
        return None


def whole(match: re.Match[str], said: str, *, end: int | None = None) -> Found:
    """All of a match said by some words."""
    stop = match.end() if end is None else end
    return Found(stop, (Part(match.start(), stop, said),))
