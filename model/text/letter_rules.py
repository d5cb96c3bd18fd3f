"""What a word is that is not said as it is spelt: addresses, files, abbreviations, initials, numerals of the Romans, letters.

Each is known by its form and by what stands on both sides: St. is a saint before a name and a street behind one, II is two
behind a noun and the second behind a king, A is a letter where no article can stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.english import knows
from oncue.model.text.glyphs import SUPERSCRIPTS, is_hanzi
from oncue.model.text.numbers.around import by_digits, led, say_number
from oncue.model.text.numbers.equations import among_terms, lowered, power
from oncue.model.text.numbers.measures import unit_named
from oncue.model.text.numerals import cardinal_en, cardinal_zh, digits_zh, ordinal_en, plural_en, year_en
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows, words_of

RULES = Rules()

_TOP = r"com|org|net|edu|gov|mil|int|io|ai|cn|co|uk|de|fr|jp|kr|tw|hk|eu|us|ca|au|dev|app|me|tv|info|xyz|site|online|shop|tech|cc|ly|gg"
_FILES = (
    r"pdf|docx?|xlsx?|pptx?|txt|md|py|js|ts|tsx|jsx|json|csv|tsv|png|jpe?g|gif|svg|webp|mp[34]|wav|flac|ogg|zip|rar|tar|gz|7z|exe|dmg|apk|html?|css"
    r"|cpp|hpp|rs|go|java|sh|bat|ya?ml|toml|xml|log|ini|cfg|sql|psd|ipynb|bin|iso|onnx|pt|safetensors"
)


# Addresses and files


def spelled_parts(context: Context, start: int, end: int) -> Iterator[Part]:
    """An address: its words, the letters of what is no word, and the names of its marks."""
    chinese = context.is_chinese(start, end)
    marks = {
        ".": ("点", " dot "),
        "@": ("艾特", " at "),
        "/": ("斜杠", " slash "),
        ":": ("冒号", " colon "),
        "_": ("下划线", " underscore "),
        "-": ("杠", " dash "),
        "+": ("加", " plus "),
        "#": ("井号", " hash "),
        "~": ("波浪号", " tilde "),
        "=": ("等于", " equals "),
        "%": ("百分号", " percent "),
        "&": ("和", " and "),
        "?": ("问号", " question mark "),
        "\\": ("反斜杠", " backslash "),
    }
    for piece in pattern(r"[A-Za-z]+|\d+|.").finditer(context.text[start:end]):
        at, stop = start + piece.start(), start + piece.end()
        written = piece.group()
        if written[0].isascii() and written[0].isalpha():
            spelled = (
                len(written) <= 1
                or not pattern("[aeiouyAEIOUY]").search(written)
                or written.lower() in {"abc", "xyz", "ai", "io", "uk", "us", "tv"}
            )
            known = _spoken().get(written.upper()) if len(written) > 2 else None
            if known is not None:
                yield Part(at, stop, f" {known} ")
            elif spelled:
                yield from (
                    Part(at + k, at + k + 1, f" {letter.upper()} ", letter=True) for k, letter in enumerate(written)
                )
            else:
                yield Part(at, stop, f" {written} ")
        elif written.isdecimal():
            if len(written) > 2 or written[0] == "0":
                yield from by_digits(context, at, stop)
            else:
                said = say_number(written, chinese=chinese)
                yield Part(at, stop, said if chinese else f" {said} ")
        elif written in marks:
            yield Part(at, stop, marks[written][0 if chinese else 1])
        elif not written.isascii():
            yield Part(at, stop, written)


@RULES.rule(r"(?<![A-Za-z0-9])(?:https?|ftp|wss?)://([^\s<>\"'，。；！？、（）()一-鿿]+)", re.IGNORECASE)
def _url(context: Context, match: re.Match[str]) -> Found:
    """The host and the path; what is asked of the page, behind a question mark, is not said."""
    end = match.end() - len(match[1]) + len(match[1].rstrip(".,;:!?)]}"))
    said_end = match.start(1) + len(pattern(r"[?#]").split(context.text[match.start(1) : end])[0].rstrip("/"))
    return Found(end, tuple(spelled_parts(context, match.start(1), max(said_end, match.start(1) + 1))))


@RULES.rule(r"(?<![A-Za-z0-9.@])[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?<![.-])")
def _email(context: Context, match: re.Match[str]) -> Found:
    return Found(match.end(), tuple(spelled_parts(context, *match.span())))


@RULES.rule(
    rf"(?<![A-Za-z0-9.@-])(?:[A-Za-z0-9-]+\.)+(?:{_TOP})(?![A-Za-z0-9-])(?!\.[A-Za-z0-9])(?:/[^\s<>\"'，。；！？、（）()一-鿿]*)?"
)
def _domain(context: Context, match: re.Match[str]) -> Found | None:
    written = match.group()
    if pattern(r"[A-Z][a-z]+\.(?:me|us|co|io|ca|de|int|site|online|tech|go)").fullmatch(written) or pattern(
        r"(?:[A-Za-z]\.)+[A-Za-z]+"
    ).fullmatch(written):
        return None  # the end of one sentence and the beginning of the next, and initials
    end = match.start() + len(written.rstrip(".,;:!?/"))
    said_end = match.start() + len(pattern(r"[?#]").split(context.text[match.start() : end])[0].rstrip("/"))
    return Found(end, tuple(spelled_parts(context, match.start(), said_end)))


@RULES.rule(rf"(?<![A-Za-z0-9.])[A-Za-z0-9][\w-]*\.(?:{_FILES})(?![A-Za-z0-9])")
def _file(context: Context, match: re.Match[str]) -> Found:
    """Lines that only join the words of a name are not said."""
    parts = [part for part in spelled_parts(context, *match.span()) if context.text[part.start] not in "_-"]
    return Found(match.end(), tuple(parts))


@RULES.rule(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+(?![A-Za-z0-9])")
def _identifier(context: Context, match: re.Match[str]) -> Found:
    """snake_case, as its words."""
    parts = [part for part in spelled_parts(context, *match.span()) if context.text[part.start] != "_"]
    return Found(match.end(), tuple(parts))


@RULES.rule(r"(?<![A-Za-z0-9])[A-Za-z]:\\[\w\\. -]*[\w]")
def _windows_path(context: Context, match: re.Match[str]) -> Found:
    """A path with its drive."""
    return Found(match.end(), tuple(spelled_parts(context, *match.span())))


@RULES.rule(r"(?<![A-Za-z0-9/])([ru])/([A-Za-z][A-Za-z0-9_]{1,30})(?![A-Za-z0-9/])")
def _forum(context: Context, match: re.Match[str]) -> Found:
    """r/AskReddit, u/ann."""
    return Found(match.end(), tuple(spelled_parts(context, *match.span())))


# Technical words with a reading of their own


@cache
def _spoken() -> dict[str, str]:
    return dict(rows("spoken.tsv"))


@cache
def _spoken_pattern() -> re.Pattern[str]:
    forms = sorted(map(re.escape, _spoken()), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(forms)})(?![A-Za-z#]|\+\+)(?:(?<=[A-Za-z]{{3}})|(?![0-9]))")


@RULES.rule(r"[A-Za-z](?=[A-Za-z#&/-])")
def _technical(context: Context, match: re.Match[str]) -> Found | None:
    found = _spoken_pattern().match(context.text, match.start())
    if found is None:
        return None
    parts = [
        Part(found.start(), found.end(), f" {word} ", letter=len(word) == 1)
        for word in _spoken()[found.group()].split()
    ]
    return Found(found.end(), tuple(parts))


# Abbreviations


@dataclass(frozen=True, slots=True)
class _Abbreviation:
    said: str
    before: str
    after: str


@cache
def _abbreviations() -> dict[str, tuple[_Abbreviation, ...]]:
    found: dict[str, tuple[_Abbreviation, ...]] = {}
    for written, *row in rows("abbreviations.tsv"):
        found[written] = (*found.get(written, ()), _Abbreviation(*row))
    return found


_NAME_BEHIND = re.compile(r"(?:\b[A-Z][\w'-]+|\d+(?:st|nd|rd|th)),? $")
_NO_NAMES = frozenset(
    [
        "Dear",
        "The",
        "And",
        "Or",
        "But",
        "To",
        "For",
        "With",
        "From",
        "Hi",
        "Hello",
        "Hey",
        "By",
        "Ask",
        "Call",
        "Tell",
        "See",
        "Meet",
        "Yes",
        "No",
        "Oh",
        "When",
        "If",
        "As",
        "Is",
        "Was",
    ]
)


@RULES.rule(r"(?<![A-Za-z.'@])(e\.g|i\.e|[A-Za-z]{1,6})\.(?![A-Za-z]\w|\d+\.)")
def _abbreviation(context: Context, match: re.Match[str]) -> Found | None:
    if match[1] in {"min", "max"} and pattern(r"[$€£¥]\s?\d[\d.,]* $").search(context.before(match.start())):
        return whole(match, f" {match[1]}imum ")
    for entry in _entries(match[1]):
        if _stands(entry, context, match):
            return _said(context, match, entry)
    return None


_UNSTOPPED = {
    **{word: ("number", said) for word, said in {
        "Vol": "volume", "Vols": "volumes", "Fig": "figure", "Figs": "figures", "Ch": "chapter", "Ep": "episode", "Eps": "episodes", "Pt": "part",
        "Apt": "apartment", "Rm": "room", "Ste": "suite", "Hwy": "highway", "Rte": "route", "Bldg": "building", "pp": "pages",
        "pg": "page", "pgs": "pages", "ext": "extension", "Ext": "extension", "Eq": "equation", "approx": "approximately", "Op": "opus",
    }.items()},
    **{word: ("name", said) for word, said in {
        "Mt": "mount", "Ft": "fort", "St": "saint", "Sgt": "sergeant", "Capt": "captain", "Lt": "lieutenant", "Col": "colonel",
        "Gen": "general", "Cpl": "corporal", "Rev": "reverend", "Prof": "professor", "Sen": "senator", "Gov": "governor", "Maj": "major",
    }.items()},
}  # fmt: skip
"""Abbreviations that are written without their full stop too, before a number or a name."""


@RULES.rule(rf"(?<![A-Za-z.'@])({'|'.join(sorted(_UNSTOPPED, key=len, reverse=True))}) (?=#?\d|[A-Z][a-z])")
def _unstopped(context: Context, match: re.Match[str]) -> Found | None:
    """Vol 3, Hwy 61, Mt Hood; but Gen Z, and 5 Ft."""
    before, said = _UNSTOPPED[match[1]]
    number = pattern(r"#?\d").match(context.after(match.end(), 2)) is not None
    if number != (before == "number") or pattern(r"\d\s?$").search(context.before(match.start(), 3)):
        return None
    if match[1] == "St" and _NAME_BEHIND.search(context.before(match.start())):
        return None
    return Found(match.end(), (Part(match.start(), match.end(1), f" {said} "),))


def _entries(written: str) -> tuple[_Abbreviation, ...]:
    """What an abbreviation may be: as written, or in other capitals where a number tells that it is one."""
    table = _abbreviations()
    if written in table:
        return table[written]
    if written.lower() in table and (len(written) > 3 or "." in written or not written.islower()):
        return table[written.lower()]
    numbered = table.get(written.capitalize(), ())
    return tuple(entry for entry in numbered if entry.after == "number")


def _stands(entry: _Abbreviation, context: Context, match: re.Match[str]) -> bool:
    before, after = context.before(match.start()), context.after(match.end())
    name_before = _NAME_BEHIND.search(before)
    behind = name_before is not None and name_before.group().strip(" ,") not in _NO_NAMES
    name_after = bool(pattern(r"\s?[A-Z]").match(after)) and not pattern(
        r"\s(?:The|It|He|She|We|They|I|In|But|And|This|That|There|A|An|You|My)\b"
    ).match(after)
    stands_before = {
        "any": True,
        "after-name": behind,
        "number": bool(pattern(r"\d\s?$").search(before)),
    }[entry.before]
    stands_after = {
        "any": True,
        "name": name_after,
        "no-name": not name_after or bool(pattern(r"\d [A-Z][\w'-]+ $").search(before)),
        "number": bool(pattern(r"\s?#?(?:\d|[A-Z]{1,3}-?\d|[IVX]{2,}\b|[VX]\b)").match(after)),
        "day": bool(pattern(r",? (?:\d|at\b|[-–]|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))").match(after)),
    }[entry.after]
    return stands_before and stands_after


_ONE = {"feet": "foot", "inches": "inch"}


def _said(context: Context, match: re.Match[str], entry: _Abbreviation) -> Found:
    """The words, and the full stop where it ends the sentence as well."""
    if entry.before == "number" and pattern(r"(?<![\d.,])1\s?$").search(context.before(match.start(), 4)):
        entry = replace(entry, said=_ONE.get(entry.said, entry.said.removesuffix("s")))
    follows = context.after(match.end(), 40)
    closing = entry.before in {"after-name", "number"} or entry.said in {"et cetera", "al"}
    ends = not follows.strip() or (
        closing and entry.said != "versus" and bool(pattern(r"\s+(?:[A-Z]|\n)").match(follows))
    )
    said = f" {entry.said} "
    if is_hanzi(follows.strip()[:1] or " ") and entry.said == "number":
        return whole(match, said)
    if context.is_chinese(match.start(), match.end()) and entry.said == "number":
        number = pattern(r"\s?(\d+)").match(follows)
        if number:
            end = match.end() + number.end()
            return Found(
                end,
                (Part(match.start(), match.end(), "第"), Part(match.end(), end, say_number(number[1], chinese=True))),
            )
    return whole(match, said, end=match.end() - 1 if ends else match.end())


_MONTHS = {
    "Jan": "January",
    "Feb": "February",
    "Mar": "March",
    "Apr": "April",
    "Jun": "June",
    "Jul": "July",
    "Aug": "August",
    "Sep": "September",
    "Sept": "September",
    "Oct": "October",
    "Nov": "November",
    "Dec": "December",
}


@RULES.rule(r"(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?:(?= \d)|(?<=\d [A-Z][a-z]{2})(?![A-Za-z.]))")
def _month(_context: Context, match: re.Match[str]) -> Found:
    """Jan 3."""
    return whole(match, f" {_MONTHS[match[1]]} ")


@RULES.rule(
    r"([Pp])\.?([Hh])\.?([Dd])\.?(?![A-Za-z])|(?<![A-Za-z.])(?:[A-Za-z]\.){2,}(?![A-Za-z0-9])|(?<![A-Za-z.])(?:[A-Z]\.){1,}[A-Z](?![A-Za-z0-9.])"
)
def _initialism(context: Context, match: re.Match[str]) -> Found | None:
    """U.S.A., a.m., Ph.D.: letters; a full stop that ends the sentence is kept."""
    if match.group() in {"phd", "PHD"}:
        return None
    follows = context.after(match.end(), 3)
    ends = not follows.strip() or (
        pattern(r"\s[A-Z][a-z]").match(follows) and match.group().lower() in {"a.m.", "p.m."}
    )
    parts = _letters(context, match.start(), match.end())
    return Found(match.end() - 1 if ends and match.group().endswith(".") else match.end(), parts)


def _letters(context: Context, start: int, end: int) -> tuple[Part, ...]:
    return tuple(
        Part(at, at + 1, f" {context.text[at].upper()} ", letter=True)
        for at in range(start, end)
        if context.text[at].isalpha()
    )


@RULES.rule(r"(?<![A-Za-z.'])[A-Z]\.(?: ?[A-Z]\.)*(?= ?[A-Z][a-z'])")
def _initials(context: Context, match: re.Match[str]) -> Found | None:
    """J. R. R. Hill, John F. Kennedy; but no plan B. Then."""
    before = context.before(match.start())
    last = pattern(r"([A-Za-z']+) $").search(before)
    several = match.group().count(".") > 1
    if not several:
        if match.group() == "I.":
            return None
        named = last is not None and last[1][0].isupper() and last[1].lower() not in words_of("letter_nouns")
        opens = not before.strip() or bool(
            pattern(r"[.!?:;,(\"“]\s*$|\b(?:by|and|with|of|to|for|from|Mr|Dr|author) $").search(before)
        )
        if not named and not opens:
            return None
        if opens and not named and match.group() == "A.":
            return None
    return Found(match.end(), _letters(context, match.start(), match.end()))


# Days, points of the compass, states


_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
_DAY = "Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun"


@RULES.rule(rf"({_DAY})(?![A-Za-z'])")
def _day(context: Context, match: re.Match[str]) -> Found | None:
    """Mon–Fri, Sat 7:30, Wed, May 5; but the sun, and he sat."""
    before, after = context.before(match.start(), 10), context.after(match.end(), 10)
    beside = pattern(rf"\.?(?:\s?[-–—/&]\s?|, ?|,? (?:and|or|to) )(?:{_DAY})(?![a-z])").match(after) or pattern(
        rf"(?:{_DAY})\.?(?:\s?[-–—/&]\s?|, ?|,? (?:and|or|to) )$"
    ).search(before)
    dated = pattern(
        r",? (?:\d{1,2}(?::\d\d|\s?[ap]\.?m|\b(?! [a-z]))|at \d|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
    ).match(after)
    dated = dated or pattern(r"\b(?:every|on|this|next|last|until|till|by) $").search(before)
    plain = match[1] in {"Tue", "Tues", "Thu", "Thur", "Thurs", "Fri"}
    return whole(match, f" {_DAYS[match[1]]} ") if beside or dated or plain else None


_ROADS = {
    "St": "street",
    "Ave": "avenue",
    "Av": "avenue",
    "Blvd": "boulevard",
    "Rd": "road",
    "Dr": "drive",
    "Ln": "lane",
    "Hwy": "highway",
    "Pkwy": "parkway",
}


@RULES.rule(rf"({'|'.join(_ROADS)})(?![A-Za-z.'])")
def _road(context: Context, match: re.Match[str]) -> Found | None:
    """1600 Pennsylvania Ave NW: roads without their full stop, behind a number and a name."""
    behind = pattern(r"\d(?:st|nd|rd|th) $|\d[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){1,3}$").search(
        context.before(match.start())
    )
    return whole(match, f" {_ROADS[match[1]]} ") if behind else None


_COMPASS = {"N": "north", "S": "south", "E": "east", "W": "west"}
_ROAD = r"(?:St|Ave?|Blvd|Rd|Dr|Ln|Hwy|Pkwy|Pl|Ct|Sq|Street|Avenue|Boulevard|Road|Drive|Lane|Highway|Place|Court|Square|Way)\b"


@RULES.rule(rf"([NSEW])\.? (?=(?:\d+(?:st|nd|rd|th)|[A-Z][a-z]+(?: [A-Z][a-z]+)?) {_ROAD})")
def _compass(_context: Context, match: re.Match[str]) -> Found:
    """42 W. 5th Ave."""
    return Found(match.end() - 1, (Part(match.start(), match.end() - 1, f" {_COMPASS[match[1]]} "),))


@cache
def _states() -> dict[str, str]:
    return dict(rows("states.tsv"))


@RULES.rule(r"([A-Z]{2})(?:,? (\d{5})(?:(-)(\d{4}))?)?(?![A-Za-z0-9-])")
def _state(context: Context, match: re.Match[str]) -> Found | None:
    """Austin, TX 73301: behind a town a state has its name, and the code behind it is read digit by digit."""
    name = _states().get(match[1])
    if name is None or not pattern(r"[A-Z][A-Za-z.]+, $").search(context.before(match.start())):
        return None
    parts = [Part(match.start(1), match.end(1), f" {name} ")]
    if match[2]:
        parts += by_digits(context, match.start(2), match.end(), zero="oh")
    return Found(match.end(), tuple(parts))


# Numerals of the Romans


_ROMAN = r"(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(numeral: str) -> int:
    """The number a well-formed numeral stands for."""
    total = 0
    for index, char in enumerate(numeral):
        value = _VALUES[char]
        total += -value if any(_VALUES[later] > value for later in numeral[index + 1 : index + 2]) else value
    return total


@RULES.rule(rf"(?<![A-Za-z0-9'.-])({_ROMAN})(?![A-Za-z0-9'’])(?!-[A-Za-z])(?!\.[A-Za-z])")
def _roman(context: Context, match: re.Match[str]) -> Found | None:
    numeral = match[1]
    if not numeral:
        return None
    value = str(roman_value(numeral))
    before = context.before(match.start())
    chinese_before = pattern(r"[一-鿿]\s?$").search(before) is not None
    if chinese_before or (
        pattern(r"[一-鿿]").match(context.after(match.end())) and not pattern(r"[A-Za-z]\s?$").search(before)
    ):
        return _roman_zh(context, match, value)
    word = pattern(r"([A-Za-z]+)[,.]? $").search(before)
    if word is None:
        return None
    return _roman_en(context, match, value, word)


def _roman_zh(context: Context, match: re.Match[str], value: str) -> Found | None:
    after = context.after(match.end(), 2)
    classed = after[:1] in words_of("roman_zh") and bool(after)
    ordinal = context.before(match.start()).endswith("第")
    if (len(match[1]) > 1 and match[1] not in _NO_NUMERALS) or (classed and match[1] in {"I", "V"}) or ordinal:
        return whole(match, cardinal_zh(value))
    return None


def _roman_en(context: Context, match: re.Match[str], value: str, word: re.Match[str]) -> Found | None:
    numeral, noun = match[1], word[1]
    before, after = context.before(match.start()), context.after(match.end())
    alone = numeral == "I" and (_verb_follows(after) or "," in word.group())
    if len(numeral) == 1 and numeral in "LCDM":
        return None
    ruler = pattern(r"([A-Za-z]+) [A-Z][a-z]+ $").search(before)
    ruled = ruler is not None and ruler[1].lower() in words_of("rulers") and noun[0].isupper()
    if ruled or (noun in words_of("regnal") and not alone):
        return whole(match, f" the {ordinal_en(value)} ")
    if noun.lower() in words_of("roman_nouns"):
        counts = numeral != "I" or (noun[0].isupper() and not alone)
    else:
        medical = numeral == "IV" and pattern(r" (?:drip|fluid|fluids|line|bag|therapy|injection|needle)").match(after)
        named = noun[0].isupper() and noun not in _BEFORE_A_DRIP
        counts = len(numeral) > 1 and numeral not in _NO_NUMERALS and named and not medical
    return whole(match, f" {cardinal_en(value)} ") if counts else None


_BEFORE_A_DRIP = frozenset(
    "A An The This That His Her My Your Our Their Its Give Take Start Stop Remove Insert One No Any Via Is And Or For With By".split()  # noqa: SIM905
)
"""Words that may begin a sentence before letters that are no numeral: The IV was out."""
_NO_NUMERALS = frozenset({"MIX", "CIV", "XL", "XX", "CC", "XXL"})
"""Sizes, and words and names in capitals."""


def _verb_follows(after: str) -> bool:
    return bool(
        pattern(
            r" (?:am|was|have|had|will|would|do|did|can|could|should|think|know|like|love|want|need|'|saw|said|see|say|mean|read|wrote|ever|never|always|also|just|really)\b| [a-z]+n't\b"
        ).match(after)
    )


@RULES.rule(r"(?<![A-Za-z0-9'.-])(?:i{2,3}|iv|vi{0,3}|i?x|xi{1,3})(?![A-Za-z0-9'’-])")
def _small_roman(context: Context, match: re.Match[str]) -> Found | None:
    """Section iv, scene ii; and (iii) before what is listed."""
    word = pattern(r"([A-Za-z]+)[,.]? $").search(context.before(match.start()))
    listed = (
        pattern(r"(?:^|\s)\($").search(context.before(match.start(), 2)) is not None
        and context.after(match.end(), 1) == ")"
    )
    if not listed and (word is None or word[1].lower() not in words_of("roman_nouns")):
        return None
    value = str(roman_value(match.group().upper()))
    chinese = context.is_chinese(match.start(), match.end())
    return whole(match, cardinal_zh(value) if chinese else f" {cardinal_en(value)} ")


# Letters and digits together


@RULES.rule(r"(?<![A-Za-z0-9])[Vv](?:er)?\.?\s?(\d+(?:\.\d+)*)(?![A-Za-z0-9])")
def _version(context: Context, match: re.Match[str]) -> Found | None:
    """v1.0.0."""
    if " " in match.group() and "." not in match[1]:
        return None
    chinese = context.is_chinese(match.start(), match.end())
    numbers = [say_number(number, chinese=chinese) for number in match[1].split(".")]
    said = "点".join(numbers) if chinese else f" {' point '.join(numbers)} "
    return Found(
        match.end(), (Part(match.start(), match.start(1), " V ", letter=True), Part(match.start(1), match.end(), said))
    )


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


@RULES.rule(r"[A-Z][·\s]?[A-Z0-9]{5,6}(?![A-Za-z0-9])")
def _plate(context: Context, match: re.Match[str]) -> Found | None:
    before = context.text[match.start() - 1 : match.start()]
    if not before or before not in _PROVINCES or not pattern(r"\d").search(match.group()):
        return None
    return Found(match.end(), by_digits(context, *match.span(), phone=True))


@RULES.rule(
    r"([A-Z]{1,3}) ?(\d{2,5})(?=次|航班|号列车|列车|高铁|动车|班机)|([GCDZTKYSL])(\d{1,4})(?=次|列车|高铁|动车|$)|([A-Z]{1,2}) ?(\d{2,5})(?![A-Za-z0-9])"
)
def _train(context: Context, match: re.Match[str]) -> Found | None:
    """Trains and flights by their digits."""
    if not context.is_chinese(match.start(), match.end()):
        return None
    if match[3] and not pattern(r"[一-鿿]").search(context.text):
        return None
    if match[5] and not pattern(r"(?:航班|车次|列车|高铁|动车|班机|乘坐|搭乘|次车)[号是为：:]{0,2}\s?$").search(
        context.before(match.start(), 10)
    ):
        return None
    return Found(match.end(), by_digits(context, *match.span(), phone=True))


@RULES.rule(rf"(?<![A-Za-z])([A-Za-z]{{1,2}})(?:\^\{{?(-?\d+)\}}?|([{SUPERSCRIPTS}]+))(?![A-Za-z0-9])")
def _power_of_letter(context: Context, match: re.Match[str]) -> Found | None:
    """x²."""
    chinese = context.is_chinese(match.start(), match.end())
    exponent = match[2] or lowered(match[3])
    if exponent is None or exponent == "1":
        return None
    measured = _unit_raised(context, match, exponent)
    if measured is not None:
        return measured
    return Found(
        match.end(),
        (
            *(
                Part(at, at + 1, f" {context.text[at].upper()} ", letter=True)
                for at in range(match.start(1), match.end(1))
            ),
            Part(match.end(1), match.end(), power(exponent, chinese=chinese)),
        ),
    )


_ELEMENT = (
    r"(?:A[cglmrstu]|B[aeikr]?|C[adeflmorsu]?|D[by]|E[rsu]|F[elmr]?|G[ade]|H[efgos]?|I[nr]?|Kr?|L[airu]|M[gno]|N[abdeip]?"
    r"|Os?|P[abdmortu]?|R[abefhnu]|S[bceimnr]?|T[abcehilm]|U|V|W|Xe|Yb?|Z[nr])"
)
_SALT = r"(?:H|Li|Na|K|Rb|Cs|Ag|Cu|Zn|Mg|Ca|Ba|Fe|Al|Pb|Sn|Ni|Mn|Ti|Hg)(?:Cl|Br|F|I|O|OH|S)"


@RULES.rule(
    rf"(?<![A-Za-z0-9])(?:(?:{_ELEMENT}\d{{0,2}}|\((?:{_ELEMENT}\d{{0,2}}){{1,4}}\)\d{{0,2}}){{1,8}})(?![A-Za-z0-9])([{SUPERSCRIPTS}]+|[+-](?=[，。、,.;:)\s]|$|[一-鿿]))?"
)
def _formula(context: Context, match: re.Match[str]) -> Found | None:
    """H2SO4, NaCl, Ca²⁺: the symbols by their letters, the numbers as numbers, and the charge."""
    written = match.group()[: match.start(1) - match.start()] if match[1] else match.group()
    elements = pattern(_ELEMENT).findall(written)
    several = (
        len(elements) > 1
        and pattern(r"\d").search(written) is not None
        and pattern(r"\d\(?[A-Z]|[a-z]|\)|^(?:H|K)?(?:CO|SO|NO|NH|CH|PO|PH|IO|CN|CS|HCO|HSO|HPO)\d$").search(written)
        is not None
    )  # CO2, NH4 and H2O, but PS5 is none
    charged = match[1] is not None and ("+" in match[1] or "⁺" in match[1] or "⁻" in match[1])
    ion = charged and (written in _IONS or pattern("[⁺⁻]").search(match[1]) is not None)
    salt = pattern(_SALT).fullmatch(written) is not None and not written.isupper()
    oxide = pattern(r"(?:CO|SO|NO)[2-4]|[HONFI]2|O3").fullmatch(written) is not None
    if not (several or ion or salt or oxide) or (pattern(r"\d{2}$").search(written) and len(elements) == 1):
        return None
    chinese = context.is_chinese(*match.span())
    say = cardinal_zh if chinese else cardinal_en
    parts: list[Part] = []
    for piece in pattern(r"[A-Za-z]|\d+").finditer(written):
        at, end = match.start() + piece.start(), match.start() + piece.end()
        letter = piece.group().isalpha()
        said = piece.group().upper() if letter else say(piece.group())
        parts.append(Part(at, end, f" {said} " if letter or not chinese else said, letter=letter))
    if not ion:
        return Found(match.start() + len(written), tuple(parts))
    charge = match[1].translate(_CHARGES)
    count = charge.strip("+-")
    sign = ("正" if chinese else " plus ") if "+" in charge else ("负" if chinese else " minus ")
    said = f"{say(count) if count else ''}{sign}" if chinese else f" {say(count) if count else ''}{sign}"
    return Found(match.end(), (*parts, Part(match.start(1), match.end(), said)))


_CHARGES = str.maketrans(SUPERSCRIPTS, "0123456789+-")
_IONS = frozenset(["H", "Li", "Na", "K", "Ag", "NH4", "Ca2", "Mg2", "Fe2", "Fe3", "Cu2", "Zn2", "Al3", "Ba2", "Pb2"])
"""What has a charge where a plus stands behind it on the line."""


@RULES.rule(r"(?<![A-Za-z])(?:[Ll][Vv][Ll]?|LV)\.?\s?(\d{1,4})(?![A-Za-z0-9])(\s?级)?")
def _level(context: Context, match: re.Match[str]) -> Found:
    """Lv.30."""
    if context.is_chinese(*match.span()):
        return whole(match, f"{say_number(match[1], chinese=True)}级")
    return whole(match, f" level {say_number(match[1], chinese=False)} ", end=match.end(1))


@RULES.rule(r"(?<![A-Za-z0-9])T[-–](\d{1,3})(?=\s?(?:second|minute|hour|day|week|month|minus|and counting)|[:])")
def _countdown(context: Context, match: re.Match[str]) -> Found:
    """T-10 minutes."""
    number = say_number(match[1], chinese=context.is_chinese(*match.span()))
    return Found(
        match.end(),
        (
            Part(match.start(), match.start() + 1, " T ", letter=True),
            Part(match.start() + 1, match.end(), f" minus {number} "),
        ),
    )


@RULES.rule(r"(?<![A-Za-z0-9])([A-G])([#♯♭]|b(?=m?7?\b|\s(?:major|minor)|[大小]调))(?P<minor>m(?![A-Za-z]))?")
def _note(context: Context, match: re.Match[str]) -> Found | None:
    """C#, B♭, F#m: notes, keys and chords. A plain b flattens only before the name of a key."""
    raised = match[2] in "#♯"
    keyed = pattern(r"7?\s?(?:major|minor|大调|小调)").match(context.after(match.end()))
    if match[2] == "b" and not keyed and not (match["minor"] and _chord_beside(context, match)):
        return None
    if context.is_chinese(*match.span()):
        # The sign is said first, so that both have the place of both.
        sign = Part(match.start(1), match.end(2), "升" if raised else "降")
        note = Part(match.start(1), match.end(2), f" {match[1]} ", letter=True)
        minor = (Part(match.start("minor"), match.end(), "小调" if not keyed else ""),) if match["minor"] else ()
        return Found(match.end(), (sign, note, *minor))
    parts = [
        Part(match.start(1), match.end(1), f" {match[1]} ", letter=True),
        Part(match.start(2), match.end(2), " sharp " if raised else " flat "),
    ]
    if match["minor"]:
        parts.append(Part(match.start("minor"), match.end(), " minor "))
    return Found(match.end(), tuple(parts))


_CHORD = r"[A-G](?:[#♯♭b])?(?:m|maj|min|sus|dim|add)?\d?"


def _chord_beside(context: Context, match: re.Match[str]) -> bool:
    before, after = context.before(match.start(), 24), context.after(match.end(), 24)
    beside = pattern(rf"\d?(?:\s?[-–,、，|/]\s?|\s(?:and|to|or)\s|,? and ){_CHORD}(?![A-Za-z0-9])").match(
        after
    ) or pattern(rf"(?<![A-Za-z0-9]){_CHORD}(?:\s?[-–,、，|/]\s?|\s(?:and|to|or)\s|,? and )$").search(before)
    return bool(
        beside
        or pattern(r"\b[Cc]hords?\b[^.!?]{0,12}$|和弦[^。]{0,4}$").search(before)
        or pattern(r"\s?(?:chord|和弦)").match(after)
    )


@RULES.rule(r"(?<![A-Za-z0-9])([A-G])m(?=7?(?![A-Za-z0-9']))")
def _minor_chord(context: Context, match: re.Match[str]) -> Found | None:
    """Am, Dm7 beside other chords; but am I, and 5 Gm."""
    if not _chord_beside(context, match):
        return None
    minor = "小调" if context.is_chinese(*match.span()) else " minor "
    letter = Part(match.start(1), match.end(1), f" {match[1]} ", letter=True)
    return Found(match.end(), (letter, Part(match.end(1), match.end(), minor)))


def _unit_raised(context: Context, match: re.Match[str], exponent: str) -> Found | None:
    """Per km², in m²: a unit that stands without its number."""
    unit = unit_named(match[1])
    led_by = pattern(r"(?:\b(?:per|in|of|a|每)\s|每|/)$").search(context.before(match.start(), 6))
    alone = match[1] in {"m", "km", "cm"} and context.is_chinese(*match.span())
    if (
        unit is None
        or exponent not in {"2", "3"}
        or not (led_by or (alone and not among_terms(context, *match.span())))
    ):
        return None
    square = exponent == "2"
    if context.is_chinese(*match.span()):
        return whole(match, f"{'平方' if square else '立方'}{unit.chinese}")
    one = pattern(r"(?:\b(?:per|a)\s|/)$").search(context.before(match.start(), 6))
    return whole(match, f" {'square' if square else 'cubic'} {unit.one if one else unit.many} ")


@RULES.rule(r"(?<![A-Za-z0-9])([A-Z])[-–~]([A-Z])(?=级|座|区|排|组|班|栋|档|轮|类|线|口|楼|款|面|段|$|[^\w-])")
def _letters_to(context: Context, match: re.Match[str]) -> Found | None:
    """A-D级, A to Z: a range of letters where words say so."""
    chinese = context.is_chinese(match.start(), match.end())
    after, before = context.after(match.end(), 1), context.before(match.start(), 24)
    ranged = pattern("[级座区排组班栋档轮类线口楼款面段]").match(after) if chinese else None
    named = pattern(
        r"\b(?:from|grades?|letters?|levels?|sections?|vitamins?|groups?|rows?|gates?|types?|classes)\s$", re.IGNORECASE
    ).search(before)
    if not (ranged or named or match.group()[::2] == "AZ") or match[1] >= match[2]:
        return None
    middle = Part(match.start() + 1, match.end() - 1, "到" if chinese else " to ")
    first, last = (Part(at, at + 1, f" {context.text[at]} ", letter=True) for at in (match.start(), match.end() - 1))
    return Found(match.end(), (first, middle, last))


@RULES.rule(r"(?<![A-Za-z0-9])([A-Za-z]\d{1,2})-(\d{3,5})([A-Z]{0,2})(?![A-Za-z0-9-])")
def _type_of_chip(context: Context, match: re.Match[str]) -> Found:
    """i7-12700K: the number behind the hyphen by its digits."""
    return Found(match.end(), by_digits(context, *match.span()))


@RULES.rule(
    r"(?<![A-Za-z0-9])(?=[0-9A-Fa-f:-]*[0-9])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])|(?<![A-Za-z0-9])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?<![A-Za-z0-9])(?=[a-f]*\d)[0-9a-f]{7,40}(?![0-9A-Za-z])|(?<![A-Za-z0-9-])(?=[A-Z-]*\d)(?:[A-Z0-9]{4,5}-){2,}[A-Z0-9]{4,5}(?![A-Za-z0-9-])"
)
def _key(context: Context, match: re.Match[str]) -> Found:
    """Addresses of network cards, UUIDs, hashes and keys, which begin with a letter here."""
    return Found(match.end(), by_digits(context, *match.span()))


@RULES.rule(r"(?<![A-Za-z0-9])[Ss](\d{1,2})[Ee](\d{1,3})(?![A-Za-z0-9])")
def _episode(context: Context, match: re.Match[str]) -> Found:
    """S02E05."""
    season, episode = str(int(match[1])), str(int(match[2]))
    if context.is_chinese(*match.span()):
        return whole(match, f"第{cardinal_zh(season)}季第{cardinal_zh(episode)}集")
    return whole(match, f" season {cardinal_en(season)} episode {cardinal_en(episode)} ")


@RULES.rule(
    r"(?<![A-Za-z0-9])(A|B|AB|O)([+-])(?=\s(?:blood|type|donors?|pos|neg)\b)|(?<=type )(A|B|AB|O)([+-])(?![A-Za-z0-9])"
)
def _blood(_context: Context, match: re.Match[str]) -> Found:
    """O- blood."""
    letters, sign = match.group(1, 2) if match[1] else match.group(3, 4)
    parts = [
        Part(match.start() + index, match.start() + index + 1, f" {letter} ", letter=True)
        for index, letter in enumerate(letters)
    ]
    return Found(
        match.end(), (*parts, Part(match.end() - 1, match.end(), " positive " if sign == "+" else " negative "))
    )


@RULES.rule(
    r"(?<![A-Za-z0-9-])([A-D])-(?=$|[.,;:!?)]|\s(?![-–])(?:student|grade|average|minus|in|on|for|at|and|or|but)\b)"
)
def _mark_minus(context: Context, match: re.Match[str]) -> Found:
    """B-: a mark at school."""
    chinese = context.is_chinese(*match.span())
    letter = Part(match.start(), match.start() + 1, f" {match[1]} ", letter=True)
    return Found(match.end(), (letter, Part(match.end() - 1, match.end(), "减" if chinese else " minus ")))


@RULES.rule(r"(?<=\d)[a-z]{2,3}(?=\s?[-+=)²³^])")
def _product_of_letters(context: Context, match: re.Match[str]) -> Found | None:
    """2ab in an equation."""
    if not among_terms(context, match.start(), match.start()):
        return None
    return Found(match.end(), _letters(context, *match.span()))


@RULES.rule(r"(?<![A-Za-z])h{2,8}(?![A-Za-z])")
def _laughs(context: Context, match: re.Match[str]) -> Found | None:
    """hhh among Chinese."""
    chinese = context.is_chinese(*match.span()) and pattern(r"[一-鿿]").search(context.text)
    return whole(match, "哈" * len(match.group())) if chinese else None


@RULES.rule(
    r"(?<![A-Za-z0-9])([A-Z]{2}) ?(\d{2,4})(?=,? (?:departs?|departed|arrives?|arrived|boards?|boarding|lands?|landed|takes off|is delayed|was delayed|to [A-Z]|from [A-Z]))"
)
def _flight(context: Context, match: re.Match[str]) -> Found | None:
    """LH 441 departs: a flight by its digits."""
    if context.is_chinese(*match.span()):
        return None
    letters = _letters(context, match.start(1), match.end(1))
    return Found(match.end(), (*letters, *by_digits(context, match.start(2), match.end(), zero="oh")))


@RULES.rule(r"x(?=\s?\d)")
def _by(context: Context, match: re.Match[str]) -> Found | None:
    """25m x 10m."""
    if not pattern(r"\d\s?(?:[mk]?m|cm|ft|in|yd|\"|')\s$").search(context.before(match.start(), 8)):
        return None
    return whole(match, "乘" if context.is_chinese(*match.span()) else " by ")


@RULES.rule(r"(?<![A-Za-z0-9])q(\d{1,2})h(?![A-Za-z0-9])")
def _every_hours(context: Context, match: re.Match[str]) -> Found:
    """q12h, as doctors write it."""
    if context.is_chinese(*match.span()):
        return whole(match, f"每{say_number(match[1], chinese=True)}小时")
    return whole(match, f" every {say_number(match[1], chinese=False)} hours ")


@RULES.rule(r"(?<![A-Za-z0-9])([a-zA-Z])!(?=\s?[-+*×·/÷≈)]|\s=|的)")
def _factorial(context: Context, match: re.Match[str]) -> Found:
    """n! = 6."""
    letter = Part(match.start(), match.start() + 1, f" {match[1].upper()} ", letter=True)
    said = "的阶乘" if context.is_chinese(*match.span()) else " factorial "
    return Found(match.end(), (letter, Part(match.end() - 1, match.end(), said)))


@RULES.rule(r"(?<![A-Za-z0-9])[fF]/(\d{1,2}(?:\.\d)?)(?![\d/])")
def _aperture(context: Context, match: re.Match[str]) -> Found:
    """f/2.8."""
    number = say_number(match[1], chinese=context.is_chinese(*match.span()))
    return Found(
        match.end(),
        (
            Part(match.start(), match.start() + 1, " F ", letter=True),
            Part(match.start() + 1, match.end(), f" {number} "),
        ),
    )


@RULES.rule(r"(?<![A-Za-z0-9])([HhXx])\.?(26[3-6])(?![0-9])")
def _codec(context: Context, match: re.Match[str]) -> Found:
    """H.264."""
    letter = Part(match.start(), match.start() + 1, f" {match[1].upper()} ", letter=True)
    return Found(match.end(), (letter, *by_digits(context, match.start(2), match.end())))


_LONG_ROMAN = r"M{1,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"


@RULES.rule(rf"(?<![A-Za-z0-9])(?=[MDCLXVI]{{4}}){_LONG_ROMAN}(?![A-Za-z0-9])")
def _year_of_rome(context: Context, match: re.Match[str]) -> Found:
    """MMXXIV, as years are written under a film."""
    value = str(roman_value(match.group()))
    return whole(match, digits_zh(value) if context.is_chinese(*match.span()) else f" {year_en(value)} ")


@RULES.rule(r"(?<![A-Za-z0-9])([A-Za-z])\^([A-Za-z])(?![A-Za-z0-9])")
def _to_the_letter(context: Context, match: re.Match[str]) -> Found:
    """x^n."""
    chinese = context.is_chinese(*match.span())
    base, exponent = (Part(match.start(n), match.end(n), f" {match[n].upper()} ", letter=True) for n in (1, 2))
    middle = Part(match.end(1), match.start(2), "的" if chinese else " to the power of ")
    tail = (Part(match.start(2), match.end(), "次方"),) if chinese else ()
    return Found(match.end(), (base, middle, exponent, *tail))


@RULES.rule(r"(?<![A-Za-z])[A-Za-z]+-(\d+)(s(?![A-Za-z]))?(?![\d.]{0,24}\d)(?!-)")
def _hyphened(context: Context, match: re.Match[str]) -> Found | None:
    """F-16, GPT-4, COVID-19: the hyphen is nothing."""
    chinese = context.is_chinese(match.start(), match.end())
    number = match[1]
    word = match.start(1) - 1
    prefix = match.group()[: word - match.start()]
    minus = len(prefix) == 1 and prefix.islower() and (prefix in "nxyzkmtij" or among_terms(context, word, word + 1))
    if minus:
        letter = Part(match.start(), word, f" {prefix.upper()} ", letter=True)
        sign = Part(word, word + 1, "减" if chinese else " minus ")
        number_said = say_number(number, chinese=chinese)
        return Found(
            match.end(1),
            (letter, sign, Part(match.start(1), match.end(1), number_said if chinese else f"{number_said} ")),
        )
    if prefix.isupper() and (number[0] == "0" or len(number) > 4 or led(context, match.start(), "code_en")):
        return Found(match.end(), by_digits(context, match.start(), match.end()))
    if prefix.isupper() and len(number) == 4 and not chinese:
        said = year_en(number)
    elif prefix.isupper() and len(number) == 3 and number[-2:] != "00" and not chinese:
        said = f"{cardinal_en(number[0])} {'oh ' if number[1] == '0' else ''}{cardinal_en(str(int(number[1:])))}"
    else:
        said = say_number(number, chinese=chinese) if len(number) != 3 or not chinese else digits_zh(number)
    if match.group()[: word - match.start()].lower() in {
        "mid",
        "early",
        "late",
        "pre",
        "post",
        "sub",
        "top",
        "under",
        "over",
        "non",
    }:
        return None
    single = word == match.start() + 1
    parts = [Part(at, at + 1, context.text[at], letter=single) for at in range(match.start(), word)]
    return Found(
        match.end(),
        (
            *parts,
            Part(word, word + 1, "-"),
            Part(match.start(1), match.end(), said if chinese else f"{plural_en(said) if match[2] else said} "),
        ),
    )


@RULES.rule(r"(?<![A-Za-z0-9])(?=[A-Z-]{0,12}\d)(?=[\dA-Z-]*[A-Z])[A-Z](?:[A-Z0-9]|-(?=[A-Z0-9])){3,30}(?![A-Za-z0-9])")
def _reference(context: Context, match: re.Match[str]) -> Found | None:
    """Code X7K9P2, order AB-1029-C: one by one behind the words for it; a word in it stays a word (SAVE20)."""
    if not (led(context, match.start(), "code_en") or led(context, match.start(), "code_zh")):
        return None
    parts: list[Part] = []
    done = match.start()
    for word in pattern(r"[A-Z]{4,}").finditer(match.group()):
        at, end = match.start() + word.start(), match.start() + word.end()
        if knows(word.group().lower()):
            parts += [*by_digits(context, done, at), Part(at, end, f" {word.group().lower()} ")]
            done = end
    return Found(match.end(), (*parts, *by_digits(context, done, match.end())))


# Single letters


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
