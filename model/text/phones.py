"""The phone inventory: every sound the front-end may write and a decoder may be asked to say.

English phones are ARPAbet in upper case, Mandarin phones are pinyin initials and finals in lower
case, so no symbol means two things. Tone and stress are a second field, never part of the symbol.
This file knows no text and no network.
"""

from __future__ import annotations


def _symbols(line: str) -> tuple[str, ...]:
    return tuple(line.split())


ENGLISH_VOWELS = _symbols("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW")
ENGLISH_CONSONANTS = _symbols("B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH")
MANDARIN_INITIALS = _symbols("b p m f d t n l g k h j q x zh ch sh r z c s")
# "ii" is the apical vowel of zi ci si, "iii" that of zhi chi shi ri; "v" is ü.
MANDARIN_FINALS = (
    *_symbols("a o e ea ai ei ao ou an en ang eng ong er"),
    *_symbols("i ii iii ia ie iao iou ian in iang ing iong"),
    *_symbols("u ua uo uai uei uan uen uang ueng"),
    *_symbols("v ve van vn"),
)
PAUSES = (",", ".", "?", "!")
"""Pauses are written by the mark that made them; a line always ends with one of the last three."""

SYMBOLS: tuple[str, ...] = (
    "<pad>",
    *PAUSES,
    *ENGLISH_VOWELS,
    *ENGLISH_CONSONANTS,
    *MANDARIN_INITIALS,
    *MANDARIN_FINALS,
)
INDEX: dict[str, int] = {symbol: index for index, symbol in enumerate(SYMBOLS)}

NO_TONE = 0
MANDARIN_TONES = (1, 2, 3, 4, 5)
"""Field values 1 to 5 are the Mandarin tones on finals, 5 the neutral one."""
STRESS_BASE = 6
"""Field values 6, 7 and 8 are English stress 0, 1 and 2 on vowels (CMUdict's digits)."""
NUM_TONES = 9


def kind_of(symbol: str) -> str:
    """One of pause, vowel, sonorant, fricative, stop: the classes that stretch differently."""
    if symbol in PAUSES:
        return "pause"
    if symbol in ENGLISH_VOWELS or symbol in MANDARIN_FINALS:
        return "vowel"
    if symbol in {"M", "N", "NG", "L", "R", "W", "Y", "m", "n", "l", "r"}:
        return "sonorant"
    if symbol in {"DH", "F", "HH", "S", "SH", "TH", "V", "Z", "ZH", "f", "h", "x", "sh", "s"}:
        return "fricative"
    return "stop"


ELASTICITY: dict[str, float] = {"pause": 1.78, "vowel": 1.35, "sonorant": 0.65, "fricative": 0.63, "stop": 0.58}
"""Exponents e of d ∝ ratio^e, measured on the teacher at 175 and 230 words a minute (201 phones)."""
