"""What is written into a text and not meant to be spoken: tags, marks of layout, stage directions, thoughts, pictures.

It is taken out before anything is read, and what was taken out is named for a warning. Three things are obeyed instead:
a pause (`[pause 500ms]`, `<break time="500ms"/>`), a way to say something (`<say-as>`, `<sub>`), and a direction that
names a feeling, which begins there. A line of layout (a heading, a list item, a paragraph) ends with a pause.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from oncue.model.text import emotion
from oncue.model.text.glyphs import Glyph, is_hanzi
from oncue.model.text.numerals import cardinal_en, cardinal_zh, digits_en, digits_zh, ordinal_en
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows

Directions = Literal["emotion", "drop", "speak"]
"""What becomes of stage directions: they colour what follows, are left out, or are read like other text."""

LONGEST_PAUSE_S = 10.0
_USUAL_PAUSE_S = 0.5
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}


@dataclass(frozen=True, slots=True)
class Speech:
    """What is left to be spoken, and how many things of each kind are not."""

    glyphs: tuple[Glyph, ...]
    dropped: tuple[tuple[str, int], ...] = ()


def told(dropped: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """A sentence on what was left out, none where nothing was; kinds that come twice are added up."""
    counts: Counter[str] = Counter()
    for kind, count in dropped:
        counts[kind] += count
    named = [
        f"{count} {kind if count == 1 else _PLURALS.get(kind, kind + 's')}" for kind, count in counts.items() if count
    ]
    return (f"Left out as not meant to be spoken: {', '.join(named)}.",) if named else ()


_PLURALS = {
    "hidden text": "hidden texts",
    "block of code": "blocks of code",
    "address of a link": "addresses of links",
    "time of a subtitle": "times of subtitles",
}


@dataclass(slots=True)
class _Page:
    """A text being cleaned: its characters as they still stand, and the glyph of each."""

    glyphs: list[Glyph]
    directions: Directions
    dropped: Counter[str] = field(default_factory=Counter)
    text: str = field(init=False)
    """The characters."""

    def __post_init__(self) -> None:
        self.text = "".join(glyph.char for glyph in self.glyphs)

    def edit(self, edits: Sequence[tuple[int, int, Sequence[Glyph]]]) -> None:
        """Put glyphs in place of [start, end), for places in order that do not overlap."""
        if not edits:
            return
        out: list[Glyph] = []
        done = 0
        for start, end, put in edits:
            if start < done:
                continue
            out.extend(self.glyphs[done:start])
            out.extend(put)
            done = end
        self.glyphs = out + self.glyphs[done:]
        self.text = "".join(glyph.char for glyph in self.glyphs)

    def at(self, start: int, end: int, char: str, **fields: object) -> Glyph:
        """A glyph that stands for [start, end)."""
        return Glyph(char, self.glyphs[start].start, self.glyphs[end - 1].end, **fields)  # type: ignore[arg-type]


def strip(glyphs: Sequence[Glyph], directions: Directions = "emotion") -> Speech:
    """Take out what is not speech. Plain text is left as it is, and quickly."""
    page = _Page(list(glyphs), directions)
    text = page.text
    if "<" in text:
        _tags(page)
    if "&" in text:
        _entities(page)
    if "-->" in text or _CLOCK.search(text):
        _subtitles(page)
    if "$" in text or "\\" in text:
        _formulas(page)
    if _MARKED.search(text):
        _layout(page)
        _emphasis(page)
    if _BRACKETS.search(text):
        _brackets(page)
    if _EMOTICON.search(text):
        _emoticons(page)
    if "`" in page.text:
        page.glyphs = [_unquoted(glyph) for glyph in page.glyphs]
    return Speech(tuple(page.glyphs), tuple(page.dropped.items()))


def _unquoted(glyph: Glyph) -> Glyph:
    return Glyph("'", glyph.start, glyph.end) if glyph.char == "`" else glyph


# Tags


_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(think|thinking|thought|reasoning|reflection|scratchpad|script|style|head)\b[^<>]*>.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_LATE_THOUGHT = re.compile(r"\A[^<]*</think(?:ing)?\s*>", re.IGNORECASE)
_ATTRIBUTE = r"\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=]+)"
_TAG = re.compile(rf"<(?P<close>/?)(?P<name>[A-Za-z][\w:-]*)(?P<attributes>(?:{_ATTRIBUTE})*)\s*/?>|<[?!][^<>]*>")
_BLOCKS = frozenset(
    "p s div li ul ol br hr h1 h2 h3 h4 h5 h6 tr table blockquote section article header footer title body speak sentence paragraph".split()  # noqa: SIM905
)


def _tags(page: _Page) -> None:
    hidden = [(match.start(), match.end(), ()) for match in _HIDDEN.finditer(page.text)]
    late = _LATE_THOUGHT.match(page.text)
    if late and not hidden:
        hidden = [(0, late.end(), ())]
    if hidden:
        page.dropped["hidden text"] += len(hidden)
        page.edit(hidden)
    edits: list[tuple[int, int, Sequence[Glyph]]] = []
    text = page.text
    matches = list(_TAG.finditer(text))
    skip = -1
    for index, match in enumerate(matches):
        if match.start() < skip:
            continue
        name = (match["name"] or "").lower()
        end = match.end()
        put: Sequence[Glyph] = ()
        if name in {"break", "pause"} and not match["close"]:
            put = [_pause(page, match.start(), end, _break_s(match["attributes"] or ""))]
        elif name in {"say-as", "sub"} and not match["close"]:
            closing = next(
                (late for late in matches[index + 1 :] if late["close"] and (late["name"] or "").lower() == name), None
            )
            if closing is not None:
                said = _say_as(page, match, match.end(), closing.start())
                if said is not None:
                    put, end = said, closing.end()
                    skip = end
        elif name in _BLOCKS:
            put = [page.at(match.start(), end, "\n")]
        elif (name and not match["attributes"] and not match["close"]) and page.directions == "emotion":
            put = _feeling(page, match.start(), end, name)
        if not put and name not in _BLOCKS and name != "break":
            page.dropped["tag"] += 1
        edits.append((match.start(), end, put))
    page.edit(edits)


def _attribute(attributes: str, name: str) -> str | None:
    found = pattern(rf"\b{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE).search(attributes)
    return next((group for group in found.groups() if group is not None), "") if found else None


def _seconds(written: str) -> float | None:
    found = pattern(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(ms|s|sec|seconds?|毫秒|秒)?\s*", re.IGNORECASE).fullmatch(written)
    if found is None:
        return None
    unit = (found[2] or "s").lower()
    return min(LONGEST_PAUSE_S, float(found[1]) / (1000.0 if unit in {"ms", "毫秒"} else 1.0))


def _break_s(attributes: str) -> float:
    time = _attribute(attributes, "time")
    told = _seconds(time) if time is not None else None
    if told is not None:
        return told
    return _STRENGTHS.get(_attribute(attributes, "strength") or "", _USUAL_PAUSE_S)


def _pause(page: _Page, start: int, end: int, seconds: float) -> Glyph:
    """A pause that is written; one of no length is only a space."""
    return page.at(start, end, "," if seconds > 0 else " ", pause_s=seconds)


def _say_as(page: _Page, opening: re.Match[str], start: int, end: int) -> Sequence[Glyph] | None:
    """The words for what stands between two tags; None where the way to say it is not known."""
    if start >= end:
        return None
    attributes = opening["attributes"] or ""
    if opening["name"].lower() == "sub":
        alias = _attribute(attributes, "alias")
        return None if alias is None else [page.at(start, end, char) for char in html.unescape(alias)]
    how = (_attribute(attributes, "interpret-as") or "").lower()
    return say_as(page.glyphs[start:end], how, chinese=any(map(is_hanzi, page.text)))


def say_as(glyphs: Sequence[Glyph], how: str, *, chinese: bool) -> Sequence[Glyph] | None:
    """Glyphs that say others in a named way: digits, characters, cardinal, ordinal, telephone; None for another way."""
    text = "".join(glyph.char for glyph in glyphs)
    if how in {"digits", "digit", "telephone", "characters", "spell-out", "verbatim", "character"}:
        out: list[Glyph] = []
        for glyph in glyphs:
            if glyph.char.isdigit() and glyph.char.isascii():
                said = digits_zh(glyph.char) if chinese else f" {digits_en(glyph.char)} "
                out.extend(Glyph(char, glyph.start, glyph.end) for char in said)
            elif glyph.char.isalpha() and glyph.char.isascii():
                out.extend(Glyph(char, glyph.start, glyph.end, letter=True) for char in f" {glyph.char.upper()} ")
            elif glyph.char in "- ()":
                out.append(Glyph(",", glyph.start, glyph.end))
            else:
                out.append(glyph)
        return out
    number = text.strip().replace(",", "")
    if how in {"cardinal", "number", "ordinal"} and number.isdigit() and number.isascii():
        if how == "ordinal":
            words = f"第{cardinal_zh(number)}" if chinese else f" {ordinal_en(number)} "
        else:
            words = cardinal_zh(number) if chinese else f" {cardinal_en(number)} "
        return [Glyph(char, glyphs[0].start, glyphs[-1].end) for char in words]
    return None


def _entities(page: _Page) -> None:
    edits = []
    for match in pattern(r"&(?:#\d{1,6}|#x[0-9A-Fa-f]{1,5}|[A-Za-z]{2,8});").finditer(page.text):
        char = html.unescape(match.group())
        if char != match.group() and len(char) == 1 and unicodedata.category(char) not in {"Cc", "Cs"}:
            edits.append(
                (match.start(), match.end(), [page.at(match.start(), match.end(), " " if char.isspace() else char)])
            )
    page.edit(edits)


# Subtitles


_CUE = re.compile(
    r"^(?:WEBVTT[^\n]*\n\s*)?(?:\d{1,5}[ ]*\n)?(?:\d{1,2}:)?\d{1,2}:\d{2}[,.]\d{3}\s*-->\s*(?:\d{1,2}:)?\d{1,2}:\d{2}[,.]\d{3}[^\n]*(?:\n|\Z)",
    re.MULTILINE,
)
_CLOCK = re.compile(r"^(?:\[\d{1,2}:\d{2}(?::\d{2})?(?:[.:]\d{1,3})?\])+", re.MULTILINE)


def _subtitles(page: _Page) -> None:
    """The numbers and times of subtitles, and the times before lines of a song."""
    for form in (_CUE, _CLOCK):
        found = [(match.start(), match.end(), ()) for match in form.finditer(page.text)]
        page.dropped["time of a subtitle"] += len(found)
        page.edit(found)


# Formulas


_FORMULA = re.compile(
    r"\$\$([^$]{1,200})\$\$|\$(?=[^\s$])([^$\n]{1,120}?)(?<=[^\s$])\$(?!\d)|\\\((.{1,200}?)\\\)|\\\[(.{1,200}?)\\\]",
    re.DOTALL,
)
_SIGNS_OF_TEX = {
    "times": "×",
    "cdot": "·",
    "div": "÷",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "pm": "±",
    "infty": "∞",
    "to": "→",
    "ldots": "…",
    "cdots": "…",
    "dots": "…",
    "circ": "°",
    "percent": "%",
}
_TEX = re.compile(
    r"\\d?frac\s?\{([^{}]{1,40})\}\{([^{}]{1,40})\}|\\sqrt\s?\{([^{}]{1,40})\}|\\(?:text|mathrm|mathbf|mathit|operatorname)\s?\{([^{}]{1,60})\}"
    r"|\^\{([^{}]{1,20})\}|_\{?([^{}\s]{1,20})\}?|\\([A-Za-z]+)|\\([,;:! {}%$&#_])|[{}]"
)


def _formulas(page: _Page) -> None:
    """TeX as the signs that other rules read; what its marks only lay out is left away."""
    text = page.text
    edits: list[tuple[int, int, Sequence[Glyph]]] = []
    for match in _FORMULA.finditer(text):
        group = next(index for index in range(1, 5) if match[index] is not None)
        inner = match[group]
        if text[match.start()] == "$" and not pattern(r"[=^_\\+<>]|^[A-Za-z]$").search(inner):
            continue
        edits.append((match.start(), match.start(group), ()))
        edits += _tex(page, match.start(group), match.end(group))
        edits.append((match.end(group), match.end(), ()))
    page.edit(edits)


def _tex(page: _Page, start: int, end: int) -> list[tuple[int, int, Sequence[Glyph]]]:
    """What takes the place of the commands in a formula, in order."""
    text = page.text
    edits: list[tuple[int, int, Sequence[Glyph]]] = []
    for match in _TEX.finditer(text, start, end):
        at, stop = match.span()
        if match[1] is not None:
            edits += [
                (at, match.start(1), ()),
                (match.end(1), match.start(2), [page.at(match.end(1), match.start(2), "/")]),
            ]
            edits.append((match.end(2), stop, ()))
        elif match[3] is not None:
            edits += [(at, match.start(3), [page.at(at, match.start(3), "√")]), (match.end(3), stop, ())]
        elif match[4] is not None:
            edits += [(at, match.start(4), ()), (match.end(4), stop, ())]
        elif match[5] is not None:
            edits += [(at, match.start(5), [page.at(at, match.start(5), "^")]), (match.end(5), stop, ())]
        elif match[6] is not None:
            edits += [(at, match.start(6), [page.at(at, match.start(6), " ")]), (match.end(6), stop, ())]
        elif match[7] is not None:
            sign = _SIGNS_OF_TEX.get(match[7])
            if sign is not None:
                edits.append((at, stop, [page.at(at, stop, sign)]))
            elif match[7] in {"left", "right", "quad", "qquad", "displaystyle", "begin", "end"}:
                edits.append((at, stop, [page.at(at, stop, " ")]))
            else:
                edits.append((at, at + 1, ()))  # a Greek letter or a function, by its name
        else:
            edits.append(
                (
                    at,
                    stop,
                    [page.at(at, stop, match[8] if match[8] in {"%", "$", "&", "#"} else " ")] if match[8] else (),
                )
            )
    return edits


# Layout


_MARKED = re.compile(r"[*_~`#>|]|^\s*[-+•·]\s|\]\(|\[\^|^\s*-{3}", re.MULTILINE)
_FENCE = re.compile(r"^[ ]{0,3}(```|~~~)[^\n]*\n.*?(?:^[ ]{0,3}\1[ ]*$|\Z)", re.DOTALL | re.MULTILINE)
_TABLE_LINE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$", re.MULTILINE)
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$", re.MULTILINE)
_LINE_HEAD = re.compile(r"^[ ]*(?:>\s?)*(?:#{1,6}\s+|[-+*•·]\s+(?:\[[ xX]\]\s+)?|>\s?)", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,200})\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)")
_LINK = re.compile(
    r"(?<!!)\[([^\[\]\n]{1,300})\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)|\[[^\[\]\n]{0,60}\])"
)
_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,30}\]:?")


def _layout(page: _Page) -> None:
    for kind, form in (("block of code", _FENCE), ("picture", _IMAGE), ("footnote", _FOOTNOTE)):
        found = [(match.start(), match.end(), ()) for match in form.finditer(page.text)]
        page.dropped[kind] += len(found)
        page.edit(found)
    text = page.text
    marks: list[tuple[int, int, Sequence[Glyph]]] = []
    for match in _LINK.finditer(text):
        marks += [(match.start(), match.start(1), ()), (match.end(1), match.end(), ())]
    page.dropped["address of a link"] += len(marks) // 2
    page.edit(marks)
    text = page.text
    lines = [
        (match.start(), match.end(), ())
        for form in (_TABLE_LINE, _RULE)
        for match in form.finditer(text)
        if match.group().strip()
    ]
    page.edit(sorted(lines))
    page.edit([(match.start(), match.end(), ()) for match in _LINE_HEAD.finditer(page.text)])
    if pattern(r"^\s*\|.*\|\s*$", re.MULTILINE).search(page.text):
        page.edit(
            [
                (match.start(), match.end(), [page.at(match.start(), match.end(), ",")])
                for match in pattern(r"\|").finditer(page.text)
            ]
        )
    page.dropped = Counter({kind: count for kind, count in page.dropped.items() if count})


_EMPHASIS = (
    re.compile(
        r"\*\*\*(?=\S)(.{1,300}?\S?)\*\*\*|\*\*(?=\S)(.{1,300}?)\*\*|__(?=\S)(.{1,300}?)__(?!\w)|~~(?=\S)(.{1,300}?)~~|==(?=\S)([^=\n]{1,300}?)=="
    ),
    re.compile(r"``?([^`\n]{1,300})``?"),
    re.compile(
        r"(?<![*\w])\*(?=\S)([^*\n]{1,300}?)(?<=\S)\*(?!\*)|(?<=[一-鿿])\*(?=\S)([^*\n]{1,300}?)(?<=\S)\*(?!\*)|(?<![\w_])_(?=\S)([^_\n]{1,300}?)(?<=\S)_(?![\w_])"
    ),
)


def _emphasis(page: _Page) -> None:
    """Marks around words go; a single pair of asterisks may hold what somebody does."""
    for form in _EMPHASIS:
        edits: list[tuple[int, int, Sequence[Glyph]]] = []
        for match in form.finditer(page.text):
            group = next(index for index in range(1, len(match.groups()) + 1) if match[index] is not None)
            inner = match[group]
            single = form is _EMPHASIS[2]
            if single and page.directions != "speak" and _is_action(page, match, inner):
                page.dropped["direction"] += 1
                edits.append((match.start(), match.end(), _feeling(page, match.start(), match.end(), inner)))
                continue
            edits += [(match.start(), match.start(group), ()), (match.end(group), match.end(), ())]
        page.edit(edits)


def _is_action(page: _Page, match: re.Match[str], inner: str) -> bool:
    """Whether asterisks hold an action: one that stands apart, and begins with a verb that somebody acts."""
    if _is_direction(inner, feelings=_opens(page.text[: match.start()])):
        return True
    words = inner.split()
    if len(words) < 2 or len(words) > 30 or not pattern(r"[A-Za-z]+s").fullmatch(words[0]):
        return (
            _stands_apart(page.text, match) and len(inner) <= 20 and any(is_hanzi(c) for c in inner) and _acts_zh(inner)
        )
    return _verb(words[0]) in _actions("en")


def _stands_apart(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()].rstrip(" ")[-1:], text[match.end() :].lstrip(" ")[:1]
    return not (before.isalnum() and after.isalnum())


@cache
def _actions(language: str) -> frozenset[str]:
    return frozenset(word for row in rows("actions.tsv") if row[0] == language for word in row[1].split())


def _verb(word: str) -> str:
    """A verb without the s, ing or ed of what somebody does."""
    lowered = word.lower()
    for ending in ("ing", "es", "s", "ed"):
        stem = lowered.removesuffix(ending)
        if stem != lowered:
            for candidate in (
                stem,
                stem + "e",
                stem[:-1] if len(stem) > 2 and stem[-1] == stem[-2] else stem,
                stem[:-1] + "y" if stem.endswith("i") else stem,
            ):
                if candidate in _actions("en"):
                    return candidate
    return lowered


def _acts_zh(inner: str) -> bool:
    return any(action in inner for action in _actions("zh") if len(action) > 1) or inner[-1:] in {"笑", "哭"}


# Brackets


_BRACKETS = re.compile(r"[(\[【〔{]")
_BRACKETED = re.compile(
    r"\(([^()\n]{1,60})\)|\[([^\[\]\n]{1,60})\]|【([^【】\n]{1,60})】|〔([^〔〕\n]{1,60})〕|\{([^{}\n]{1,60})\}"
)
_PAUSE = re.compile(
    r"(?:pause|break|wait|停顿|停|暂停)[\s:：]*(\d[\d.]*\s*(?:ms|s|sec|seconds?|毫秒|秒)?)?", re.IGNORECASE
)


def _brackets(page: _Page) -> None:
    """Pauses and directions; other brackets are text. Square ones with a pause are obeyed whatever becomes of directions."""
    edits: list[tuple[int, int, Sequence[Glyph]]] = []
    text = page.text
    for match in _BRACKETED.finditer(text):
        inner = next(group for group in match.groups() if group is not None).strip()
        pause = _PAUSE.fullmatch(inner)
        if pause is not None and (pause[1] or match.group()[0] in "[【" or page.directions != "speak"):
            seconds = _seconds(pause[1]) if pause[1] else _USUAL_PAUSE_S
            if seconds is not None:
                edits.append((match.start(), match.end(), [_pause(page, match.start(), match.end(), seconds)]))
                continue
        if match[2] is not None and _NOTE.fullmatch(inner) and _notes(text, match):
            page.dropped["footnote"] += 1
            edits.append((match.start(), match.end(), ()))
            continue
        if match[2] is not None and page.directions != "speak" and _is_sticker(text, match, inner):
            page.dropped["picture"] += 1
            edits.append((match.start(), match.end(), _feeling(page, match.start(), match.end(), inner)))
            continue
        opens = _opens(text[: match.start()])
        if page.directions != "speak" and _is_direction(inner, feelings=opens or match.group()[0] in "[【"):
            page.dropped["direction"] += 1
            edits.append((match.start(), match.end(), _feeling(page, match.start(), match.end(), inner)))
    page.edit(edits)


def _is_sticker(text: str, match: re.Match[str], inner: str) -> bool:
    """The name of a picture, [笑哭], as chats write it; one character between others is only marked."""
    if inner not in _captions("stickers"):
        return False
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return len(inner) > 1 or not (is_hanzi(before or " ") and is_hanzi(after or " "))


_NOTE = re.compile(r"[1-9]\d{0,2}(?:\s?[,，–-]\s?\d{1,3})*")


def _notes(text: str, match: re.Match[str]) -> bool:
    """Whether a number in square brackets hangs on a word, as that of a note does: fact[1]; but a[1] = 2, [1] says."""
    hangs = pattern(r"(?:[A-Za-z]{2,}|[\d%)\]]|[.,;:!?\"'。，！？；：”’」』》）]|[一-鿿])$").search(
        text[max(0, match.start() - 12) : match.start()]
    )
    indexed = pattern(r"\s?[=(*/+]|\.[A-Za-z]|[A-Za-z0-9_]").match(text, match.end())
    return hangs is not None and (indexed is None or is_hanzi(text[match.end()]))


def _opens(before: str) -> bool:
    """Whether a sentence, or what somebody says in it, begins behind some text."""
    return not before.strip() or before.rstrip(" ")[-1] in '.!?。！？\n:：,，”"'


def _is_direction(inner: str, *, feelings: bool = True) -> bool:
    """Whether the words name what a voice or a body does, or where `feelings` says so a feeling, and nothing besides."""
    plain = inner.strip(" .…!~。！,，").lower()
    if not plain or len(plain) > 40:
        return False
    if any(map(is_hanzi, plain)):
        return len(plain) <= 10 and (plain in _actions("zh") or _directs_zh(plain, feelings=feelings))
    return _is_direction_en(plain.split(), plain, feelings=feelings)


_WHO = frozenset(["he", "she", "they", "everyone", "everybody", "both", "all"])


def _is_direction_en(words: Sequence[str], plain: str, *, feelings: bool) -> bool:
    if len(words) > 1 and words[0] in _WHO:
        words = words[1:]
        if _verb(words[0]) in _actions("en") and words[0] != _verb(words[0]) and len(words) <= 5:
            return True
    if len(words) > 6 or not pattern(r"[a-z' ,-]+").fullmatch(plain):
        return False
    if _sounds(words):
        return True
    if len(words) == 1:
        word = words[0]
        return (_verb(word) in _actions("en") and word not in _actions_said()) or (feelings and _feels(word))
    acts = _verb(words[0]) in _actions("en") and words[0] != _verb(words[0])
    manner = all(word in _MANNERS or _feels(word) or _verb(word) in _actions("en") for word in words)
    return (acts and len(words) <= 5) or (feelings and manner)


@cache
def _captions(kind: str) -> frozenset[str]:
    return frozenset(word for row in rows("actions.tsv") if row[0] == kind for word in row[1].split())


def _sounds(words: Sequence[str]) -> bool:
    """A caption of what is heard: door slams, phone ringing, upbeat music playing, indistinct chatter."""
    heard = _captions("sounds")
    last = words[-1]
    if len(words) == 1:
        return last in _captions("sound_nouns")
    stem = next(
        (
            s
            for e in ("ing", "es", "s")
            if last.endswith(e)
            for s in (last.removesuffix(e), last.removesuffix(e) + "e")
            if s in heard
        ),
        None,
    )
    doubled = last.endswith("ing") and len(last) > 6 and last[-4] == last[-5] and last[:-4] in heard
    return stem is not None or doubled or last in _captions("sound_nouns") or last in _captions("sound_ends")


_MANNERS = frozenset(
    [
        "a",
        "an",
        "and",
        "in",
        "with",
        "of",
        "very",
        "so",
        "slightly",
        "softly",
        "quietly",
        "loudly",
        "gently",
        "deeply",
        "heavily",
        "slowly",
        "voice",
        "tone",
        "to",
        "self",
        "voice",
        "the",
        "under",
        "his",
        "her",
        "their",
        "breath",
        "nervously",
        "out",
    ]
)


@cache
def _actions_said() -> frozenset[str]:
    """Words that stand in brackets as often to be read."""
    return frozenset(
        [
            "open",
            "close",
            "enter",
            "exit",
            "stop",
            "wait",
            "hold",
            "point",
            "leave",
            "turn",
            "run",
            "look",
            "walk",
            "stand",
            "sit",
            "step",
            "move",
            "take",
            "music",
            "crowd",
        ]
    )


def _feels(words: str) -> bool:
    """Whether the lexicon of feelings knows the words."""
    return emotion.names_feeling(words)


def _directs_zh(words: str, *, feelings: bool) -> bool:
    """Adverbs and verbs around an action: 轻轻地叹了口气, 笑着说, 生气地."""
    if pattern(
        r"(?![一二三四轻去平上入])[一-鿿]{1,7}声(?:响起|音效|不断|渐远|渐近)?|[一-鿿]{0,6}(?:音乐|铃响|响起|音效|雷鸣|配乐|BGM|门开了|关门|敲门|开门)"
    ).fullmatch(words):
        return True
    words = pattern(r"了?(?:片刻|良久|许久|半晌|一会儿|几秒钟?|不语)$").sub("", words)
    stripped = pattern(r"^(?:轻轻|慢慢|悄悄|默默|微微|缓缓|忽然|突然|一边|无奈|开始)?(?:地)?").sub("", words)
    stripped = pattern(r"(?:着|了|地|的|道|说|起来|一声|一下|状|脸|中|声)+$").sub("", stripped)
    return stripped in _actions("zh") or (feelings and emotion.names_only_feeling(words))


def _feeling(page: _Page, start: int, end: int, words: str) -> Sequence[Glyph]:
    """A glyph at which the feeling that words name begins; nothing where they name none or none is wanted."""
    if page.directions != "emotion" or not emotion.names_feeling(words):
        return ()
    return [page.at(start, end, " ", feeling=emotion.parse(words).vector)]


# Emoticons


_EMOTICON = re.compile(
    r"(?<![\w:;=|)])(?:[:;=]-?[)(DPpOo/|\\]+|<3)(?![\w])"
    r"|(?<![A-Za-z0-9:;=_])(?:\^[_.oO]?\^|T[_.]T|QAQ|QWQ|TAT|TvT|[Oo]rz|OTZ|OTL|>[_.w]?<(?=\W|$)|[-=]_[-=]\|*|[oO]_[oO]|0_0|;_;|>_>|<_<|[xX]D|[uo]w[uo]|[UO]w[UO])(?![A-Za-z0-9])"
)


def _emoticons(page: _Page) -> None:
    found = [(match.start(), match.end(), ()) for match in _EMOTICON.finditer(page.text)]
    page.dropped["picture"] += len(found)
    page.edit(found)
