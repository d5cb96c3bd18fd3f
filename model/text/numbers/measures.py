"""Numbers with a unit, a percentage or degrees: 5kg, 10 m/s, 5-10%, 5 ft, 90°.

By the number m is metres; in Chinese some units go by their letters. The units are in `units.tsv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import DASH, NUMBER, adjective, is_one, say_number, sign_of
from oncue.model.text.numerals import cardinal_en, cardinal_zh, plural_en
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


@RULES.rule(r"(\d{1,2})\s?(?:ft|feet)\.?,?\s?(\d{1,2}(?:\.\d)?)\s?in(?:ches)?\b\.?(?=(.?))")
def _feet_and_more(context: Context, match: re.Match[str]) -> Found:
    """5ft 4in, 6 ft. 2 in."""
    if context.is_chinese(*match.span()):
        return whole(match, f"{cardinal_zh(match[1])}英尺{say_number(match[2], chinese=True)}英寸")
    foot, inch = ("foot" if is_one(match[1]) else "feet"), ("inch" if is_one(match[2]) else "inches")
    end = match.end() - (match.group().endswith(".") and match[3] in {"", "\n"})
    return whole(match, f" {cardinal_en(match[1])} {foot} {say_number(match[2], chinese=False)} {inch} ", end=end)


@RULES.rule(rf"({NUMBER})in(?![A-Za-z0-9])")
def _joined_inches(context: Context, match: re.Match[str]) -> Found | None:
    """4in, with no space between."""
    if context.is_chinese(*match.span()):
        return whole(match, say_number(match[1], chinese=True, two="两") + "英寸")
    single = is_one(match[1]) or adjective(context, *match.span())
    return whole(match, f" {say_number(match[1], chinese=False)} {'inch' if single else 'inches'} ")


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


_PLAYED = re.compile(
    r"\b(?:MP|XP|EXP|ATK|DEF|DMG|heals?|healed|damage|potions?|boss|health|shield|armor|restores?|regen|level|lv|hit points?)\b|[血怪攻防]|剩余|回复|恢复|技能|满血",
    re.IGNORECASE,
)
"""What says that HP is what a player has, and no power."""


@RULES.rule(rf"([-+]?)({NUMBER})\s?HP(?![A-Za-z0-9])")
def _hit_points(context: Context, match: re.Match[str]) -> Found | None:
    """+50 HP, what a player has; but an engine of 50 HP."""
    if not match[1] and not _PLAYED.search(context.before(match.start()) + context.after(match.end())):
        return None
    chinese = context.is_chinese(*match.span())
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    number = f"{sign}{say_number(match[2], chinese=chinese)}"
    letters = (Part(at, at + 1, f" {context.text[at]} ", letter=True) for at in range(match.end() - 2, match.end()))
    return Found(match.end(), (Part(match.start(), match.end(2), number if chinese else f" {number} "), *letters))


@RULES.rule(r"(\d{1,2})x(\d{1,2})s(?![A-Za-z0-9])")
def _boards(_context: Context, match: re.Match[str]) -> Found:
    """2x4s."""
    return whole(match, f" {cardinal_en(match[1])} by {plural_en(cardinal_en(match[2]))} ")


@RULES.rule(rf"([-+±]?)({NUMBER})(?:\s?[x×]\s?({NUMBER}))?(?:{DASH}(-?)({NUMBER}))?(\s?){_MEASURE}")
def _measure(context: Context, match: re.Match[str]) -> Found | None:
    """A number with a unit: by the number, m is metres; 5G is no five grams."""
    form, per = match.group(7, 9)
    unit, below = unit_named(form), unit_named(per) if per else None
    if unit is None:
        return None
    stop = match.end(8) if per and below is None else match.end()  # what it is each of is no unit: kcal/day
    if match[6] and not _spaced_unit(context, match, form, unit):
        return None
    chinese = context.is_chinese(match.start(), match.end())
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None:
        return None
    name = _unit_name(match, unit, below, chinese=chinese, plural=not _singular(context, match))
    two = "二" if unit.one.startswith("degree") else "两"
    numbers = [say_number(number, chinese=chinese, two=two) for number in (match[2], match[3], match[5]) if number]
    if match[3]:
        numbers = [numbers[0] + ("乘" if chinese else " by ") + numbers[1], *numbers[2:]]
    second = ("负" if chinese else "minus ") if match[4] else ""
    joined = (f"到{second}" if chinese else f" to {second}").join(numbers)
    end = past_stop(context, stop, form)
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


_MEASURED = re.compile(rf"\s?{_MEASURE}")


def unit_behind(context: Context, at: int, *, chinese: bool) -> tuple[int, str]:
    """The end and the words of a unit behind a number that another rule has said; where there is none, the place itself."""
    match = _MEASURED.match(context.text, at)
    unit = unit_named(match[1]) if match is not None else None
    if match is None or unit is None or (match[3] and unit_named(match[3]) is None) or match[1] == "in":
        return at, ""
    square = _SQUARES.get((match[2] or "").replace("^", "").translate({50: "²", 51: "³"}), ("", ""))[chinese]
    below = unit_named(match[3]) if match[3] else None
    if chinese:
        return match.end(), square + unit.chinese + (f"每{below.chinese}" if below else "")
    return match.end(), f"{square}{unit.many} " + (f"per {below.one} " if below else "")


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
    return (Part(match.start(), match.end(8) if match[9] and "每" not in name else match.end(), said + name),)


_WARMTH = re.compile(
    r"\b(?:temp(?:erature)?s?|degrees|hot|cold|warm|oven|bake|baked|preheat|heat|roast|cook|weather|fever|highs?|lows?|outside|T)\b",
    re.IGNORECASE,
)


@RULES.rule(rf"([-+]?)({NUMBER})\s?([FC])(?![A-Za-z0-9'#♯♭-])")
def _warmth(context: Context, match: re.Match[str]) -> Found | None:
    """98.6F, an oven at 350F; but seat 12F."""
    near_by = context.before(match.start()) + " " + context.after(match.end(), 20)
    if not _WARMTH.search(near_by) and not ("." in match[2] and match[3] == "F"):
        return None
    chinese = context.is_chinese(*match.span())
    sign = sign_of(context, match.start(), match[1], chinese=chinese)
    if sign is None or chinese:
        return None
    scale = "Fahrenheit" if match[3] == "F" else "Celsius"
    return whole(
        match, f" {sign}{say_number(match[2], chinese=False)} degree{'' if is_one(match[2]) else 's'} {scale} "
    )


@RULES.rule(rf"({NUMBER})(['\"])\s?[x×]\s?({NUMBER})\2(?:\s?[x×]\s?({NUMBER})\2)?")
def _feet_by_feet(context: Context, match: re.Match[str]) -> Found:
    """12' x 15'."""
    feet = match[2] == "'"
    sides = [side for side in match.group(1, 3, 4) if side]
    if context.is_chinese(*match.span()):
        unit = "英尺" if feet else "英寸"
        return whole(match, "乘".join(say_number(side, chinese=True, two="两") + unit for side in sides))
    said = " by ".join(
        f"{say_number(side, chinese=False)} {('foot' if is_one(side) else 'feet') if feet else ('inch' if is_one(side) else 'inches')}"
        for side in sides
    )
    return whole(match, f" {said} ")


_MEASURED_IN_INCHES = re.compile(
    r"\s(?:[a-z]+ )?(?:laptop|monitor|screen|tv|TV|display|tablet|pipe|wheels?|rims?|pizza|pan|skillet|nails?|board|blade|barrel|heels?|tall|wide|long|deep|thick|diameter|subs?|drive|HDD|SSD|phone|model|panel|iPad|MacBook|ruler|speakers?|woofer)\b"
)
_ACROSS = re.compile(r"\s(?:[a-z]+ )?(?:tall|wide|long|deep|thick|diameter)\b")


@RULES.rule(rf"({NUMBER})(?:\"|'')")
def _inches(context: Context, match: re.Match[str]) -> Found | None:
    """A 15" laptop: inches where no quotation ends."""
    alone = context.text.count('"') % 2 == 1 and context.text[: match.start()].count('"') % 2 == 0
    if not alone and not _MEASURED_IN_INCHES.match(context.text, match.end()):
        return None
    if context.is_chinese(*match.span()):
        return whole(match, say_number(match[1], chinese=True, two="两") + "英寸")
    noun = _MEASURED_IN_INCHES.match(context.text, match.end()) and not _ACROSS.match(context.text, match.end())
    named = pattern(r"\b(?:the|a|my) $").search(context.before(match.start()))
    single = is_one(match[1]) or noun or named or adjective(context, *match.span())
    return whole(match, f" {say_number(match[1], chinese=False)} {'inch' if single else 'inches'} ")


@RULES.rule(rf"({NUMBER})'(?=\s(?:tall|wide|long|high|deep))")
def _feet(context: Context, match: re.Match[str]) -> Found | None:
    """6' tall."""
    if context.is_chinese(*match.span()):
        return None
    return whole(match, f" {say_number(match[1], chinese=False)} {'foot' if is_one(match[1]) else 'feet'} ")


@RULES.rule(r"(\d{1,2})'\s?(\d{1,2})(?:\"|''|”)")
def _feet_and_inches(context: Context, match: re.Match[str]) -> Found:
    if context.is_chinese(match.start(), match.end()):
        tall = pattern(r"[身高长宽]").search(context.before(match.start(), 6))
        units = ("英尺", "英寸") if tall else ("分", "秒")
        return whole(match, f"{cardinal_zh(match[1])}{units[0]}{cardinal_zh(match[2])}{units[1]}")
    return whole(match, f" {cardinal_en(match[1])} foot {cardinal_en(match[2])} ")


_SIDES = {"N": ("北纬", "north"), "S": ("南纬", "south"), "E": ("东经", "east"), "W": ("西经", "west")}


@RULES.rule(
    rf"({NUMBER})\s?°\s?(?:(\d{{1,2}}(?:\.\d+)?)\s?['’]\s?)?(?:(\d{{1,2}}(?:\.\d+)?)\s?(?:\"|''|”)\s?)?([NSEW](?![A-Za-z]))?"
)
def _position(context: Context, match: re.Match[str]) -> Found | None:
    """40.71° N, 39°54′: degrees, minutes and seconds of an angle, and the side of the earth."""
    if match[2] is None and match[4] is None:
        return None
    chinese = context.is_chinese(match.start(), match.end())
    units = zip(match.group(1, 2, 3), (("度", "degree"), ("分", "minute"), ("秒", "second")), strict=True)
    if chinese:
        said = "".join(say_number(n, chinese=True) + unit[0] for n, unit in units if n)
        return whole(match, (_SIDES[match[4]][0] if match[4] else "") + said)
    said = " ".join(f"{say_number(n, chinese=False)} {unit[1]}{'' if is_one(n) else 's'}" for n, unit in units if n)
    return whole(match, f" {said} {_SIDES[match[4]][1] if match[4] else ''} ")


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
