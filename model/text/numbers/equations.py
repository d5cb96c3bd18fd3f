"""Numbers with the signs of arithmetic: sums, powers, roots, factors, 1e6."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import NUMBER, say_number
from oncue.model.text.numbers.named import number_and_letter
from oncue.model.text.numerals import cardinal_en, cardinal_zh
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


@RULES.rule(
    rf"{NUMBER}(?:\s?[-+*×x·/÷–±]\s?{NUMBER}){{1,20}}(?=\s?[=≠≈><≤≥]\s?[-?\dA-Za-z(])|{NUMBER}(?:\s?[+*×÷±]\s?{NUMBER}(?![\d.]{{0,24}}[\^²³]))+"
)
def _equation(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    operators = _OPERATORS["zh" if chinese else "en"]
    parts = []
    for piece in pattern(rf"{NUMBER}|[-+*×x·/÷–±]").finditer(match.group()):
        at = match.start() + piece.start()
        said = operators.get(piece.group()) or say_number(piece.group(), chinese=chinese)
        parts.append(Part(at, at + len(piece.group()), said if chinese else f" {said} "))
    return Found(match.end(), tuple(parts))


@RULES.rule(rf"({NUMBER})x({NUMBER})(?:x({NUMBER}))?(?![\w.]{{0,24}}\w)")
def _by(context: Context, match: re.Match[str]) -> Found | None:
    """2x4, 1920x1080: one side by the other; 0x10 is no size."""
    if match[1] == "0":
        return None
    chinese = context.is_chinese(match.start(), match.end())
    sides = [say_number(side, chinese=chinese) for side in match.groups() if side]
    return whole(match, "乘".join(sides) if chinese else f" {' by '.join(sides)} ")


@RULES.rule(r"(\d+(?:\.\d+)?)(?:\^(-?\d+)|([²³]))(?![A-Za-z])")
def _power(context: Context, match: re.Match[str]) -> Found:
    return _raised(context, match.start(), match.end(), match[1], match[2] or {"²": "2", "³": "3"}[match[3]])


def _raised(context: Context, start: int, end: int, base: str, exponent: str) -> Found:
    chinese = context.is_chinese(start, end)
    said = say_number(base, chinese=chinese) if base[0].isdigit() else base
    return Found(end, (Part(start, end, said + power(exponent, chinese=chinese)),))


def power(exponent: str, *, chinese: bool) -> str:
    """的六次方, 的平方; to the power of six, squared."""
    sign, number = ("负" if chinese else "minus ") if exponent[0] == "-" else "", exponent.lstrip("-")
    if chinese:
        return {"2": "的平方", "3": "的立方"}.get(exponent) or f"的{sign}{cardinal_zh(number)}次方"
    return {"2": " squared ", "3": " cubed "}.get(exponent, f" to the power of {sign}{cardinal_en(number)} ")


@RULES.rule(rf"√\s?\(?({NUMBER})\)?")
def _root(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    number = say_number(match[1], chinese=chinese)
    return whole(match, f"根号{number}" if chinese else f" the square root of {number} ")


@RULES.rule(rf"({NUMBER})x(?![A-Za-z0-9])")
def _times(context: Context, match: re.Match[str]) -> Found:
    """2x faster; but 2x + 3."""
    if pattern(r"\s?[-+=*^)²³≤≥<>≠]").match(context.after(match.end(), 2)) or pattern(r"[-+=(*/]\s?$").search(
        context.before(match.start(), 2)
    ):
        return number_and_letter(context, match)
    chinese = context.is_chinese(match.start(), match.end())
    return whole(
        match,
        say_number(match[1], chinese=chinese, two="两") + "倍"
        if chinese
        else f" {say_number(match[1], chinese=False)} times ",
    )


@RULES.rule(r"(\d+(?:\.\d+)?)[eE]([-+]?\d{1,3})(?![A-Za-z0-9.])")
def _scientific(context: Context, match: re.Match[str]) -> Found:
    """1e6."""
    chinese = context.is_chinese(match.start(), match.end())
    number, exponent = say_number(match[1], chinese=chinese), match[2].lstrip("+")
    if chinese:
        return whole(match, f"{number}乘十{power(exponent, chinese=True)}")
    return whole(
        match,
        f" {number} times ten to the power of {'minus ' if exponent[0] == '-' else ''}{cardinal_en(exponent.lstrip('-'))} ",
    )
