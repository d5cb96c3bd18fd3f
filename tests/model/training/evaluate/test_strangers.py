from __future__ import annotations

from dataclasses import replace

import numpy as np

from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.casting import all_speakers
from oncue.model.training.data.corpus import LINE_DTYPE, UNIT_DTYPE, Corpus
from oncue.model.training.evaluate.strangers import CLIPS, SHORTEST_S, of_corpus

HELD = next(s for s in all_speakers() if s.held_out)
KNOWN = next(s for s in all_speakers() if not s.held_out)


def corpus(*rows: tuple[int, float, float]) -> Corpus:
    """Lines of so many seconds, one after another, by a speaker, with how much of a style."""
    lines = np.zeros(len(rows), LINE_DTYPE)
    lines["speaker"], lines["intensity"] = ([row[column] for row in rows] for column in (0, 2))
    lines["audio_length"] = [round(row[1] * SAMPLE_RATE) for row in rows]
    lines["audio_start"] = np.concatenate([[0], np.cumsum(lines["audio_length"])[:-1]])
    audio = np.arange(int(lines["audio_length"].sum()), dtype=np.int64).astype(np.int16)
    return Corpus(lines, np.zeros(0, UNIT_DTYPE), (audio,), (replace(KNOWN, id=0), replace(HELD, id=1)))


def test_only_held_out_voices_are_strangers_and_each_is_cloned_from_its_longest_plain_clip() -> None:
    found = of_corpus(corpus((0, 3, 0), (0, 4, 0), (0, 5, 0), (1, 2, 0), (1, 4, 0), (1, 6, 1), (1, 3, 0)))
    assert [stranger.speaker for stranger in found] == [1]
    assert len(found[0].reference) == 4 * SAMPLE_RATE
    assert [(len(clip) / SAMPLE_RATE, style) for clip, style in found[0].clips] == [(2, None), (6, 0), (3, None)]


def test_a_voice_without_a_plain_clip_or_with_too_few_or_too_short_ones_is_not_asked_about() -> None:
    short = SHORTEST_S / 2
    for rows in ([(1, 3, 1)] * 4, [(1, 3, 0)] * 2, [(1, short, 0)] * 5):
        assert of_corpus(corpus(*rows)) == []


def test_a_voice_is_known_by_so_many_clips_at_most() -> None:
    (found,) = of_corpus(corpus(*[(1, 2, 0)] * (CLIPS + 5)))
    assert len(found.clips) == CLIPS
