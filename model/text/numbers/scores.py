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
