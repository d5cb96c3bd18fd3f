"""The list of voices is fixed and balanced, and castings keep to their shares."""

from __future__ import annotations

import random
from collections import Counter

from oncue.model.training.data.casting import HELD_OUT, Casting, all_speakers
from oncue.model.training.data.teacher import Speaker, Style


def castings(language: str, count: int = 800) -> list[list[tuple[Speaker, Style]]]:
    casting = Casting(all_speakers(), random.Random(3))
    return [list(casting.choose(language)) for _ in range(count)]


def test_speaker_ids_are_positions_and_never_change() -> None:
    assert [speaker.id for speaker in all_speakers()] == list(range(len(all_speakers())))
    assert all_speakers() == all_speakers()


def test_sexes_are_balanced_and_both_have_voices_held_out() -> None:
    own = [speaker for speaker in all_speakers() if speaker.engine == "espeak"]
    for group in (own, [speaker for speaker in own if speaker.held_out]):
        sexes = Counter(speaker.sex for speaker in group)
        assert 0.4 < sexes["male"] / len(group) < 0.6
    assert {speaker.variant for speaker in own if speaker.held_out} == HELD_OUT
    assert all(speaker.pitch_range >= 70 for speaker in own)


def test_three_tenths_of_english_are_flite_half_of_them_made_voices_and_mandarin_never_is() -> None:
    flite = [cast[0][0] for cast in castings("en") if cast[0][0].engine == "flite"]
    assert 0.25 < len(flite) / 800 < 0.35
    assert 0.4 < sum(bool(speaker.definition) for speaker in flite) / len(flite) < 0.6
    assert all(cast[0][0].engine == "espeak" for cast in castings("zh"))


def test_twins_share_the_style_and_differ_in_voice() -> None:
    twins = [cast for cast in castings("zh") if len(cast) == 2]
    assert twins
    assert all(first[1] == second[1] and first[0] != second[0] for first, second in twins)


def test_half_of_the_lines_are_neutral_and_emotions_are_at_least_half_strong() -> None:
    styles = [cast[0][1] for cast in castings("zh")]
    assert 0.45 < sum(style.intensity == 0 for style in styles) / len(styles) < 0.55
    assert all(style.intensity == 0 or 0.5 <= style.intensity <= 1 for style in styles)
    assert all(105 <= style.rate_wpm <= 300 for style in styles)
