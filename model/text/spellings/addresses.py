"""Addresses, names of files, paths and identifiers: their words, the letters of what is no word, the names of their marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncue.model.text.classes import Context, Found, Part, Rules
from oncue.model.text.numbers.around import by_digits, say_number
from oncue.model.text.patterns import pattern
from oncue.model.text.spellings.technical import spoken_words

RULES = Rules()

_TOP = r"com|org|net|edu|gov|mil|int|io|ai|cn|co|uk|de|fr|jp|kr|tw|hk|eu|us|ca|au|dev|app|me|tv|info|xyz|site|online|shop|tech|cc|ly|gg"
_FILES = (
    r"pdf|docx?|xlsx?|pptx?|txt|md|py|js|ts|tsx|jsx|json|csv|tsv|png|jpe?g|gif|svg|webp|mp[34]|wav|flac|ogg|zip|rar|tar|gz|7z|exe|dmg|apk|html?|css"
    r"|cpp|hpp|rs|go|java|sh|bat|ya?ml|toml|xml|log|ini|cfg|sql|psd|ipynb|bin|iso|onnx|pt|safetensors"
)


def spelled_parts(context: Context, start: int, end: int) -> Iterator[Part]:
    """An address: its words, the letters of what is no word, and the names of its marks."""
    chinese = context.is_chinese(start, end)
    marks = {
        ".": ("点", " dot "),
        "@": ("艾特", " at "),
        "/": ("斜杠", " slash "),
        ":": ("冒号", " colon "),
        "_": ("下划线", " underscore "),
        "-": ("杠", " dash "),
        "+": ("加", " plus "),
        "#": ("井号", " hash "),
        "~": ("波浪号", " tilde "),
        "=": ("等于", " equals "),
        "%": ("百分号", " percent "),
        "&": ("和", " and "),
        "?": ("问号", " question mark "),
        "\\": ("反斜杠", " backslash "),
    }
    for piece in pattern(r"[A-Za-z]+|\d+|.").finditer(context.text[start:end]):
        at, stop = start + piece.start(), start + piece.end()
        written = piece.group()
        if written[0].isascii() and written[0].isalpha():
            spelled = (
                len(written) <= 1
                or not pattern("[aeiouyAEIOUY]").search(written)
                or written.lower() in {"abc", "xyz", "ai", "io", "uk", "us", "tv"}
            )
            known = spoken_words().get(written.upper()) if len(written) > 2 else None
            if known is not None:
                yield Part(at, stop, f" {known} ")
            elif spelled:
                yield from (
                    Part(at + k, at + k + 1, f" {letter.upper()} ", letter=True) for k, letter in enumerate(written)
                )
            else:
                yield Part(at, stop, f" {written} ")
        elif written.isdecimal():
            if len(written) > 2 or written[0] == "0":
                yield from by_digits(context, at, stop)
            else:
                said = say_number(written, chinese=chinese)
                yield Part(at, stop, said if chinese else f" {said} ")
        elif written in marks:
            yield Part(at, stop, marks[written][0 if chinese else 1])
        elif not written.isascii():
            yield Part(at, stop, written)


@RULES.rule(r"(?<![A-Za-z0-9])(?:https?|ftp|wss?)://([^\s<>\"'，。；！？、（）()一-鿿]+)", re.IGNORECASE)
def _url(context: Context, match: re.Match[str]) -> Found:
    """The host and the path; what is asked of the page, behind a question mark, is not said."""
    end = match.end() - len(match[1]) + len(match[1].rstrip(".,;:!?)]}"))
    said_end = match.start(1) + len(pattern(r"[?#]").split(context.text[match.start(1) : end])[0].rstrip("/"))
    return Found(end, tuple(spelled_parts(context, match.start(1), max(said_end, match.start(1) + 1))))


@RULES.rule(r"(?<![A-Za-z0-9.@])[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?<![.-])")
def _email(context: Context, match: re.Match[str]) -> Found:
    return Found(match.end(), tuple(spelled_parts(context, *match.span())))


@RULES.rule(
    rf"(?<![A-Za-z0-9.@-])(?:[A-Za-z0-9-]+\.)+(?:{_TOP})(?![A-Za-z0-9-])(?!\.[A-Za-z0-9])(?:/[^\s<>\"'，。；！？、（）()一-鿿]*)?"
)
def _domain(context: Context, match: re.Match[str]) -> Found | None:
    written = match.group()
    if pattern(r"[A-Z][a-z]+\.(?:me|us|co|io|ca|de|int|site|online|tech|go)").fullmatch(written) or pattern(
        r"(?:[A-Za-z]\.)+[A-Za-z]+"
    ).fullmatch(written):
        return None  # the end of one sentence and the beginning of the next, and initials
    end = match.start() + len(written.rstrip(".,;:!?/"))
    said_end = match.start() + len(pattern(r"[?#]").split(context.text[match.start() : end])[0].rstrip("/"))
    return Found(end, tuple(spelled_parts(context, match.start(), said_end)))


@RULES.rule(rf"(?<![A-Za-z0-9.])[A-Za-z0-9][\w-]*\.(?:{_FILES})(?![A-Za-z0-9])")
def _file(context: Context, match: re.Match[str]) -> Found:
    """Lines that only join the words of a name are not said."""
    parts = [part for part in spelled_parts(context, *match.span()) if context.text[part.start] not in "_-"]
    return Found(match.end(), tuple(parts))


@RULES.rule(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+(?![A-Za-z0-9])")
def _identifier(context: Context, match: re.Match[str]) -> Found:
    """snake_case, as its words."""
    parts = [part for part in spelled_parts(context, *match.span()) if context.text[part.start] != "_"]
    return Found(match.end(), tuple(parts))


@RULES.rule(r"(?<![A-Za-z0-9])[A-Za-z]:\\[\w\\. -]*[\w]")
def _windows_path(context: Context, match: re.Match[str]) -> Found:
    """A path with its drive."""
    return Found(match.end(), tuple(spelled_parts(context, *match.span())))


@RULES.rule(r"(?<![A-Za-z0-9/])([ru])/([A-Za-z][A-Za-z0-9_]{1,30})(?![A-Za-z0-9/])")
def _forum(context: Context, match: re.Match[str]) -> Found:
    """r/AskReddit, u/ann."""
    return Found(match.end(), tuple(spelled_parts(context, *match.span())))
