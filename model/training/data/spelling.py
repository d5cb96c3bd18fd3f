"""Units of our front end to the teacher's tokens, one string a unit, so that the teacher's durations are ours.

The teacher reads IPA: English in the dialect of misaki, Mandarin as misaki's `zh` spells pinyin. A space before a word belongs to
the word's first unit. Raises `Unspeakable` for the few units the teacher has no sign for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from oncue.model.text.phones import MANDARIN_INITIALS, PAUSES

Unit = tuple[str, int, int]
"""Symbol, tone, whether a word begins here."""

VOWELS = {
    "AA": "ɑ", "AE": "æ", "AO": "ɔ", "AW": "W", "AY": "I", "EH": "ɛ", "EY": "A", "IH": "ɪ", "IY": "i", "OW": "O",
    "OY": "Y", "UH": "ʊ", "UW": "u",
}  # fmt: skip
CONSONANTS = {
    "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h", "JH": "ʤ", "K": "k", "L": "l", "M": "m",
    "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "V": "v", "W": "w", "Y": "j",
    "Z": "z", "ZH": "ʒ",
}  # fmt: skip
INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
}  # fmt: skip
WEAK = frozenset(
    [
        "DH-AH",
        "AH",
        "AH-N",
        "T-UW",
        "T-IH",
        "T-AH",
        "AH-V",
        "AE-N-D",
        "AH-N-D",
        "IH-N",
        "AA-N",
        "AO-N",
        "AE-T",
        "F-AO-R",
        "F-ER",
        "Y-UW",
        "HH-IY",
        "SH-IY",
        "W-IY",
        "DH-EY",
        "IH-T",
        "IH-Z",
        "AA-R",
        "W-AA-Z",
        "W-ER",
        "B-IY",
        "M-AY",
        "Y-AO-R",
        "HH-IH-Z",
        "HH-ER",
        "AW-R",
        "AA-W-ER",
        "DH-EH-R",
        "DH-AE-T",
        "W-IH-DH",
        "AE-Z",
        "B-AH-T",
        "AO-R",
        "F-R-AH-M",
        "HH-AE-V",
        "HH-AE-Z",
        "HH-AE-D",
        "W-IH-L",
        "W-UH-D",
        "K-AE-N",
        "K-UH-D",
        "SH-UH-D",
        "DH-EH-M",
        "HH-IH-M",
        "AH-S",
        "AY",
    ]
)
"""Words that carry no stress in a sentence, by their phones."""
_STRESS = {7: "ˈ", 8: "ˌ"}
_NON_SYLLABIC = chr(0x32F)


class Unspeakable(ValueError):
    """A unit that the teacher has no sign for."""


def english(units: Sequence[Unit]) -> list[str]:
    """Tokens of an English line."""
    weak = _weak(units)
    out = []
    for index, (symbol, tone, begins) in enumerate(units):
        if symbol in PAUSES:
            out.append(symbol)
            continue
        space = " " if begins and index else ""
        stress = "" if index in weak else _STRESS.get(tone, "")
        if symbol in CONSONANTS:
            out.append(space + CONSONANTS[symbol])
        elif symbol == "ER":
            out.append(space + stress + ("ɜɹ" if stress else "əɹ"))
        elif symbol == "AH":
            out.append(space + stress + ("ʌ" if stress else "ə"))
        elif symbol in VOWELS:
            out.append(space + stress + VOWELS[symbol])
        else:
            raise Unspeakable(symbol)
    return out


def _weak(units: Sequence[Unit]) -> set[int]:
    words: list[list[int]] = []
    for index, (symbol, _, begins) in enumerate(units):
        if begins:
            words.append([index])
        elif words and symbol not in PAUSES:
            words[-1].append(index)
    return {index for word in words if "-".join(units[i][0] for i in word) in WEAK for index in word}


def mandarin(units: Sequence[Unit], word_starts: frozenset[int]) -> list[str]:
    """Tokens of a Mandarin line; `word_starts` are the units at which words of several syllables begin."""
    out: list[str] = []
    initial = ""
    for index, (symbol, tone, _) in enumerate(units):
        if symbol in PAUSES:
            out.append(symbol)
            continue
        space = " " if index in word_starts and index else ""
        if symbol in MANDARIN_INITIALS:
            initial = symbol
            out.append(space + INITIALS[symbol])
            continue
        ipa = _syllable(initial, symbol, tone)
        if initial and not ipa.startswith(INITIALS[initial]):
            raise Unspeakable(f"{initial}{symbol}")
        out.append(ipa[len(INITIALS[initial]) :] if initial else space + ipa)
        initial = ""
    return out


@cache
def _syllable(initial: str, final: str, tone: int) -> str:
    if final == "ea" or not 1 <= tone <= 5:
        raise Unspeakable(final)
    from misaki import zh

    spelled: str = zh.ZHG2P.py2ipa(pinyin(initial, final) + str(tone))
    return spelled.replace(_NON_SYLLABIC, "")


def pinyin(initial: str, final: str) -> str:
    """An initial and a final of ours as pinyin writes the syllable."""
    final = {"ii": "i", "iii": "i"}.get(final, final)
    if initial:
        final = {"iou": "iu", "uei": "ui", "uen": "un"}.get(final, final)
        if final[0] == "v":
            final = ("u" if initial in "jqx" else "ü") + final[1:]
        return initial + final
    if final in {"i", "in", "ing"}:
        return "y" + final
    bare = {"iou": "you", "u": "wu", "uei": "wei", "uen": "wen", "ueng": "weng"}
    if final in bare:
        return bare[final]
    glides = {"v": "yu", "i": "y", "u": "w"}
    return glides.get(final[0], final[0]) + final[1:]
