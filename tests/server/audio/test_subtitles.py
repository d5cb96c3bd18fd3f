from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from oncue.server.audio.subtitles import LONGEST_CHARACTERS, Cue, TimedWord, cues, srt, vtt


def timed(text: str, step_s: float = 0.3) -> list[TimedWord]:
    """Words between spaces, one after another."""
    words: list[TimedWord] = []
    at = 0
    for index, word in enumerate(text.split()):
        start = text.index(word, at)
        at = start + len(word)
        words.append(TimedWord(start, at, index * step_s, (index + 1) * step_s))
    return words


def test_a_short_line_is_one_cue_from_its_first_word_to_its_last() -> None:
    assert cues("Hello there.", timed("Hello there."), "Ann") == [Cue(0.0, 0.6, "Hello there.", "Ann")]


def test_a_cue_ends_with_a_sentence_at_a_pause_and_before_it_is_too_long() -> None:
    text = "One. Two three"
    words = [*timed("One. Two")[:1], TimedWord(5, 8, 0.4, 0.6), TimedWord(9, 14, 2.0, 2.4)]
    assert [cue.text for cue in cues(text, [TimedWord(0, 3, 0.0, 0.3), *words[1:]])] == ["One.", "Two", "three"]
    long = "word " * 30
    assert all(len(cue.text) <= LONGEST_CHARACTERS for cue in cues(long, timed(long)))


def test_what_stands_around_the_words_is_shown_too() -> None:
    text = "«Hello», she said…"
    words = [TimedWord(1, 6, 0, 1), TimedWord(9, 12, 1, 2), TimedWord(13, 17, 2, 3)]
    assert [cue.text for cue in cues(text, words)] == [text]


def test_times_and_numbers_are_written_as_the_formats_have_them() -> None:
    shown = [Cue(0.0, 1.5, "A & B"), Cue(3661.0004, 3662.25, "Hi", "Ann")]
    assert srt(shown) == ("1\n00:00:00,000 --> 00:00:01,500\nA & B\n\n2\n01:01:01,000 --> 01:01:02,250\nAnn: Hi\n")
    assert vtt(shown) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nA &amp; B\n\n01:01:01.000 --> 01:01:02.250\n<v Ann>Hi\n"
    )


@given(st.lists(st.text("abc.,!", min_size=1, max_size=12), min_size=1, max_size=30), st.floats(0.05, 2))
def test_no_word_is_lost_and_cues_never_overlap(words: list[str], step_s: float) -> None:
    text = " ".join(words)
    shown = cues(text, timed(text, step_s))
    assert "".join(cue.text for cue in shown).replace(" ", "") == text.replace(" ", "")
    assert all(one.end_s <= two.start_s + 1e-9 for one, two in itertools.pairwise(shown))
