from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.server.cli.common import CommandError
from oncue.server.cli.table import Part, Table, duration_of, eta_s, parts_of, read_table


def table(folder: Path, text: str, name: str = "script.csv", **options: object) -> Table:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return read_table(path, parts_of([("Guard", Part("bo", "angry:0.6"))]), 7)


def test_a_row_says_who_speaks_how_and_how_long(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        '\ufeffID,Text,Character,Emotion,Length,Voice,note\r\na1,"Halt, you!",guard,,2.5,,x\r\na2,Yes.,Ann,sad,x1.1,mei,\r\n',
    )
    one, two = found.lines
    assert (one.id, one.text, one.voice, one.emotion) == ("a1", "Halt, you!", "bo", {"text": "angry", "intensity": 0.6})
    assert (one.duration, one.seed, one.language) == ({"seconds": 2.5}, 7, "auto")
    assert (two.voice, two.emotion, two.duration) == ("mei", {"text": "sad"}, {"ratio": 1.1})
    assert found.mistakes == ()


def test_the_export_of_renpy_is_a_table(tmp_path: Path) -> None:
    text = "Identifier\tCharacter\tDialogue\tFilename\tLine Number\nstart_a1b2\te\tYou've created a game.\tgame/script.rpy\t3\n"
    (line,) = table(tmp_path, text, "dialogue.tab").lines
    assert (line.id, line.character, line.text) == ("start_a1b2", "e", "You've created a game.")


def test_json_lines_are_rows_and_numbers_in_them_are_lengths(tmp_path: Path) -> None:
    text = '{"id": "a", "text": "Hi.", "length": 1.5}\n\n[1]\n{"id": 7, "text": "你好。", "seed": 3}\n{"id": "c", "text": {}}\n'
    found = table(tmp_path, text, "s.jsonl")
    assert [(line.id, line.place) for line in found.lines] == [("a", 1), ("7", 4)]
    assert found.lines[0].duration == {"seconds": 1.5}
    assert [mistake.place for mistake in found.mistakes] == [3, 5]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",Hello.", "an id is"),
        ("../up,Hello.", "an id is"),
        ("a/b,Hello.", "an id is"),
        ("con,Hello.", "an id is"),
        ("index,Hello.", "an id is"),
        (".x,Hello.", "an id is"),
        ("a1,", "no text"),
        ("ok,Hello.", "used by a line"),
        ("OK,Hello.", "used by a line"),
        ("b,Hello.,long", "a length is"),
        ("b,Hello.,-1", "a length is"),
        ("b,Hello.,nan", "a length is"),
    ],
)
def test_a_row_that_cannot_be_used_is_a_mistake_with_its_place_and_the_others_stay(
    tmp_path: Path, row: str, words: str
) -> None:
    found = table(tmp_path, f"id,text,length\nok,Fine.,\n{row}\nlast,Fine.,\n")
    assert [line.id for line in found.lines] == ["ok", "last"]
    (mistake,) = found.mistakes
    assert mistake.place == 3
    assert words in mistake.message
    assert "Hello" not in mistake.message


@pytest.mark.parametrize("text", ["", "id,text\n", "name,words\na,b\n", '{"x": 1}'])
def test_a_file_that_is_no_table_is_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError):
        table(tmp_path, text)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("", None),
        ("free", None),
        ("2.5", {"seconds": 2.5}),
        (" 2.5s ", {"seconds": 2.5}),
        ("x1.5", {"ratio": 1.5}),
        ("1.5x", {"ratio": 1.5}),
        ("150%", {"ratio": 1.5}),
    ],
)
def test_a_length_is_seconds_a_ratio_or_free(word: str, meant: dict[str, float] | None) -> None:
    assert duration_of(word) == meant


@given(st.text(max_size=12))
def test_no_word_for_a_length_is_anything_else_than_a_length_or_a_mistake(word: str) -> None:
    try:
        meant = duration_of(word)
    except ValueError:
        return
    assert meant is None or 0 < next(iter(meant.values())) < 3600


def test_what_a_file_depends_on_is_what_is_heard(tmp_path: Path) -> None:
    rows = ["a,Hi.,Guard,", "b,Hi.,Guard,", "c,Hi!,Guard,", "d,Hi.,Ann,", "e,Hi.,Guard,2"]
    one, same, text, voice, length = table(tmp_path, "id,text,character,length\n" + "\n".join(rows)).lines
    assert one.fingerprint("m") == same.fingerprint("m")
    others = {one.fingerprint("n"), *(line.fingerprint("m") for line in (one, text, voice, length))}
    assert len(others) == 5


def test_the_rest_takes_as_long_as_the_pace_so_far_says() -> None:
    assert eta_s(100, 300, 10.0) == 30.0
    assert eta_s(0, 300, 10.0) is None
