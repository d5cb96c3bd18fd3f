from __future__ import annotations

from tests.clients.web.modules import evaluate


def test_times_are_written_as_subrip_has_them() -> None:
    got = evaluate("srt.js", "return given.map(m.srtTime);", [0, 0.0004, 1.5, 61.0295, 3723.9996])
    assert got == ["00:00:00,000", "00:00:00,000", "00:00:01,500", "00:01:01,030", "01:02:04,000"]


def test_a_take_becomes_cues_from_first_word_to_last_phrase_by_phrase() -> None:
    text = "Stop. You there, wait!"
    words = [(0, 4, 10, 40), (6, 9, 60, 80), (10, 15, 80, 110), (17, 21, 120, 190)]
    take = {
        "text": text,
        "rate": 100,
        "length": 180,
        "words": [{"char_start": a, "char_end": b, "start": s, "end": e} for a, b, s, e in words],
    }
    got = evaluate("srt.js", "return m.srt(m.cuesOf(given, 2, 'Mira: '));", take)
    assert got == (
        "1\n00:00:02,100 --> 00:00:02,400\nMira: Stop.\n\n2\n00:00:02,600 --> 00:00:03,800\nYou there, wait!\n"
    )


def test_a_take_without_words_is_one_cue_of_its_whole_length() -> None:
    take = {"text": "Hm", "rate": 100, "length": 50, "words": []}
    assert evaluate("srt.js", "return m.cuesOf(given);", take) == [{"start": 0, "end": 0.5, "text": "Hm"}]
