"""Pinyin spelling: a syllable as written to its initial and final, and tone marks to tone numbers.

One set of rules covers every syllable a dictionary can write, zero initials and interjections
included. This file knows no characters and no context; that is `mandarin.py`.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from oncue.model.text.phones import MANDARIN_FINALS, MANDARIN_INITIALS, MANDARIN_TONES, NO_TONE
from oncue.model.text.tables import rows

SYLLABLES: tuple[str, ...] = tuple(syllable for row in rows("syllables.tsv") for syllable in row[0].split())
"""Every toneless syllable `syllable_phones` maps, as dictionaries spell it (v for ü after n and l)."""

_WHOLE = {
    "a": "a", "o": "o", "e": "e", "ê": "ea", "er": "er", "r": "er",
    # Interjections without a vowel borrow the nearest syllable that has one.
    "m": "m u", "n": "en", "ng": "eng", "hm": "h en", "hng": "h eng",
    "yi": "i", "yin": "in", "ying": "ing", "yo": "iou", "yai": "ia", "you": "iou", "yong": "iong",
    "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn",
    "wu": "u", "wo": "uo", "wei": "uei", "wen": "uen", "weng": "ueng", "wong": "ueng",
}  # fmt: skip
_SHORT_FINALS = {"iu": "iou", "ui": "uei", "un": "uen", "ue": "ve"}
_MARKS = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0306": 3, "\u0300": 4}
_LONGEST_SYLLABLE = 6


def _final_after(initial: str, final: str) -> str:
    """The full final behind an initial, from its abbreviated spelling."""
    if final == "i" and initial in {"z", "c", "s"}:
        return "ii"
    if final == "i" and initial in {"zh", "ch", "sh", "r"}:
        return "iii"
    if initial in {"j", "q", "x"} and final.startswith("u"):
        return "v" + final[1:]
    return _SHORT_FINALS.get(final, final)


@cache
def _split(syllable: str) -> tuple[str, ...]:
    """Initial and final symbols of a toneless syllable, or () when it is none."""
    if syllable in _WHOLE:
        return tuple(_WHOLE[syllable].split())
    if syllable[:1] == "y":
        parts: tuple[str, ...] = ("i" + syllable[1:],)
    elif syllable[:1] == "w":
        parts = ("u" + syllable[1:],)
    elif syllable[:2] in {"zh", "ch", "sh"}:
        parts = (syllable[:2], _final_after(syllable[:2], syllable[2:]))
    elif syllable[:1] in MANDARIN_INITIALS:
        parts = (syllable[:1], _final_after(syllable[:1], syllable[1:]))
    else:
        parts = (syllable,)
    return parts if parts[-1] in MANDARIN_FINALS else ()


@cache
def syllable_phones(pinyin: str) -> tuple[tuple[str, int], ...]:
    """(symbol, tone) pairs of one syllable: "hang2" is (("h", 0), ("ang", 2)); no digit means tone 5.

    The tone stands on the final. Raises ValueError when the syllable is not in `SYLLABLES`.
    """
    numbered = numbered_pinyin(pinyin)
    if numbered is None:
        raise ValueError(f"{pinyin[:12]!r} is not a pinyin syllable with a tone from 1 to 5.")
    symbols = _split(numbered[:-1])
    return tuple((symbol, int(numbered[-1]) if symbol in MANDARIN_FINALS else NO_TONE) for symbol in symbols)


@cache
def numbered_pinyin(written: str) -> str | None:
    """One syllable in any usual spelling (dǎ, da3, DA3, lü4, lu:4) as "da3"; None when it is no syllable."""
    base, tone = _strip_mark(written.strip().lower())
    base = base.replace("u:", "v").replace("ü", "v")
    if base[-1:].isdigit() and base[-1:].isascii():
        if tone:
            return None
        base, tone = base[:-1], int(base[-1]) or 5
    spelled = _usual(base)
    if spelled is None or (tone or 5) not in MANDARIN_TONES:
        return None
    return f"{spelled}{tone or 5}"


def _usual(base: str) -> str | None:
    """The spelling `SYLLABLES` uses: lue is lve, jv is ju, r is er."""
    if base in _KNOWN:
        return base
    respelled = {"lue": "lve", "nue": "nve", "r": "er", "ea": "ê", "eh": "ê"}.get(base)
    if respelled is None and base[:1] in {"j", "q", "x", "y"}:
        respelled = base.replace("v", "u")
    return respelled if respelled in _KNOWN else None


def _strip_mark(written: str) -> tuple[str, int]:
    """Remove the tone mark of a syllable; the tone is 0 where there is none."""
    tone = 0
    kept = []
    for char in unicodedata.normalize("NFD", written):
        if char in _MARKS:
            tone = _MARKS[char]
        else:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).replace("ɡ", "g"), tone


def split_pinyin(run: str) -> tuple[str, ...] | None:
    """A run of syllables written together or apart ("dǎ yìn", "dǎyìn", "da3yin4", "xi'an1") as numbered ones.

    Spaces, hyphens and apostrophes divide; elsewhere the reading with the fewest syllables wins.
    Returns None when the run cannot be read whole.
    """
    for mark in "'’-·":
        run = run.replace(mark, " ")
    found: list[str] = []
    for piece in run.split():
        syllables = _split_piece(unicodedata.normalize("NFC", piece))
        if syllables is None:
            return None
        found.extend(syllables)
    return tuple(found) or None


def _split_piece(piece: str) -> tuple[str, ...] | None:
    """The shortest list of syllables that spells the piece, by dynamic programming over its prefixes."""
    best: list[tuple[str, ...] | None] = [()] + [None] * len(piece)
    for end in range(1, len(piece) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE - 2), end):
            before = best[start]
            syllable = numbered_pinyin(piece[start:end]) if before is not None else None
            if before is None or syllable is None:
                continue
            shortest = best[end]
            if shortest is None or len(before) + 1 < len(shortest):
                best[end] = (*before, syllable)
    return best[len(piece)]


_KNOWN = frozenset(SYLLABLES)
