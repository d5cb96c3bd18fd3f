"""From what people type in a chat to what can be read out: links, repetitions, unwanted words, length. Pure.

It changes how a message is read, never who is read when. What is left empty by it is not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_RUN = re.compile(r"(.)\1{3,}")
_ENDS = re.compile(r"[\s,.;:!?，。；：！？、]")


@dataclass(frozen=True, slots=True)
class Wording:
    """How a chat is worded."""

    pattern: str = "{text}"
    """What is read; `{user}` is the name, as in "{user} says: {text}"."""
    longest: int = 200
    """Characters; a longer message is cut at a word."""
    link: str = ""
    """What is read for a link."""
    blocked: frozenset[str] = field(default_factory=frozenset)
    """Words, without regard to case; a message that has one is not read."""

    def text_of(self, user: str, text: str) -> str:
        """What to read, or "" for nothing."""
        plain = _plain(_LINK.sub(f" {self.link} ", text))
        if not any(char.isalnum() for char in plain) or self._unwanted(plain) or self._unwanted(user):
            return ""
        cut = _cut(plain, self.longest)
        # Not str.format: a message is not to be read as a pattern, and a name may hold braces.
        return re.sub(r"\{user\}|\{text\}", lambda found: _name(user) if found[0] == "{user}" else cut, self.pattern)

    def _unwanted(self, text: str) -> bool:
        folded = unicodedata.normalize("NFKC", text).casefold()
        return any(_holds(folded, word) for word in self.blocked)


def blocked_words(lines: Iterable[str]) -> frozenset[str]:
    """Words of a file, one on each line; `#` begins a remark."""
    words = (unicodedata.normalize("NFKC", line.partition("#")[0]).strip().casefold() for line in lines)
    return frozenset(word for word in words if word)


def without_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text without characters `first` to `last` of each span, such as emotes."""
    drop = {index for first, last in spans for index in range(first, min(last, len(text) - 1) + 1)}
    return "".join(char for index, char in enumerate(text) if index not in drop)


def _plain(text: str) -> str:
    """No control characters, no line breaks, no endless repetition."""
    kept = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    kept = "".join(char for char in kept if unicodedata.category(char) not in {"Cf", "Cs", "Co", "Cn"})
    return _SPACES.sub(" ", _RUN.sub(r"\1\1\1", kept)).strip()


def _name(user: str) -> str:
    return _plain(user.replace("_", " "))[:40] or "?"


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    head = text[:longest]
    ends = [found.start() for found in _ENDS.finditer(head)]
    return (head[: ends[-1]] if ends and ends[-1] > longest // 2 else head).rstrip()


def _holds(folded: str, word: str) -> bool:
    """As a whole word where the script has spaces, anywhere where it has none."""
    if any(char > "\u2e80" for char in word):
        return word in folded
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded) is not None
