"""A reference recording to a `Voice`: everything the family will ever ask of a speaker, worked out once.

A voice is a value. It holds no sound and needs no network again: the decoder's latents and feelings, the style, and
the prompt that flow matching continues. The networks are given, so this file knows their order and not their sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import soxr
import torch
from torch import Tensor

from oncue.model.api import Samples, Voice
from oncue.model.indextts2.networks.audio import FBANK_RATE, kaldi_fbank, log_mel, sinc_resample
from oncue.model.indextts2.networks.config import MelConfig
from oncue.model.indextts2.networks.length_regulator import LengthRegulator

FAMILY = "indextts2"
SPEAKER_LATENTS = "speaker_latents"  # [latents, dim] the decoder's picture of the speaker
SPEAKER_FEELING = "speaker_feeling"  # [dim] e(x) of the speaker's features, the base of every mix of emotions
OWN_EMOTION = "own_emotion"  # [dim] e(x) of the same recording read as an emotion source: the default emotion
STYLE = "style"  # [style dim] who speaks, for flow matching
PROMPT_MEL = "prompt_mel"  # [bands, frames]
PROMPT_CONDITION = "prompt_condition"  # [frames, dim] the regulated prompt, its norms over the prompt alone
REGULATOR_MOMENTS = "regulator_moments"  # [layers, 2] what those norms saw, see regulator_stream

LONGEST_REFERENCE_S = 15
SHORTEST_REFERENCE_S = 1
_SILENT_RMS = 1e-4
_ADVICE = "give 3 to 15 seconds of one person speaking."


@dataclass(frozen=True, slots=True)
class VoiceNetworks:
    """What a recording goes through, each part in evaluation mode.

    `speech` takes samples at 16 kHz to features [1, time, hidden]; `speaker` takes those to [1, latents, dim],
    `feeling` to [1, dim], and `codec` to the same features as its codes say them. `style` takes a filterbank
    [1, frames, bands] to [1, style dim].
    """

    speech: Callable[[Samples], Tensor]
    speaker: Callable[[Tensor], Tensor]
    feeling: Callable[[Tensor], Tensor]
    codec: Callable[[Tensor], Tensor]
    style: Callable[[Tensor], Tensor]
    regulator: LengthRegulator


def make_voice(networks: VoiceNetworks, mel: MelConfig, pcm: Samples, sample_rate: int) -> Voice:
    """Mono PCM in [-1, 1] to a voice; of a long recording the first 15 seconds are heard.

    Nothing is random, so the same recording gives the same key. Raises ValueError when the recording is shorter than
    a second, silent, not finite, or when a network makes something of it that is not finite.
    """
    sound = _checked(pcm, sample_rate)
    with torch.inference_mode():
        arrays = _listen(networks, mel, sound, sample_rate)
    return Voice(FAMILY, {name: _frozen(name, value) for name, value in arrays.items()})


def _checked(pcm: Samples, sample_rate: int) -> Samples:
    sound = np.asarray(pcm, np.float32)
    if sound.ndim != 1 or sample_rate <= 0:
        raise ValueError("The reference is not one channel of sound at a known rate: mix it to mono first.")
    if len(sound) < SHORTEST_REFERENCE_S * sample_rate:
        raise ValueError(f"The reference is shorter than a second: {_ADVICE}")
    if not np.isfinite(sound).all():
        raise ValueError("The reference has samples that are not numbers: decode it again.")
    sound = sound[: (LONGEST_REFERENCE_S + 1) * sample_rate]  # what lies behind has no part in the first 15 s
    if float(np.sqrt(np.mean(np.square(sound)))) < _SILENT_RMS:
        raise ValueError(f"The reference is silent: {_ADVICE}")
    return sound


def _listen(networks: VoiceNetworks, mel: MelConfig, sound: Samples, sample_rate: int) -> dict[str, Tensor]:
    """The two paths of the reference: as speaker by way of the vocoder's rate, as emotion straight to 16 kHz."""
    at_mel_rate = torch.from_numpy(_at_rate(sound, sample_rate, mel.sample_rate))
    at_16k = sinc_resample(at_mel_rate, mel.sample_rate, FBANK_RATE)
    features = networks.speech(at_16k.numpy())
    as_emotion = networks.speech(_at_rate(sound, sample_rate, FBANK_RATE))
    prompt = log_mel(at_mel_rate, mel)[0]  # [bands, frames]
    spoken, frames = networks.codec(features), prompt.shape[1]
    style = networks.style(kaldi_fbank(at_16k).unsqueeze(0).to(features.device))
    return {
        SPEAKER_LATENTS: networks.speaker(features)[0],
        SPEAKER_FEELING: networks.feeling(features)[0],
        OWN_EMOTION: networks.feeling(as_emotion)[0],
        STYLE: style[0],
        PROMPT_MEL: prompt,
        PROMPT_CONDITION: networks.regulator(spoken, frames)[0],
        REGULATOR_MOMENTS: networks.regulator.moments(spoken, frames),
    }


def _at_rate(sound: Samples, from_rate: int, to_rate: int) -> Samples:
    converted = sound if from_rate == to_rate else soxr.resample(sound, from_rate, to_rate, quality="HQ")
    return np.array(converted[: LONGEST_REFERENCE_S * to_rate], np.float32)


def _frozen(name: str, value: Tensor) -> Samples:
    """A float32 copy that nobody can write to, if it is finite."""
    array = value.float().cpu().numpy().copy()
    if not np.isfinite(array).all():
        raise ValueError(f"The reference gives a {name} that is not finite, so no voice can be made of it: {_ADVICE}")
    array.flags.writeable = False
    return array
