"""What a sign says between the things it joins: equals, at, and, greater than; or nothing at all.

Hyphens between two dates or times are to, and a hash is a tag, a number or a note by what follows. Marks of punctuation
are left to whoever makes pauses of them.
"""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Rules, whole
from oncue.model.text.letter_rules import spelled_parts
from oncue.model.text.numbers.equations import power
from oncue.model.text.numbers.measures import unit_named
from oncue.model.text.patterns import pattern

RULES = Rules()

_NAMES = {
    "&": ("和", " and "),
    "@": ("艾特", " at "),
    "+": ("加", " plus "),
    "=": ("等于", " equals "),
    "×": ("乘", " times "),
    "÷": ("除以", " divided by "),
    "%": ("百分号", " percent "),
    "°": ("度", " degrees "),
    "≠": ("不等于", " is not equal to "),
    "≈": ("约等于", " is about "),
    "≤": ("小于等于", " is less than or equal to "),
    "≥": ("大于等于", " is greater than or equal to "),
    "<": ("小于", " is less than "),
    ">": ("大于", " is greater than "),
    "±": ("正负", " plus or minus "),
    "∞": ("无穷大", " infinity "),
    "√": ("根号", " the square root of "),
}


def _name(context: Context, match: re.Match[str], sign: str, *, end: int | None = None) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    return whole(match, _NAMES[sign][0 if chinese else 1], end=end)


@RULES.rule(r"[<>]=|!=|=>|->|<-|={2,}|&&")
def _typed(context: Context, match: re.Match[str]) -> Found | None:
    """Signs as they are typed: <= and its like between operands, arrows nowhere."""
    sign = {"<=": "≤", ">=": "≥", "!=": "≠", "==": "=", "&&": "&"}.get(match.group())
    if sign is None or not _between(context, match):
        return Found(match.end(), ())
    return _name(context, match, sign)


@RULES.rule(r"~\s?(?=[$€£¥₹]?\d)|[<>≤≥≈](?=\s?[$€£¥₹]?\d)")
def _roughly(context: Context, match: re.Match[str]) -> Found | None:
    """~50 people, <5 minutes: where nothing stands before that could be compared."""
    before = context.before(match.start(), 12)
    compared = pattern(r"[\w)\]%°℃]\s?$").search(before) is not None
    counted = pattern(r"[a-z]{2,} $" if match.group()[0] != "~" else r"[a-z]{2,} $|[一-鿿]$").search(before) or pattern(
        r"[有为是达过仅需用在]$"
    ).search(before)
    if compared and not counted:
        return None
    said = {
        "~": ("大约", " about "),
        "≈": ("大约", " about "),
        "<": ("不到", " less than "),
        ">": ("超过", " more than "),
        "≤": ("不超过", " at most "),
        "≥": ("至少", " at least "),
    }[match.group()[0]]
    return whole(match, said[0 if context.is_chinese(match.start(), match.end()) else 1])


@RULES.rule(r"[≠≈≤≥<>]")
def _relation(context: Context, match: re.Match[str]) -> Found | None:
    return _name(context, match, match.group()) if _between(context, match) else None


def _between(context: Context, match: re.Match[str]) -> bool:
    """Whether something that can be compared stands on both sides."""
    left = pattern(r"(?:[\w)%°℃]|[一-鿿])\s?$").search(context.before(match.start()))
    return left is not None and pattern(r"\s?[-+±(√]?(?:\w|[一-鿿])").match(context.after(match.end())) is not None


@RULES.rule("[²³]")
def _raised(context: Context, match: re.Match[str]) -> Found:
    """Behind something that no other rule has raised."""
    return whole(match, power({"²": "2", "³": "3"}[match.group()], chinese=context.is_chinese(*match.span())))


@RULES.rule(r"[±∞√]")
def _before_operand(context: Context, match: re.Match[str]) -> Found:
    return _name(context, match, match.group())


@RULES.rule(r"[&@+=×÷%°]")
def _joining(context: Context, match: re.Match[str]) -> Found | None:
    """Behind something that it joins to another, or a name that is called."""
    sign = match.group()
    before, after = context.before(match.start(), 3), context.after(match.end(), 3)
    if sign == "@" and pattern(r"[\w一-鿿]").match(after):
        return _name(context, match, sign)
    if not pattern(r"[\w+%°)²³.]\s?$").search(before):
        return None
    if sign in "×÷=" or sign in "%°+" or pattern(r"\s?[\w(-]").match(after):
        return _name(context, match, sign)
    return None


_AMOUNT = re.compile(
    r"(?:[$€£¥₹]\s?\d[\d.,]*\s?(?:[kKmMbB]|bn|million|billion|thousand)?"
    r"|\d[\d.,]*\s?(?:[A-Za-zµ°%]{1,12}[²³]?|个|[次元块角分克升米瓦天度粒片斤吨件台只条张瓶盒袋包箱人位股斤]|[千毫公微]?[克升米斤]|[美欧日港]元|英镑|万元|千瓦时|毫升))"
    r"(?:/[A-Za-z]{1,8})*$"
)
"""What may be so much for each of something: $5/month, 3 pills/day, 72次/分."""
_UNITS_EACH = re.compile(r"[A-Za-z]{1,10}(?![A-Za-z0-9_]|\.[A-Za-z0-9])|[一-鿿]")


@RULES.rule(r"(?:/[A-Za-z][\w.-]*){2,}/?(?![\w/])")
def _path(context: Context, match: re.Match[str]) -> Found | None:
    """/usr/bin, ~/Documents/notes; but no and/or."""
    if pattern(r"[\w)]$").search(context.before(match.start(), 1)):
        return None
    end = match.end() - len(match.group()) + len(match.group().rstrip("."))
    return Found(end, tuple(spelled_parts(context, match.start(), end)))


@RULES.rule("/")
def _per(context: Context, match: re.Match[str]) -> Found | None:
    """$5/month, 3 pills/day, 72次/分; but no 3 apples and/or pears."""
    after = _UNITS_EACH.match(context.text, match.end())
    before = context.before(match.start(), 24)
    if after is not None and pattern(r"\^-?\d+$").search(before):
        pass  # 10^9/L
    elif after is None or _AMOUNT.search(before) is None or pattern(r"(?:and|or)$").search(before):
        return None
    each = unit_named(after.group())
    if not context.is_chinese(match.start(), after.end()):
        return whole(match, f" per {each.one} ", end=after.end()) if each else whole(match, " per ")
    return whole(match, f"每{each.chinese}", end=after.end()) if each else whole(match, "每")


@RULES.rule(r"#(?=(\d+)(?![\w#]))")
def _number_sign(context: Context, match: re.Match[str]) -> Found:
    """#1."""
    return whole(match, "" if context.is_chinese(match.start(), match.end()) else " number ")


@RULES.rule(r"#(?=[A-Z]{1,3}-?\d)")
def _numbered_part(context: Context, match: re.Match[str]) -> Found:
    """part #A-113."""
    return whole(match, "" if context.is_chinese(match.start(), match.end()) else " number ")


@RULES.rule(r"#(?=[A-Za-z])")
def _tag(context: Context, match: re.Match[str]) -> Found | None:
    """#winning; a tag between two hashes is only its words."""
    if context.is_chinese(match.start(), match.end()) or pattern(r"[A-Za-z0-9]$").search(
        context.before(match.start(), 1)
    ):
        return None
    return whole(match, " hashtag ")


_NUMERALS = "零〇一二三四五六七八九十百千万两"
_DAYS = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?"
_MONTHS = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_WEEKDAYS = "(?:周|星期|礼拜)[一二三四五六日天末]"
_SPANS = tuple(
    (re.compile(rf"{before}$"), re.compile(after))
    for before, after in (
        (
            rf"[\d{_NUMERALS}半][日号点分年月%℃度岁级层楼章时秒元块页万亿千百个天周]",
            rf"(?:第|[上下中]午|凌晨|晚上?|早上?|次日|翌日|同年|今年|明年)?(?:零下|负)?[\d{_NUMERALS}]",
        ),
        (r"\d\s?(?:°[CF]|[A-Za-z]{1,4}[²³]?|[%°])", r"(?:零下|负)?[-+]?[$€£¥]?\d"),
        (r"\d:\d\d", r"\d{1,2}:\d\d"),
        (r"\d[\"'”]", r"\d+'"),
        (_WEEKDAYS, _WEEKDAYS),
        (r"(?:[一二三四五六七八九十]年级|初[一二三]|高[一二三])", r"[一二三四五六七八九十初高]"),
        (rf"\b{_DAYS}", rf"{_DAYS}(?![a-z])"),
        (rf"\b{_MONTHS}", rf"{_MONTHS}(?![a-z])"),
        (r"(?:st|nd|rd|th|[ap]\.?m\.?|o'clock)", r"\d"),
    )
)
"""What stands on both sides of a dash that is said as to: two dates, times, amounts, days of the week."""


@RULES.rule(r"[-–—~]{1,2}\s?")
def _to(context: Context, match: re.Match[str]) -> Found | None:
    """5月1日-5月7日, 周一-周五, Monday–Friday; and the hyphen of 歼-20, which is nothing."""
    before, after = context.before(match.start(), 12), context.after(match.end(), 12)
    if any(left.search(before) and right.match(after) for left, right in _SPANS):
        return whole(match, "到" if context.is_chinese(match.start(), match.end()) else " to ")
    if match.group() == "-" and pattern(r"[一-鿿]$").search(before) and pattern(r"\d{1,4}(?!\d)").match(after):
        return Found(match.end(), ())
    return None


@RULES.rule(r"\.NET\b")
def _dot_net(_context: Context, match: re.Match[str]) -> Found:
    return whole(match, " dot net ")


@RULES.rule(r"\.(?=[A-Za-z\d])")
def _dot(context: Context, match: re.Match[str]) -> Found | None:
    """node.js; but no full stop before a sentence that follows without a space."""
    before, after = context.before(match.start(), 12), context.after(match.end(), 3)
    if not pattern(r"[A-Za-z\d]$").search(before):
        return None
    if pattern(r"[A-Z][a-z]|[A-Z]\b").match(after) and pattern(r"[a-z]{2}$").search(before):
        return None
    return whole(match, "点" if context.is_chinese(match.start(), match.end()) else " dot ")
