"""An English word to ARPAbet with stress: CMUdict first, then its parts, then letter-to-sound rules.

Words are said one by one: only the weak forms of a few function words and the `heteronyms` depend on neighbours.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from oncue.model.text import lexicon
from oncue.model.text.heteronyms import pronounce
from oncue.model.text.letters import guess
from oncue.model.text.patterns import pattern
from oncue.model.text.phones import ENGLISH_VOWELS, NO_TONE, STRESS_BASE
from oncue.model.text.tables import rows

Phones = tuple[tuple[str, int], ...]

_LONGEST_KEPT = 32
"""Letters of a word that is kept in memory once it was read: a stranger may send longer ones without end."""
_LETTERS = {
    "a": "EY1", "b": "B IY1", "c": "S IY1", "d": "D IY1", "e": "IY1", "f": "EH1 F", "g": "JH IY1", "h": "EY1 CH",
    "i": "AY1", "j": "JH EY1", "k": "K EY1", "l": "EH1 L", "m": "EH1 M", "n": "EH1 N", "o": "OW1", "p": "P IY1",
    "q": "K Y UW1", "r": "AA1 R", "s": "EH1 S", "t": "T IY1", "u": "Y UW1", "v": "V IY1",
    "w": "D AH1 B AH0 L Y UW0", "x": "EH1 K S", "y": "W AY1", "z": "Z IY1",
}  # fmt: skip


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_SPELT = _words("vin lol ai ap ad dj mc hp mp tv pc cd ui ux vr ar id ip dm gm pr qa us eu un im")
"""Read as letters when written in capitals although a word is spelt the same."""
_ALWAYS_SPELT = _words("gpu hud lan gui omg lmao afk idk pov ceo faq rip imo asap url api usb amd irl aoe oomf ost")
_SHORT_WORDS = _words(
    "ah am an as at be by do ed er go ha he hi ho if in is it la lo me my no of oh ok on or ow ox so to uh um up us we ye yo"
)
"""Words of two letters that stay words in capitals; others (CA, HR, PM) are letters."""
_OURS: dict[str, str] = {word: said for word, said in rows("english.tsv")}  # noqa: C416 (rows are lists)
_WEAK = {
    "a": "AH0", "an": "AE0 N", "the": "DH AH0", "and": "AH0 N D", "of": "AH0 V", "to": "T AH0", "at": "AE0 T",
    "for": "F ER0", "from": "F R AH0 M", "than": "DH AH0 N",
}  # fmt: skip
_VOICELESS = _words("P T K F TH")
_SIBILANT = _words("S Z SH ZH CH JH")
_ENDINGS = (
    ("ingly", "IH0 NG L IY0"), ("ness", "N AH0 S"), ("less", "L AH0 S"), ("ful", "F AH0 L"), ("ment", "M AH0 N T"),
    ("ably", "AH0 B L IY0"), ("able", "AH0 B AH0 L"), ("ish", "IH0 SH"), ("ing", "IH0 NG"), ("in'", "IH0 N"),
    ("ers", "ER0 Z"), ("ies", "IY0 Z"), ("ie", "IY0"), ("est", "AH0 S T"), ("er", "ER0"), ("ly", "L IY0"), ("y", "IY0"),
)  # fmt: skip
_BEGINNINGS = (
    ("over", "OW2 V ER0"), ("under", "AH2 N D ER0"), ("super", "S UW2 P ER0"), ("anti", "AE2 N T IY0"),
    ("multi", "M AH2 L T IY0"), ("un", "AH0 N"), ("re", "R IY0"), ("dis", "D IH0 S"), ("non", "N AA2 N"),
    ("pre", "P R IY0"), ("mis", "M IH0 S"),
)  # fmt: skip


def _known(word: str) -> str | None:
    """ARPAbet of a lower-case word in our list or the dictionary, whose first pronunciation is looked up."""
    return _OURS.get(word) or lexicon.english().get(word)


def knows(word: str) -> bool:
    """Whether a lower-case word is one of ours or of the dictionary."""
    return _known(word) is not None


@lru_cache(maxsize=512)
def _variants(word: str) -> tuple[str, ...]:
    """Every reading the dictionary has of a lower-case word, in its order."""
    keys = (word, *(f"{word}({number})" for number in range(2, 6)))
    return tuple(found for key in keys if (found := lexicon.english().get(key)))


def word_phones(word: str) -> Phones:
    """(symbol, tone) pairs of one word: stress on vowels as STRESS_BASE plus CMUdict's digit, else 0.

    Capitals matter: NPC is spelt out, OnCue has two parts. Letters without an English reading give ().
    """
    return _word_phones(word) if len(word) <= _LONGEST_KEPT else _word_phones.__wrapped__(word)


@lru_cache(maxsize=16384)
def _word_phones(word: str) -> Phones:
    plain = "".join(char for char in unicodedata.normalize("NFD", word.replace("’", "'")) if char.isascii())
    plain = pattern(r"[^A-Za-z']").sub("", plain).strip("'") if plain != "in'" else plain
    return as_phones(_pronounce(plain)) if plain else ()


def phrase_phones(words: tuple[str, ...], letters: frozenset[int] = frozenset()) -> tuple[Phones, ...]:
    """The phones of words said in a row: weak forms inside, full forms at the end, "the" by what follows.

    `letters` are the places of words that are names of letters.
    """
    said = [
        as_phones(_LETTERS[word.lower()])
        if index in letters and word.lower() in _LETTERS
        else _in_context(words, index)
        for index, word in enumerate(words)
    ]
    for index, word in enumerate(words[:-1]):
        lowered = word.lower()
        if index in letters or lowered not in _WEAK or (word.isupper() and len(word) > 1):
            continue
        before_vowel = bool(said[index + 1]) and said[index + 1][0][0] in ENGLISH_VOWELS
        opened = {"the": "DH IY0", "to": "T UW0"}.get(lowered) if before_vowel else None
        said[index] = as_phones(opened or _WEAK[lowered])
    return tuple(said)


def _in_context(words: tuple[str, ...], index: int) -> Phones:
    told = pronounce(words, index, _variants)
    return as_phones(told) if told else word_phones(words[index])


def as_phones(arpabet: str) -> Phones:
    """ARPAbet as written to pairs: HH AH0 is (("HH", 0), ("AH", 6))."""
    return _as_phones(arpabet) if len(arpabet) <= 5 * _LONGEST_KEPT else _as_phones.__wrapped__(arpabet)


@lru_cache(maxsize=16384)
def _as_phones(arpabet: str) -> Phones:
    pairs = []
    for token in arpabet.split():
        symbol = token.rstrip("012")
        pairs.append((symbol, STRESS_BASE + int(token[len(symbol) :] or 0) if symbol in ENGLISH_VOWELS else NO_TONE))
    return tuple(pairs)


def _pronounce(word: str) -> str:
    """ARPAbet of ASCII letters and apostrophes, by the first way that knows the word."""
    lowered = word.lower()
    if len(word) == 1:
        return _LETTERS[lowered] if word != "a" else "AH0"
    capitals = word.isupper() and (lowered in _SPELT or (len(word) == 2 and lowered not in _SHORT_WORDS))
    if capitals or lowered in _ALWAYS_SPELT:
        return _spell(lowered)
    found = _known(lowered) or _drawn_out(lowered) or _acronym(word) or _inflected(lowered) or _cased(word)
    return found or _parts(lowered) or guess(lowered.replace("'", ""))


def _drawn_out(word: str) -> str | None:
    """A word with a letter held three times or more (noooo, yesss) is the word with it once or twice."""
    candidates = (pattern(r"(.)\1{2,}").sub(kept, word) for kept in (r"\1", r"\1\1"))
    return next((found for plain in candidates if plain != word and (found := _known(plain))), None)


def _spell(letters: str) -> str:
    """Letter names; only the last keeps its full stress."""
    names = [_LETTERS[char] for char in letters if char in _LETTERS]
    return " ".join([*(name.replace("1", "2") for name in names[:-1]), *names[-1:]])


def _acronym(word: str) -> str | None:
    """Short capitals and anything without a vowel are spelt out, with a plural s if there is one."""
    stem, plural = (word[:-1], " Z") if len(word) > 2 and word[:-1].isupper() and word[-1] == "s" else (word, "")
    letters = stem.replace("'", "")
    unsayable = not pattern("[aeiou]|.y").search(letters.lower())
    unsayable = unsayable or (letters.isupper() and not _sayable(letters.lower()))
    if (letters.isupper() and (len(letters) <= 3 or unsayable)) or (unsayable and len(letters) <= 5):
        return _spell(letters.lower()) + plural
    return None


_ONSETS = _words(
    "bl br ch cl cr dr dw fl fr gh gl gn gr kl kn kr ph pl pr ps rh sc sch scr sh shr sk sl sm sn sp spl spr squ sq st str sw"
    " th thr tr tw vl wh wr ts cz sv"
)


_CODAS = _words(
    "bs ck ct ds ft fs ff gs ks lb ld lf lk ll lm ln lp ls lt mb mp ms mn nd ng nk nn ns nt nx ph ps pt rb rc rd rf rg rk rl rm"
    " rn rp rs rt rv sh sk sm sp ss st th ts ch tt tz wd wl wn ws xt gh gn zz cs nc"
)


def _sayable(letters: str) -> bool:
    """Whether capitals could be a word: it begins as English words do, and ends as they do (TSLA, NVDA are none)."""
    onset = pattern(r"[^aeiouy]*").match(letters)
    ending = pattern(r"[^aeiouy]*$").search(letters)
    assert onset is not None
    assert ending is not None
    closes = len(ending.group()) <= 1 or (len(ending.group()) <= 3 and ending.group()[-2:] in _CODAS)
    return (len(onset.group()) <= 1 or onset.group() in _ONSETS) and closes


def _cased(word: str) -> str | None:
    """Words with capitals inside are said in parts: OnCue, VTuber, YouTuber."""
    parts = pattern(r"[A-Z]+(?![a-z'])|[A-Z]?[a-z']+").findall(word)
    return " ".join(_pronounce(part) for part in parts) if len(parts) > 1 else None


def _parts(word: str) -> str | None:
    """An inflection, a derivation or a compound of known words."""
    return _inflected(word) or _derived(word) or _compound(word)


def _inflected(word: str) -> str | None:
    """Plurals, possessives and past tenses, with the sound that follows from the stem's last phone."""
    for ending in ("'s", "s'", "es", "s"):
        stem = _stem(word, ending)
        if stem is not None:
            return f"{stem} {_s_after(stem.split()[-1])}"
    for ending, contracted in (("'ll", "AH0 L"), ("'re", "ER0"), ("'ve", "AH0 V"), ("'d", "D"), ("n't", "AH0 N T")):
        stem = _known(word.removesuffix(ending)) if word.endswith(ending) else None
        if stem is not None:
            return f"{stem} {contracted}"
    stem = _stem(word, "ed")
    return f"{stem} {_d_after(stem.split()[-1])}" if stem is not None else None


def _s_after(last: str) -> str:
    if last in _SIBILANT:
        return "AH0 Z"
    return "S" if last in _VOICELESS else "Z"


def _d_after(last: str) -> str:
    if last in {"T", "D"}:
        return "AH0 D"
    return "T" if last in _VOICELESS | {"S", "SH", "CH"} else "D"


def _stem(word: str, ending: str) -> str | None:
    """The pronunciation of the word without its ending, undoing -ies, dropped e and doubled letters."""
    if not word.endswith(ending) or len(word) < len(ending) + 2:
        return None
    stem = word[: -len(ending)]
    candidates = [stem]
    if ending[0] in "aeiy":
        candidates.append(stem + "e")
    if stem[-1] == "i" and ending in {"es", "ed", "er", "est", "ly", "ness", "ers"}:
        candidates.append(stem[:-1] + "y")
    if len(stem) > 3 and stem[-1] == stem[-2]:
        candidates.append(stem[:-1])
    return next((found for candidate in candidates if (found := _known(candidate))), None)


def _derived(word: str) -> str | None:
    for ending, said in _ENDINGS:
        stem = _stem(word, ending) if len(word) >= len(ending) + 3 else None
        if stem is not None:
            return f"{stem} {said}"
    for beginning, said in _BEGINNINGS:
        rest = word.removeprefix(beginning)
        if rest != word and len(rest) >= 3 and (found := _known(rest) or _inflected(rest)):
            return f"{said} {found}"
    return None


def _compound(word: str) -> str | None:
    """Two known words, one of four letters at least, the longest first part; the second loses its main stress."""
    for cut in range(len(word) - 3, 2, -1) if len(word) >= 7 else ():
        first = _known(word[:cut])
        second = (_known(word[cut:]) or _inflected(word[cut:])) if first else None
        if first and second:
            return f"{first} {second.replace('1', '2')}"
    return None
