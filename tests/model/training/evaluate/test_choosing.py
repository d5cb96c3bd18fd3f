from __future__ import annotations

import pytest

from oncue.model.training.data.casting import all_speakers
from oncue.model.training.data.teacher import SAMPLE_RATE
from oncue.model.training.evaluate.choosing import strangers, voices
from oncue.model.training.evaluate.strangers import CLIPS


def test_nobody_to_choose_by_is_trained_on_or_held_out() -> None:
    chosen, known = [s for group in voices().values() for s in group], all_speakers()
    assert {s.variant for s in chosen}.isdisjoint(s.variant for s in known)
    assert {s.definition for s in chosen if s.definition}.isdisjoint(s.definition for s in known)
    assert {s.id for s in chosen}.isdisjoint(s.id for s in known)
    assert voices() == voices()


@pytest.mark.needs_program("espeak-ng")
def test_a_voice_to_choose_by_has_a_plain_clip_and_others_half_of_them_in_a_style() -> None:
    found = strangers([group[0] for group in voices().values()])
    assert len(found) == 2
    for stranger in found:
        assert len(stranger.reference) > 3.5 * SAMPLE_RATE
        assert len(stranger.clips) == CLIPS
        assert sum(style is None for _, style in stranger.clips) == CLIPS // 2
        assert not any(clip is stranger.reference for clip, _ in stranger.clips)
