from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from oncue.model.api import Samples
from oncue.model.indextts2 import voice as voices
from oncue.model.indextts2.networks.campplus import CamPlus
from oncue.model.indextts2.networks.config import CodecConfig, MelConfig, RegulatorConfig, StyleConfig
from oncue.model.indextts2.networks.length_regulator import LengthRegulator
from oncue.model.indextts2.networks.repcodec import RepCodec
from oncue.model.indextts2.voice import VoiceNetworks, make_voice
from tests.model.indextts2.seeded import load_golden, normal, seeded, small_weights

GOLDEN = load_golden("end_to_end")
MEL = MelConfig()


def fake_speech(pcm: Samples) -> Tensor:
    """Features that depend on all of the sound, 50 a second, without a speech encoder."""
    rows = torch.from_numpy(pcm[: len(pcm) // 320 * 320]).view(1, -1, 320)
    return rows @ normal("test.speech", (320, 1024))


@cache
def networks() -> VoiceNetworks:
    return VoiceNetworks(
        speech=fake_speech,
        speaker=lambda features: features[:, :32, :64],
        feeling=lambda features: features.mean(1)[:, :64],
        codec=seeded(RepCodec(CodecConfig.read(GOLDEN.config["semantic_codec"]))),
        style=seeded(CamPlus(StyleConfig()), small_weights()["campplus"]["matrix_scale"]),
        regulator=seeded(LengthRegulator(RegulatorConfig(features=1024, dim=64, codes=32))),
    )


def sound(seconds: float, rate: int = 22_050) -> NDArray[np.float32]:
    time = np.arange(int(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * (180 + 40 * time) * time) * (1 + np.sin(9 * time))).astype(np.float32)


def test_the_same_recording_gives_the_same_key() -> None:
    assert make_voice(networks(), MEL, sound(1.5), 22_050).key == make_voice(networks(), MEL, sound(1.5), 22_050).key


def test_another_recording_gives_another_key() -> None:
    assert make_voice(networks(), MEL, sound(1.5), 22_050).key != make_voice(networks(), MEL, sound(1.6), 22_050).key


def test_a_voice_cannot_be_written_to_and_holds_no_sound_of_the_caller() -> None:
    pcm = sound(1.5)
    voice = make_voice(networks(), MEL, pcm, 22_050)
    before = {name: array.copy() for name, array in voice.arrays.items()}
    pcm[:] = 0.0
    for name, array in voice.arrays.items():
        assert np.array_equal(array, before[name])
        with pytest.raises(ValueError, match="read-only"):
            array.reshape(-1)[0] = 1.0


def test_a_voice_has_all_that_the_family_asks_of_a_speaker() -> None:
    voice = make_voice(networks(), MEL, sound(2.0), 22_050)
    frames = 44_100 // 256
    assert {name: array.shape for name, array in voice.arrays.items()} == {
        voices.SPEAKER_LATENTS: (32, 64),
        voices.SPEAKER_FEELING: (64,),
        voices.OWN_EMOTION: (64,),
        voices.STYLE: (192,),
        voices.PROMPT_MEL: (80, frames),
        voices.PROMPT_CONDITION: (frames, 64),
        voices.REGULATOR_MOMENTS: (4, 2),
    }
    assert all(array.dtype == np.float32 for array in voice.arrays.values())


def test_mel_style_and_prompt_are_the_references() -> None:
    wave = load_golden("frontend")["wave22"].numpy()
    as_reference = replace(networks(), speech=lambda _pcm: GOLDEN.input("spk_cond_emb"))
    arrays = voices._listen(as_reference, MEL, wave, 22_050)
    GOLDEN.check("ref_mel", arrays[voices.PROMPT_MEL])
    GOLDEN.check("prompt_condition", arrays[voices.PROMPT_CONDITION])


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_recording_at_another_rate_is_nearly_the_same_voice(rate: int) -> None:
    here, there = (make_voice(networks(), MEL, sound(1.2, at), at) for at in (22_050, rate))
    style = (here.arrays[voices.STYLE], there.arrays[voices.STYLE])
    assert np.dot(*style) / np.prod([np.linalg.norm(vector) for vector in style]) > 0.9
    assert here.arrays[voices.PROMPT_MEL].shape == there.arrays[voices.PROMPT_MEL].shape


def test_only_the_first_fifteen_seconds_are_heard() -> None:
    long = sound(18.0)
    other = long.copy()
    other[int(16.5 * 22_050) :] = 0.0
    quick = replace(networks(), style=lambda fbank: fbank.mean(1))
    one, two = (make_voice(quick, MEL, pcm, 22_050) for pcm in (long, other))
    assert one.arrays[voices.PROMPT_MEL].shape[1] == 15 * 22_050 // 256
    assert one.key == two.key


@pytest.mark.parametrize(
    ("pcm", "says"),
    [
        (sound(0.5), "shorter than a second"),
        (np.zeros(30_000, np.float32), "silent"),
        (np.full(30_000, np.nan, np.float32), "not numbers"),
        (sound(2.0).reshape(2, -1), "mono"),
    ],
)
def test_what_is_no_recording_of_a_voice_is_refused_with_advice(pcm: NDArray[np.float32], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make_voice(networks(), MEL, pcm, 22_050)


def test_a_network_that_fails_makes_no_voice() -> None:
    broken = replace(networks(), feeling=lambda features: features.mean(1) * float("nan"))
    with pytest.raises(ValueError, match="not finite"):
        make_voice(broken, MEL, sound(1.5), 22_050)
