from __future__ import annotations

import pytest

from oncue.streaming.dubbing.script import ScriptError, read_script, seconds_of

SRT = """1
00:00:01,000 --> 00:00:02,500
[Ada, angry:0.6] <i>Where</i>
were you?

2
00:00:03,000 --> 00:00:04,000
[door slams]

3
00:00:05,000 --> 00:00:06,000
[pause 300ms] Here.
"""


def test_a_name_in_brackets_says_who_speaks_and_how() -> None:
    first, second = read_script(SRT, "srt").lines
    assert (first.text, first.speaker, first.emotion, first.intensity) == ("Where were you?", "Ada", "angry", 0.6)
    assert (first.start_s, first.end_s) == (1.0, 2.5)
    assert (second.number, second.text, second.speaker) == (2, "[pause 300ms] Here.", "")


def test_the_same_lines_are_read_from_every_kind_of_file() -> None:
    vtt = "WEBVTT\n\nNOTE nothing\n\n00:01.000 --> 00:02.500\n<v Ada>Hello.\n\nid\n00:03.000 --> 00:04.000 line:0\nGood day.\n"
    csv = "start,end,speaker,text\n1,2.5,Ada,Hello.\n0:03,0:00:04,,Good day.\n"
    tsv = csv.replace(",", "\t")
    json = '{"lines": [{"start": 1, "end": 2.5, "who": "Ada", "text": "Hello."}, {"start": "3", "end": 4, "text": "Good day."}]}'
    made = [read_script(text, kind).lines for text, kind in ((vtt, "vtt"), (csv, "csv"), (tsv, "tsv"), (json, "json"))]
    assert all(lines == made[0] for lines in made)
    assert [(line.speaker, line.start_s, line.end_s) for line in made[0]] == [("Ada", 1.0, 2.5), ("", 3.0, 4.0)]


def test_a_table_may_say_voice_feeling_and_ratio_of_a_line() -> None:
    line = read_script("start,text,voice,emotion,ratio\n1,Hello.,mei,sad:0.5,x1.1\n", "csv").lines[0]
    assert (line.voice, line.emotion, line.intensity, line.ratio, line.end_s) == ("mei", "sad", 0.5, 1.1, None)


def test_lines_out_of_order_are_put_in_order_and_it_is_said() -> None:
    script = read_script("start,text\n5,Two.\n1,One.\n", "csv")
    assert [(line.number, line.text) for line in script.lines] == [(1, "One."), (2, "Two.")]
    assert len(script.warnings) == 1


def test_a_line_that_reaches_into_the_next_is_told_of() -> None:
    script = read_script("start,end,text\n1,4,One.\n3,5,Two.\n", "csv")
    assert script.warnings == ("Line 1 ends 1.00 s after line 2 begins: it is made to end before.",)


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("", "srt", "no line"),
        ("1\n00:00:02,000 --> 00:00:01,000\nHello.\n", "srt", "the end is not after the start"),
        ("1\n00:00:02 --> soon\nHello.\n", "srt", "no times like"),
        ("start,text\n1,One.\n1.1,Two.\n", "csv", "within 0.2 s"),
        ("text\nHello.\n", "csv", "`start` and `text`"),
        ("start,text\nlater,Hello.\n", "csv", "row 2"),
        ("start,text,ratio\n1,Hello.,9\n", "csv", "ratio"),
        ("start,text,emotion\n1,Hello.,sad:7\n", "csv", "between 0 and 1"),
        ("{", "json", "not JSON"),
        ("[1]", "json", "no object"),
        ('{"rows": []}', "json", "a list of lines"),
        ("Hello.", "txt", ".srt"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_that_says_where(text: str, kind: str, told: str) -> None:
    with pytest.raises(ScriptError, match=told.replace(".", r"\.")):
        read_script(text, kind)


def test_times_are_seconds_or_have_colons() -> None:
    assert [seconds_of(stamp) for stamp in (1, "12.5", "1:02,5", "01:00:00.250")] == [1.0, 12.5, 62.5, 3600.25]
    for wrong in ("", "x", "1:2:3:4", "-1", True, 1e9):
        with pytest.raises(ValueError, match="a time"):
            seconds_of(wrong)
