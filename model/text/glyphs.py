"""Text to glyphs that are safe and plain to read, each knowing which source characters it came from.

`guard` refuses what no line should hold, `fold` brings widths, accents and spaces to one form. What the glyphs mean and
how they are said is not decided here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARS = 4_000
MAX_BYTES = 4 * MAX_CHARS
MAX_DIGIT_RUN = 400
MAX_MARK_RUN = 30


_FIRST_MARK = "\u0300"
"""No combining mark comes before it."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character to be read and the source characters [start, end) it stands for.

    `pinyin` (numbered) or `said` (phones with tone or stress) fix its pronunciation where the text did.
    """

    char: str
    start: int
    end: int
    pinyin: str | None = None
    said: tuple[tuple[str, int], ...] = ()
    letter: bool = False
    """Whether it is the name of a letter, A and not a."""
    pause_s: float = 0.0
    """How long a pause is, where the text says so."""
    feeling: tuple[float, ...] = ()
    """A feeling, in `EMOTION_NAMES` order, that begins here."""


def is_hanzi(char: str) -> bool:
    """Whether the character is a Chinese one."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or char == "〇"
        or "\u3400" <= char <= "\u4dbf"
        or ("\U00020000" <= char <= "\U000323af")
    )


def guard(text: str) -> None:
    """Raise ValueError, naming the place and never the text, for what cannot be a line of speech."""
    if len(text) > MAX_CHARS:
        raise ValueError(f"The text has {len(text)} characters; a line may have at most {MAX_CHARS}. Split it.")
    _guard_surrogates(text)
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"The text is longer than {MAX_BYTES} bytes of UTF-8. Split it.")
    _guard_controls(text)
    _guard_runs(text)


def _guard_surrogates(text: str) -> None:
    for index, char in enumerate(text):
        if "\ud800" <= char <= "\udfff":
            raise ValueError(f"Character {index + 1} is half of a surrogate pair; send valid Unicode.")


def _guard_controls(text: str) -> None:
    """Line feed and tab are spaces, and so is a carriage return that belongs to a line feed."""
    for index, char in enumerate(text):
        if char in "\n\t" or unicodedata.category(char) != "Cc":
            continue
        if char == "\r" and text[index + 1 : index + 2] == "\n":
            continue
        raise ValueError(f"Character {index + 1} is the control character U+{ord(char):04X}; remove it.")


def _guard_runs(text: str) -> None:
    """Endless digits or stacked marks cost time out of all proportion to what they say."""
    marks = digits = 0
    for index, char in enumerate(text):
        kind = unicodedata.category(char)
        marks = marks + 1 if kind[0] == "M" else 0
        digits = digits + 1 if kind == "Nd" else 0
        if marks > MAX_MARK_RUN:
            raise ValueError(f"More than {MAX_MARK_RUN} combining marks in a row end at character {index + 1}.")
        if digits > MAX_DIGIT_RUN:
            raise ValueError(f"More than {MAX_DIGIT_RUN} digits in a row end at character {index + 1}; split them.")


_FACE_LETTERS = "ωΩДдзЗεοθΘಠಥㅂᴥツシッヅづノﾉﾊヮヘงو๑ڡ益皿口罒`"
_NO_FACE = "()（）\\[\\]【】《》「『，、。！？“”‘’…—–$€£¥%&+/#@\\\\±×÷≠≤≥≈√∞→←"
_FACE_PART = rf"[{_FACE_LETTERS}]|[^\w\s{_NO_FACE}]|[_ \u0301\u0300]|[oOTtvVuUwWxXqQ3一](?![A-Za-z0-9一-鿿])"
_ARM = r"(?:[^\s\w，。！？、；：“”‘’,.!?;:'\"()（）\[\]【】《》<>@#$€£¥%&+=/\u2014-]|[ヽヾノﾉﾍづっつ乁ㄏㄟლ٩۶งว]|(?<![^\W_])_)"
FACE = re.compile(
    rf"{_ARM}{{0,6}}(?:_\(:з」∠\)_|[(（][ツシッヅ][)）]|ʕ[^ʔ\n]{{1,8}}ʔ"
    rf"|[(（](?=[^()（）\n]{{0,14}}(?:[{_FACE_LETTERS}]|\^[^()（）\n]{{0,8}}\^|[^\x00-\x7f\w\s{_NO_FACE}°·•]))(?:{_FACE_PART}){{2,14}}[)）]"
    rf"|[(（][TtOoXxUuQq^>;=*-][_.oOwWvV]{{1,2}}[TtOoXxUuQq^<;=*-][)）]){_ARM}{{0,6}}[_/]{{0,3}}(?: ?[┻┬┴┳━─]{{2,}})?"
)
"""Faces made of brackets and signs: (≧▽≦), ¯\\_(ツ)_/¯. They are pictures. Brackets with words or one sign in them are none."""


def fold(text: str) -> tuple[Glyph, ...]:
    """Half-width, composed glyphs; pictures become spaces and invisible format characters vanish."""
    glyphs: list[Glyph] = []
    start = 0
    for face in FACE.finditer(text) if "(" in text or "（" in text else ():
        glyphs.extend(_folded(text, start, face.start()))
        glyphs.append(Glyph(" ", face.start(), face.end()))
        start = face.end()
    glyphs.extend(_folded(text, start, len(text)))
    return tuple(glyphs)


def _folded(text: str, start: int, stop: int) -> list[Glyph]:
    """The glyphs of [start, stop)."""
    glyphs: list[Glyph] = []
    while start < stop:
        end = start + 1
        while end < stop and text[end] >= _FIRST_MARK and unicodedata.category(text[end])[0] == "M":
            end += 1
        glyphs.extend(Glyph(char, start, end) for char in _fold_cluster(text[start:end]))
        start = end
    return glyphs


SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
"""Raised digits and signs, which stay what they are until it is known what they stand behind."""

_FOLDED = {
    **dict.fromkeys("™®©\r", ""),
    **dict.fromkeys("’‘ʼ", "'"),
    **dict.fromkeys("−‐‑", "-"),
    **dict.fromkeys("～〜∼", "~"),
    **dict.fromkeys("•∙⋅", "·"),
    "⋯": "…",
    "⁄": "/",
    "￥": "¥",
    "￠": "¢",
    "￡": "£",
    "￦": "₩",
    "∶": ":",
    "㎡": "m²",
    "㎥": "m³",
    "㎢": "km²",
    "㎜": "mm",
    "㏄": "毫升",
    "μ": "µ",
    "№": "No.",
    "′": "'",
    "″": '"',
    **{chr(0x2460 + index): f"{index + 1}、" for index in range(20)},
    **{char: char for char in f"…，½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞{SUPERSCRIPTS}\n≠≤≥√±∞≈^`µ♭♯△"},
}
"""What NFKC would take apart, or leave, although it means something else. The full-width comma stays what it is: unlike
the other it never stands inside a number."""


@lru_cache(maxsize=8192)
def _fold_cluster(cluster: str) -> str:
    """A base character with its marks, in the one form the rest of the front-end knows."""
    if cluster in _FOLDED:
        return _FOLDED[cluster]
    kind = unicodedata.category(cluster[0])
    if kind == "Nd":
        return str(unicodedata.decimal(cluster[0]))
    if kind in {"Cf", "Cn", "Mn", "Me"}:
        return ""
    if kind[0] == "Z" or cluster == "\t":
        return " "
    plain = unicodedata.normalize("NFKC", cluster)
    if kind in {"So", "Sk"} and not any(char.isalnum() for char in plain):
        return " " if "°" not in plain else plain
    return "".join(_FOLDED.get(char, char) for char in plain if unicodedata.category(char) != "Cc")
