"""A number that is nothing else: a year, a day of a month, what is counted, or only its value.

`TOLD` is asked before all other rules: whoever writes may say that digits are read one by one, or as numbers.
"""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import (
    MONTH_BEFORE,
    MONTHS,
    NUMBER,
    digits_of,
    followed,
    is_year,
    led,
    say_number,
    sign_of,
)
from oncue.model.text.numerals import cardinal_en, decimal_en, digits_en, digits_zh, ordinal_en, year_en
from oncue.model.text.patterns import pattern

TOLD = Rules()
RULES = Rules()


@TOLD.rule(r"\d+")
def _told(context: Context, match: re.Match[str]) -> Found | None:
    if context.digits == "auto":
        return None
    if context.digits == "digits":
        return digits_of(context, match)
    plain = re.compile(NUMBER).match(context.text, match.start())
    assert plain is not None
    return say_plain(context, plain)


@RULES.rule(r"[1-9]\d{0,2}(?: \d{3})+(?! ?\d)")
def _in_groups(context: Context, match: re.Match[str]) -> Found | None:
    """10 000 people: a number in groups of three."""
    if not (followed(context, match.end(), "counted") or match.group().endswith(" 000")):
        return None
    return (
        whole(match, f" {say_number(match.group().replace(' ', ''), chinese=False)} ")
        if not context.is_chinese(*match.span())
        else whole(match, say_number(match.group().replace(" ", ""), chinese=True, two=two_of(context, match.end())))
    )


@RULES.rule(rf"([-+±])\s?({NUMBER}|\.\d+)")
def _signed(context: Context, match: re.Match[str]) -> Found | None:
    chinese = context.is_chinese(match.start(), match.end())
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    if match[1] == "-" and " " in match.group():
        return None
    plain = re.compile(rf"{NUMBER}|\.\d+").match(context.text, match.start(2))
    assert plain is not None
    found = say_plain(context, plain)
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


_YEARS_TOLD = re.compile(
    r"(?:今年|明年|去年|前年|后年|年份|公元|元年|纪元|那年|跨年|迎接|再见|你好，)[就又]?[是为到：:]?\s?$"
)
"""What stands before a year that is not followed by its word."""


@RULES.rule(r"[12]\d{3}(?![\d.,])")
def _year_told(context: Context, match: re.Match[str]) -> Found | None:
    """明年2025."""
    told = is_year(match.group()) and _YEARS_TOLD.search(context.before(match.start(), 8))
    counted = followed(context, match.end(), "liang") or pattern(r"[年人元块多]").match(context.after(match.end(), 1))
    return (
        whole(match, digits_zh(match.group())) if told and not counted and context.is_chinese(*match.span()) else None
    )


_TYPED = re.compile(
    r"(?:\b(?:Boeing|Airbus|Peugeot|Porsche|Ferrari|Fahrenheit|Levi's|Volvo|GeForce|Radeon|Ryzen|Studio|Studios|Area|MH|RTX|GTX|RX|RFC|HTTP)[ -]?"
    r"|(?<![A-Za-z0-9])(?!V)[A-Z])$"
)
"""What stands before the number of a type, which is said in pairs: Boeing 747, A380, RTX 4090."""


@RULES.rule(r"([1-9]\d?)(\d\d)(?![\d.,]*\d)(?!00)")
def _typed(context: Context, match: re.Match[str]) -> Found | None:
    """Boeing 747; but an F and 747 people."""
    first, last = match.groups()
    if last == "00" or context.is_chinese(*match.span()) or followed(context, match.end(), "counted"):
        return None
    if not _TYPED.search(context.before(match.start())):
        return None
    oh = "oh " if last[0] == "0" else ""
    return whole(match, f" {cardinal_en(first)} {oh}{cardinal_en(str(int(last)))} ")


@RULES.rule(NUMBER)
def _plain(context: Context, match: re.Match[str]) -> Found:
    """A number that is nothing else."""
    return say_plain(context, match)


def say_plain(context: Context, match: re.Match[str]) -> Found:
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
        and (
            len(written) == 4
            or (
                len(written) == 2
                and (_named_year(written, after) or pattern(r"年\s?\d{1,2}月").match(context.after(match.end())))
            )
        )
        and not _REIGN.search(context.before(match.start(), 2))
    )
    decade = len(written) == 2 and written[1] == "0" and after[:1] == "后" and int(written) not in {10, 20, 30}
    after_zero = written == "00" and after[:1] == "后"
    if by_year or decade or after_zero:
        return whole(match, digits_zh(written))
    if written.isdigit() and (len(written) > 1 and written[0] == "0" and not pattern(r"[月日号点时分秒]").match(after)):
        return digits_of(context, match, phone=len(written) > 3)
    if written.isdigit() and len(written) >= 9 and not written.endswith("000"):
        return digits_of(context, match, phone=True)
    if len(written) == 2 and written[0] == "0" and pattern(r"[分秒]").match(after):
        return whole(match, digits_zh(written))
    if pattern(r"[月日号点时分秒]").match(after) and written.isdigit():
        written = str(int(written))
    if 3 <= len(written) <= 5 and written.isdigit() and _NAMED.search(context.before(match.start(), 8)):
        return digits_of(context, match)
    lettered = pattern(r"[A-Za-z]$").search(context.before(match.start(), 1)) is not None
    return whole(match, say_number(written, chinese=True, two="二" if lettered else two_of(context, match.end())))


_REIGN = re.compile(
    "康熙|乾隆|雍正|嘉庆|道光|咸丰|同治|光绪|宣统|民国|昭和|平成|令和|贞观|开元|天宝|洪武|永乐|万历|崇祯|嘉靖|建安$"
)
"""Years of a reign are counted."""

_NAMED = re.compile(
    r"(?:(?<![A-Za-z])(?!TOP|NO|Top|top)[A-Z]{1,3}-?|波音|空客|奔驰|宝马|标致|沃尔沃|骁龙|麒麟|天玑|国道|省道)$"
)
"""What stands before the number of a flight, a type or a road."""


def _named_year(written: str, after: str) -> bool:
    """98年 and 08年 are years, 20年前 and 50年来 lengths of time."""
    counted = pattern(r"年(?:前|后|来|间|之|以|代|里|历史|的|内|了|没|多|河)").match(after)
    return counted is None and (written[0] == "0" or int(written) >= 60)


def two_of(context: Context, at: int) -> str:
    """两 before what is counted, 二 elsewhere."""
    if pattern(r"(?:点|(?<!小)时)\d{1,2}$").search(context.before(at, 4)) and context.after(at, 1) == "分":
        return "二"
    if followed(context, at, "not_liang") and not pattern(r"个|年(?!级)|点|次(?!方)|中间").match(context.after(at)):
        return "二"
    return "两" if followed(context, at, "liang") else "二"


def _plain_en(context: Context, match: re.Match[str]) -> str:
    written = match.group()
    digits = written.isdigit()
    if digits and len(written) <= 2 and MONTH_BEFORE.search(context.before(match.start())) and 1 <= int(written) <= 31:
        return ordinal_en(written)
    of_month = pattern(rf" (?:{'|'.join(MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b)\b").match(
        context.after(match.end())
    )
    if digits and len(written) <= 2 and of_month and 1 <= int(written) <= 31:
        the = "" if pattern(r"\bthe $").search(context.before(match.start())) else "the "
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
    if not is_year(match.group()) or followed(context, match.end(), "counted"):
        return False
    return led(context, match.start(), "before_year") or int(match.group()) >= 1100
