"""Numbers with the signs of arithmetic: sums, powers, roots, factors, 1e6."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.glyphs import SUPERSCRIPTS
from oncue.model.text.numbers.around import NUMBER, say_number
from oncue.model.text.numbers.measures import unit_behind
from oncue.model.text.numbers.named import number_and_letter
from oncue.model.text.numerals import cardinal_en, cardinal_zh, fraction_en, fraction_zh
from oncue.model.text.patterns import pattern

RULES = Rules()


_OPERATORS = {
    "zh": {
        "+": "加",
        "-": "减",
        "–": "减",
        "*": "乘",
        "×": "乘",
        "x": "乘",
        "·": "乘",
        "/": "除以",
        "÷": "除以",
        "±": "正负",
    },
    "en": {
        "+": " plus ",
        "-": " minus ",
        "–": " minus ",
        "*": " times ",
        "×": " times ",
        "x": " times ",
        "·": " times ",
        "/": " divided by ",
        "÷": " divided by ",
        "±": " plus or minus ",
    },
}


@RULES.rule(r"(\d{3,5})×(\d{3,5})(?![\d.]{0,24}\d)(?!\s?[-+*×÷=])")
def _picture(context: Context, match: re.Match[str]) -> Found:
    """1920×1080: the sides of a picture, no product."""
    if context.is_chinese(match.start(), match.end()):
        return whole(match, "乘".join(say_number(side, chinese=True) for side in match.groups()))
    return whole(match, f" {_side(match[1])} by {_side(match[2])} ")


@RULES.rule(r"(\d{1,3})!(?=\s?[-+*×·/÷=≈<)])")
def _factorial(context: Context, match: re.Match[str]) -> Found:
    """5! = 120; but only 5!"""
    chinese = context.is_chinese(match.start(), match.end())
    number = say_number(match[1], chinese=chinese)
    return whole(match, f"{number}的阶乘" if chinese else f" {number} factorial ")


@RULES.rule(
    rf"{NUMBER}(?:\s?[-+*×x·/÷–±]\s?{NUMBER}){{1,20}}(?=\s?[=≠≈><≤≥]\s?[-?\dA-Za-z(])|{NUMBER}(?:\s?[+*×÷±]\s?{NUMBER}(?![\d.]{{0,24}}[\^{SUPERSCRIPTS}]))+"
)
def _equation(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    operators = _OPERATORS["zh" if chinese else "en"]
    parts = []
    pieces = rf"{NUMBER}|[-+*×x·/÷–±]"
    if pattern(r"\d/\d").search(match.group()) and pattern(r"[+–×÷-]").search(match.group()):
        pieces = rf"(?<![\d.])\d{{1,3}}/\d{{1,3}}(?![\d.])|{pieces}"
    for piece in pattern(pieces).finditer(match.group()):
        at = match.start() + piece.start()
        if "/" in piece.group()[1:]:
            above, below = piece.group().split("/")
            said = _fraction(above, below, chinese=chinese)
            parts.append(Part(at, at + len(piece.group()), said))
            continue
        said = operators.get(piece.group()) or say_number(piece.group(), chinese=chinese)
        parts.append(Part(at, at + len(piece.group()), said if chinese else f" {said} "))
    return Found(match.end(), tuple(parts))


def _fraction(above: str, below: str, *, chinese: bool) -> str:
    if chinese:
        return fraction_zh(above, below)
    if int(above) < int(below) <= 100:
        return f" {fraction_en(above, below)} "
    return f" {cardinal_en(above)} over {cardinal_en(below)} "


@RULES.rule(r"(\d{1,2})W-(\d{2})(?![\dA-Za-z])")
def _oil(context: Context, match: re.Match[str]) -> Found:
    """10W-40."""
    chinese = context.is_chinese(*match.span())
    first, second = (say_number(number, chinese=chinese) for number in match.groups())
    letter = Part(match.end(1), match.start(2), " W ", letter=True)
    return Found(
        match.end(), (Part(match.start(), match.end(1), first), letter, Part(match.start(2), match.end(), second))
    )


@RULES.rule(rf"({NUMBER})(?:x({NUMBER})(?:x({NUMBER}))?| x ({NUMBER}))(?![\w.]{{0,24}}\w)")
def _by(context: Context, match: re.Match[str]) -> Found | None:
    """2x4, 1920x1080: one side by the other; 0x10 is no size."""
    if match[1] == "0":
        return None
    chinese = context.is_chinese(match.start(), match.end())
    sides = [say_number(side, chinese=True) if chinese else _side(side) for side in match.groups() if side]
    return whole(match, "乘".join(sides) if chinese else f" {' by '.join(sides)} ")


def _side(written: str) -> str:
    """The side of a picture: nineteen twenty, seven sixty eight; eight hundred."""
    if not written.isdigit() or not 3 <= len(written) <= 4 or written.endswith("00") or written[-2] == "0":
        return say_number(written, chinese=False)
    return f"{cardinal_en(written[:-2])} {cardinal_en(written[-2:])}"


@RULES.rule(rf"(\d+(?:\.\d+)?)(?:\^\(?(-?\d+)\)?|([{SUPERSCRIPTS}]+))(?![A-Za-z])")
def _power(context: Context, match: re.Match[str]) -> Found | None:
    exponent = match[2] or lowered(match[3])
    if exponent is None or exponent == "1":
        return None  # the mark of a note
    return _raised(context, match.start(), match.end(), match[1], exponent)


def lowered(raised: str) -> str | None:
    """The number that raised digits stand for, none where they are no number."""
    plain = raised.translate(_LOWERED)
    return plain.removeprefix("+") if pattern(r"[-+]?\d{1,4}").fullmatch(plain) else None


_LOWERED = str.maketrans(SUPERSCRIPTS, "0123456789+-")


def _raised(context: Context, start: int, end: int, base: str, exponent: str) -> Found:
    chinese = context.is_chinese(start, end)
    end, unit = unit_behind(context, end, chinese=chinese)
    said = say_number(base, chinese=chinese)
    return Found(end, (Part(start, end, said + power(exponent, chinese=chinese) + unit),))


def power(exponent: str, *, chinese: bool) -> str:
    """的六次方, 的平方; to the power of six, squared."""
    sign, number = ("负" if chinese else "minus ") if exponent[0] == "-" else "", exponent.lstrip("-")
    if chinese:
        return {"2": "的平方", "3": "的立方"}.get(exponent) or f"的{sign}{cardinal_zh(number)}次方"
    return {"2": " squared ", "3": " cubed "}.get(exponent, f" to the power of {sign}{cardinal_en(number)} ")


@RULES.rule(r"(\d{1,4})\^([A-Za-z])(?![A-Za-z0-9])")
def _to_the_letter(context: Context, match: re.Match[str]) -> Found:
    """2^n."""
    chinese = context.is_chinese(*match.span())
    number = say_number(match[1], chinese=chinese)
    first = Part(match.start(), match.start(2), f"{number}的" if chinese else f" {number} to the power of ")
    letter = Part(match.start(2), match.end(), f" {match[2].upper()} ", letter=True)
    return Found(match.end(), (first, letter, *((Part(match.start(2), match.end(), "次方"),) if chinese else ())))


@RULES.rule(rf"√\s?\(?({NUMBER})\)?")
def _root(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    number = say_number(match[1], chinese=chinese)
    return whole(match, f"根号{number}" if chinese else f" the square root of {number} ")


@RULES.rule(rf"(?:({NUMBER})\s?[-–~]\s?)?({NUMBER})x(?![A-Za-z0-9])")
def _times(context: Context, match: re.Match[str]) -> Found | None:
    """2x faster; but 2x + 3."""
    if pattern(r"\s?[-+=*^)²³≤≥<>≠]").match(context.after(match.end(), 2)) or pattern(r"[-+=(*/]\s?$").search(
        context.before(match.start(), 2)
    ):
        return None if match[1] else number_and_letter(context, match)
    chinese = context.is_chinese(match.start(), match.end())
    numbers = [say_number(number, chinese=chinese, two="两") for number in match.groups() if number]
    return whole(match, "到".join(numbers) + "倍" if chinese else f" {' to '.join(numbers)} times ")


@RULES.rule(r"(\d+(?:\.\d+)?)[eE]([-+]?\d{1,3})(?![A-Za-z0-9.])")
def _scientific(context: Context, match: re.Match[str]) -> Found:
    """1e6."""
    chinese = context.is_chinese(match.start(), match.end())
    number, exponent = say_number(match[1], chinese=chinese), match[2].lstrip("+")
    end, unit = unit_behind(context, match.end(), chinese=chinese)
    if chinese:
        return whole(match, f"{number}乘十{power(exponent, chinese=True)}{unit}", end=end)
    minus = "minus " if exponent[0] == "-" else ""
    return whole(
        match, f" {number} times ten to the power of {minus}{cardinal_en(exponent.lstrip('-'))} {unit}", end=end
    )


_TERM = (
    rf"(?:[\d.,()^+\-–*/×÷·=<>!|≤≥≠≈√π{SUPERSCRIPTS} ]|(?<![A-Za-z'])[A-Za-z](?![A-Za-z'])|\d[A-Za-z]{{1,2}}(?![A-Za-z'])"
    r"|\b(?:sin|cos|tan|log|ln|lim|max|min|exp)\b)*"
)
_TERMS_BEFORE = re.compile(_TERM + "$")
_TERMS_AFTER = re.compile(_TERM)


def among_terms(context: Context, start: int, end: int) -> bool:
    """Whether a sign [start, end) stands between two terms of an equation."""
    before, after = context.before(start), context.after(end)
    if not (pattern(rf"[\w)|{SUPERSCRIPTS}]\s?$").search(before) and pattern(r"\s?[\w(√|]").match(after)):
        return False
    left, right = _TERMS_BEFORE.search(before), _TERMS_AFTER.match(after)
    assert left is not None
    assert right is not None
    if not pattern(r"[=<>≤≥≠≈]").search(left.group() + right.group()):
        return False
    return pattern(r"[A-Za-zπ]").search(left.group()[-8:] + right.group()[:8]) is not None
