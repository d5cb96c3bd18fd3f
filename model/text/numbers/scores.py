"""Two numbers that are held against each other: scores and ratios."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules
from oncue.model.text.numbers.around import followed, led
from oncue.model.text.numerals import cardinal_en, cardinal_zh

RULES = Rules()


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
        scored = led(context, start, "score_zh") or followed(context, end, "score_zh_after")
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
    if match[2] == ":" or led(context, start, "score_en"):
        return Found(end, (Part(start, end, f" {cardinal_en(before)} to {cardinal_en(after)} "),))
    return None
