"""What is to be said in place of what: lines with times, from SubRip, WebVTT, CSV or JSON. Text in, values out.

A name in brackets at the start of a line says who speaks it, and may say how: `[Ada]`, `[Ada, angry:0.6]`. Which voice that is,
and whether a line fits its time, is not decided here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import msgspec

MAX_LINES = 5000
_STAMP = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.](\d{1,3})")
_ARROW = re.compile(r"^\s*([\d:.,]+)\s*-->\s*([\d:.,]+)")
_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>|\{\\[^{}]*\}")
_VOICE_TAG = re.compile(r"^<v(?:\.[^ >]*)?\s+([^>]*)>")
_NAMED = re.compile(r"^\[([^\[\]]{1,80})\]\s*")
_PAUSE = re.compile(r"pause\b", re.IGNORECASE)
_COLUMNS = {
    "from": "start",
    "begin": "start",
    "to": "end",
    "line": "text",
    "dialogue": "text",
    "translation": "text",
    "name": "speaker",
    "who": "speaker",
    "character": "speaker",
    "feeling": "emotion",
}
"""Names of columns that others write."""
_KNOWN = ("start", "end", "text", "speaker", "emotion", "voice", "ratio")


class ScriptError(ValueError):
    """A script that cannot be used; the message says where and what to do, and quotes nothing of the text."""


@dataclass(frozen=True, slots=True)
class DubLine:
    """A line to be said in place of the speech at its time. `number` counts from 1 in the order of time."""

    number: int
    text: str
    start_s: float
    end_s: float | None = None
    """When the speech was to end; None where only its beginning is known."""
    speaker: str = ""
    """A name that outranks what is heard; empty for whoever is heard."""
    emotion: str | None = None
    """Words, or a preset; None for the feeling of the original."""
    intensity: float = 1.0
    voice: str | None = None
    """A voice of the store, instead of one made of the original speaker."""
    ratio: float | None = None
    """A factor of the natural length, which outranks `end_s`."""


@dataclass(frozen=True, slots=True)
class DubScript:
    """Lines in the order of time, and what its writer should know."""

    lines: tuple[DubLine, ...]
    warnings: tuple[str, ...] = ()


def read_script(text: str, kind: str) -> DubScript:
    """A file's text by its ending: `srt`, `vtt`, `csv`, `tsv` or `json`. Raises ScriptError."""
    text = text.removeprefix("\ufeff")
    if kind in {"srt", "vtt"}:
        rows = list(_subtitles(text))
    elif kind in {"csv", "tsv"}:
        rows = list(_table(text, "\t" if kind == "tsv" else ","))
    elif kind == "json":
        rows = list(_objects(text))
    else:
        raise ScriptError("A script is a .srt, .vtt, .csv, .tsv or .json file.")
    return ordered(rows)


def ordered(rows: Sequence[DubLine]) -> DubScript:
    """Lines in any order as a script. Raises ScriptError where there is none, there are too many, or two begin at once."""
    if not rows:
        raise ScriptError("There is no line in the script.")
    if len(rows) > MAX_LINES:
        raise ScriptError(f"A script may have {MAX_LINES} lines: cut it, and the film, into parts.")
    lines = [replace(line, number=number) for number, line in enumerate(sorted(rows, key=lambda row: row.start_s), 1)]
    in_order = all(one.start_s <= two.start_s for one, two in pairwise(rows))
    warnings = [] if in_order else ["The lines were not in the order of time, and are numbered in that order."]
    for before, after in pairwise(lines):
        if after.start_s - before.start_s < 0.2:
            raise ScriptError(
                f"Lines {before.number} and {after.number} begin within 0.2 s of each other ({before.start_s:.2f} s): "
                "move one, for one voice track has one line at a time."
            )
        if before.end_s is not None and before.end_s > after.start_s:
            warnings.append(
                f"Line {before.number} ends {before.end_s - after.start_s:.2f} s after line {after.number} begins: "
                "it is made to end before."
            )
    return DubScript(tuple(lines), tuple(warnings))


def seconds_of(stamp: object) -> float:
    """`12.5`, `0:12.5`, `00:00:12,500` to seconds. Raises ValueError."""
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        value = float(stamp)
    else:
        total = 0.0
        parts = str(stamp).strip().replace(",", ".").split(":")
        if len(parts) > 3 or not all(re.fullmatch(r"\d+(\.\d*)?|\.\d+", part) for part in parts):
            raise ValueError("a time is seconds (12.5) or hours:minutes:seconds (0:00:12.500)")
        for part in parts:
            total = total * 60 + float(part)
        value = total
    if not 0 <= value < 360_000:
        raise ValueError("a time lies between 0 and 100 hours")
    return value


def spoken_by(text: str) -> tuple[str, str, str | None, float]:
    """A line's text without its name, the name, the feeling after a comma in the brackets, and how strong it is."""
    found = _NAMED.match(text)
    if found is None or _PAUSE.match(found[1].strip()):
        return text.strip(), "", None, 1.0
    name, _, feeling = found[1].partition(",")
    words, strength = feeling_of(feeling)
    return text[found.end() :].strip(), name.strip(), words, strength


def feeling_of(words: str) -> tuple[str | None, float]:
    """`angry`, or `angry:0.6` for less of it. Raises ValueError for a strength outside 0 to 1."""
    words = words.strip()
    name, colon, strength = words.rpartition(":")
    if not colon:
        return words or None, 1.0
    try:
        intensity = float(strength)
    except ValueError:
        return words, 1.0
    if not 0 <= intensity <= 1 or not name.strip():
        raise ValueError("the strength of a feeling lies between 0 and 1, as in angry:0.6")
    return name.strip(), intensity


def _subtitles(text: str) -> Iterator[DubLine]:
    """Cues; what is no cue (a header, a note, a style) is passed over, and so are cues of a sound in brackets."""
    for number, block in enumerate(re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")), 1):
        rows = [row for row in block.split("\n") if row.strip()]
        at = next((index for index, row in enumerate(rows[:2]) if "-->" in row), None)
        if at is None:
            continue
        times = _ARROW.match(rows[at])
        if times is None or not all(_STAMP.fullmatch(stamp) for stamp in times.groups()):
            raise ScriptError(f"Cue {number} of the subtitles has no times like 00:00:01,000 --> 00:00:02,500.")
        start_s, end_s = seconds_of(times[1]), seconds_of(times[2])
        said = " ".join(rows[at + 1 :]).strip()
        spoken = _VOICE_TAG.match(said)
        tagged = f"[{spoken[1].strip()}] {said[spoken.end() :]}" if spoken else said
        line = _line(f"cue {number}", _TAGS.sub("", tagged), start_s, end_s)
        if line is not None:
            yield line


def _table(text: str, separator: str) -> Iterator[DubLine]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        heads = [head.strip().lower() for head in next(reader, [])]
        names = [_COLUMNS.get(head, head) for head in heads]
        if not {"start", "text"} <= set(names):
            raise ScriptError("The first row names the columns, and `start` and `text` must be among them.")
        for row in reader:
            if any(cell.strip() for cell in row):
                line = _row(f"row {reader.line_num}", dict(zip(names, row, strict=False)))
                if line is not None:
                    yield line
    except csv.Error as error:
        raise ScriptError(f"Row {reader.line_num} is no CSV: {error}.") from error


def _objects(text: str) -> Iterator[DubLine]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ScriptError(f"The script is not JSON: {error}.") from error
    rows = found.get("lines") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise ScriptError("A script in JSON is a list of lines, or an object with a list named `lines`.")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ScriptError(f"Line {number} of the script is no object.")
        line = _row(f"line {number}", {_COLUMNS.get(name, str(name)): value for name, value in row.items()})
        if line is not None:
            yield line


def _row(place: str, fields: dict[str, Any]) -> DubLine | None:
    given = {name: fields[name] for name in _KNOWN if fields.get(name) not in {None, ""}}
    try:
        start_s = seconds_of(given.get("start", ""))
        end_s = seconds_of(given["end"]) if "end" in given else None
        ratio = float(str(given["ratio"]).strip().lower().strip("x")) if "ratio" in given else None
        if ratio is not None and not 0.25 <= ratio <= 4:
            raise ValueError("a ratio lies between 0.25 and 4")  # noqa: TRY301 -- a mistake like the others
        feeling, intensity = feeling_of(str(given.get("emotion", "")))
    except ValueError as error:
        raise ScriptError(f"In {place} of the script: {error}.") from error
    line = _line(place, str(given.get("text", "")), start_s, end_s)
    if line is None:
        return None
    return replace(
        line,
        speaker=str(given.get("speaker", line.speaker)).strip(),
        emotion=feeling or line.emotion,
        intensity=intensity if feeling else line.intensity,
        voice=str(given["voice"]).strip() if "voice" in given else None,
        ratio=ratio,
    )


def _line(place: str, text: str, start_s: float, end_s: float | None) -> DubLine | None:
    """A line, None where its text is nothing or a name alone, as of a sound effect."""
    if end_s is not None and end_s <= start_s:
        raise ScriptError(f"In {place} of the script the end is not after the start.")
    try:
        said, speaker, feeling, intensity = spoken_by(" ".join(text.split()))
    except ValueError as error:
        raise ScriptError(f"In {place} of the script: {error}.") from error
    if not said:
        return None
    return DubLine(0, said, start_s, end_s, speaker, feeling, intensity)
