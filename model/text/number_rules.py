"""What a number is, by its form and the words around it, and how it is said.

From the most certain form to the least: addresses, telephone numbers, codes, dates, times, scores, equations, fractions,
money, measures, percentages, ranges, versions, ordinals, and at last plain numbers. Each says the whole expression, so
that a hyphen is to, minus, a ratio or nothing by the class it stands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.glyphs import is_hanzi
from oncue.model.text.numerals import (
    cardinal_en,
    cardinal_zh,
    decimal_en,
    decimal_zh,
    digits_en,
    digits_zh,
    fraction_en,
    fraction_zh,
    ordinal_en,
    year_en,
)
from oncue.model.text.tables import rows, words_of

RULES = Rules()

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+(?!\.?\d))?)"
_DASH = r"\s?[-–—~]{1,2}\s?"
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
_MONTH_BEFORE = re.compile(
    rf"\b(?:{'|'.join(_MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?) $", re.IGNORECASE
)
_VULGAR = {
    "½": (1, 2),
    "⅓": (1, 3),
    "⅔": (2, 3),
    "¼": (1, 4),
    "¾": (3, 4),
    "⅕": (1, 5),
    "⅖": (2, 5),
    "⅗": (3, 5),
    "⅘": (4, 5),
    "⅙": (1, 6),
    "⅚": (5, 6),
    "⅛": (1, 8),
    "⅜": (3, 8),
    "⅝": (5, 8),
    "⅞": (7, 8),
}
_VULGAR_CLASS = "".join(_VULGAR)


# Words around


def _near(kind: str) -> str:
    """The words of a kind as alternatives of a pattern, the longest first."""
    return "|".join(sorted(map(re.escape, words_of(kind)), key=len, reverse=True))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """The patterns of words that stand before or after a number, made at their first use."""
    made = {
        "phone_zh": rf"(?:{_near('phone_zh')})[^\d。！？；\n]{{0,4}}(?:[\d\-\s、，]{{3,30}}[、，或和])?\s?$",
        "phone_en": rf"\b(?:{_near('phone_en')})(?:\s+(?:me|us|him|her|them|at|on|is|no\.?|number|line|to|now|the|or|toll|free|#|:))*[\s:#.]*$",
        "code_zh": rf"(?:{_near('code_zh')})(?:[号码为是：:]|\s|就是|改成|应该是|填)*\s?[A-Za-z]*$",
        "code_en": rf"\b(?:{_near('code_en')})(?:\s+(?:number|no\.?|code|id|is|was|ending|ends|in|key|word|#|:))*[\s:#.]*$",
        "room_zh": rf"(?:{_near('room_zh')})(?:[号是在为：:]|\s)*(?:\d{{3,4}}[，、,和\s]+)*$",
        "room_zh_after": rf"(?:号|号的)?(?:房间|{_near('room_zh')}|室|房|包)",
        "room_en": rf"\b(?:{_near('room_en')})(?:\s+(?:number|no\.?|#))*\s(?:[A-Z]{{1,2}}\s?)?$",
        "score_zh": rf"(?:{_near('score_zh')}|以)[^\d。！？；\n]{{0,6}}$",
        "score_zh_after": rf"(?:的?比分|{_near('score_zh')})",
        "score_en": rf"\b(?:{_near('score_en')})\b[^.!?\n]{{0,14}}$",
        "ratio_zh": rf"(?:{_near('ratio_zh')})[^\d。！？；\n]{{0,6}}$",
        "before_year": rf"\b(?:{_near('before_year_en')})[ ,]{{1,2}}(?:the )?$",
        "counted": rf"[ ](?:{_near('counted_en')})\b",
        "liang": rf"(?:多|几|来)?(?:{_near('liang')})",
        "not_liang": rf"(?:{_near('not_liang')})",
        "not_code": rf"\s?(?:{_near('not_code')})",
    }
    return re.compile(made[name], re.IGNORECASE)


def _led(context: Context, at: int, name: str) -> bool:
    """Whether words of a kind lead up to a place."""
    return _pattern(name).search(context.before(at)) is not None


def _followed(context: Context, at: int, name: str) -> bool:
    return _pattern(name).match(context.text, at) is not None


# The parts of expressions


def by_digits(context: Context, start: int, end: int, *, phone: bool = False, zero: str = "zero") -> tuple[Part, ...]:
    """Each digit of [start, end) for itself, pauses at what divides them; letters between stay letters."""
    chinese = context.is_chinese(start, end)
    parts: list[Part] = []
    for at in range(start, end):
        char = context.text[at]
        if char.isdigit() and chinese:
            parts.append(Part(at, at + 1, digits_zh(char, one="幺" if phone else "一")))
        elif char.isdigit():
            parts.append(Part(at, at + 1, f" {digits_en(char, zero=zero)} "))
        elif char.isalpha():
            parts.append(Part(at, at + 1, f" {char.upper()} ", letter=True))
        elif char in "- ()." and parts and parts[-1].said != "," and context.text[at + 1 : end].strip(" ()-."):
            parts.append(Part(at, at + 1, ","))
    return tuple(parts)


def _digits(context: Context, match: re.Match[str], *, phone: bool = False, zero: str = "zero") -> Found:
    return Found(match.end(), by_digits(context, match.start(), match.end(), phone=phone, zero=zero))


def say_number(written: str, *, chinese: bool, two: str = "二") -> str:
    """A number as it is written, with commas and a point, in words."""
    whole_part, _, fraction = written.replace(",", "").partition(".")
    if len(whole_part) > 1 and whole_part[0] == "0":
        said = digits_zh(whole_part) if chinese else digits_en(whole_part)
        rest = f"点{digits_zh(fraction)}" if chinese else f" point {digits_en(fraction)}"
        return said + (rest if fraction else "")
    return decimal_zh(whole_part, fraction, two=two) if chinese else decimal_en(whole_part, fraction)


def _is_one(written: str) -> bool:
    return written.replace(",", "") in {"1", "1.0"}


def _is_year(written: str) -> bool:
    return len(written) == 4 and written.isdigit() and 1000 <= int(written) <= 2199


def _adjective(context: Context, start: int, end: int) -> bool:
    """Whether an English measure stands before the noun it describes: a 5 foot wall."""
    article = re.search(
        r"\b(?:a|an|the|this|that|each|every|another|one)\s(?:new |big |small |whole |mere )?$",
        context.before(start),
        re.IGNORECASE,
    )
    noun = re.match(
        r"[ -](?!(?:of|in|at|on|to|is|are|was|were|and|or|per|a|an|from|for|by|with|away|each|every|later|ago)\b)[a-z]",
        context.after(end),
    )
    return article is not None and noun is not None


# Numbers one by one, where the one who writes says so


@RULES.rule(r"\d+")
def _told(context: Context, match: re.Match[str]) -> Found | None:
    if context.digits == "auto":
        return None
    if context.digits == "digits":
        return _digits(context, match)
    plain = re.compile(NUMBER).match(context.text, match.start())
    assert plain is not None
    return _say_plain(context, plain)


# Addresses, telephone numbers, codes


@RULES.rule(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::(\d{1,5}))?(?![\d.]*\d)")
def _ip(context: Context, match: re.Match[str]) -> Found | None:
    if any(int(group) > 255 for group in match.groups()[:4]):
        return None
    chinese = context.is_chinese(match.start(), match.end())
    parts = []
    for at in range(match.start(), match.end()):
        char = context.text[at]
        dot = ("点" if chinese else " dot ") if char == "." else ("，" if chinese else " port ")
        parts.append(
            Part(at, at + 1, (digits_zh(char) if chinese else f" {digits_en(char)} ") if char.isdigit() else dot)
        )
    return Found(match.end(), tuple(parts))


_PHONE_FORMS = (
    r"\+\d{1,3}[- ]?(?:\(\d{2,4}\)|\d{2,4})(?:[- ]?\d{3,4}){1,3}(?!\d)",
    r"\+?(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-.]\d{4}(?![\d-])",
    r"\d-\d{3}-\d{3}-\d{4}(?![\d-])",
    r"(?:\(0\d{2,3}\)|0\d{2,3}-)\s?\d{3,4}[- ]?\d{4}(?!\d)",
    r"[48]00[- ]\d{3,4}[- ]\d{3,4}(?!\d)",
    r"[48]00\d{7}(?!\d)",
    r"1[3-9]\d(?:[- ]?)\d{4}(?:[- ]?)\d{4}(?!\d)",
)


@RULES.rule("|".join(_PHONE_FORMS))
def _phone(context: Context, match: re.Match[str]) -> Found:
    found = _digits(context, match, phone=not match.group().startswith(("0", "(0")), zero="oh")
    if match.group()[0] == "+":
        plus = "加" if context.is_chinese(match.start(), match.end()) else " plus "
        return Found(found.end, (Part(match.start(), match.start() + 1, plus), *found.parts))
    return found


@RULES.rule(r"\d{4}([- ])\d{4}(?:\1\d{3,4}){1,3}(?!\d)|\d{3}-\d{2}-\d{4}(?![\d-])|\d{3}-\d-\d{2,6}-\d{2,6}-\d(?!\d)")
def _card(context: Context, match: re.Match[str]) -> Found:
    return _digits(context, match)


@RULES.rule(r"(?:\(\d{3,4}\) ?)?\d[\d -]*\d(?![\d.]*\d)(?![/:%])")
def _number_of_a_phone(context: Context, match: re.Match[str]) -> Found | None:
    """A number that somebody calls: words lead up to it, or it is one of the short ones everybody knows."""
    digits = re.sub(r"\D", "", match.group())
    after = context.after(match.end(), 8)
    if context.is_chinese(match.start(), match.end()):
        if _followed(context, match.end(), "not_code"):
            return None
        led = len(digits) >= 3 and _led(context, match.start(), "phone_zh")
        known = digits in words_of("hotline") and (
            bool(
                re.match(
                    r"[^。！？]{0,4}(?:打|拨|报警|急救|热线|客服|电话|投诉|举报|求助|平台|官网|专线|救护|火警)", after
                )
            )
            or (
                bool(re.match(r"[，、和](?:\d{3,5}[，、和])*\d{3,5}(?!\d)", after))
                and bool(re.search(r"[打拨]", context.after(match.end(), 16)))
            )
        )
        return _digits(context, match, phone=True) if led or known else None
    if re.fullmatch(r"\d{3}-\d{4}", match.group()):
        return _digits(context, match, phone=True, zero="oh")
    if digits == "911" and " " not in match.group() and not _followed(context, match.end(), "counted"):
        return _digits(context, match, phone=True)
    if len(digits) >= 3 and _led(context, match.start(), "phone_en") and not _followed(context, match.end(), "counted"):
        return _digits(context, match, phone=True, zero="oh")
    return None


@RULES.rule(r"\d(?:[\dA-Za-z]|-(?=[\dA-Za-z]))*(?![\d.:%]*[\d%])")
def _code(context: Context, match: re.Match[str]) -> Found | None:
    """Digits that only name something: behind the words for it, they are read one by one."""
    count = sum(char.isdigit() for char in match.group())
    if context.is_chinese(match.start(), match.end()):
        coded = (
            count >= 3 and _led(context, match.start(), "code_zh") and not _followed(context, match.end(), "not_code")
        )
        return _digits(context, match) if coded else None
    if count < 3 or _followed(context, match.end(), "counted"):
        return None
    return _digits(context, match) if _led(context, match.start(), "code_en") else None


@RULES.rule(r"\d{3,4}(?![\d.,:%]*\d|%)")
def _room(context: Context, match: re.Match[str]) -> Found | None:
    """Rooms, flights and roads of three digits or more."""
    if context.is_chinese(match.start(), match.end()):
        room = _led(context, match.start(), "room_zh") or _followed(context, match.end(), "room_zh_after")
        unsaid = _followed(context, match.end(), "not_code") and not _followed(context, match.end(), "room_zh_after")
        return _digits(context, match) if room and not unsaid else None
    if match.group().endswith("00") or not _led(context, match.start(), "room_en"):
        return None
    return _digits(context, match, zero="oh")


_KNOWN_ZH = re.compile(
    r"(?:315(?=晚会|打假|消费|曝光)|618(?=大促|年中|购物|活动|狂欢|电商|促销|来|期间|当天|快)|996(?=工作|的工作|福报|模式|加班|，|。|$)|007(?=工作|模式)"
    r"|985(?=高校|大学|院校|工程|毕业|硕士|本科|、|/|和)|211(?=高校|大学|院校|工程|毕业|硕士|本科|、|/|和|$)|911(?=事件|恐袭|恐怖)|512(?=地震|大地震|汶川)"
    r"|918(?=事变|纪念)|520(?=表白|快乐|情人|告白|当天|礼物)|1314|360(?=安全|浏览器|杀毒|软件)|404(?=页面|错误|了|$)|12306|12315|12345(?=热线|平台))(?!\d)"
)


@RULES.rule(_KNOWN_ZH.pattern)
def _known_zh(context: Context, match: re.Match[str]) -> Found | None:
    """Days, hotlines and ways of working that go by their digits in Chinese."""
    chinese = context.is_chinese(match.start(), match.end())
    return _digits(context, match, phone=True) if chinese else None


@RULES.rule(r"7-11(?=便利|店|买|门口|里|旁|$|，|。)")
def _seven_eleven(context: Context, match: re.Match[str]) -> Found | None:
    return whole(match, "七十一") if context.is_chinese(match.start(), match.end()) else None


# Dates and times


def date_zh(year: str, month: str, day: str) -> str:
    """二零二四年五月一日."""
    return f"{digits_zh(year)}年{cardinal_zh(month)}月{cardinal_zh(day)}日"


def date_en(year: str, month: str, day: str) -> str:
    """March fifteenth, twenty twenty four."""
    return f" {_MONTHS[int(month) - 1]} {ordinal_en(day)}, {year_en(year)} "


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


@RULES.rule(r"([12]\d{3})([-/.])(\d{1,2})\2(\d{1,2})(?![\d/.-]*\d)(?:T(?=\d))?")
def _date(context: Context, match: re.Match[str]) -> Found | None:
    year, month, day = match.group(1, 3, 4)
    if not _is_day(month, day):
        return None
    said = date_zh if context.is_chinese(match.start(), match.end()) else date_en
    return whole(match, said(year, month, day))


@RULES.rule(r"(\d{1,2})([-/.])(\d{1,2})\2([12]\d{3})(?![\d/.-]*\d)")
def _date_year_last(context: Context, match: re.Match[str]) -> Found | None:
    month, day, year = match.group(1, 3, 4)
    if int(month) > 12:
        month, day = day, month
    if not _is_day(month, day):
        return None
    said = date_zh if context.is_chinese(match.start(), match.end()) else date_en
    return whole(match, said(year, month, day))


@RULES.rule(r"(\d{1,2})/(\d{1,2})(?![\d/]*\d)")
def _month_and_day(context: Context, match: re.Match[str]) -> Found | None:
    """3/14 where words say that it is a day."""
    if not _is_day(*match.groups()):
        return None
    if context.is_chinese(match.start(), match.end()):
        led = re.search(r"(?:日期|截至|截止|时间|生日|定于|于)[是为：:]?\s?$", context.before(match.start()))
        return whole(match, f"{cardinal_zh(match[1])}月{cardinal_zh(match[2])}日") if led else None
    led = re.search(
        r"\b(?:on|due|until|by|date|dated|deadline|since|birthday|is|from|before|after)[: ]+$",
        context.before(match.start()),
        re.IGNORECASE,
    )
    if match[0] == "9/11":
        return whole(match, " nine eleven ")
    sized = int(match[2]) >= 12 or re.search(
        r"\b(?:on|due|dated?|deadline|birthday)[: ]+$", context.before(match.start()), re.IGNORECASE
    )
    return whole(match, f" {_MONTHS[int(match[1]) - 1]} {ordinal_en(match[2])} ") if led and sized else None


@RULES.rule(r"(\d{1,2})·(\d{1,2})(?!\d)")
def _day_of_history(context: Context, match: re.Match[str]) -> Found | None:
    """5·12, the day of an event."""
    if not _is_day(*match.groups()):
        return None
    return _digits(context, match, phone=True) if context.is_chinese(match.start(), match.end()) else None


def say_time(context: Context, start: int, hour: str, minute: str, second: str | None, half: str | None) -> str:
    """A time of day: 三点零五分, nine oh five, ten o'clock, seven P M."""
    if context.is_chinese(start, start + 1):
        said = f"{cardinal_zh(hour, two='两')}点"
        if int(minute) or second:
            said += f"{'零' if int(minute) < 10 else ''}{cardinal_zh(minute) if int(minute) else ''}分"
        return said + (f"{'零' if int(second) < 10 else ''}{cardinal_zh(second)}秒" if second and int(second) else "")
    said = cardinal_en(hour)
    if int(minute):
        said += f" {'oh ' if int(minute) < 10 else ''}{cardinal_en(minute)}"
    elif not half:
        said += " o'clock" if int(hour) < 13 else " hundred"
    if second:
        said += f" and {cardinal_en(second)} seconds" if int(second) else ""
    return f" {said} "


_HALF = r"(?:\s?([AaPp])\.?\s?[Mm]\b\.?)?"


def _half_day(match: re.Match[str], group: int) -> tuple[Part, ...]:
    """A M or P M, by its letters."""
    if match[group] is None:
        return ()
    start = match.start(group)
    return (
        Part(start, start + 1, f" {match[group].upper()} ", letter=True),
        Part(start + 1, _without_stop(match), " M ", letter=True),
    )


def _without_stop(match: re.Match[str]) -> int:
    """The end of an expression, without a full stop that ends the sentence too."""
    follows = match.string[match.end() :]
    if match.group().endswith(".") and re.match(r"\s+[A-Z]|\s*$", follows):
        return match.end() - 1
    return match.end()


@RULES.rule(rf"(\d{{1,2}}):([0-5]\d)(?::([0-5]\d))?{_HALF}(?![\d:])")
def _time(context: Context, match: re.Match[str]) -> Found | None:
    if int(match[1]) > 24:
        return None
    chinese = context.is_chinese(match.start(), match.end())
    if (
        chinese
        and match[4] is None
        and (_led(context, match.start(), "score_zh") or _led(context, match.start(), "ratio_zh"))
    ):
        return None
    end = match.end(3) if match[3] else match.end(2)
    said = say_time(context, match.start(), match[1], match[2], match[3], match[4])
    parts = (Part(match.start(), end, said), *_half_day(match, 4))
    return Found(_without_stop(match) if match[4] else end, parts)


@RULES.rule(r"(\d{1,2})(?:-|–| - | to )?(\d{1,2})?\s?([AaPp])(?:\.\s?[Mm]\.?|[Mm]\b)(?![A-Za-z])")
def _hour(context: Context, match: re.Match[str]) -> Found | None:
    """7pm, 7 p.m., 9-11 AM."""
    hours = [hour for hour in match.group(1, 2) if hour]
    joined = context.text[match.end(1) : match.start(2)] if match[2] else ""
    if any(not 0 <= int(hour) <= 12 for hour in hours) or (match[2] and not joined):
        return None
    chinese = context.is_chinese(match.start(), match.end())
    say = cardinal_zh if chinese else cardinal_en
    said = ("到" if chinese else " to ").join(say(hour) for hour in hours) + ("点" if chinese else "")
    start = match.start(3)
    parts = (
        Part(match.start(), start, f"{said} "),
        Part(start, start + 1, f" {match[3].upper()} ", letter=True),
        Part(start + 1, _without_stop(match), " M ", letter=True),
    )
    return Found(_without_stop(match), parts)


# Scores, ratios, equations


@RULES.rule(r"(\d{1,3})\s?([-:–比])\s?(\d{1,3})(?![\d%.:/-]*[\d%])")
def _score(context: Context, match: re.Match[str]) -> Found | None:
    """Two numbers that are held against each other."""
    if match[2] == "比":
        return None
    start, end = match.span()
    if re.match(r"\s?[=≠><≤≥]\s?\d", context.after(end)):
        return None
    chinese = context.is_chinese(start, end)
    before, after = match.group(1, 3)
    if chinese:
        scored = _led(context, start, "score_zh") or _followed(context, end, "score_zh_after")
        counted = re.match(r"[年月日号点岁个元块%℃度人天次章页届]", context.after(end))
        if match[2] == ":" or (scored and not counted):
            return Found(
                end,
                (
                    Part(start, match.end(1), cardinal_zh(before)),
                    Part(match.start(2), match.end(2), "比"),
                    Part(match.start(3), end, cardinal_zh(after)),
                ),
            )
        return None
    if match[2] == ":" or _led(context, start, "score_en"):
        return Found(end, (Part(start, end, f" {cardinal_en(before)} to {cardinal_en(after)} "),))
    return None


_OPERATORS = {
    "zh": {
        "+": "加",
        "-": "减",
        "–": "减",
        "*": "乘",
        "×": "乘",
        "x": "乘",
        "·": "乘",
        "/": "除以",
        "÷": "除以",
        "±": "正负",
    },
    "en": {
        "+": " plus ",
        "-": " minus ",
        "–": " minus ",
        "*": " times ",
        "×": " times ",
        "x": " times ",
        "·": " times ",
        "/": " divided by ",
        "÷": " divided by ",
        "±": " plus or minus ",
    },
}


@RULES.rule(
    rf"{NUMBER}(?:\s?[-+*×x·/÷–±]\s?{NUMBER})+(?=\s?[=≠≈><≤≥]\s?[-?\dA-Za-z(])|{NUMBER}(?:\s?[+*×÷±]\s?{NUMBER})+"
)
def _equation(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    operators = _OPERATORS["zh" if chinese else "en"]
    parts = []
    for piece in re.finditer(rf"{NUMBER}|[-+*×x·/÷–±]", match.group()):
        at = match.start() + piece.start()
        said = operators.get(piece.group()) or say_number(piece.group(), chinese=chinese)
        parts.append(Part(at, at + len(piece.group()), said if chinese else f" {said} "))
    return Found(match.end(), tuple(parts))


@RULES.rule(r"(\d+(?:\.\d+)?)(?:\^(-?\d+)|([²³]))(?![A-Za-z])")
def _power(context: Context, match: re.Match[str]) -> Found:
    return _raised(context, match.start(), match.end(), match[1], match[2] or {"²": "2", "³": "3"}[match[3]])


def _raised(context: Context, start: int, end: int, base: str, exponent: str) -> Found:
    chinese = context.is_chinese(start, end)
    said = say_number(base, chinese=chinese) if base[0].isdigit() else base
    return Found(end, (Part(start, end, said + power(exponent, chinese=chinese)),))


def power(exponent: str, *, chinese: bool) -> str:
    """的六次方, 的平方; to the power of six, squared."""
    sign, number = ("负" if chinese else "minus ") if exponent[0] == "-" else "", exponent.lstrip("-")
    if chinese:
        return {"2": "的平方", "3": "的立方"}.get(exponent) or f"的{sign}{cardinal_zh(number)}次方"
    return {"2": " squared ", "3": " cubed "}.get(exponent, f" to the power of {sign}{cardinal_en(number)} ")


@RULES.rule(rf"√\s?\(?({NUMBER})\)?")
def _root(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    number = say_number(match[1], chinese=chinese)
    return whole(match, f"根号{number}" if chinese else f" the square root of {number} ")


# Fractions


@RULES.rule(rf"(?:(\d+)\s?)?([{_VULGAR_CLASS}])|(\d+) (\d)/(\d{{1,2}})(?![\d/])")
def _mixed(context: Context, match: re.Match[str]) -> Found | None:
    """½, 1½, 3 1/2."""
    above, below = map(str, _VULGAR[match[2]]) if match[2] else match.group(4, 5)
    count = match[1] or match[3]
    if int(below) <= int(above):
        return None
    if context.is_chinese(match.start(), match.end()):
        return whole(match, (f"{cardinal_zh(count)}又" if count else "") + fraction_zh(above, below))
    said = fraction_en(above, below)
    if count:
        said = f"{cardinal_en(count)} and {'a' + said[3:] if above == '1' else said}"
    elif _led_by_article(context, match.start()):
        said = said.removeprefix("one ")
    return whole(match, f" {said} ")


def _led_by_article(context: Context, at: int) -> bool:
    return bool(re.search(r"\ba ?$", context.before(at), re.IGNORECASE))


@RULES.rule(r"(\d{1,4})/(\d{1,4})(?![\d/]*\d)(\s?mmHg)?")
def _slash(context: Context, match: re.Match[str]) -> Found | None:
    """Fractions, and the pairs that are none: 24/7, 50/50, 120/80, 8/10."""
    above, below = match.group(1, 2)
    before = context.before(match.start())
    chinese = context.is_chinese(match.start(), match.end())
    if match[3] is not None or re.search(r"血压|高压|\bBP\b|blood pressure", before, re.IGNORECASE):
        join = "，" if chinese else " over "
        say = cardinal_zh if chinese else cardinal_en
        return Found(
            match.end(),
            (
                Part(match.start(1), match.end(1), f" {say(above)} " if not chinese else say(above)),
                Part(match.end(1), match.start(2), join),
                Part(match.start(2), match.end(2), f" {say(below)} " if not chinese else say(below)),
                *(
                    [Part(match.start(3), match.end(3), "毫米汞柱" if chinese else " millimeters of mercury ")]
                    if match[3]
                    else []
                ),
            ),
        )
    pair = match.group() in {"24/7", "7/24", "9/11", "20/20"} or (int(above) + int(below) == 100 and int(above) >= 50)
    if pair:
        return whole(
            match,
            cardinal_zh(above) + cardinal_zh(below) if chinese else f" {cardinal_en(above)} {cardinal_en(below)} ",
        )
    if chinese:
        return whole(match, fraction_zh(above, below)) if int(below) and above[0] != "0" else None
    if below in {"5", "10", "100"} and re.search(
        rf"\b(?:{_near('serving_en')})\b[^.!?]{{0,16}}$", before, re.IGNORECASE
    ):
        return whole(match, f" {cardinal_en(above)} out of {cardinal_en(below)} ")
    if int(above) < int(below) <= 100:
        return whole(match, f" {fraction_en(above, below)} ")
    return whole(match, f" {cardinal_en(above)} over {cardinal_en(below)} ")


# Money


@dataclass(frozen=True, slots=True)
class _Currency:
    one: str
    many: str
    hundredth: str
    chinese: str


@cache
def _currencies() -> dict[str, _Currency]:
    return {form: _Currency(*said) for forms, *said in rows("currencies.tsv") for form in forms.split()}


_MONEY = r"US\$|HK\$|NT\$|[ACS]\$|[$£€¥₩₹₽₿]"
_MONEY_CODES = r"USD|EUR|GBP|JPY|CNY|RMB|HKD|AUD|CAD|TWD|SGD|KRW|INR|CHF|BTC"
_SCALES = {
    "k": ("thousand", "千"),
    "K": ("thousand", "千"),
    "m": ("million", "百万"),
    "M": ("million", "百万"),
    "mn": ("million", "百万"),
    "mm": ("million", "百万"),
    "mil": ("million", "百万"),
    "B": ("billion", "十亿"),
    "b": ("billion", "十亿"),
    "bn": ("billion", "十亿"),
    "Bn": ("billion", "十亿"),
    "T": ("trillion", "万亿"),
    "tn": ("trillion", "万亿"),
    "thousand": ("thousand", "千"),
    "million": ("million", "百万"),
    "billion": ("billion", "十亿"),
    "trillion": ("trillion", "万亿"),
    "万": ("万", "万"),
    "亿": ("亿", "亿"),
    "千": ("千", "千"),
    "百万": ("百万", "百万"),
    "千万": ("千万", "千万"),
    "万亿": ("万亿", "万亿"),
}
_SCALE = r"(?:\s?(thousand|million|billion|trillion|万亿|百万|千万|[千万亿]|(?:bn|Bn|mn|mm|mil|tn|[kKmMBbT])(?![A-Za-z0-9])))?"


@RULES.rule(
    rf"([-+]?)({_MONEY}|(?:{_MONEY_CODES})\s?)\s?({NUMBER})(?:[kKmMB]?(?={_DASH}(?:{_MONEY})?\d)(?:{_DASH}(?:{_MONEY})?({NUMBER})))?{_SCALE}"
)
def _money(context: Context, match: re.Match[str]) -> Found | None:
    sign = match[1]
    if sign and re.search(r"[A-Za-z0-9]$", context.before(match.start(), 1)):
        return None
    return _amount(context, match, match[2].strip(), (match[3], match[4]), match[5], sign)


@RULES.rule(rf"({NUMBER})(?:{_DASH}({NUMBER}))?{_SCALE}\s?([€£$¥₹₽₩₿¢]|(?:{_MONEY_CODES})(?![A-Za-z]))")
def _money_behind(context: Context, match: re.Match[str]) -> Found:
    return _amount(context, match, match[4], (match[1], match[2]), match[3], "")


_TIMES = {"千": 3, "百万": 6, "十亿": 9, "万亿": 12}


def _amount(
    context: Context, match: re.Match[str], sign: str, numbers: tuple[str, str | None], scale: str | None, minus: str
) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    currency = _currencies()[sign]
    first, second = numbers
    lead = {"-": ("负" if chinese else "minus "), "+": ("正" if chinese else "plus ")}.get(minus, "")
    if chinese:
        amounts = [_scaled_zh(number, scale) for number in (first, second) if number]
        named = currency.chinese
        if context.text[match.end() : match.end() + len(named)] == named or re.match(
            r"元|块", context.after(match.end())
        ):
            named = ""
        return whole(match, lead + "到".join(amounts) + named)
    factor = f" {_SCALES[scale][0]}" if scale else ""
    singular = _adjective(context, match.start(), match.end())
    cents = re.fullmatch(r"([\d,]+)\.(\d\d)", first)
    if cents and not factor and second is None and currency.hundredth:
        return whole(match, f" {lead}{_coins(cents[1].replace(',', ''), cents[2], currency)} ")
    said = " to ".join(say_number(number, chinese=False) for number in (first, second) if number)
    one = singular or (second is None and _is_one(first) and not factor)
    return whole(match, f" {lead}{said}{factor} {currency.one if one else currency.many} ")


def _scaled_zh(number: str, scale: str | None) -> str:
    """A number with its 千, 百万 or 十亿 worked into it: 1.5K is 一千五百; .00 says nothing."""
    number = re.sub(r"\.0+$", "", number)
    if scale is None:
        return say_number(number, chinese=True, two="两")
    chinese = _SCALES[scale][1]
    if scale in {"万", "亿", "千", "百万", "千万", "万亿"}:
        return say_number(number, chinese=True, two="两") + chinese
    whole_part, _, fraction = number.replace(",", "").partition(".")
    zeros = _TIMES[chinese] - len(fraction)
    if zeros < 0:
        return say_number(number, chinese=True, two="两") + chinese
    return cardinal_zh(str(int(whole_part + fraction)) + "0" * zeros)


def _coins(units: str, hundredths: str, currency: _Currency) -> str:
    """Seven dollars and five cents; what is nothing is not said."""
    coin = currency.hundredth
    coins = "pence" if coin == "penny" else coin if coin in {"fen", "paisa"} else coin + "s"
    parts = []
    if int(units) or not int(hundredths):
        parts.append(f"{cardinal_en(units)} {currency.one if int(units) == 1 else currency.many}")
    if int(hundredths):
        parts.append(f"{cardinal_en(hundredths)} {coin if int(hundredths) == 1 else coins}")
    return " and ".join(parts)


# Decades


_DECADES = (
    "hundreds",
    "tens",
    "twenties",
    "thirties",
    "forties",
    "fifties",
    "sixties",
    "seventies",
    "eighties",
    "nineties",
)


@RULES.rule(r"'?(?:(1\d|20))?(\d)0'?s\b")
def _decade(context: Context, match: re.Match[str]) -> Found | None:
    """1990s, the '90s, the 1900s."""
    if context.is_chinese(match.start(), match.end()) and match[1] is None:
        return None
    if match[1] is None:
        plural = "'" in match.group() or re.search(
            r"\b(?:the|his|her|my|their|your|our|early|mid|late|in)[ -]$", context.before(match.start()), re.IGNORECASE
        )
        if not plural:
            return None
        return whole(match, f" {_DECADES[int(match[2])]} ") if int(match[2]) else None
    century = "two thousands" if match[1] == "20" and match[2] == "0" else ""
    return whole(match, f" {century or cardinal_en(match[1]) + ' ' + _DECADES[int(match[2])]} ")


@RULES.rule(r"\d{1,2}G(?![A-Za-z0-9/])")
def _generation(context: Context, match: re.Match[str]) -> Found:
    """5G, a generation of networks; and 16G in Chinese, where the unit goes by its letter."""
    return _number_and_letter(context, match)


def _number_and_letter(context: Context, match: re.Match[str]) -> Found:
    chinese, end = context.is_chinese(match.start(), match.end()), match.end() - 1
    number = say_number(context.text[match.start() : end], chinese=chinese)
    said = number if chinese else f" {number} "
    return Found(
        match.end(), (Part(match.start(), end, said), Part(end, match.end(), f" {context.text[end]} ", letter=True))
    )


@RULES.rule(rf"({NUMBER})x(?![A-Za-z0-9])")
def _times(context: Context, match: re.Match[str]) -> Found:
    """2x faster."""
    chinese = context.is_chinese(match.start(), match.end())
    return whole(
        match,
        say_number(match[1], chinese=chinese, two="两") + "倍"
        if chinese
        else f" {say_number(match[1], chinese=False)} times ",
    )


@RULES.rule(r"(\d+(?:\.\d+)?)[eE]([-+]?\d{1,3})(?![A-Za-z0-9.])")
def _scientific(context: Context, match: re.Match[str]) -> Found:
    """1e6."""
    chinese = context.is_chinese(match.start(), match.end())
    number, exponent = say_number(match[1], chinese=chinese), match[2].lstrip("+")
    if chinese:
        return whole(match, f"{number}乘十{power(exponent, chinese=True)}")
    return whole(
        match,
        f" {number} times ten to the power of {'minus ' if exponent[0] == '-' else ''}{cardinal_en(exponent.lstrip('-'))} ",
    )


# Percentages and measures


_PERCENT = {"%": ("百分之", "percent"), "‰": ("千分之", "per mille")}


@RULES.rule(rf"([-+±]?)({NUMBER})\s?([%‰]?)(?:{_DASH}([-+]?)({NUMBER}))?\s?([%‰])")
def _percent(context: Context, match: re.Match[str]) -> Found | None:
    first, second = match.group(2, 5)
    if match[3] and second is None:
        return None
    chinese = context.is_chinese(match.start(), match.end())
    prefix, suffix = _PERCENT[match[6]]
    sign = _sign(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    if not chinese:
        said = " to ".join(say_number(number, chinese=False) for number in (first, second) if number)
        return whole(match, f" {sign}{said} {suffix} ")
    numbers = [say_number(number, chinese=True) for number in (first, second) if number]
    join = f"到{prefix}" if match[3] else "到"
    return whole(match, sign + prefix + join.join(numbers))


def _sign(context: Context, at: int, sign: str, *, chinese: bool) -> str | None:
    """What a sign before a number says; None where a hyphen there joins words."""
    if not sign:
        return ""
    if sign == "±":
        return "正负" if chinese else "plus or minus "
    before = context.text[at - 1 : at]
    if before and is_hanzi(before) and chinese:
        measured = re.match(rf"[-+]\s?{NUMBER}\s?(?:[℃°%度分元]|摄氏|华氏)", context.text[at:])
        if not measured and before not in "是为到至在约达温度得于等和与或有":
            return None
    elif before and (before.isalnum() or before in ")]}%°℃"):
        return None
    if sign == "+":
        return "正" if chinese else "plus "
    return "负" if chinese else "negative "


@dataclass(frozen=True, slots=True)
class _Unit:
    one: str
    many: str
    chinese: str
    spaced: bool


@cache
def _units() -> dict[str, _Unit]:
    units: dict[str, _Unit] = {}
    for row in rows("units.tsv"):
        forms, one, many, chinese, spaced = [*row, ""][:5]
        for form in forms.split():
            units[form.replace("μ", "µ")] = _Unit(one, many, chinese, spaced == "space")
    return units


@cache
def _unit_by_case() -> dict[str, _Unit]:
    """Units of several letters by their small letters, for those that are no others in them."""
    found: dict[str, _Unit] = {}
    for form, unit in _units().items():
        found.setdefault(form.lower() if len(form) > 1 else form, unit)
    return found


def _unit(form: str) -> _Unit | None:
    return _units().get(form) or _unit_by_case().get(form.lower() if len(form) > 1 else form)


_UNIT = r"(?:[°℃℉][CF]?|[A-Za-zµμΩ]{1,4})"
_POWER = r"(?:[²³]|\^[23]|[23](?![\d.]))?"
_MEASURE = rf"({_UNIT})({_POWER})(?:/({_UNIT})({_POWER}))?(?![A-Za-z0-9])"


@RULES.rule(rf"({NUMBER})(?:{_DASH}({NUMBER}))?([kKwMB]|bn)(?![A-Za-z0-9'/])")
def _scaled(context: Context, match: re.Match[str]) -> Found | None:
    """10K, 5M and 2B as people count followers; in Chinese 10w is 十万."""
    chinese = context.is_chinese(match.start(), match.end())
    if (match[3] == "w") != chinese and match[3] in {"w", "M", "B", "bn"}:
        return None
    if match[3] == "B" and not _followed(context, match.end(), "counted"):
        return None
    if match[3] == "K" and re.match(
        r"\s?(?:video|TV|display|monitor|resolution|screen|UHD|footage|camera|movie|电视|视频|屏|显示器|画质|高清|超清|分辨率|影像|摄像)",
        context.after(match.end()),
    ):
        return _number_and_letter(context, match)
    numbers = [number for number in match.group(1, 2) if number]
    if chinese:
        zeros = {"w": "万"}.get(match[3])
        return whole(match, "到".join(_scaled_zh(number, zeros or match[3]) for number in numbers))
    return whole(match, f" {' to '.join(say_number(n, chinese=False) for n in numbers)} {_SCALES[match[3]][0]} ")


@RULES.rule(rf"([-+±]?)({NUMBER})(?:\s?[x×]\s?({NUMBER}))?(?:{_DASH}(-?)({NUMBER}))?(\s?){_MEASURE}")
def _measure(context: Context, match: re.Match[str]) -> Found | None:
    """A number with a unit: by the number, m is metres; 5G is no five grams."""
    form, per = match.group(7, 9)
    unit, below = _unit(form), _unit(per) if per else None
    if unit is None or (per and below is None):
        return None
    if match[6] and not _spaced_unit(context, match, form, unit):
        return None
    chinese = context.is_chinese(match.start(), match.end())
    sign = _sign(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    name = _unit_name(match, unit, below, chinese=chinese, plural=not _singular(context, match))
    numbers = [say_number(number, chinese=chinese, two="两") for number in (match[2], match[3], match[5]) if number]
    if match[3]:
        numbers = [numbers[0] + ("乘" if chinese else " by ") + numbers[1], *numbers[2:]]
    second = ("负" if chinese else "minus ") if match[4] else ""
    joined = (f"到{second}" if chinese else f" to {second}").join(numbers)
    end = match.end()
    if chinese:
        parts = _letters_of_unit(match, sign + joined, name)
        return Found(end, parts)
    return whole(match, f" {sign}{joined} {name} ", end=end)


def _spaced_unit(context: Context, match: re.Match[str], form: str, unit: _Unit) -> bool:
    """Whether letters behind a space are a unit and no word: 5 m wide, 3 s; but never 5 W. Main St."""
    if not unit.spaced:
        return False
    if form in {"in", "gal", "sec", "mi", "min"}:
        return form != "in"
    return not (form.isupper() and len(form) == 1 and re.match(r"\.? [A-Z]", context.after(match.end())))


def _singular(context: Context, match: re.Match[str]) -> bool:
    alone = match[5] is None and match[3] is None and _is_one(match[2])
    return alone or _adjective(context, match.start(), match.end())


_SQUARES = {"²": ("square ", "平方"), "³": ("cubic ", "立方")}


def _unit_name(match: re.Match[str], unit: _Unit, below: _Unit | None, *, chinese: bool, plural: bool) -> str:
    raised = [
        match[group].replace("^2", "²").replace("^3", "³").replace("2", "²").replace("3", "³") if match[group] else ""
        for group in (8, 10)
    ]
    square = [_SQUARES.get(power, ("", ""))[chinese] for power in raised]
    if chinese:
        return square[0] + unit.chinese + (f"每{square[1]}{below.chinese}" if below else "")
    if below is not None and below.one == "second" and square[1]:
        return f"{unit.many if plural else unit.one} per second {'squared' if square[1][0] == 's' else 'cubed'}"
    return square[0] + (unit.many if plural else unit.one) + (f" per {square[1]}{below.one}" if below else "")


def _letters_of_unit(match: re.Match[str], said: str, name: str) -> tuple[Part, ...]:
    """In Chinese some units go by their letters: 十六GB."""
    if name.isascii():
        number = Part(match.start(), match.end(5) if match[5] else match.end(2), said)
        return (number, Part(match.start(7), match.end(7), f" {name} "))
    return (Part(match.start(), match.end(), said + name),)


@RULES.rule(r"(\d{1,2})'\s?(\d{1,2})(?:\"|''|”)")
def _feet_and_inches(context: Context, match: re.Match[str]) -> Found:
    if context.is_chinese(match.start(), match.end()):
        return whole(match, f"{cardinal_zh(match[1])}英尺{cardinal_zh(match[2])}英寸")
    return whole(match, f" {cardinal_en(match[1])} foot {cardinal_en(match[2])} ")


@RULES.rule(rf"([-+]?)({NUMBER})(?:{_DASH}({NUMBER}))?°")
def _degrees(context: Context, match: re.Match[str]) -> Found | None:
    chinese = context.is_chinese(match.start(), match.end())
    sign = _sign(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    numbers = ("到" if chinese else " to ").join(say_number(n, chinese=chinese) for n in match.group(2, 3) if n)
    return whole(
        match, f"{sign}{numbers}度" if chinese else f" {sign}{numbers} degree{'' if _is_one(match[2]) else 's'} "
    )


@RULES.rule(r"(\d{3,4})([A-Z])(?![A-Za-z0-9])")
def _room_with_letter(context: Context, match: re.Match[str]) -> Found:
    """705A: a room, a bus, a type."""
    return Found(match.end(), by_digits(context, match.start(), match.end(), phone=True, zero="oh"))


# Versions and ordinals


@RULES.rule(r"\d+(?:\.\d+){2,}")
def _version(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    numbers = [say_number(number, chinese=chinese) for number in match.group().split(".")]
    return whole(match, "点".join(numbers) if chinese else f" {' point '.join(numbers)} ")


@RULES.rule(r"(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
def _ordinal(_context: Context, match: re.Match[str]) -> Found:
    return whole(match, f" {ordinal_en(match[1].replace(',', ''))} ")


@RULES.rule(r"第\s?(\d+)(?:([-–—~])第?(\d+))?")
def _ordinal_zh(_context: Context, match: re.Match[str]) -> Found:
    """第二 and never 第两."""
    parts = [
        Part(match.start(), match.start() + 1, "第"),
        Part(match.start(1), match.end(1), say_number(match[1], chinese=True)),
    ]
    if match[3]:
        parts += [
            Part(match.start(2), match.end(2), "到"),
            Part(match.start(3), match.end(3), say_number(match[3], chinese=True)),
        ]
    return Found(match.end(), tuple(parts))


# Ranges


@RULES.rule(rf"([-+]?)({NUMBER})({_DASH})(-?)({NUMBER})(?!-?\d)")
def _range(context: Context, match: re.Match[str]) -> Found | None:
    first, second = match.group(2, 5)
    chinese = context.is_chinese(match.start(), match.end())
    sign = _sign(context, match.start(), match[1], chinese=chinese)
    if sign is None or (" " in match[3] and "-" in match[3] and match[3].strip() == "-" and match[3].count(" ") != 2):
        return None
    years = _is_year(first) and (_is_year(second) or (len(second) == 2 and second.isdigit()))
    if chinese:
        dated = re.match(r"[学年财赛]", context.after(match.end())) is not None
        two = _two(context, match.end())
        said = [
            digits_zh(number) if years and dated else say_number(number, chinese=True, two=two)
            for number in (first, second)
        ]
        return Found(
            match.end(),
            (
                Part(match.start(), match.end(2), sign + said[0]),
                Part(match.start(3), match.end(3), "到负" if match[4] else "到"),
                Part(match.start(5), match.end(), said[1]),
            ),
        )
    if years and not _followed(context, match.end(), "counted"):
        numbers = [year_en(first), year_en(second) if len(second) == 4 else cardinal_en(second)]
    elif _MONTH_BEFORE.search(context.before(match.start())) and "." not in first + second:
        numbers = [ordinal_en(first), ordinal_en(second)]
    else:
        numbers = [say_number(number, chinese=False) for number in (first, second)]
    low = "minus " if match[4] else ""
    return Found(
        match.end(),
        (
            Part(match.start(), match.end(2), f" {sign}{numbers[0]} "),
            Part(match.start(3), match.end(3), " to "),
            Part(match.start(5), match.end(), f" {low}{numbers[1]} "),
        ),
    )


# Plain numbers


@RULES.rule(rf"([-+±])\s?({NUMBER}|\.\d+)")
def _signed(context: Context, match: re.Match[str]) -> Found | None:
    chinese = context.is_chinese(match.start(), match.end())
    sign = _sign(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    if match[1] == "-" and " " in match.group():
        return None
    plain = re.compile(rf"{NUMBER}|\.\d+").match(context.text, match.start(2))
    assert plain is not None
    found = _say_plain(context, plain)
    first = found.parts[0]
    return Found(
        found.end,
        (
            Part(match.start(), first.end, f" {sign}{first.said.strip()} " if not chinese else sign + first.said),
            *found.parts[1:],
        ),
    )


@RULES.rule(r"\.(\d+)")
def _bare_fraction(context: Context, match: re.Match[str]) -> Found | None:
    """.5, but no full stop before a number."""
    before = context.text[match.start() - 1 : match.start()]
    if before and (before.isalnum() or before == "."):
        return None
    if context.is_chinese(match.start(), match.end()):
        return whole(match, f"零点{digits_zh(match[1])}")
    return whole(match, f" {decimal_en('', match[1])} ")


@RULES.rule(NUMBER)
def _plain(context: Context, match: re.Match[str]) -> Found:
    """A number that is nothing else."""
    return _say_plain(context, match)


def _say_plain(context: Context, match: re.Match[str]) -> Found:
    """What is counted, a year, a day of a month, or only a number."""
    if context.is_chinese(match.start(), match.end()):
        return _plain_zh(context, match)
    return whole(match, f" {_plain_en(context, match)} ")


def _plain_zh(context: Context, match: re.Match[str]) -> Found:
    written = match.group()
    after = context.after(match.end(), 4)
    by_year = (
        written.isdigit()
        and after[:1] == "年"
        and (len(written) == 4 or (len(written) == 2 and _named_year(written, after)))
    )
    decade = len(written) == 2 and written[1] == "0" and after[:1] == "后" and int(written) not in {10, 20, 30}
    after_zero = written == "00" and after[:1] == "后"
    if by_year or decade or after_zero:
        return whole(match, digits_zh(written))
    if written.isdigit() and (len(written) > 1 and written[0] == "0" and not re.match(r"[月日号点时分秒]", after)):
        return _digits(context, match, phone=len(written) > 3)
    if written.isdigit() and len(written) >= 9 and not written.endswith("000"):
        return _digits(context, match, phone=True)
    if len(written) == 2 and written[0] == "0" and re.match(r"[分秒]", after):
        return whole(match, digits_zh(written))
    if re.match(r"[月日号点时分秒]", after) and written.isdigit():
        written = str(int(written))
    if 3 <= len(written) <= 5 and written.isdigit() and _NAMED.search(context.before(match.start(), 8)):
        return _digits(context, match)
    return whole(match, say_number(written, chinese=True, two=_two(context, match.end())))


_NAMED = re.compile(
    r"(?:(?<![A-Za-z])(?!TOP|NO|Top|top)[A-Z]{1,3}-?|波音|空客|奔驰|宝马|标致|沃尔沃|骁龙|麒麟|天玑|国道|省道)$"
)
"""What stands before the number of a flight, a type or a road."""


def _named_year(written: str, after: str) -> bool:
    """98年 and 08年 are years, 20年前 and 50年来 lengths of time."""
    counted = re.match(r"年(?:前|后|来|间|之|以|代|里|历史|的|内|了|没|多|河)", after)
    return counted is None and (written[0] == "0" or int(written) >= 60)


def _two(context: Context, at: int) -> str:
    """两 before what is counted, 二 elsewhere."""
    if _followed(context, at, "not_liang") and not re.match(r"个|年(?!级)|点|次(?!方)|中间", context.after(at)):
        return "二"
    return "两" if _followed(context, at, "liang") else "二"


def _plain_en(context: Context, match: re.Match[str]) -> str:
    written = match.group()
    digits = written.isdigit()
    if digits and len(written) <= 2 and _MONTH_BEFORE.search(context.before(match.start())) and 1 <= int(written) <= 31:
        return ordinal_en(written)
    of_month = re.match(rf" (?:{'|'.join(_MONTHS)})\b", context.after(match.end()))
    if digits and len(written) <= 2 and of_month and 1 <= int(written) <= 31:
        the = "" if re.search(r"\bthe $", context.before(match.start())) else "the "
        return f"{the}{ordinal_en(written)} of"
    if digits and len(written) == 4 and _reads_as_year(context, match):
        return year_en(written)
    if digits and len(written) > 1 and written[0] == "0":
        return digits_en(written, zero="oh" if len(written) == 2 else "zero")
    if digits and len(written) >= 10 and not written.endswith("000"):
        return digits_en(written)
    return say_number(written, chinese=False)


def _reads_as_year(context: Context, match: re.Match[str]) -> bool:
    """Numbers of four digits are said in pairs, unless something is counted with them."""
    if not _is_year(match.group()) or _followed(context, match.end(), "counted"):
        return False
    return _led(context, match.start(), "before_year") or int(match.group()) >= 1100
