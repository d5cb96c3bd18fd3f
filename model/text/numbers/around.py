"""What the rules of numbers share: the words that stand before and after one, and the plain ways to say digits.

Which words count as evidence of what is in `contexts.tsv`; what an expression is, each rule decides for itself.
"""

from __future__ import annotations

import re
from functools import cache

from oncue.model.text.classes import Context, Found, Part
from oncue.model.text.glyphs import is_hanzi
from oncue.model.text.numerals import decimal_en, decimal_zh, digits_en, digits_zh
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import words_of

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+(?!\.?\d))?)"
DASH = r"\s?(?:--|——|[-–—~])\s?"
MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
MONTH_BEFORE = re.compile(
    rf"\b(?:{'|'.join(MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?) $", re.IGNORECASE
)


def near(kind: str) -> str:
    """The words of a kind as alternatives of a pattern, the longest first."""
    return "|".join(sorted(map(re.escape, words_of(kind)), key=len, reverse=True))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """The patterns of words that stand before or after a number, made at their first use."""
    made = {
        "phone_zh": rf"(?:{near('phone_zh')})[^\d。！？；\n]{{0,4}}(?:[\d\-\s、，]{{3,30}}(?:[、，或和及与]|或者|还是|以及))?\s?$",
        "phone_en": rf"\b(?:{near('phone_en')})(?:\s+(?:me|us|him|her|them|at|on|is|no\.?|number|line|to|now|the|or|toll|free|#|:|(?-i:[A-Z]{{2,12}})|[\"'][^\"']{{1,12}}[\"']))*[\s:#.]*$",
        "code_zh": rf"(?:{near('code_zh')})(?:[号码为是：:]|\s|就是|改成|应该是|填)*\s?[A-Za-z]*$",
        "code_en": rf"\b(?:{near('code_en')})(?:\s+(?:number|no\.?|code|id|is|was|ending|ends|in|key|word|#|:))*[\s:#.]*$|\b(?:card|account|number|phone|visa|mastercard|ssn)\b[^.!?\d]{{0,20}}\bend(?:s|ing|ed)?\s(?:in|with)\s$",
        "room_zh": rf"(?:{near('room_zh')}|[A-Z\d一二三四五六七八九十]\s?(?:座|栋|幢|单元|号楼|楼|层)\s?(?=$)|[弄路街巷村]\s?\d{{1,4}}号(?=$))(?:[号是在为：:]|\s)*(?:\d{{3,4}}[，、,和\s]+)*$",
        "room_zh_after": rf"(?:号|号的)?(?:房间|{near('room_zh')}|室|房|包)",
        "room_en": rf"\b(?:{near('room_en')})(?:\s+(?:number|no\.?|#))*\s(?:[A-Z]{{1,2}}\s?)?$",
        "score_zh": rf"(?:{near('score_zh')}|以)[^\d。！？；\n]{{0,6}}$",
        "score_zh_after": rf"(?:[（(][\d\-–:，、, ]+[)）])?(?:的?比分|{near('score_zh')})",
        "score_en": rf"\b(?:{near('score_en')})\b[^.!?\n]{{0,14}}$",
        "serving_en": rf"\b(?:{near('serving_en')})\b[^.!?]{{0,16}}$",
        "ratio_zh": rf"(?:{near('ratio_zh')})[^\d。！？；\n]{{0,6}}$",
        "before_year": rf"\b(?:{near('before_year_en')})[ ,]{{1,2}}(?:the )?$",
        "counted": rf"[ ](?:{near('counted_en')})\b",
        "liang": rf"(?:多|几|来)?(?:{near('liang')})",
        "not_liang": rf"(?:{near('not_liang')})",
        "not_code": rf"\s?(?:{near('not_code')})",
    }
    return re.compile(made[name], re.IGNORECASE)


def led(context: Context, at: int, name: str) -> bool:
    """Whether words of a kind lead up to a place."""
    return _pattern(name).search(context.before(at)) is not None


def followed(context: Context, at: int, name: str) -> bool:
    """Whether words of a kind follow a place."""
    return _pattern(name).match(context.text, at) is not None


def by_digits(context: Context, start: int, end: int, *, phone: bool = False, zero: str = "zero") -> tuple[Part, ...]:
    """Each digit of [start, end) for itself, pauses at what divides them; letters between stay letters."""
    chinese = context.is_chinese(start, end)
    parts: list[Part] = []
    for at in range(start, end):
        char = context.text[at]
        if char.isdigit() and chinese:
            parts.append(Part(at, at + 1, digits_zh(char, one="幺" if phone else "一")))
        elif char.isdigit():
            parts.append(Part(at, at + 1, f" {digits_en(char, zero=zero)} "))
        elif char.isalpha():
            parts.append(Part(at, at + 1, f" {char.upper()} ", letter=True))
        elif char in "- ()." and parts and parts[-1].said != "," and context.text[at + 1 : end].strip(" ()-."):
            parts.append(Part(at, at + 1, ","))
    return tuple(parts)


def digits_of(context: Context, match: re.Match[str], *, phone: bool = False, zero: str = "zero") -> Found:
    """All of a match digit by digit."""
    return Found(match.end(), by_digits(context, match.start(), match.end(), phone=phone, zero=zero))


def say_number(written: str, *, chinese: bool, two: str = "二") -> str:
    """A number as it is written, with commas and a point, in words."""
    whole_part, _, fraction = written.replace(",", "").partition(".")
    if len(whole_part) > 1 and whole_part[0] == "0":
        said = digits_zh(whole_part) if chinese else digits_en(whole_part)
        rest = f"点{digits_zh(fraction)}" if chinese else f" point {digits_en(fraction)}"
        return said + (rest if fraction else "")
    return decimal_zh(whole_part, fraction, two=two) if chinese else decimal_en(whole_part, fraction)


def is_one(written: str) -> bool:
    """Whether what is counted by it is singular."""
    return written.replace(",", "") in {"1", "1.0"}


def is_year(written: str) -> bool:
    """Whether a number has the form of a year."""
    return len(written) == 4 and written.isdigit() and 1000 <= int(written) <= 2199


def adjective(context: Context, start: int, end: int) -> bool:
    """Whether an English measure stands before the noun it describes: a 5 foot wall."""
    article = pattern(
        r"\b(?:a|an|the|this|that|each|every|another|one)\s(?:new |big |small |whole |mere )?$", re.IGNORECASE
    ).search(context.before(start))
    noun = pattern(
        r"[ -](?!(?:of|in|at|on|to|is|are|was|were|and|or|per|a|an|from|for|by|with|away|each|every|later|ago)\b)[A-Za-z]"
    ).match(context.after(end))
    return article is not None and noun is not None


def sign_of(context: Context, at: int, sign: str, *, chinese: bool) -> str | None:
    """What a sign before a number says; None where a hyphen there joins words."""
    if not sign:
        return ""
    if sign == "±":
        return "正负" if chinese else "plus or minus "
    before = context.text[at - 1 : at]
    if before and is_hanzi(before) and chinese:
        measured = pattern(rf"[-+]\s?{NUMBER}(?:[-~–]-?{NUMBER})?\s?(?:[℃°%度分元块万亿]|摄氏|华氏)").match(
            context.text[at:]
        )
        amount = pattern(r"[\d〇零一二三四五六七八九十百千]\s?[一-鿿]{1,2}$").search(context.before(at, 4))
        if (amount and before not in "了亏赚是为到至在约达于和与或有") or (
            not measured and before not in "了亏赚是为到至在约达温度得于等和与或有"
        ):
            return None
    elif before and (before.isalnum() or before in ")]}%°℃"):
        return None
    if sign == "+":
        warm = not (before and is_hanzi(before)) and pattern(rf"\+\s?{NUMBER}\s?(?:[℃°%‰度分]|摄氏|华氏)").match(
            context.text[at : at + 40]
        )
        return ("正" if warm else "加") if chinese else "plus "
    return "负" if chinese else "negative "
