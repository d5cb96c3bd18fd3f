"""What a sign says between the things it joins: equals, at, and, greater than; or nothing at all.

Hyphens between two dates or times are to, and a hash is a tag, a number or a note by what follows. Marks of punctuation
are left to whoever makes pauses of them.
"""

from __future__ import annotations

import re
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.glyphs import SUPERSCRIPTS
from oncue.model.text.numbers.around import by_digits, say_number
from oncue.model.text.numbers.equations import among_terms, lowered, power
from oncue.model.text.numbers.measures import unit_named
from oncue.model.text.patterns import pattern
from oncue.model.text.spellings.addresses import spelled_parts
from oncue.model.text.tables import rows

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
    compared = pattern(r"[\w)\]%°℃|]\s?$").search(before) is not None
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
    left = pattern(r"(?:[\w)%°℃|]|[一-鿿])\s?$").search(context.before(match.start()))
    return left is not None and pattern(r"\s?[-+±(√]?(?:\w|[一-鿿])").match(context.after(match.end())) is not None


@RULES.rule(rf"[{SUPERSCRIPTS}]+")
def _raised(context: Context, match: re.Match[str]) -> Found:
    """Behind something that no other rule has raised; behind a word or a sentence it is the mark of a note."""
    before = context.before(match.start(), 12)
    exponent = lowered(match.group())
    noted = pattern(r"(?:[A-Za-z]{4,}|[.,;:!?\"'”。，！？；：」』》]|(?<![米分秒尺])[一-鿿])$").search(before)
    if exponent in {None, "1"} or noted:
        return Found(match.end(), ())
    assert exponent is not None
    return whole(match, power(exponent, chinese=context.is_chinese(*match.span())))


@cache
def _greek() -> dict[str, tuple[str, str]]:
    return {char: (english, chinese) for chars, english, chinese in rows("greek.tsv") for char in chars.split()}


@RULES.rule(r"(?<![Α-Ωα-ω])[Α-Ωα-ωϕϵµ](?![Α-Ωα-ω])")
def _greek_letter(context: Context, match: re.Match[str]) -> Found | None:
    """A letter of Greek by its name; words of Greek are left as they are."""
    names = _greek().get(match.group())
    if names is None:
        return None
    return whole(match, names[1] if context.is_chinese(*match.span()) else f" {names[0]} ")


@RULES.rule(r"§§?\s?(\d+(?:\.\d+)*)?")
def _section(context: Context, match: re.Match[str]) -> Found:
    """§ 4.2."""
    if not context.is_chinese(*match.span()):
        return whole(match, " section ", end=match.start(1) if match[1] else match.end())
    if match[1] is None:
        return whole(match, "节")
    numbers = "点".join(say_number(number, chinese=True) for number in match[1].split("."))
    return whole(match, f"第{numbers}节")


@RULES.rule("[♭♯]")
def _accidental(context: Context, match: re.Match[str]) -> Found | None:
    """B♭: a letter rule says it in Chinese, where it stands before the note."""
    if not pattern(r"[A-Ga-g]$").search(context.before(match.start(), 1)):
        return None
    return whole(match, " flat " if match.group() == "♭" else " sharp ")


@RULES.rule("△(?=[A-Z]{3})")
def _triangle(context: Context, match: re.Match[str]) -> Found:
    return whole(match, "三角形" if context.is_chinese(*match.span()) else " triangle ")


_SIGNS_OF_MATHS = {
    "∠": ("角", " angle "),
    "∴": ("所以", " therefore "),
    "∵": ("因为", " because "),
    "∈": ("属于", " in "),
    "∉": ("不属于", " not in "),
    "∝": ("正比于", " is proportional to "),
    "⊥": ("垂直于", " is perpendicular to "),
    "∥": ("平行于", " is parallel to "),
    "∪": ("并", " union "),
    "∩": ("交", " intersection "),
    "≡": ("恒等于", " is identical to "),
}


@RULES.rule(f"[{''.join(_SIGNS_OF_MATHS)}]")
def _sign_of_maths(context: Context, match: re.Match[str]) -> Found | None:
    """Before or behind a letter or a digit, and no picture."""
    if not pattern(r"\s?[\w(]").match(context.after(match.end(), 2)):
        return None
    return whole(match, _SIGNS_OF_MATHS[match.group()][0 if context.is_chinese(*match.span()) else 1])


@RULES.rule(r"[±∞√]")
def _before_operand(context: Context, match: re.Match[str]) -> Found:
    return _name(context, match, match.group())


@RULES.rule(r"[*/](?=\s?[\w(√])")
def _times_or_over(context: Context, match: re.Match[str]) -> Found | None:
    """n/2 = a*b."""
    if not among_terms(context, *match.span()):
        return None
    said = {"*": ("乘", " times "), "/": ("除以", " over ")}[match.group()]
    return whole(match, said[0 if context.is_chinese(*match.span()) else 1])


@RULES.rule(r"\*(?=\s?\d)")
def _by(context: Context, match: re.Match[str]) -> Found | None:
    """10cm*20cm, 8k*13."""
    before = context.before(match.start(), 8)
    if not pattern(r"\d\s?(?:[A-Za-z°%µ]{1,3}|[一-鿿])?\s?$").search(before):
        return None
    measured = pattern(r"[A-Za-z]\s?$").search(before)
    return whole(match, "乘" if context.is_chinese(*match.span()) else " by " if measured else " times ")


@RULES.rule(
    r"[#*](?=号?键)|[*#](?=[*#]?\d{2,}[*#])|(?<=\d)#(?=$|[，。,. ])|(?:(?<=press )|(?<=hit )|(?<=dial )|(?<=enter )|(?<=按))[#*](?=$|\W)"
)
def _key(context: Context, match: re.Match[str]) -> Found | None:
    """#键, *#06#: keys of a telephone."""
    if context.before(match.start()).endswith(("*", "#")) and match.group() == "*":
        return None
    said = {"#": ("井号", " pound "), "*": ("星号", " star ")}[match.group()]
    named = said[0].removesuffix("号") if context.after(match.end(), 1) == "号" else said[0]
    return whole(match, named if context.is_chinese(*match.span()) else said[1])


@RULES.rule(r"\|(?=(-?[\w.+-]{1,12})\|(?:\s?[-=<>≤≥+*/]|[，。,.;；]|$))")
def _absolute(context: Context, match: re.Match[str]) -> Found | None:
    """|-5| = 5; but no bars of a table."""
    if not pattern(r"-|^[a-z]$").search(match[1]):
        return None
    return whole(match, "绝对值" if context.is_chinese(*match.span()) else " the absolute value of ")


@RULES.rule(r"[&@+=×÷%°]")
def _joining(context: Context, match: re.Match[str]) -> Found | None:
    """Behind something that it joins to another, or a name that is called."""
    sign = match.group()
    before, after = context.before(match.start(), 3), context.after(match.end(), 3)
    if sign == "×" and pattern(r"\d").match(after):
        return _name(context, match, sign)
    if sign == "°" and pattern(r"[CF](?![A-Za-z])").match(after):
        scale = ("摄氏度", " degrees Celsius ") if after[0] == "C" else ("华氏度", " degrees Fahrenheit ")
        return whole(match, scale[0 if context.is_chinese(*match.span()) else 1], end=match.end() + 1)
    if sign == "@" and pattern(r"[\w一-鿿]").match(after):
        return _name(context, match, sign)
    if not pattern(rf"[\w+%|°){SUPERSCRIPTS}.\"'”!?]\s?$").search(before):
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
_EACH_ZH = re.compile("[月年天日晚周人次件斤桌平位间张份台套盒瓶只条](?!月|日)|小时|分钟|平米|平方")
_UNITS_EACH = re.compile(r"[A-Za-z]{1,10}(?![A-Za-z0-9_]|\.[A-Za-z0-9])|[一-鿿]")


@RULES.rule(r"(?:/[A-Za-z][\w.-]*){2,}/?(?![\w/])")
def _path(context: Context, match: re.Match[str]) -> Found | None:
    """/usr/bin, ~/Documents/notes; but no and/or."""
    if pattern(r"[\w)]$").search(context.before(match.start(), 1)):
        return None
    end = match.end() - len(match.group()) + len(match.group().rstrip("."))
    return Found(end, tuple(spelled_parts(context, match.start(), end)))


@RULES.rule(r"(?:~|\.{1,2})/(?=[./-]*\w)[\w./-]+")
def _path_from_here(context: Context, match: re.Match[str]) -> Found | None:
    """~/notes.txt, ./run.sh."""
    if pattern(r"[\w.)]$").search(context.before(match.start(), 1)):
        return None
    end = match.start() + len(match.group().rstrip("./"))
    return Found(end, tuple(spelled_parts(context, match.start(), end)))


@RULES.rule("/")
def _per(context: Context, match: re.Match[str]) -> Found | None:
    """$5/month, 3 pills/day, 72次/分; but no 3 apples and/or pears."""
    after = _UNITS_EACH.match(context.text, match.end())
    before = context.before(match.start(), 24)
    if after is not None and pattern(r"\^-?\d+$").search(before):
        pass  # 10^9/L
    elif pattern(r"\d\s?[A-Za-z]{1,4}$").search(before) and pattern(r"100\s?(?:km|mi|g|ml|mL)\b").match(
        context.after(match.end())
    ):
        return whole(match, "每" if context.is_chinese(*match.span()) else " per ")
    elif pattern(r"\d$").search(before) and _EACH_ZH.match(context.text, match.end()):
        return whole(match, "每")
    elif after is None or _AMOUNT.search(before) is None or pattern(r"(?:and|or)$").search(before):
        return None
    each = unit_named(after.group())
    if not context.is_chinese(match.start(), after.end()):
        return whole(match, f" per {each.one} ", end=after.end()) if each else whole(match, " per ")
    return whole(match, f"每{each.chinese}", end=after.end()) if each else whole(match, "每")


@RULES.rule(r"#(?=[0-9A-Fa-f]*\d)(?=\d*[A-Fa-f])[0-9A-Fa-f]{6}(?![0-9A-Za-z])")
def _colour(context: Context, match: re.Match[str]) -> Found:
    """#FF5733: one by one."""
    chinese = context.is_chinese(*match.span())
    hash_sign = Part(match.start(), match.start() + 1, "井号" if chinese else " hash ")
    return Found(match.end(), (hash_sign, *by_digits(context, match.start() + 1, match.end())))


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


@RULES.rule(r"\$([A-Z]{1,5})(?![A-Za-z0-9$])")
def _ticker(context: Context, match: re.Match[str]) -> Found:
    """$AAPL: a share by its letters."""
    letters = range(match.start(1), match.end())
    return Found(match.end(), tuple(Part(at, at + 1, f" {context.text[at]} ", letter=True) for at in letters))


_NUMERALS = "零〇一二三四五六七八九十百千万两"
_DAYS = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?"
_MONTHS = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAYTIME = "(?:(?:次日|翌日|第二天|当[天晚])?(?:[上下中]午|凌晨|清晨|傍晚|晚上?|早上?|深夜|夜里)|次日|翌日)"
_WEEKDAYS = "(?:周|星期|礼拜)[一二三四五六日天末]"
_SPANS = tuple(
    (re.compile(rf"{before}$"), re.compile(after))
    for before, after in (
        (
            rf"[\d{_NUMERALS}半][日号点分年月%℃度岁级层楼章时秒元块页万亿千百个天周]",
            rf"(?:第|{_DAYTIME}|同年|今年|明年)?(?:零下|负)?[\d{_NUMERALS}]",
        ),
        (r"\d\s?(?:°[CF]|[A-Za-z]{1,4}[²³]?|[%°])", r"(?:零下|负)?[-+]?[$€£¥]?\d"),
        (r"\d:\d\d", rf"{_DAYTIME}?\d{{1,2}}(?::\d\d|[点时])"),
        (r"\d[\"'”]", r"\d+'"),
        (_WEEKDAYS, _WEEKDAYS),
        (r"(?:[一二三四五六七八九十]年级|初[一二三]|高[一二三])", r"[一二三四五六七八九十初高]"),
        (rf"\b{_DAYS}", rf"{_DAYS}(?![a-z])"),
        (rf"\b{_MONTHS}", rf"{_MONTHS}(?![a-z])"),
        (rf"\b{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?", rf"{_MONTHS}(?![a-z])"),
        (r"(?:st|nd|rd|th|[ap]\.?m\.?|o'clock)", r"\d"),
    )
)
"""What stands on both sides of a dash that is said as to: two dates, times, amounts, days of the week."""


def _subtracts(context: Context, match: re.Match[str]) -> bool:
    """Whether a hyphen stands among the terms of an equation with letters: 2x - 3 = 0."""
    return match.group().strip() in {"-", "–"} and among_terms(context, *match.span())


@RULES.rule(r"[-–—~]{1,2}\s?")
def _to(context: Context, match: re.Match[str]) -> Found | None:
    """5月1日-5月7日, 周一-周五, Monday–Friday; and the hyphen of 歼-20, which is nothing."""
    before, after = context.before(match.start(), 12), context.after(match.end(), 12)
    if before.endswith(" ") and match.group().endswith(" "):
        before = before.rstrip()
    if _subtracts(context, match):
        return whole(match, "减" if context.is_chinese(match.start(), match.end()) else " minus ")
    if any(left.search(before) and right.match(after) for left, right in _SPANS):
        return whole(match, "到" if context.is_chinese(match.start(), match.end()) else " to ")
    if match.group() == "-" and pattern(r"[一-鿿]$").search(before) and pattern(r"\d{1,4}(?!\d)").match(after):
        beside = pattern(r"[一-鿿]\s?\+\s?\d")
        if beside.search(context.before(match.start())) or beside.search(context.after(match.end())):
            return whole(match, "减")  # 攻击+50，防御-10
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
