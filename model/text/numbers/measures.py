"""Numbers with a unit, a percentage or degrees: 5kg, 10 m/s, 5-10%, 5 ft, 90°.

By the number m is metres; in Chinese some units go by their letters. The units are in `units.tsv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import DASH, NUMBER, adjective, is_one, say_number, sign_of
from oncue.model.text.numerals import cardinal_en, cardinal_zh
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows

RULES = Rules()


_PERCENT = {"%": ("百分之", "percent"), "‰": ("千分之", "per mille")}


@RULES.rule(rf"([-+±]?)({NUMBER})\s?([%‰]?)(?:{DASH}([-+]?)({NUMBER}))?\s?([%‰])")
def _percent(context: Context, match: re.Match[str]) -> Found | None:
    first, second = match.group(2, 5)
    if match[3] and second is None:
        return None
    chinese = context.is_chinese(match.start(), match.end())
    prefix, suffix = _PERCENT[match[6]]
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    if not chinese:
        said = " to ".join(say_number(number, chinese=False) for number in (first, second) if number)
        return whole(match, f" {sign}{said} {suffix} ")
    numbers = [say_number(number, chinese=True) for number in (first, second) if number]
    join = f"到{prefix}" if match[3] else "到"
    return whole(match, sign + prefix + join.join(numbers))


@dataclass(frozen=True, slots=True)
class _Unit:
    one: str
    many: str
    chinese: str
    spaced: bool


@cache
def _units() -> dict[str, _Unit]:
    units: dict[str, _Unit] = {}
    for row in rows("units.tsv"):
        forms, one, many, chinese, spaced = [*row, ""][:5]
        for form in forms.split():
            units[form.replace("μ", "µ")] = _Unit(one, many, chinese, spaced == "space")
    return units


@cache
def _unit_by_case() -> dict[str, _Unit]:
    """Units of several letters by their small letters, for those that are no others in them."""
    found: dict[str, _Unit] = {}
    for form, unit in _units().items():
        found.setdefault(form.lower() if len(form) > 1 else form, unit)
    return found


def unit_named(form: str) -> _Unit | None:
    """The unit that is written so."""
    return _units().get(form) or _unit_by_case().get(form.lower() if len(form) > 1 else form)


_UNIT = r"(?:[°℃℉][CF]?|[A-Za-zµμΩ]{1,4})"
_POWER = r"(?:[²³]|\^[23]|[23](?![\d.]))?"
_MEASURE = rf"({_UNIT})({_POWER})(?:/({_UNIT})({_POWER}))?(?![A-Za-z0-9])"


@RULES.rule(
    r"(\d{1,3})\s?(?:h|hrs?)\s?(\d{1,2})\s?(?:m|mins?)?(?:\s?(\d{1,2})\s?(?:s|secs?))?(?![A-Za-z0-9])|(\d{1,3})\s?m(?:in)?\s?(\d{1,2})\s?s(?:ec)?(?![A-Za-z0-9])"
)
def _clocked(context: Context, match: re.Match[str]) -> Found:
    """1h 30m, 3h40min, 5m30s: m is minutes beside hours or seconds."""
    if match[1]:
        parts = list(zip(match.group(1, 2, 3), (("小时", "hour"), ("分钟", "minute"), ("秒", "second")), strict=True))
    else:
        parts = list(zip(match.group(4, 5), (("分", "minute"), ("秒", "second")), strict=True))
    if context.is_chinese(match.start(), match.end()):
        return whole(match, "".join(cardinal_zh(n, two="两") + unit[0] for n, unit in parts if n))
    said = (f"{cardinal_en(n)} {unit[1]}{'' if is_one(n) else 's'}" for n, unit in parts if n)
    return whole(match, f" {' '.join(said)} ")


_SQUARED = {"sq": ("square ", "平方"), "cu": ("cubic ", "立方"), "fl": ("fluid ", "液量")}


@RULES.rule(rf"({NUMBER})\s?(sq|cu|fl)\.? ?(ft|in|yd|mi|m|km|cm|mm|oz)(?![A-Za-z])\.?(?=$|[^A-Za-z]|\s)")
def _squared(context: Context, match: re.Match[str]) -> Found | None:
    """1,200 sq ft, 8 fl. oz."""
    unit = unit_named(match[3])
    one, many = ("inch", "inches") if match[3] == "in" else (unit.one, unit.many) if unit else ("", "")
    chinese = context.is_chinese(match.start(), match.end())
    square = _SQUARED[match[2]][chinese]
    if chinese:
        return whole(match, f"{say_number(match[1], chinese=True, two='两')}{square}{unit.chinese if unit else '英寸'}")
    single = is_one(match[1]) or adjective(context, match.start(), match.end())
    return whole(
        match,
        f" {say_number(match[1], chinese=False)} {square}{one if single else many} ",
        end=past_stop(context, match.end(3), "ft"),
    )


@RULES.rule(rf"({NUMBER})\s?A(?![A-Za-z0-9'])")
def _amperes(context: Context, match: re.Match[str]) -> Found | None:
    """1.5A, 5V, 2A; but seat 2A."""
    if not (
        pattern(r"\dk?V\s?[,，、/ ]\s?$").search(context.before(match.start()))
        or ("." in match[1] and not pattern(r"-").match(context.after(match.end(), 1)))
        or pattern(r"\s?(?:电流|充电|快充|输出|输入|fuse|charger|current|circuit|breaker)").match(
            context.after(match.end())
        )
    ):
        return None
    number = say_number(match[1], chinese=context.is_chinese(match.start(), match.end()), two="两")
    if context.is_chinese(match.start(), match.end()):
        return whole(match, number + "安")
    return whole(match, f" {number} amp{'' if is_one(match[1]) else 's'} ")


@RULES.rule(rf"([-+±]?)({NUMBER})(?:\s?[x×]\s?({NUMBER}))?(?:{DASH}(-?)({NUMBER}))?(\s?){_MEASURE}")
def _measure(context: Context, match: re.Match[str]) -> Found | None:
    """A number with a unit: by the number, m is metres; 5G is no five grams."""
    form, per = match.group(7, 9)
    unit, below = unit_named(form), unit_named(per) if per else None
    if unit is None or (per and below is None):
        return None
    if match[6] and not _spaced_unit(context, match, form, unit):
        return None
    chinese = context.is_chinese(match.start(), match.end())
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    name = _unit_name(match, unit, below, chinese=chinese, plural=not _singular(context, match))
    numbers = [say_number(number, chinese=chinese, two="两") for number in (match[2], match[3], match[5]) if number]
    if match[3]:
        numbers = [numbers[0] + ("乘" if chinese else " by ") + numbers[1], *numbers[2:]]
    second = ("负" if chinese else "minus ") if match[4] else ""
    joined = (f"到{second}" if chinese else f" to {second}").join(numbers)
    end = past_stop(context, match.end(), form)
    if chinese:
        parts = _letters_of_unit(match, sign + joined, name)
        return Found(end, parts)
    return whole(match, f" {sign}{joined} {name} ", end=end)


_STOPPED = frozenset(
    [
        "lb",
        "lbs",
        "oz",
        "ft",
        "yd",
        "mi",
        "hr",
        "hrs",
        "min",
        "mins",
        "sec",
        "secs",
        "tsp",
        "tbsp",
        "gal",
        "qt",
        "pt",
        "wk",
        "yr",
        "mo",
    ]
)
"""Units that are written with a full stop too."""


def past_stop(context: Context, end: int, form: str) -> int:
    """The end of a unit, past a full stop that only ends its abbreviation: 8 oz. cream cheese."""
    stopped = form in _STOPPED and pattern(r"\.(?:\s[a-z(]|[,;:])").match(context.after(end, 3))
    return end + 1 if stopped else end


def _spaced_unit(context: Context, match: re.Match[str], form: str, unit: _Unit) -> bool:
    """Whether letters behind a space are a unit and no word: 5 m wide, 3 s; but never 5 W. Main St."""
    if not unit.spaced:
        return False
    if form in {"in", "gal", "sec", "mi", "min"}:
        return form != "in"
    return not (form.isupper() and len(form) == 1 and pattern(r"\.? (?:[A-Z]|\d)").match(context.after(match.end())))


def _singular(context: Context, match: re.Match[str]) -> bool:
    alone = match[5] is None and match[3] is None and is_one(match[2])
    return alone or adjective(context, match.start(), match.end())


_SQUARES = {"²": ("square ", "平方"), "³": ("cubic ", "立方")}


def _unit_name(match: re.Match[str], unit: _Unit, below: _Unit | None, *, chinese: bool, plural: bool) -> str:
    raised = [
        match[group].replace("^2", "²").replace("^3", "³").replace("2", "²").replace("3", "³") if match[group] else ""
        for group in (8, 10)
    ]
    square = [_SQUARES.get(power, ("", ""))[chinese] for power in raised]
    if chinese:
        return square[0] + unit.chinese + (f"每{square[1]}{below.chinese}" if below else "")
    if below is not None and below.one == "second" and square[1]:
        return f"{unit.many if plural else unit.one} per second {'squared' if square[1][0] == 's' else 'cubed'}"
    return square[0] + (unit.many if plural else unit.one) + (f" per {square[1]}{below.one}" if below else "")


def _letters_of_unit(match: re.Match[str], said: str, name: str) -> tuple[Part, ...]:
    """In Chinese some units go by their letters: 十六GB."""
    if name.isascii():
        number = Part(match.start(), match.end(5) if match[5] else match.end(2), said)
        return (number, Part(match.start(7), match.end(7), f" {name} "))
    return (Part(match.start(), match.end(), said + name),)


@RULES.rule(r"(\d{1,2})'\s?(\d{1,2})(?:\"|''|”)")
def _feet_and_inches(context: Context, match: re.Match[str]) -> Found:
    if context.is_chinese(match.start(), match.end()):
        return whole(match, f"{cardinal_zh(match[1])}英尺{cardinal_zh(match[2])}英寸")
    return whole(match, f" {cardinal_en(match[1])} foot {cardinal_en(match[2])} ")


@RULES.rule(rf"([-+]?)({NUMBER})(?:{DASH}({NUMBER}))?°")
def _degrees(context: Context, match: re.Match[str]) -> Found | None:
    chinese = context.is_chinese(match.start(), match.end())
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    numbers = ("到" if chinese else " to ").join(say_number(n, chinese=chinese) for n in match.group(2, 3) if n)
    return whole(
        match, f"{sign}{numbers}度" if chinese else f" {sign}{numbers} degree{'' if is_one(match[2]) else 's'} "
    )
