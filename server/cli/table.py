"""A script as a table: who says what, how, and how long. Reading it, and what of it has to be spoken anew. Pure but for reading the file.

CSV, TSV (also Ren'Py's dialogue.tab) and JSON lines. A row that cannot be used is one mistake with its place; the others stay.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oncue.server.cli.common import CommandError

ENDINGS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".jsonl": "", ".ndjson": ""}
"""Names of files that are tables, and what parts their columns; nothing for JSON lines."""
_NAMES = {
    "identifier": "id",
    "dialogue": "text",
    "line": "text",
    "who": "character",
    "duration": "length",
    "what": "text",
}
"""Names of columns that other tools write, among them Ren'Py's."""
_COLUMNS = ("id", "text", "character", "voice", "emotion", "length", "seed", "language")
_SAFE_ID = re.compile(r"[^\W.][\w.-]{0,119}")
_RESERVED = {"index", "script", "con", "prn", "aux", "nul"}


@dataclass(frozen=True, slots=True)
class TableLine:
    """A row that can be spoken. `duration` is as the wire has it, None for a free length."""

    place: int
    """Its row in the file, from 1 as an editor counts; of CSV the last line of the row."""
    id: str
    text: str
    character: str
    voice: str | None
    emotion: dict[str, Any] | None
    duration: dict[str, float] | None
    seed: int
    language: str

    def fingerprint(self, made_by: str) -> str:
        """What the sound depends on: another value, another sound. `made_by` is the model and the format."""
        said = asdict(self)
        for unheard in ("place", "id", "character"):  # the voice has been chosen already
            del said[unheard]
        data = json.dumps([made_by, said], sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row that cannot be used."""

    place: int
    id: str
    message: str


@dataclass(frozen=True, slots=True)
class Part:
    """How a character is spoken where the row does not say."""

    voice: str | None = None
    emotion: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says."""

    lines: tuple[TableLine, ...]
    mistakes: tuple[Mistake, ...]


def read_table(path: Path, cast: Mapping[str, Part], seed: int = 0) -> Table:
    """The rows of a file. Raises CommandError for a file that is no table."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError("The table cannot be read as UTF-8 text.") from error
    separator = ENDINGS[path.suffix.lower()]
    rows = _separated(text, separator) if separator else _json_lines(text)
    lines: list[TableLine] = []
    mistakes: list[Mistake] = []
    seen: set[str] = set()
    for place, fields in rows:
        identity = str(fields.get("id") or "") if isinstance(fields, dict) else ""
        try:
            lines.append(_line(place, fields, cast, seed, seen))
        except ValueError as error:
            mistakes.append(Mistake(place, identity[:120], f"{error}."))
    if not lines and not mistakes:
        raise CommandError("There is no line in the table.")
    return Table(tuple(lines), tuple(mistakes))


def duration_of(text: str) -> dict[str, float] | None:
    """`2.5` or `2.5s` are seconds, `x1.1`, `1.1x` and `110%` a ratio, nothing and `free` are free. Raises ValueError."""
    word = text.strip().lower()
    if word in {"", "free"}:
        return None
    kind, number, unit = "seconds", word, 1.0
    if word.endswith("%"):
        kind, number, unit = "ratio", word[:-1], 0.01
    elif word.startswith("x") or word.endswith("x"):
        kind, number = "ratio", word.strip("x")
    elif word.endswith("s"):
        number = word[:-1]
    try:
        value = float(number) * unit
    except ValueError:
        value = 0.0
    if not 0 < value < 3600:
        raise ValueError("a length is seconds (2.5), a ratio (x1.1 or 110%), or nothing")
    return {kind: value}


def _separated(text: str, separator: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        heads = next(reader, None)
        if heads is None:
            return
        names = [_column(head) for head in heads]
        if not {"id", "text"} <= set(names):
            raise CommandError("The first row of a table names its columns, and `id` and `text` must be among them.")
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, dict(zip(names, row, strict=False))
    except csv.Error as error:
        raise CommandError(f"The table cannot be read at line {reader.line_num}: {error}.") from error


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for place, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        yield place, {_column(str(name)): value for name, value in found.items()} if isinstance(found, dict) else None


def _column(head: str) -> str:
    name = head.strip().lower()
    return _NAMES.get(name, name)


def _line(place: int, fields: Any, cast: Mapping[str, Part], seed: int, seen: set[str]) -> TableLine:
    """`seen`: ids so far. Raises ValueError with a sentence that quotes nothing of the text."""
    if not isinstance(fields, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 -- a mistake in a file, like the others
    cells = {name: _cell(fields.get(name), name) for name in _COLUMNS}
    identity = cells["id"].strip()
    if not _SAFE_ID.fullmatch(identity) or identity.casefold() in _RESERVED or identity.endswith("."):
        raise ValueError("an id is letters, digits, `_`, `-` and `.`, and becomes the name of a file")
    if identity.casefold() in seen:
        raise ValueError("the id is used by a line before, and each id is one file")
    seen.add(identity.casefold())
    if not cells["text"].strip():
        raise ValueError("there is no text")
    character = cells["character"].strip()
    part = cast.get(character.casefold(), Part())
    return TableLine(
        place,
        identity,
        cells["text"].strip(),
        character,
        cells["voice"].strip() or part.voice,
        _emotion(cells["emotion"].strip() or part.emotion or ""),
        duration_of(cells["length"]),
        _seed(cells["seed"], seed),
        cells["language"].strip() or "auto",
    )


def _cell(value: object, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(value, "g") if isinstance(value, float) else str(value)
    raise ValueError(f"`{name}` is a text or a number")


def _emotion(words: str) -> dict[str, Any] | None:
    """`angry` or `sad and tired`, and `angry:0.6` for less of it."""
    if not words:
        return None
    name, colon, strength = words.rpartition(":")
    if not colon:
        return {"text": words}
    try:
        intensity = float(strength)
    except ValueError:
        return {"text": words}
    if not 0 <= intensity <= 1 or not name.strip():
        raise ValueError("the strength of an emotion lies between 0 and 1, as in angry:0.6")
    return {"text": name.strip(), "intensity": intensity}


def _seed(cell: str, otherwise: int) -> int:
    if not cell.strip():
        return otherwise
    if not cell.strip().isdecimal() or len(cell) > 15:
        raise ValueError("a seed is a whole number")
    return int(cell)


def eta_s(done_characters: int, left_characters: int, elapsed_s: float) -> float | None:
    """How long the rest will take at the pace so far; None before there is one."""
    return elapsed_s * left_characters / done_characters if done_characters and elapsed_s > 0 else None


def parts_of(entries: Iterable[tuple[str, Part]]) -> dict[str, Part]:
    """A cast, found without regard to case."""
    return {name.casefold(): part for name, part in entries}
