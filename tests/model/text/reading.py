"""What a text is read as, for the tests of the rules: the words, and whether two texts sound alike."""

from __future__ import annotations

from oncue.model.api import PLAIN, ReadingOptions
from oncue.model.text.frontend import read
from oncue.model.text.glyphs import fold
from oncue.model.text.normalise import expand
from oncue.model.text.notspeech import strip


def words(text: str, language: str, options: ReadingOptions = PLAIN) -> str:
    """The text with everything written out, spaces made one."""
    glyphs = expand(strip(fold(text), options.directions).glyphs, language, options.digits)
    return " ".join("".join(glyph.char for glyph in glyphs).split())


def sounds(text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> list[tuple[str, int]]:
    """The phones of a text without its pauses."""
    return [
        (phone.symbol, phone.tone) for phone in read(text, language, options=options).phones if phone.word is not None
    ]
