"""Two plain numbers with a dash between them, said as to: 10-20, 1998–2008."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules
from oncue.model.text.numbers.around import DASH, MONTH_BEFORE, NUMBER, followed, is_year, say_number, sign_of
from oncue.model.text.numbers.plain import two_of
from oncue.model.text.numerals import cardinal_en, digits_zh, ordinal_en, year_en
from oncue.model.text.patterns import pattern

RULES = Rules()


@RULES.rule(rf"([-+]?)({NUMBER})({DASH})(-?)({NUMBER})(?!-?\d)")
def _range(context: Context, match: re.Match[str]) -> Found | None:
    first, second = match.group(2, 5)
    chinese = context.is_chinese(match.start(), match.end())
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None or (" " in match[3] and "-" in match[3] and match[3].strip() == "-" and match[3].count(" ") != 2):
        return None
    years = is_year(first) and (is_year(second) or (len(second) == 2 and second.isdigit()))
    if chinese:
        dated = pattern(r"[学年财赛]").match(context.after(match.end())) is not None
        lived = (
            is_year(second) and int(first[:4]) < int(second) and "." not in first and "," not in first
            if years
            else False
        )
        dated = dated or (lived and pattern(r"$|[)）]").match(context.after(match.end())) is not None)
        two = two_of(context, match.end())
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
    if years and not followed(context, match.end(), "counted"):
        numbers = [year_en(first), year_en(second) if len(second) == 4 else cardinal_en(second)]
    elif MONTH_BEFORE.search(context.before(match.start())) and "." not in first + second:
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
