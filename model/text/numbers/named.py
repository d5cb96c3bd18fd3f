"""Numbers that tell one of a kind from the others: generations, versions, ordinals."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import say_number
from oncue.model.text.numerals import cardinal_en, digits_zh, ordinal_en

RULES = Rules()


@RULES.rule(r"\d{1,2}G(?![A-Za-z0-9/])")
def _generation(context: Context, match: re.Match[str]) -> Found:
    """5G, a generation of networks; and 16G in Chinese, where the unit goes by its letter."""
    return number_and_letter(context, match)


def number_and_letter(context: Context, match: re.Match[str]) -> Found:
    """A number and the letter behind it by its name."""
    chinese, end = context.is_chinese(match.start(), match.end()), match.end() - 1
    number = say_number(context.text[match.start() : end], chinese=chinese)
    said = number if chinese else f" {number} "
    return Found(
        match.end(),
        (Part(match.start(), end, said), Part(end, match.end(), f" {context.text[end].upper()} ", letter=True)),
    )


@RULES.rule(r"(\d{3,4})([pPi])(?=(?:24|25|30|50|60|120|144|240)?(?![A-Za-z0-9']))")
def _lines_of_picture(context: Context, match: re.Match[str]) -> Found | None:
    """1080p: ten eighty P."""
    number = match[1]
    if number not in {"144", "240", "360", "480", "540", "576", "720", "1080", "1440", "2160", "4320"}:
        return None
    if context.is_chinese(match.start(), match.end()):
        said = digits_zh(number)
    elif len(number) == 4:
        said = f" {cardinal_en(number[:2])} {cardinal_en(number[2:])} "
    else:
        said = f" {cardinal_en(number[0])} {cardinal_en(number[1:])} "
    letter = Part(match.start(2), match.end(2), f" {match[2].upper()} ", letter=True)
    return Found(match.end(), (Part(match.start(1), match.end(1), said), letter))


@RULES.rule(r"\d+(?:\.\d+){2,}")
def _version(context: Context, match: re.Match[str]) -> Found:
    chinese = context.is_chinese(match.start(), match.end())
    numbers = [say_number(number, chinese=chinese) for number in match.group().split(".")]
    return whole(match, "点".join(numbers) if chinese else f" {' point '.join(numbers)} ")


@RULES.rule(r"(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
def _ordinal(_context: Context, match: re.Match[str]) -> Found:
    return whole(match, f" {ordinal_en(match[1].replace(',', ''))} ")


@RULES.rule(r"第\s?(\d+)(?:([-–—~])第?(\d+))?")
def _ordinal_zh(_context: Context, match: re.Match[str]) -> Found:
    """第二 and never 第两."""
    parts = [
        Part(match.start(), match.start() + 1, "第"),
        Part(match.start(1), match.end(1), say_number(match[1], chinese=True)),
    ]
    if match[3]:
        parts += [
            Part(match.start(2), match.end(2), "到"),
            Part(match.start(3), match.end(3), say_number(match[3], chinese=True)),
        ]
    return Found(match.end(), tuple(parts))
