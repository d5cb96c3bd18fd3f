"""Days, months and years, and decades: 2024-03-15, 3/14/2023, 5·12, the 1990s.

A year that stands alone is a plain number with the words around it (`plain.py`).
"""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import MONTHS, digits_of
from oncue.model.text.numerals import cardinal_en, cardinal_zh, digits_zh, ordinal_en, year_en
from oncue.model.text.patterns import pattern

RULES = Rules()


def date_zh(year: str, month: str, day: str) -> str:
    """二零二四年五月一日."""
    return f"{digits_zh(year)}年{cardinal_zh(month)}月{cardinal_zh(day)}日"


def date_en(year: str, month: str, day: str) -> str:
    """March fifteenth, twenty twenty four."""
    return f" {MONTHS[int(month) - 1]} {ordinal_en(day)}, {year_en(year)} "


def month_and_day_zh(month: str, day: str) -> str:
    """五月一日."""
    return f"{cardinal_zh(month)}月{cardinal_zh(day)}日"


def month_and_day_en(month: str, day: str) -> str:
    """March fifteenth."""
    return f" {MONTHS[int(month) - 1]} {ordinal_en(day)} "


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


@RULES.rule(
    r"([12]\d{3})([/.-])(\d{1,2})\2(\d{1,2})(\s?(?:--|——|[-–—~至])\s?)(?:([12]\d{3})\2)?(\d{1,2})\2(\d{1,2})(?![\d/.-]{0,24}\d)"
)
def _dates(context: Context, match: re.Match[str]) -> Found | None:
    """2023.10.01-10.07: from one day to another."""
    year, month, day, later, last_month, last_day = match.group(1, 3, 4, 6, 7, 8)
    if not _is_day(month, day) or not _is_day(last_month, last_day):
        return None
    if context.is_chinese(match.start(), match.end()):
        second = date_zh(later, last_month, last_day) if later else month_and_day_zh(last_month, last_day)
        first = date_zh(year, month, day)
    else:
        second = date_en(later, last_month, last_day) if later else month_and_day_en(last_month, last_day)
        first = date_en(year, month, day)
    to = "到" if context.is_chinese(match.start(), match.end()) else " to "
    return Found(
        match.end(),
        (
            Part(match.start(), match.end(4), first),
            Part(match.start(5), match.end(5), to),
            Part(match.end(5), match.end(), second),
        ),
    )


@RULES.rule(r"([12]\d{3})\s?(?=(?:Q[1-4]|H[12])(?![A-Za-z0-9]))")
def _year_of_quarter(context: Context, match: re.Match[str]) -> Found:
    """2024Q3."""
    if context.is_chinese(match.start(), match.end()):
        return whole(match, digits_zh(match[1]) + "年")
    return whole(match, f" {year_en(match[1])} ")


@RULES.rule(r"([12]\d{3})([-/.])(\d{1,2})\2(\d{1,2})(?![\d/.-]{0,24}\d)(?:T(?=\d))?")
def _date(context: Context, match: re.Match[str]) -> Found | None:
    year, month, day = match.group(1, 3, 4)
    if not _is_day(month, day):
        return None
    said = date_zh if context.is_chinese(match.start(), match.end()) else date_en
    return whole(match, said(year, month, day))


@RULES.rule(r"(\d{1,2})([-/.])(\d{1,2})\2([12]\d{3})(?![\d/.-]{0,24}\d)")
def _date_year_last(context: Context, match: re.Match[str]) -> Found | None:
    month, day, year = match.group(1, 3, 4)
    if int(month) > 12:
        month, day = day, month
    if not _is_day(month, day):
        return None
    said = date_zh if context.is_chinese(match.start(), match.end()) else date_en
    return whole(match, said(year, month, day))


@RULES.rule(r"(\d{1,2})/(\d{1,2})/(\d\d)(?![\d/])")
def _short_date(context: Context, match: re.Match[str]) -> Found | None:
    """3/14/23: the month first, as where it is written so."""
    if not _is_day(match[1], match[2]) or context.is_chinese(*match.span()):
        return None
    if pattern(r"(?<![A-Za-z])KDA|[Kk]/[Dd]/[Aa]|\b(?:went|dropped)\b").search(context.before(match.start())):
        return None
    century = "19" if int(match[3]) > 40 else "20"
    return whole(match, date_en(century + match[3], match[1], match[2]))


@RULES.rule(r"(\d{1,2})/(\d{1,2})(?![\d/]{0,24}\d)")
def _month_and_day(context: Context, match: re.Match[str]) -> Found | None:
    """3/14 where words say that it is a day."""
    if not _is_day(*match.groups()):
        return None
    if context.is_chinese(match.start(), match.end()):
        told = pattern(r"(?:日期|截至|截止|时间|生日|定于|于)[是为：:]?\s?$").search(context.before(match.start()))
        return whole(match, month_and_day_zh(*match.groups())) if told else None
    told = pattern(
        r"\b(?:on|due|until|by|date|dated|deadline|since|birthday|is|from|before|after)[: ]+$", re.IGNORECASE
    ).search(context.before(match.start()))
    if match[0] == "9/11":
        return whole(match, " nine eleven ")
    sized = (
        int(match[2]) >= 12
        or match[2] == "1"
        or pattern(r"\b(?:on|due|dated?|deadline|birthday)[: ]+$", re.IGNORECASE).search(context.before(match.start()))
    )
    return whole(match, month_and_day_en(*match.groups())) if told and sized else None


@RULES.rule(r"(\d{1,2})·(\d{1,2})(?!\d)")
def _day_of_history(context: Context, match: re.Match[str]) -> Found | None:
    """5·12, the day of an event."""
    if not _is_day(*match.groups()):
        return None
    return digits_of(context, match, phone=True) if context.is_chinese(match.start(), match.end()) else None


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


@RULES.rule(r"'(\d\d)(?=年)")
def _short_year(_context: Context, match: re.Match[str]) -> Found:
    """'23年."""
    return whole(match, digits_zh(match[1]))


@RULES.rule(r"'?(?:(1\d|20))?(\d)0'?s\b")
def _decade(context: Context, match: re.Match[str]) -> Found | None:
    """1990s, the '90s, the 1900s."""
    if context.is_chinese(match.start(), match.end()) and match[1] is None:
        return None
    if match[1] is None:
        plural = (
            "'" in match.group()
            or pattern(
                r"\b(?:the|his|her|my|their|your|our|early|mid|late|in)[ -]$|\d0'?s(?:,|,? and|,? or| to| through) $",
                re.IGNORECASE,
            ).search(context.before(match.start()))
            or pattern(r",? (?:and|or|to) (?:the )?'?\d0'?s\b").match(context.after(match.end()))
        )
        if not plural:
            return None
        return whole(match, f" {_DECADES[int(match[2])]} ") if int(match[2]) else None
    century = "two thousands" if match[1] == "20" and match[2] == "0" else ""
    return whole(match, f" {century or cardinal_en(match[1]) + ' ' + _DECADES[int(match[2])]} ")
