"""Text in Mandarin, English or both to the phones that say it, each with its span of the source.

This is the order of work: guard, fold, what is not speech, overrides, the user's dictionary, expansion, then runs of Chinese
characters, English words and pauses, each read by its own file. Chinese words are single characters (an expression such
as 327 is one word), for captions and cue points are set by the character. What is passed over, because it is no speech or
because nobody knows how it is read, is named in a warning; a text that holds nothing else is refused.
Lengths of phones are the model's business, but for pauses whose length is written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import accumulate

from oncue.model.api import PLAIN, Feeling, NothingToSay, ReadingOptions, Word
from oncue.model.text import numbers, sign_rules, spellings
from oncue.model.text.dictionary import EMPTY, Dictionary
from oncue.model.text.english import Phones, phrase_phones
from oncue.model.text.glyphs import FACE, Glyph, fold, guard, is_hanzi
from oncue.model.text.mandarin import known, read_run, syllable_phones
from oncue.model.text.markup import STAND_IN, apply_overrides
from oncue.model.text.normalise import expand
from oncue.model.text.notspeech import Speech, strip, told
from oncue.model.text.phones import ENGLISH_VOWELS, MANDARIN_FINALS, NO_TONE, PAUSES, STRESS_BASE
from oncue.model.text.traditional import simplify, told_reading

LANGUAGES = ("auto", "zh", "en")
_PAUSE_OF = {
    **dict.fromkeys(",，、;:—–―…~¿¡", ","),
    **dict.fromkeys(".。\n", "."),
    **dict.fromkeys("?‽", "?"),
    "!": "!",
}
_STRENGTH = {",": 0, ".": 1, "!": 2, "?": 3}


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone or pause to be said; `word` indexes `Reading.words` and is None for pauses."""

    symbol: str
    tone: int
    word_start: bool
    """Whether a spoken word begins here: a Chinese character or an English word."""
    char_start: int
    char_end: int
    word: int | None
    pause_s: float = 0.0
    """How long a pause is, where the text says so."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said for one Chinese character, one English word or one pause."""

    char: str
    char_start: int
    char_end: int
    pinyin: str | None
    """The reading in context before sandhi, for Chinese characters."""
    phones: Phones
    pause_s: float = 0.0
    """How long a pause is, where the text says so."""

    @property
    def is_pause(self) -> bool:
        """Whether this is a pause."""
        return self.phones[0][0] in PAUSES


@dataclass(frozen=True)  # without slots, which would leave no room for the cached views
class Reading:
    """A text as it will be spoken. It begins with a word and ends with exactly one of . ? !"""

    text: str
    language: str
    spoken: tuple[Spoken, ...]
    moods: tuple[tuple[int, tuple[float, ...]], ...] = ()
    """Feelings that directions name, each with the place in `spoken` where it begins."""
    warnings: tuple[str, ...] = ()
    """What was left out, in sentences that never quote the text."""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Words as written: neighbours that stand for the same source characters are one word."""
        spans = dict.fromkeys((item.char_start, item.char_end) for item in self.spoken if not item.is_pause)
        return tuple(Word(self.text[start:end], start, end) for start, end in spans)

    @cached_property
    def phones(self) -> tuple[Phone, ...]:
        """The phones in order, with the spans and words they belong to."""
        words = {(word.char_start, word.char_end): index for index, word in enumerate(self.words)}
        return tuple(
            Phone(
                symbol,
                tone,
                place == 0 and not item.is_pause,
                item.char_start,
                item.char_end,
                None if item.is_pause else words[item.char_start, item.char_end],
                item.pause_s,
            )
            for item in self.spoken
            for place, (symbol, tone) in enumerate(item.phones)
        )

    @property
    def feelings(self) -> tuple[Feeling, ...]:
        """The feelings that directions name, each with the phone at which it begins."""
        begins = [0, *accumulate(len(item.phones) for item in self.spoken)]
        return tuple(Feeling(begins[place], vector) for place, vector in self.moods)

    def units_json(self) -> list[dict[str, object]]:
        """JSON-ready: one entry for every Chinese character, English word and pause, in order."""
        return [
            {
                "char": item.char,
                "char_start": item.char_start,
                "char_end": item.char_end,
                "pinyin": item.pinyin,
                "phones": [_shown(symbol, tone) for symbol, tone in item.phones],
            }
            for item in self.spoken
        ]


def read(text: str, language: str = "auto", dictionary: Dictionary = EMPTY, options: ReadingOptions = PLAIN) -> Reading:
    """The reading of a line. `language` decides how numbers and symbols are said, not what may occur.

    Raises ValueError, with a sentence that never quotes the text, for an unknown language, text that
    `glyphs.guard` refuses and an unreadable override, and NothingToSay for text in which nothing can be spoken.
    """
    if language not in LANGUAGES:
        raise ValueError(f"The language must be one of {', '.join(LANGUAGES)}.")
    kept = len(text) <= _LONGEST_KEPT
    return (_read if kept else _read.__wrapped__)(text, language, dictionary, options)


def describe(
    text: str, language: str = "auto", dictionary: Dictionary = EMPTY, options: ReadingOptions = PLAIN
) -> list[dict[str, object]]:
    """What the front-end makes of a text, ready for JSON; see `Reading.units_json`."""
    return read(text, language, dictionary, options).units_json()


def warm() -> None:
    """Load every dictionary and make every pattern now, so that the first lines do not wait for them."""
    for rules in (spellings.RULES, numbers.RULES, sign_rules.RULES):
        rules.make()
    for language in ("zh", "en"):
        for line in _EVERY_KIND:
            read(line, language)


_EVERY_KIND = (
    "好，一共3个apples。One hello, 2 unheardofword.",
    "电话010-66554433，打110，验证码5839，302室，G1024次，京A12345，比分3-2，12:30，比例3:5，第2次，90后，1984年5月1日-5月7日。",
    "Call 415-555-0132 ext. 204, code 4071, Room 404, flight BA 209, won 3-1, at 9:05, 7 p.m., took 2:03:15, in 1984, the 1990s.",
    "2024-03-15, 3/14, 5·12, 3×4=12, 2^8, x², √9, 5>3, <5, ~50, 1e6, 2x4, 2x, 1½, 1/2 tsp, 8/10, 24/7, 130/80mmHg, 9.5/10.",
    "$5.50, 20€, -$50, USD 20, £1.2M, 10K, $5/month, 5-10%, -5℃, 5kg, 10 m/s, 1h 30m, 9 sq ft, 1.5A, 5'10\", 90°, 1080p, 5G.",
    "v1.0.8, 1.2.3, 10.0.0.8, 21st, Henry VIII, Part IX, Dr. A. B. Hall, Main St., 42 W. 5th Ave, Austin, TX 73301, Sat 7:30, e.g. iOS.",
    "http://a.com/b?c, a@b.com, a_b.pdf, /usr/bin, @ann, #win, #1, Plan A, A-D, U.S.A., Ph.D., F-16, a == b, C:\\a, 0x1F, CO2, 7-11.",
    "**b** [a](b) <b>c</b> &amp; (sighs) [door slams] *waves* （笑） :) `d` $x^2$ [pause 1s] <say-as interpret-as='digits'>5</say-as>\n- e\n| f |",
)
"""Lines that hold something of each kind that has a rule."""


_LONGEST_KEPT = 400
"""Characters of a text whose reading is kept for who asks again at once."""


@lru_cache(maxsize=32)
def _read(text: str, language: str, dictionary: Dictionary, options: ReadingOptions) -> Reading:
    guard(text)
    speech = strip(fold(text), options.directions)
    glyphs = expand(dictionary.apply(apply_overrides(speech.glyphs, language)), language, options.digits)
    found = _collapse(_items(glyphs, text))
    spoken = _close(found.items, text)
    if not spoken:
        sentence = "Nothing in the text can be spoken: it needs Chinese characters, Latin letters or digits."
        raise NothingToSay(sentence, found.moods[-1][1] if found.moods else ())
    said = [item for item in spoken if not item.is_pause]
    hanzi = sum(item.pinyin is not None for item in said)
    moods = tuple((place, vector) for place, vector in found.moods if place < len(spoken))
    return Reading(text, "zh" if 2 * hanzi >= len(said) else "en", spoken, moods, _warnings(text, glyphs, speech))


def _warnings(text: str, glyphs: Sequence[Glyph], speech: Speech) -> tuple[str, ...]:
    """One sentence on what is not spoken, one on what nobody knows how to speak."""
    if text.isascii() and "(" not in text:
        return told(speech.dropped)
    faces, plain = FACE.findall(text), FACE.sub("", text)
    pictures = len(faces) + sum(map(is_picture, plain))
    unknown = sum(map(is_unread, glyphs))
    sentences = told((*speech.dropped, ("picture", pictures)))
    if unknown:
        return (*sentences, f"Left out because no reading is known: {unknown} character{'s' if unknown > 1 else ''}.")
    return sentences


def is_picture(char: str) -> bool:
    """Whether a character is an emoji or another picture, with nothing in it to be read."""
    if unicodedata.category(char) != "So":
        return False
    plain = unicodedata.normalize("NFKC", char)
    return "°" not in plain and not any(map(str.isalnum, plain)) and char not in "™®©♭△"


def is_unread(glyph: Glyph) -> bool:
    """Whether a character is a letter that is passed over because nobody knows how it is read."""
    kind = _kind(glyph)
    if kind == "zh":
        return glyph.pinyin is None and not known(simplify(glyph.char))
    return kind == "gap" and glyph.char.isalpha() and glyph.char != STAND_IN


def _shown(symbol: str, tone: int) -> str:
    """A phone as people write it: AH0, ang2, h."""
    if symbol in ENGLISH_VOWELS and tone >= STRESS_BASE:
        return f"{symbol}{tone - STRESS_BASE}"
    return f"{symbol}{tone}" if symbol in MANDARIN_FINALS and tone else symbol


def _kind(glyph: Glyph) -> str:
    """zh, en, pause, or gap for what is passed over."""
    if glyph.said:
        return "en"
    if glyph.pinyin or is_hanzi(glyph.char):
        return "zh"
    if glyph.char.isalpha() and glyph.char < "\u0250":
        return "en"
    return "pause" if glyph.char in _PAUSE_OF else "gap"


def _items(glyphs: Sequence[Glyph], text: str) -> Iterator[Spoken | tuple[float, ...]]:
    """Read the glyphs run by run, a run being what is said without a pause or a change of language."""
    at = 0
    kinds = [_kind(glyph) for glyph in glyphs]
    while at < len(glyphs):
        kind = kinds[at]
        end = at + 1
        if glyphs[at].feeling:
            yield glyphs[at].feeling
        elif kind == "zh":
            while end < len(glyphs) and kinds[end] == "zh":
                end += 1
            yield from _mandarin(glyphs[at:end], text)
        elif kind == "en":
            while end < len(glyphs) and (kinds[end] == "en" or _joins(glyphs, end)):
                end += 1
            yield from _english(glyphs[at:end], text)
        else:
            yield from _pause(glyphs, at)
        at = end


def _joins(glyphs: Sequence[Glyph], at: int) -> bool:
    """Whether an English run goes on through this space, apostrophe or hyphen (a dash with a space is a pause)."""
    if glyphs[at].feeling:
        return False
    if glyphs[at].char != "-":
        return glyphs[at].char in " '"
    return at + 1 < len(glyphs) and _kind(glyphs[at - 1]) == _kind(glyphs[at + 1]) == "en"


def _mandarin(glyphs: Sequence[Glyph], text: str) -> Iterator[Spoken]:
    """One item a character; characters nobody knows a reading for are passed over."""
    chars = "".join(glyph.char for glyph in glyphs)
    simple = simplify(chars)
    given = tuple(glyph.pinyin for glyph in glyphs)
    if simple != chars:
        given = tuple(
            own or told_reading(char, after) for own, char, after in zip(given, chars, [*chars[1:], ""], strict=True)
        )
    for glyph, syllable in zip(glyphs, read_run(simple, given), strict=True):
        if syllable.spoken is None:
            continue
        char = glyph.char if is_hanzi(glyph.char) else text[glyph.start : glyph.end]
        yield Spoken(char, glyph.start, glyph.end, syllable.pinyin, syllable_phones(syllable.spoken))


def _english(glyphs: Sequence[Glyph], text: str) -> Iterator[Spoken]:
    """One item a word; words with given phones are a glyph of their own."""
    groups: list[list[Glyph]] = [[]]
    for glyph in glyphs:
        if glyph.said:
            groups.extend(([glyph], []))
        elif glyph.char in " -":
            groups.append([])
        else:
            groups[-1].append(glyph)
    words = [stripped for group in groups if (stripped := _stripped(group))]
    written = tuple("".join(glyph.char for glyph in word) for word in words)
    letters = frozenset(index for index, word in enumerate(words) if word[0].letter)
    for word, name, phones in zip(words, written, phrase_phones(written, letters), strict=True):
        said = word[0].said or phones
        if said:
            char = text[word[0].start : word[0].end] if word[0].said else name
            yield Spoken(char, word[0].start, word[-1].end, None, said)


def _stripped(group: Sequence[Glyph]) -> Sequence[Glyph]:
    """A word without the quotes around it."""
    letters = [index for index, glyph in enumerate(group) if glyph.char != "'"]
    return group[letters[0] : letters[-1] + 1] if letters else ()


def _pause(glyphs: Sequence[Glyph], at: int) -> Iterator[Spoken]:
    """The pause of a mark; dots in a row and dashes between words make a short one."""
    glyph = glyphs[at]
    before = glyphs[at - 1].char if at else ""
    after = glyphs[at + 1].char if at + 1 < len(glyphs) else ""
    mark = _PAUSE_OF.get(glyph.char)
    if glyph.char == "." and "." in (before, after):
        mark = ","
    if glyph.char == "-" and (before in " -" or after in " -"):
        mark = ","
    if mark is not None:
        yield Spoken(glyph.char, glyph.start, glyph.end, None, ((mark, NO_TONE),), glyph.pause_s)


@dataclass(slots=True)
class _Line:
    """Items in order, and the feelings that begin among them."""

    items: list[Spoken]
    moods: list[tuple[int, tuple[float, ...]]]


def _collapse(items: Iterator[Spoken | tuple[float, ...]]) -> _Line:
    """No pause at the start, unless its length is written, and of pauses in a row only the strongest, with its own span."""
    line = _Line([], [])
    kept = line.items
    for item in items:
        if isinstance(item, tuple):
            line.moods.append((len(kept), item))
        elif not item.is_pause:
            kept.append(item)
        elif kept and kept[-1].is_pause:
            kept[-1] = _stronger(kept[-1], item)
        elif kept:
            kept.append(item)
    return line


def _stronger(one: Spoken, two: Spoken) -> Spoken:
    """One pause of two: a written length goes before a mark's own, and the stronger mark stays."""
    mark = max(one, two, key=lambda pause: _STRENGTH[pause.phones[0][0]])
    return replace(mark, pause_s=max(one.pause_s, two.pause_s))


def _close(items: list[Spoken], text: str) -> tuple[Spoken, ...]:
    """End with one of . ? !: a comma there becomes a full stop, and where nothing stands one is added."""
    if not items:
        return ()
    last = items[-1]
    if not last.is_pause:
        return (*items, Spoken("", last.char_end, len(text), None, ((".", NO_TONE),)))
    if last.phones[0][0] == ",":
        items[-1] = replace(last, phones=((".", NO_TONE),))
    return tuple(items)
