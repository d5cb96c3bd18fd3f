from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.server.compat.alignment import AlignedSound, CharacterAligner, MarkTimer
from oncue.streaming.protocol.messages import MarkItem
from oncue.streaming.protocol.wire import AudioFrame


def word(text: str, at: int, start: int, end: int) -> MarkItem:
    return MarkItem("word", text, at, at + len(text), start, end)


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[tuple[int, MarkItem]], list[AudioFrame]]:
    """A text, its words with the sample before which each mark comes, and frames; expected ends are off."""
    text, marks, sample = draw(st.sampled_from(["", "“", "- "])), [], draw(st.integers(0, 60))
    for _ in range(draw(st.integers(1, 8))):
        said = draw(st.sampled_from(["a", "hello", "好", "don't"]))
        length = draw(st.integers(1, 90))
        marks.append(word(said, len(text), sample, sample + length + draw(st.integers(-5, 30))))
        text += said + draw(st.sampled_from([" ", ", ", "", "! ” "]))
        sample += length + draw(st.integers(0, 40))
    total = sample + draw(st.integers(0, 80))
    cuts = sorted({0, total, *draw(st.lists(st.integers(0, total), max_size=8))})
    frames = [AudioFrame(0, n, a, b - a, b"\0\0" * (b - a)) for n, (a, b) in enumerate(pairwise(cuts))]
    return text, [(mark.start, mark) for mark in marks], frames


def aligned(
    text: str, marks: list[tuple[int, MarkItem]], frames: list[AudioFrame], *, known: bool
) -> list[AlignedSound]:
    aligner, found = CharacterAligner(), list[AlignedSound]()
    aligner.add_text(text)
    if known:
        aligner.complete()
    waiting = list(marks)
    for frame in frames:
        aligner.mark([mark for at, mark in waiting if at < frame.end])
        waiting = [(at, mark) for at, mark in waiting if at >= frame.end]
        found += aligner.push(frame)
    aligner.complete()
    return [*found, *aligner.finish()]


@settings(deadline=None)
@given(lines(), st.booleans())
def test_all_sound_and_every_character_come_once_in_order_and_the_times_never_fall(
    line: tuple[str, list[tuple[int, MarkItem]], list[AudioFrame]], known: bool
) -> None:
    text, marks, frames = line
    found = aligned(text, marks, frames, known=known)
    assert "".join(piece.characters for piece in found) == text
    assert b"".join(piece.pcm for piece in found) == b"".join(frame.pcm for frame in frames)
    assert all(one.end == two.start for one, two in pairwise(found))
    starts = [start for piece in found for start in piece.starts]
    assert starts == sorted(starts)
    for piece in found:
        assert all(piece.start <= start <= piece.end for start in piece.starts)
        assert all(start <= end for start, end in zip(piece.starts, piece.ends, strict=True))


@settings(deadline=None)
@given(lines())
def test_of_a_text_that_was_known_to_be_whole_the_last_character_ends_with_the_sound(
    line: tuple[str, list[tuple[int, MarkItem]], list[AudioFrame]],
) -> None:
    text, marks, frames = line
    found = aligned(text, marks, frames, known=True)
    assert found[-1].ends[-1] == frames[-1].end
    assert all(piece.characters for piece in found)


@settings(deadline=None)
@given(lines())
def test_a_word_begins_where_its_mark_says(line: tuple[str, list[tuple[int, MarkItem]], list[AudioFrame]]) -> None:
    text, marks, frames = line
    starts = [start for piece in aligned(text, marks, frames, known=True) for start in piece.starts]
    assert [starts[mark.char_start] for _, mark in marks] == [mark.start for _, mark in marks]


def test_sound_in_which_a_character_begins_is_not_held_back() -> None:
    aligner = CharacterAligner()
    aligner.add_text("hello there")
    aligner.mark([word("hello", 0, 10, 110)])
    (piece,) = aligner.push(AudioFrame(0, 0, 0, 50, bytes(100)))
    assert (piece.characters, piece.starts, piece.ends) == ("he", (10, 30), (30, 50))


def test_marks_are_told_one_behind_with_their_true_end() -> None:
    timer = MarkTimer("word")
    assert timer.mark([word("a", 0, 0, 50)]) == []
    assert [(t.text, t.start, t.end) for t in timer.mark([word("b", 2, 40, 90)])] == [("a", 0, 40)]
    assert [(t.text, t.start, t.end) for t in timer.finish(70)] == [("b", 40, 70)]
    assert timer.finish(70) == []
