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
from oncue.model.text.glyphs import is_hanzi
from oncue.model.text.numbers.around import by_digits, say_number
from oncue.model.text.numbers.equations import power
from oncue.model.text.numerals import cardinal_en, cardinal_zh, digits_zh, ordinal_en, plural_en
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
    return Found(end, tuple(spelled_parts(context, match.start(), end)))


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
    for entry in _entries(match[1]):
        if _stands(entry, context, match):
            return _said(context, match, entry)
    return None


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


@RULES.rule(r"(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?= \d)")
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
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


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
    if len(match[1]) > 1 or (classed and match[1] in {"I", "V"}) or ordinal:
        return whole(match, cardinal_zh(value))
    return None


def _roman_en(context: Context, match: re.Match[str], value: str, word: re.Match[str]) -> Found | None:
    numeral, noun = match[1], word[1]
    before, after = context.before(match.start()), context.after(match.end())
    alone = numeral == "I" and _verb_follows(after)
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
        named = noun[0].isupper() and not before[: word.start()].rstrip().endswith((".", "!", "?"))
        counts = len(numeral) > 1 and numeral not in _NO_NUMERALS and named and not medical
    return whole(match, f" {cardinal_en(value)} ") if counts else None


_NO_NUMERALS = frozenset({"MIX", "CIV", "XL", "XX", "CC", "XXL"})
"""Sizes, and words and names in capitals."""


def _verb_follows(after: str) -> bool:
    return bool(
        pattern(
            r" (?:am|was|have|had|will|would|do|did|can|could|should|think|know|like|love|want|need|'|saw|said|see|say|mean|read|wrote)\b"
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
    r"([A-Z]{1,3}) ?(\d{2,5})(?=次|航班|号列车|列车|高铁|动车|班机)|([GCDZTKYSL])(\d{1,4})(?=次|列车|高铁|动车|$)"
)
def _train(context: Context, match: re.Match[str]) -> Found | None:
    """Trains and flights by their digits."""
    if not context.is_chinese(match.start(), match.end()):
        return None
    if match[3] and not pattern(r"[一-鿿]").search(context.text):
        return None
    return Found(match.end(), by_digits(context, *match.span(), phone=True))


@RULES.rule(r"(?<![A-Za-z])([A-Za-z]{1,2})(?:\^\{?(-?\d+)\}?|([²³]))(?![A-Za-z0-9])")
def _power_of_letter(context: Context, match: re.Match[str]) -> Found:
    """x²."""
    chinese = context.is_chinese(match.start(), match.end())
    exponent = match[2] or {"²": "2", "³": "3"}[match[3]]
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


@RULES.rule(r"(?<![A-Za-z0-9])(?:CO|SO|NO)(?=[2-4](?![\d]))")
def _oxide(context: Context, match: re.Match[str]) -> Found:
    """CO2: letters, although it is a word in capitals."""
    return Found(match.end(), _letters(context, *match.span()))


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


@RULES.rule(r"(?<![A-Za-z])[A-Za-z]+-(\d+)(s(?![A-Za-z]))?(?![\d.]{0,24}\d)(?!-)")
def _hyphened(context: Context, match: re.Match[str]) -> Found | None:
    """F-16, GPT-4, COVID-19: the hyphen is nothing."""
    chinese = context.is_chinese(match.start(), match.end())
    number = match[1]
    said = say_number(number, chinese=chinese) if len(number) != 3 or not chinese else digits_zh(number)
    word = match.start(1) - 1
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


# Single letters


@RULES.rule(
    r"(?<![A-Za-z'])a(?=\s?(?:[=<>≤≥≠*/^²³+]|- |!=))|(?<=[=<>+*/^-] )a(?=$|[,;.:)]|\s[-+=*/])|(?<=[=<>+*/^])a(?=$|[\s,;.:)])|(?<=\()a(?=[,)])|(?<![A-Za-z\x27])a(?=[一-鿿]| (?:is|equals|plus|minus|times|squared)\b)"
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
