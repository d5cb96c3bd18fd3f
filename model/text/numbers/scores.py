"""Two numbers that are held against each other: scores and ratios."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import followed, led, say_number
from oncue.model.text.numerals import cardinal_en, cardinal_zh
from oncue.model.text.patterns import pattern

RULES = Rules()


_AFTER_SCORE = re.compile(r"\d{1,3}[-–:比]\d{1,3}\s?[（(](?:\d{1,3}[-–:比]\d{1,3}[，、, ]*)*$")
"""The sets of a match in brackets behind its score."""


@RULES.rule(r"(\d{1,3}\.\d{1,3}):(\d{1,3}(?:\.\d{1,3})?)(?![\d:])|(\d{1,3}):(\d{1,3}\.\d{1,3})(?![\d:])")
def _ratio(context: Context, match: re.Match[str]) -> Found:
    """1:7.25, 2.5:1."""
    chinese = context.is_chinese(match.start(), match.end())
    one, two = (say_number(number, chinese=chinese) for number in match.groups() if number)
    return whole(match, f"{one}比{two}" if chinese else f" {one} to {two} ")


@RULES.rule(r"(\d{1,2})-(\d{1,2})-(\d{1,2})(?![\d-])")
def _record(context: Context, match: re.Match[str]) -> Found | None:
    """0-8-3: counts of a game in Chinese, each for itself; but no short date."""
    if not context.is_chinese(*match.span()) or (int(match[1]) > 15 and 1 <= int(match[2]) <= 12):
        return None
    parts = []
    for group in (1, 2, 3):
        parts.append(Part(match.start(group), match.end(group), cardinal_zh(match[group])))
        if group < 3:
            parts.append(Part(match.end(group), match.end(group) + 1, "，"))
    return Found(match.end(), tuple(parts))


@RULES.rule(r"([5-9][05])-([1-5][05])(?![\d%:/-]|\.\d)")
def _parts_of_hundred(context: Context, match: re.Match[str]) -> Found | None:
    """50-50, 80-20: what makes a hundred together."""
    if int(match[1]) + int(match[2]) != 100 or context.is_chinese(*match.span()):
        return None
    return whole(match, f" {cardinal_en(match[1])} {cardinal_en(match[2])} ")


@RULES.rule(r"(?!24/7/365)(\d{1,3})/(\d{1,3})/(\d{1,3})(?![\d/])")
def _three(context: Context, match: re.Match[str]) -> Found | None:
    """8/2/10: three counts of a game, where no day is meant."""
    month, day, year = (int(number) for number in match.groups())
    counted = pattern(r"(?<![A-Za-z])KDA|[Kk]/[Dd]/[Aa]|\b(?:went|dropped)\b|战绩|数据").search(
        context.before(match.start())
    )
    if not counted and 1 <= month <= 12 and 1 <= day <= 31 and len(match[3]) == 2 and year <= 99:
        return None
    say = cardinal_zh if context.is_chinese(*match.span()) else cardinal_en
    parts = []
    for group in (1, 2, 3):
        said = say(match[group])
        parts.append(Part(match.start(group), match.end(group), said if say is cardinal_zh else f" {said} "))
        if group < 3:
            parts.append(Part(match.end(group), match.end(group) + 1, ","))
    return Found(match.end(), tuple(parts))


@RULES.rule(r"(\d{1,5})([-–])(\d{1,4})(?![\d-])")
def _less(context: Context, match: re.Match[str]) -> Found | None:
    """满300-50: so much less."""
    if context.before(match.start(), 1) != "满" or not context.is_chinese(*match.span()):
        return None
    return Found(
        match.end(),
        (
            Part(match.start(), match.end(1), say_number(match[1], chinese=True, two="两")),
            Part(match.start(2), match.end(2), "减"),
            Part(match.start(3), match.end(), say_number(match[3], chinese=True)),
        ),
    )


@RULES.rule(r"(\d{1,3})\s?([-:–比])\s?(\d{1,3})(?![\d%.:/-]{0,24}[\d%])")
def _score(context: Context, match: re.Match[str]) -> Found | None:
    """Two numbers that are held against each other."""
    if match[2] == "比":
        return None
    start, end = match.span()
    if pattern(r"\s?[=≠><≤≥]\s?\d").match(context.after(end)):
        return None
    chinese = context.is_chinese(start, end)
    before, after = match.group(1, 3)
    if chinese:
        scored = led(context, start, "score_zh") or followed(context, end, "score_zh_after")
        scored = scored or _AFTER_SCORE.search(context.before(start)) is not None
        named = pattern(r"[一-鿿]").match(context.after(end)) and pattern(r"[一-鿿]$").search(context.before(start))
        scored = scored or bool(named and int(before) > int(after) and "第" not in context.before(start, 3))
        counted = pattern(r"(?:年级|班|室|栋|单元|楼|幢|座|[年月日号点岁个元块%℃度人天次章页届])").match(
            context.after(end)
        )
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
    if match[2] == ":" or led(context, start, "score_en") or _AFTER_SCORE.search(context.before(start)):
        return Found(end, (Part(start, end, f" {cardinal_en(before)} to {cardinal_en(after)} "),))
    return None
