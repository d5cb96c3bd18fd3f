"""Numbers to words, in Mandarin and English: cardinals, ordinals, decimals, years, and digits one by one.

Strings of ASCII digits go in and words come out; what a number means, and so which of these it wants, is decided
in `classes.py`.
"""

from __future__ import annotations

LONGEST_NUMBER = 15
"""Longer runs of digits are read one by one."""

_ZH_DIGITS = "零一二三四五六七八九"
_EN_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905 (words read better)
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_GROUPS = ("", "thousand", "million", "billion", "trillion")
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def digits_zh(digits: str, *, one: str = "一") -> str:
    """Each digit by its name; `one` is 幺 in telephone numbers."""
    return "".join(one if digit == "1" else _ZH_DIGITS[int(digit)] for digit in digits)


def digits_en(digits: str, *, zero: str = "zero") -> str:
    """Each digit by its name; `zero` is "oh" where people say the letter."""
    return " ".join(zero if digit == "0" else _EN_DIGITS[int(digit)] for digit in digits)


def cardinal_zh(digits: str, *, two: str = "二") -> str:
    """A whole number. `two` is how a lone 2 is said: 两 before what is counted.

    >>> cardinal_zh("2050"), cardinal_zh("16"), cardinal_zh("12"), cardinal_zh("200")
    ('两千零五十', '十六', '十二', '两百')
    """
    number = int(digits)
    if len(digits) > LONGEST_NUMBER:
        return digits_zh(digits)
    if number < 10:
        return two if number == 2 else _ZH_DIGITS[number]
    said = _below_zh(number)
    if said.startswith("一十"):
        said = said[1:]
    return "两" + said[1:] if said[0] == "二" and said[1] in "百千万亿" else said


def _below_zh(number: int) -> str:
    """A number with every place named and single zeros between."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low and low < size // 10 else ""
            return _below_zh(high) + name + (gap + _below_zh(low) if low else "")
    said = ""
    pending = False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            said += ("零" if pending and said else "") + _ZH_DIGITS[digit] + name
            pending = False
        else:
            pending = True
    return said


def cardinal_en(digits: str) -> str:
    """A whole number, with "and" before the tens of its last hundred.

    >>> cardinal_en("1984"), cardinal_en("1000001")
    ('one thousand nine hundred and eighty four', 'one million and one')
    """
    if len(digits) > LONGEST_NUMBER:
        return digits_en(digits)
    number = int(digits)
    if not number:
        return "zero"
    groups: list[int] = []
    while number:
        number, group = divmod(number, 1000)
        groups.append(group)
    words: list[str] = []
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            continue
        last = place == 0
        if last and words and group < 100:
            words.append("and")
        words.extend(_hundreds_en(group, joined=last))
        if place:
            words.append(_GROUPS[place])
    return " ".join(words)


def _hundreds_en(number: int, *, joined: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_EN_DIGITS[hundreds], "hundred"] if hundreds else []
    if hundreds and rest and joined:
        words.append("and")
    return words + (_tens_en(rest) if rest else [])


def _tens_en(number: int) -> list[str]:
    if number < 10:
        return [_EN_DIGITS[number]]
    if number < 20:
        return [_TEENS[number - 10]]
    tens, ones = divmod(number, 10)
    return [_TENS[tens - 2], *([_EN_DIGITS[ones]] if ones else [])]


def ordinal_en(digits: str) -> str:
    """first, twenty second, one hundredth."""
    *before, last = cardinal_en(digits).split()
    said = _ORDINALS[last] if last in _ORDINALS else last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return " ".join([*before, said])


def plural_en(said: str) -> str:
    """The plural of a number in words: fifty twos, sixes, twenties."""
    if said.endswith("y"):
        return said[:-1] + "ies"
    return said + ("es" if said.endswith(("x", "s")) else "s")


def year_en(digits: str) -> str:
    """A year of four digits, in pairs: nineteen eighty four, two thousand eight, nineteen oh five.

    >>> year_en("1900"), year_en("2010"), year_en("2005")
    ('nineteen hundred', 'twenty ten', 'two thousand five')
    """
    high, low = int(digits[:2]), int(digits[2:])
    if high % 10 == 0 and low < 10:
        return f"{cardinal_en(digits[0] + '000')}{' ' + _EN_DIGITS[low] if low else ''}"
    if low == 0:
        return f"{' '.join(_tens_en(high))} hundred"
    return " ".join([*_tens_en(high), *(["oh"] if low < 10 else []), *_tens_en(low)])


def decimal_zh(whole: str, fraction: str, *, two: str = "二") -> str:
    """A number with or without a fraction."""
    said = cardinal_zh(whole or "0", two="二" if fraction else two)
    return f"{said}点{digits_zh(fraction)}" if fraction else said


def decimal_en(whole: str, fraction: str) -> str:
    """A number with or without a fraction: zeros behind the point are "oh" unless there is nothing else."""
    if not fraction:
        return cardinal_en(whole or "0")
    zero = "oh" if fraction.strip("0") else "zero"
    return f"{cardinal_en(whole) + ' ' if whole else ''}point {digits_en(fraction, zero=zero)}"


def fraction_en(above: str, below: str) -> str:
    """one half, three quarters, two thirds, seven over two hundred.

    >>> fraction_en("1", "4"), fraction_en("3", "8")
    ('one quarter', 'three eighths')
    """
    many = int(above) != 1
    named = {2: ("half", "halves"), 4: ("quarter", "quarters")}.get(int(below))
    if named is None and 3 <= int(below) <= 100:
        ordinal = ordinal_en(below)
        named = (ordinal, ordinal + "s")
    if named is None:
        return f"{cardinal_en(above)} over {cardinal_en(below)}"
    return f"{cardinal_en(above)} {named[many]}"


def fraction_zh(above: str, below: str) -> str:
    """四分之三."""
    return f"{cardinal_zh(below)}分之{cardinal_zh(above)}"
