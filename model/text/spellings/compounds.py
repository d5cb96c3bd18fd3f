"""Letters and digits together: versions, plates, trains, formulas, notes, keys, codecs, references."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.english import knows
from oncue.model.text.glyphs import SUPERSCRIPTS
from oncue.model.text.numbers.around import by_digits, led, say_number
from oncue.model.text.numbers.equations import among_terms, lowered, power
from oncue.model.text.numbers.measures import unit_named
from oncue.model.text.numerals import cardinal_en, cardinal_zh, digits_zh, plural_en, year_en
from oncue.model.text.patterns import pattern
from oncue.model.text.spellings.abbreviations import letter_names
from oncue.model.text.spellings.romans import roman_value

RULES = Rules()


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
    return Found(match.end(), letter_names(context, *match.span()))


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
    letters = letter_names(context, match.start(1), match.end(1))
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
