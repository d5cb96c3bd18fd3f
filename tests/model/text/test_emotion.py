"""Descriptions of feelings to vectors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.api import EMOTION_NAMES
from oncue.model.text.emotion import is_preset, parse, reading_of

PHRASES = Path(__file__).resolve().parents[2] / "data" / "emotion_phrases.tsv"


def weight(text: str, name: str) -> float:
    return parse(text).vector[EMOTION_NAMES.index(name)]


@pytest.mark.parametrize("name", EMOTION_NAMES)
def test_every_preset_name_is_its_own_style(name: str) -> None:
    reading = parse(name)
    assert reading.style == name
    assert sum(reading.vector) == pytest.approx(max(reading.vector))


@pytest.mark.parametrize(
    ("chinese", "english"),
    [("高兴", "happy"), ("愤怒", "angry"), ("悲伤", "sad"), ("害怕", "afraid"), ("厌恶", "disgusted"),
     ("忧郁", "melancholic"), ("惊讶", "surprised"), ("平静", "calm")],
)  # fmt: skip
def test_both_languages_name_the_same_feelings(chinese: str, english: str) -> None:
    assert parse(chinese).vector == parse(english).vector


@pytest.mark.parametrize(
    "rising",
    [
        ("有点生气", "生气", "非常生气"),
        ("slightly sad", "sad", "extremely sad"),
        ("a little scared", "scared", "utterly scared"),
    ],
)
def test_degrees_order_the_strength(rising: tuple[str, str, str]) -> None:
    mild, plain, strong = (max(parse(text).vector) for text in rising)
    assert mild < plain < strong <= 1.0


@pytest.mark.parametrize(
    ("text", "name"), [("不生气", "angry"), ("not happy", "happy"), ("没有害怕", "afraid"), ("不太开心", "happy")]
)
def test_a_negated_feeling_is_absent(text: str, name: str) -> None:
    assert weight(text, name) == 0.0
    assert not parse(text).abstained


def test_mixtures_hold_both_feelings() -> None:
    assert weight("又惊又喜", "surprised") > 0.5 < weight("又惊又喜", "happy")
    assert weight("哭腔带笑", "sad") > weight("哭腔带笑", "happy") > 0.2
    assert weight("愤怒中带着悲伤", "angry") > weight("愤怒中带着悲伤", "sad") > 0.2


@pytest.mark.parametrize("text", ["轻蔑地笑", "阴阳怪气地说"])
def test_scorn_is_disgust_with_some_anger_and_not_joy(text: str) -> None:
    assert parse(text).style == "disgusted"
    assert weight(text, "angry") > 0.0
    assert weight(text, "happy") < weight(text, "disgusted")


def test_a_whisper_in_terror_is_fear_and_not_calm() -> None:
    assert parse("whispering in terror").style == "afraid"
    assert weight("whispering in terror", "afraid") > 2 * weight("whispering in terror", "calm")


@pytest.mark.parametrize("text", ["", "asdf", "今天天气", "table", "念出来"])
def test_what_it_does_not_understand_is_calm_and_says_so(text: str) -> None:
    reading = parse(text)
    assert reading.abstained
    assert reading.style == "calm"
    assert reading.vector == (0.0,) * 7 + (1.0,)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(max_size=60) | st.text(alphabet="不没有点很极其又带笑哭怒喜惊恐地 happysad not very", max_size=40))
def test_any_text_gives_eight_weights_between_nothing_and_all(text: str) -> None:
    reading = parse(text)
    assert len(reading.vector) == len(EMOTION_NAMES)
    assert all(0.0 <= value <= 1.0 for value in reading.vector)
    assert reading.vector[EMOTION_NAMES.index(reading.style)] == max(reading.vector)


def test_70_of_100_directions_written_apart_are_taken_for_the_style_they_ask_for() -> None:
    rows = [line.split("\t") for line in PHRASES.read_text("utf-8").splitlines() if line[0] != "#"]
    readings = [(parse(text), style) for text, style in rows]
    assert len(rows) == 200
    assert sum(found.style == style and not found.abstained for found, style in readings) >= 0.70 * len(rows)
    assert {found.source for found, _ in readings} >= {"lexicon", "ngrams"}


@pytest.mark.parametrize("text", ["", "asdf"])
def test_what_nobody_understands_has_no_source(text: str) -> None:
    assert parse(text).source == "none"


@pytest.mark.parametrize("text", ["happy", "Angry", " calm ", "高兴", "忧郁"])
def test_the_name_of_a_style_is_a_preset(text: str) -> None:
    assert is_preset(text)


@pytest.mark.parametrize("text", ["", "very happy", "不高兴", "happy and sad", "笑"])
def test_anything_more_is_a_description(text: str) -> None:
    assert not is_preset(text)


def test_what_somebody_else_told_is_a_reading_in_their_name() -> None:
    reading = reading_of((0, 0.2, 0, 0, 0.7, 0, 0, 0), "local")
    assert (reading.style, reading.abstained, reading.source) == ("disgusted", False, "local")
    nothing = reading_of((0.0,) * 8, "endpoint")
    assert (nothing.style, nothing.abstained, nothing.source) == ("calm", True, "endpoint")


@pytest.mark.parametrize("weights", [(), (0.5,) * 7, (1.01,) * 8, (-0.1,) * 8, (float("nan"),) * 8])
def test_what_is_no_feeling_is_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        reading_of(weights, "endpoint")
