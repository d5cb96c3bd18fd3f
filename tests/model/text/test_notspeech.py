"""What is taken out before anything is read, what is obeyed, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.api import NothingToSay, ReadingOptions
from oncue.model.text.frontend import read
from oncue.model.text.glyphs import fold
from oncue.model.text.notspeech import LONGEST_PAUSE_S, strip
from tests.model.text.reading import words

SPEAK = ReadingOptions(directions="speak")
DROP = ReadingOptions(directions="drop")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>plan</think>Hello.", "Hello."),
        ("plan</think>Hello.", "Hello."),
        ("<think>never closed", ""),
        ("<b>Hi</b> there", "Hi there"),
        ("a<b and c>d", "A is less than b and c is greater than d"),
        ("# Title\n- one\n- two", "Title one two"),
        ("**Bold** and _soft_ and `code`", "Bold and soft and code"),
        ("snake_case", "snake case"),
        ("2*3 and 4*5", "two times three and four times five"),
        ("See [the page](https://a.com/b?c=1).", "See the page."),
        ("![cat](cat.png) Look", "Look"),
        ("```\nx = 1\n```\nDone", "Done"),
        ("*sighs* Fine.", "Fine."),
        ("I *really* mean it", "I really mean it"),
        ("(laughs) Okay", "Okay"),
        ("the end (at last)", "the end (at last)"),
        ("[joy] Hi", "Hi"),
        ("[1] says", "[ one ] says"),
        ("A fact[1] is[2,3] one.[4]", "A fact is one."),
        ("a[1] = 2", "a[ one ] = two"),
        ("nice ^_^ XD", "nice"),
        ("x^2", "X squared"),
        ("no (╯°□°)╯︵ ┻━┻ way", "no way"),
        ("turn (90°) left", "turn ( ninety degrees ) left"),
        ("sad (T_T) now", "sad now"),
        ("f(x) here", "f(x) here"),
        ("hello :) you", "hello you"),
        ("at 8:30 (sharp)", "at eight thirty (sharp)"),
        ("Tom &amp; Ann", "Tom and Ann"),
    ],
)
def test_what_is_not_speech_and_what_is(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("（笑）你好", "你好"),
        ("（注：重要）", "(注:重要)"),
        ("【通知】放假", "【通知】放假"),
        ("*点头*好的", "好的"),
        ("今天*开心*极了", "今天开心极了"),
        ("好的[笑哭]", "好的"),
        ("好的[强]", "好的"),
        ("理[发]店", "理[发]店"),
        ("鲁迅[1]说", "鲁迅说"),
        ("（沉默片刻）好", "好"),
        ("（片刻之后）好", "(片刻之后)好"),
        ("谢谢大佬Orz", "谢谢大佬"),
        ("加油(ง •̀_•́)ง", "加油"),
        ("文件(二)", "文件(二)"),
    ],
)
def test_chinese_directions_and_brackets(text: str, said: str) -> None:
    assert words(text, "zh") == said


def test_a_direction_that_names_a_feeling_begins_it_there() -> None:
    reading = read("你好。（生气）走开！", "zh")
    (feeling,) = reading.feelings
    assert feeling.vector[1] > 0.5
    assert reading.phones[feeling.unit].char_start == 7


def test_directions_may_be_dropped_or_read() -> None:
    assert read("（生气）走开！", "zh", options=DROP).feelings == ()
    assert words("（生气）走开！", "zh", SPEAK) == "(生气)走开!"
    assert words("*sighs* Fine.", "en", SPEAK) == "sighs Fine."


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("好[pause 500ms]吧", 0.5),
        ('好<break time="500ms"/>吧', 0.5),
        ('好<break time="1.5s"/>吧', 1.5),
        ("好[停顿2秒]吧", 2.0),
        ("好[pause 99s]吧", LONGEST_PAUSE_S),
    ],
)
def test_a_pause_that_is_written_has_its_length(text: str, seconds: float) -> None:
    pauses = [phone.pause_s for phone in read(text, "zh").phones if phone.word is None]
    assert pauses == [seconds, 0.0]


def test_what_is_left_out_is_told_in_kind_and_number_and_never_quoted() -> None:
    (warning,) = read("*sighs* Hello 😂 <foo>there</foo>", "en").warnings
    assert warning == "Left out as not meant to be spoken: 2 tags, 1 direction, 1 picture."
    (unknown,) = read("안녕 hello", "en").warnings
    assert "2 characters" in unknown
    assert read("Plain words.", "en").warnings == ()


def test_a_text_of_nothing_but_directions_says_nothing() -> None:
    with pytest.raises(NothingToSay):
        read("（笑）", "zh")


def test_ways_to_say_are_obeyed() -> None:
    assert words('<say-as interpret-as="digits">305</say-as> people', "en") == "three zero five people"
    assert words('<say-as interpret-as="cardinal">305</say-as>号', "zh") == "三百零五号"
    assert words('<sub alias="World Wide Web">WWW</sub>', "en") == "World Wide Web"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(alphabet='<>/b rek*_#`[](){}（）笑好 a="&;|-\n', max_size=60))
def test_spans_stay_in_order_and_inside_whatever_is_taken_out(text: str) -> None:
    glyphs = strip(fold(text)).glyphs
    assert all(0 <= glyph.start <= glyph.end <= len(text) for glyph in glyphs)
    assert [glyph.start for glyph in glyphs] == sorted(glyph.start for glyph in glyphs)
