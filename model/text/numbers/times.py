"""Times of day: 9:05, 7 p.m., 9-11 AM."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import led
from oncue.model.text.numerals import cardinal_en, cardinal_zh
from oncue.model.text.patterns import pattern

RULES = Rules()


def say_time(context: Context, start: int, hour: str, minute: str, second: str | None, half: str | None) -> str:
    """A time of day: 三点零五分, nine oh five, ten o'clock, seven P M."""
    if context.is_chinese(start, start + 1):
        said = f"{cardinal_zh(hour, two='两')}点"
        if int(minute) or second:
            said += f"{'零' if int(minute) < 10 else ''}{cardinal_zh(minute) if int(minute) else ''}分"
        return said + (f"{'零' if int(second) < 10 else ''}{cardinal_zh(second)}秒" if second and int(second) else "")
    said = cardinal_en(hour)
    if int(minute):
        said += f" {'oh ' if int(minute) < 10 else ''}{cardinal_en(minute)}"
    elif not half:
        said += " o'clock" if int(hour) < 13 else " hundred"
    if second:
        said += f" {'oh ' if int(second) < 10 else ''}{cardinal_en(second)}" if int(second) else ""
    return f" {said} "


_SETS_BEHIND = re.compile(
    r"(?:[，、,]\s?\d{1,2}:\d{2})*[，、,]?(?:直落|总比分|大比分|获胜|取胜|胜出|拿下|战胜|击败|逆转|险胜|轻取)"
)
"""What says that points of a set stand before it and no time."""

_LASTS = re.compile(
    r"\b(?:took|takes|lasts?|lasted|runs?|ran|runtime|length|duration|finish(?:ed)?|record|(?:time|total) (?:of|was|is))\b[^.!?\d]{0,20}$|\b(?:finished|ran|won|done) (?:it |the [a-z]+ )?in $"
    r"|(?:用时|耗时|时长|全长|长达|历时|成绩|片长|总长|跑出|跑了|仅用|用了|花了)[^\d。！？]{0,6}$",
    re.IGNORECASE,
)
"""What says that hours, minutes and seconds are a length and no time of day."""


def _length(written: tuple[str | None, ...], *, chinese: bool) -> str:
    """一小时二十三分四十五秒; two hours, three minutes and fifteen seconds."""
    parts = [int(number) for number in written if number is not None]
    if chinese:
        named = zip(parts, ("小时", "分", "秒"), strict=True)
        return "".join(cardinal_zh(str(n), two="两") + unit for n, unit in named if n) or "零秒"
    said = [
        f"{cardinal_en(str(n))} {unit}{'' if n == 1 else 's'}"
        for n, unit in zip(parts, ("hour", "minute", "second"), strict=True)
        if n
    ]
    return f" {', '.join(said[:-1])}{' and ' if len(said) > 1 else ''}{said[-1] if said else 'zero seconds'} "


@RULES.rule(r"(2[5-9]|[3-9]\d):([0-5]\d)(?![\d:%])")
def _minutes(context: Context, match: re.Match[str]) -> Found | None:
    """48:12: more than a day has hours, so minutes and seconds; but a ratio of 60:40."""
    chinese = context.is_chinese(*match.span())
    held = led(context, match.start(), "score_zh" if chinese else "score_en") or led(context, match.start(), "ratio_zh")
    if (
        held
        or int(match[1]) + int(match[2]) == 100
        or pattern(r"\s?(?:mix|split|blend|ratio|scale)\b").match(context.after(match.end()))
    ):
        return None
    if chinese:
        return whole(match, f"{cardinal_zh(match[1])}分{'零' if match[2][0] == '0' else ''}{cardinal_zh(match[2])}秒")
    seconds = f" and {cardinal_en(match[2])} second{'' if int(match[2]) == 1 else 's'}" if int(match[2]) else ""
    return whole(match, f" {cardinal_en(match[1])} minutes{seconds} ")


_HALF = r"(?:\s?([AaPp])\.?\s?[Mm]\b\.?)?"


def _half_day(match: re.Match[str], group: int) -> tuple[Part, ...]:
    """A M or P M, by its letters."""
    if match[group] is None:
        return ()
    start = match.start(group)
    return (
        Part(start, start + 1, f" {match[group].upper()} ", letter=True),
        Part(start + 1, _without_stop(match), " M ", letter=True),
    )


def _without_stop(match: re.Match[str]) -> int:
    """The end of an expression, without a full stop that ends the sentence too."""
    follows = match.string[match.end() :]
    if match.group().endswith(".") and pattern(r"\s+[A-Z]|\s*$").match(follows):
        return match.end() - 1
    return match.end()


@RULES.rule(r"([01]\d|2[0-3])([0-5]\d)(?=\s(?:hours|hrs|UTC|GMT|Zulu)\b|Z\b)")
def _by_the_army(context: Context, match: re.Match[str]) -> Found | None:
    """0900 hours; but 1984 hours of work are no time, and 2000 hours may be any."""
    named = pattern(r"\s(?:UTC|GMT|Zulu)|Z").match(context.after(match.end()))
    at = pattern(r"\b(?:at|by|until|from|before|after|around|to) $", re.IGNORECASE).search(
        context.before(match.start())
    )
    if context.is_chinese(*match.span()) or not (named or match[1][0] == "0" or at):
        return None
    hour = (
        cardinal_en(match[1])
        if match[1][0] != "0"
        else f"oh {cardinal_en(match[1][1])}"
        if match[1] != "00"
        else "zero"
    )
    minute = "hundred" if match[2] == "00" else ("oh " if match[2][0] == "0" else "") + cardinal_en(match[2])
    return whole(match, f" {hour} {minute} ")


@RULES.rule(rf"(\d{{1,2}}):([0-5]\d)(?::([0-5]\d))?{_HALF}(?![\d:])")
def _time(context: Context, match: re.Match[str]) -> Found | None:
    if int(match[1]) > 24:
        return None
    chinese = context.is_chinese(match.start(), match.end())
    if chinese and match[4] is None and _SETS_BEHIND.match(context.after(match.end())):
        return None
    if (
        chinese
        and match[4] is None
        and (led(context, match.start(), "score_zh") or led(context, match.start(), "ratio_zh"))
    ):
        return None
    if match[3] and match[4] is None and _LASTS.search(context.before(match.start())):
        return whole(match, _length(match.group(1, 2, 3), chinese=chinese))
    end = match.end(3) if match[3] else match.end(2)
    said = say_time(context, match.start(), match[1], match[2], match[3], match[4])
    parts = (Part(match.start(), end, said), *_half_day(match, 4))
    return Found(_without_stop(match) if match[4] else end, parts)


@RULES.rule(r"(\d{1,2})(?:-|–| - | to )?(\d{1,2})?\s?([AaPp])(?:\.\s?[Mm]\.?|[Mm]\b)(?![A-Za-z])")
def _hour(context: Context, match: re.Match[str]) -> Found | None:
    """7pm, 7 p.m., 9-11 AM."""
    hours = [hour for hour in match.group(1, 2) if hour]
    joined = context.text[match.end(1) : match.start(2)] if match[2] else ""
    if any(not 0 <= int(hour) <= 12 for hour in hours) or (match[2] and not joined):
        return None
    chinese = context.is_chinese(match.start(), match.end())
    say = cardinal_zh if chinese else cardinal_en
    said = ("到" if chinese else " to ").join(say(hour) for hour in hours) + ("点" if chinese else "")
    start = match.start(3)
    parts = (
        Part(match.start(), start, f"{said} "),
        Part(start, start + 1, f" {match[3].upper()} ", letter=True),
        Part(start + 1, _without_stop(match), " M ", letter=True),
    )
    return Found(_without_stop(match), parts)
