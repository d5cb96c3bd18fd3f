from __future__ import annotations

import numpy as np

from oncue.model.training.data.speakers import HELD_OUT, HOUSE, Speaker, made_up

NAMES = ("af_heart", "am_echo", "af_bella", "bm_lewis", "zf_xiaoni", "zm_yunxi", "zf_xiaoyi", "zm_yunyang", "jf_alpha")


def used(speaker: Speaker) -> set[str]:
    return {name for name, _ in speaker.timbre} | {name for mix in speaker.prosody.values() for name, _ in mix}


def test_strangers_are_in_no_voice_that_is_trained_on_and_in_none_of_the_house() -> None:
    for speaker in [made_up(number, NAMES) for number in range(100)] + [voice.speaker for voice in HOUSE]:
        assert not used(speaker) & HELD_OUT


def test_a_speaker_is_a_function_of_its_number() -> None:
    assert made_up(7, NAMES) == made_up(7, NAMES)
    assert len({made_up(number, NAMES).pitch_hz for number in range(50)}) == 50


def test_the_house_has_six_voices_of_each_language_with_a_name_and_a_line() -> None:
    assert sorted(voice.language for voice in HOUSE) == ["en"] * 6 + ["zh"] * 6
    assert len({voice.name for voice in HOUSE}) == 12
    assert all(voice.description.endswith(".") for voice in HOUSE)
    assert all(set(voice.speaker.prosody) == {"zh", "en"} for voice in HOUSE)


def test_a_style_is_the_timbre_of_one_and_mostly_the_prosody_of_others() -> None:
    styles = {name: np.full((510, 256), index, np.float32) for index, name in enumerate(NAMES)}
    speaker = Speaker((("am_echo", 1.0),), {"zh": (("zf_xiaoni", 1.0),), "en": (("bm_lewis", 1.0),)})
    style = speaker.style(styles, "zh", 9)
    assert style.shape == (1, 256)
    assert (style[0, :128] == 1).all()
    assert np.allclose(style[0, 128:], 0.35 * 1 + 0.65 * 4)
