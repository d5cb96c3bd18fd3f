"""Amounts of money, with the sign on either side, and numbers that are scaled like them: $5.50, 20€, £1.2M, 10K.

In Chinese the scale is worked into the number: $1.5K is 一千五百美元.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from oncue.model.text.classes import Context, Found, Rules, whole
from oncue.model.text.numbers.around import DASH, NUMBER, adjective, followed, is_one, say_number
from oncue.model.text.numbers.named import number_and_letter
from oncue.model.text.numerals import cardinal_en, cardinal_zh
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows

RULES = Rules()


@dataclass(frozen=True, slots=True)
class _Currency:
    one: str
    many: str
    hundredth: str
    chinese: str


@cache
def _currencies() -> dict[str, _Currency]:
    return {form: _Currency(*said) for forms, *said in rows("currencies.tsv") for form in forms.split()}


def _forms(*, codes: bool) -> str:
    """The codes or the signs of currencies that stand before an amount, as alternatives of a pattern."""
    forms = (form for row in rows("currencies.tsv") for form in row[0].split())
    kept = [form for form in forms if form != "¢" and (form.isupper() and form.isalpha()) == codes]
    return "|".join(sorted(map(re.escape, kept), key=len, reverse=True))


SIGNS = _forms(codes=False)
CODES = _forms(codes=True)
SCALES = {
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
    r"([€$£]|EUR\s?)\s?(\d{1,3}(?:\.\d{3})+|\d+),(\d\d)(?![\d,])|(\d{1,3}(?:\.\d{3})+|\d+),(\d\d)\s?(€|EUR(?![A-Za-z]))"
)
def _with_comma(context: Context, match: re.Match[str]) -> Found:
    """€1.299,00: a comma before the cents, as in most of Europe."""
    units = (match[2] or match[4]).replace(".", "")
    return _amount(context, match, (match[1] or match[6]).strip(), (f"{units}.{match[3] or match[5]}", None), None, "")


@RULES.rule(
    rf"([-+]?)({SIGNS}|(?:{CODES})\s?)\s?({NUMBER})(?:[kKmMB]?(?={DASH}(?:{SIGNS})?\d)(?:{DASH}(?:{SIGNS})?({NUMBER})))?{_SCALE}"
)
def _money(context: Context, match: re.Match[str]) -> Found | None:
    sign = match[1]
    if sign and pattern(r"[A-Za-z0-9]$").search(context.before(match.start(), 1)):
        return None
    return _amount(context, match, match[2].strip(), (match[3], match[4]), match[5], sign)


@RULES.rule(rf"({NUMBER})(?:{DASH}({NUMBER}))?{_SCALE}\s?([€£$¥₹₽₩₿¢₫฿₺₴]|(?:{CODES})(?![A-Za-z]))")
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
        amounts = [scaled_zh(number, scale) for number in (first, second) if number]
        named = currency.chinese
        if context.text[match.end() : match.end() + len(named)] == named or pattern(r"元|块").match(
            context.after(match.end())
        ):
            named = ""
        return whole(match, lead + "到".join(amounts) + named)
    factor = f" {SCALES[scale][0]}" if scale else ""
    singular = adjective(context, match.start(), match.end())
    cents = pattern(r"([\d,]+)\.(\d\d)").fullmatch(first)
    if cents and not factor and second is None and currency.hundredth:
        return whole(match, f" {lead}{_coins(cents[1].replace(',', ''), cents[2], currency)} ")
    said = " to ".join(say_number(number, chinese=False) for number in (first, second) if number)
    one = singular or (second is None and is_one(first) and not factor)
    return whole(match, f" {lead}{said}{factor} {currency.one if one else currency.many} ")


def scaled_zh(number: str, scale: str | None) -> str:
    """A number with its 千, 百万 or 十亿 worked into it: 1.5K is 一千五百; .00 says nothing."""
    number = pattern(r"\.0+$").sub("", number)
    if scale is None:
        return say_number(number, chinese=True, two="两")
    chinese = SCALES[scale][1]
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


_WORTH = re.compile(
    r"[$£€¢]|\b(?:cents?|bucks?|dollars?|pounds?|costs?|paid|pay|price|each|only|just)\b", re.IGNORECASE
)

_TEN_THOUSANDS = re.compile(
    r"年薪|月薪|薪|预算|收入|存款|首付|总价|房价|年入|月入|赚|贷款|粉丝|播放|阅读|销量|关注|点赞|浏览|年终奖|投资|融资"
)
"""What says that W counts ten thousands in Chinese, and no watts."""


@RULES.rule(rf"({NUMBER})(?:{DASH}({NUMBER}))?W(?![A-Za-z0-9'/])")
def _ten_thousands(context: Context, match: re.Match[str]) -> Found | None:
    """年薪20-30W."""
    told = _TEN_THOUSANDS.search(context.before(match.start(), 12)) or _TEN_THOUSANDS.match(context.text, match.end())
    if told is None or not context.is_chinese(*match.span()):
        return None
    return whole(match, "到".join(scaled_zh(number, "万") for number in match.group(1, 2) if number))


@RULES.rule(
    r"24K(?=\s(?:gold|white gold|rose gold|plated|pure|jewel|ring|chain))|(18|14|10|9)[Kk](?=\s(?:gold|white gold|rose gold|yellow gold|ring|chain))"
)
def _karat(context: Context, match: re.Match[str]) -> Found:
    """24K gold."""
    return number_and_letter(context, match)


@RULES.rule(rf"({NUMBER})(?:{DASH}({NUMBER}))?([kKwMB]|bn)(?![A-Za-z0-9'/])")
def _scaled(context: Context, match: re.Match[str]) -> Found | None:
    """10K, 5M and 2B as people count followers; in Chinese 10w is 十万."""
    chinese = context.is_chinese(match.start(), match.end())
    if (match[3] == "w") != chinese and match[3] in {"w", "M", "B", "bn"}:
        return None
    if match[3] == "B" and not followed(context, match.end(), "counted"):
        return None
    resolution = match.group() in {"2K", "4K", "5K", "8K"} and not followed(context, match.end(), "counted")
    if resolution and not chinese and not _WORTH.search(context.before(match.start())):
        return number_and_letter(context, match)
    if match[3] == "K" and pattern(
        r"\s?(?:video|TV|display|monitor|resolution|screen|UHD|footage|camera|movie|电视|视频|屏|显示器|画质|高清|超清|分辨率|影像|摄像)"
    ).match(context.after(match.end())):
        return number_and_letter(context, match)
    numbers = [number for number in match.group(1, 2) if number]
    if chinese:
        zeros = {"w": "万"}.get(match[3])
        return whole(match, "到".join(scaled_zh(number, zeros or match[3]) for number in numbers))
    return whole(match, f" {' to '.join(say_number(n, chinese=False) for n in numbers)} {SCALES[match[3]][0]} ")


@RULES.rule(r"(\d{1,2})c(?![A-Za-z0-9'])(?!\. ?[a-z])")
def _cents(context: Context, match: re.Match[str]) -> Found | None:
    """75c, where money is spoken of; but exhibit 3c."""
    if context.is_chinese(match.start(), match.end()) or not _WORTH.search(context.before(match.start())):
        return None
    return whole(match, f" {cardinal_en(match[1])} {'cent' if is_one(match[1]) else 'cents'} ")
