"""Fractions, and the pairs with a slash that are none: ½, 3 1/2, 2/3, 24/7, 120/80, 8/10."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import led, say_number
from oncue.model.text.numbers.measures import past_stop, unit_named
from oncue.model.text.numerals import cardinal_en, cardinal_zh, digits_zh, fraction_en, fraction_zh, year_en
from oncue.model.text.patterns import pattern

RULES = Rules()


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


@RULES.rule(rf"(?:(\d+)\s?)?([{_VULGAR_CLASS}])|(\d+) (\d)/(\d{{1,2}})(?![\d/])")
def _mixed(context: Context, match: re.Match[str]) -> Found | None:
    """½, 1½, 3 1/2."""
    above, below = map(str, _VULGAR[match[2]]) if match[2] else match.group(4, 5)
    count = match[1] or match[3]
    if int(below) <= int(above):
        return None
    if context.is_chinese(match.start(), match.end()):
        return _with_unit(context, match, (f"{cardinal_zh(count)}又" if count else "") + fraction_zh(above, below))
    said = fraction_en(above, below)
    if count:
        said = f"{cardinal_en(count)} and {'a' + said[3:] if above == '1' else said}"
    elif _led_by_article(context, match.start()):
        said = said.removeprefix("one ")
    return _with_unit(context, match, f" {said} ", many=bool(count))


_UNIT_BEHIND = re.compile(r"\s?([A-Za-z]{1,5})(?![A-Za-z0-9])")


def _with_unit(context: Context, match: re.Match[str], said: str, *, many: bool = False) -> Found:
    """A fraction with the unit that is measured by it: 1/2 tsp, 2¼ lb."""
    found = _UNIT_BEHIND.match(context.text, match.end())
    unit = unit_named(found[1]) if found is not None else None
    if found is None or unit is None or not unit.spaced or found[1] in {"in", "h", "s", "min", "pt", "bar"}:
        return whole(match, said)
    if context.is_chinese(match.start(), match.end()):
        return whole(match, said + unit.chinese, end=found.end())
    end = past_stop(context, found.end(), found[1])
    return whole(match, f"{said}{unit.many if many else unit.one} ", end=end)


def _led_by_article(context: Context, at: int) -> bool:
    return bool(pattern(r"\ba ?$", re.IGNORECASE).search(context.before(at)))


@RULES.rule(r"([2-9]|12)/(2|4|8|16)(?=\s?(?:拍|time\b(?! [a-z]+ly)|meter\b|waltz|signature))")
def _bars(context: Context, match: re.Match[str]) -> Found:
    """3/4拍, three four time: beats of a bar."""
    if context.is_chinese(match.start(), match.end()):
        return whole(match, cardinal_zh(match[2]) + cardinal_zh(match[1]))
    return whole(match, f" {cardinal_en(match[1])} {cardinal_en(match[2])} ")


@RULES.rule(r"(\d{1,4})/(\d{1,4})(?![\d/])")
def _of_several(context: Context, match: re.Match[str]) -> Found | None:
    """Page 3/10, step 1/3: which of how many; 10/10 and 5/5: out of; Windows 10/11: both."""
    before = context.before(match.start())
    if context.is_chinese(*match.span()):
        return None
    above, below = cardinal_en(match[1]), cardinal_en(match[2])
    if pattern(
        r"\b(?:page|step|part|slide|question|level|stage|round|day|week|item|photo|tweet|thread|lap) $", re.IGNORECASE
    ).search(before):
        return whole(match, f" {above} of {below} ")
    of_it = pattern(r"\s(?:of|an?|miles?|mi|inch(?:es)?|cups?|lb|pounds?|teaspoon)\b").match(context.after(match.end()))
    if int(match[1]) <= int(match[2]) and (
        (match[2] == "10" and not of_it)
        or (match[2] in {"5", "100"} and match[1] == match[2])
        or (
            match[2] in {"5", "20", "50", "100"}
            and pattern(
                r"\s(?:stars?|would|rating|recommend|points?|on the|on my|on his|on her|in the (?:test|exam|quiz))\b"
            ).match(context.after(match.end()))
        )
    ):
        return whole(match, f" {above} out of {below} ")
    if int(match[2]) == int(match[1]) + 1 and pattern(
        r"\b(?:Windows|iOS|Android|iPhone|Galaxy|Python|PHP|Java|PS|Chapters?|Ch|Lessons?) $"
    ).search(before):
        return whole(match, f" {above} {below} ")
    return None


@RULES.rule(r"24/7/365")
def _always(context: Context, match: re.Match[str]) -> Found:
    if context.is_chinese(match.start(), match.end()):
        return whole(match, "二十四七三六五")
    return whole(match, " twenty four seven three sixty five ")


@RULES.rule(
    r"((?:19|20)\d\d)[/-](\d\d)(?![\d/-])(?=\s?(?:赛季|学年|财年|年度|season|academic|school|fiscal|financial|campaign))"
)
def _season(context: Context, match: re.Match[str]) -> Found | None:
    """2023/24 season."""
    if (int(match[1][2:]) + 1) % 100 != int(match[2]):
        return None
    if context.is_chinese(match.start(), match.end()):
        return whole(match, f"{digits_zh(match[1])}到{digits_zh(match[2])}")
    return whole(match, f" {year_en(match[1])} {cardinal_en(match[2])} ")


@RULES.rule(r"(\d{1,2}\.\d)/(5|10|100)(?![\d/]{0,24}\d)")
def _mark(context: Context, match: re.Match[str]) -> Found:
    """9.5/10."""
    if context.is_chinese(match.start(), match.end()):
        return whole(match, f"{cardinal_zh(match[2])}分之{say_number(match[1], chinese=True)}")
    return whole(match, f" {say_number(match[1], chinese=False)} out of {cardinal_en(match[2])} ")


@RULES.rule(r"(\d{2,3})/(\d{2,3})(?![\d/])(?!\s?mmHg)")
def _pressure_zh(context: Context, match: re.Match[str]) -> Found | None:
    """150/90: the pressure of blood, by its size."""
    above, below = int(match[1]), int(match[2])
    if not (80 <= above <= 220 and 40 <= below <= 130 and above > below) or not context.is_chinese(*match.span()):
        return None
    return Found(
        match.end(),
        (
            Part(match.start(), match.end(1), cardinal_zh(match[1])),
            Part(match.end(1), match.start(2), "，"),
            Part(match.start(2), match.end(), cardinal_zh(match[2])),
        ),
    )


@RULES.rule(r"(\d{1,4})/(\d{1,4})(?![\d/]{0,24}\d)(\s?mmHg)?")
def _slash(context: Context, match: re.Match[str]) -> Found | None:
    """Fractions, and the pairs that are none: 24/7, 50/50, 120/80, 8/10."""
    above, below = match.group(1, 2)
    before = context.before(match.start())
    chinese = context.is_chinese(match.start(), match.end())
    if match[3] is not None or pattern(r"血压|高压|\bBP\b|blood pressure", re.IGNORECASE).search(before):
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
        return _with_unit(context, match, fraction_zh(above, below)) if int(below) and above[0] != "0" else None
    if below in {"5", "10", "100"} and led(context, match.start(), "serving_en"):
        return whole(match, f" {cardinal_en(above)} out of {cardinal_en(below)} ")
    if int(above) < int(below) <= 100:
        return _with_unit(context, match, f" {fraction_en(above, below)} ")
    return whole(match, f" {cardinal_en(above)} over {cardinal_en(below)} ")
