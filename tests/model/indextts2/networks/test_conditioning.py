"""The encoders against the reference's stages, and that speaker and emotion keep apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from oncue.model.api import EmotionSource, Voice
from oncue.model.indextts2.emotion import emotion_vector, make_emotion
from oncue.model.indextts2.networks.conditioning import Conditioner
from oncue.model.indextts2.voice import FAMILY, OWN_EMOTION, SPEAKER_FEELING
from tests.model.indextts2.family import prototypes
from tests.model.indextts2.seeded import load_golden, seeded, small_config

GOLDEN = load_golden("conditioning")
STAGES = sorted(name for name in GOLDEN.info["outputs"] if name.startswith("stage."))


@cache
def conditioner() -> Conditioner:
    return seeded(Conditioner(small_config().gpt))


@cache
def stages() -> dict[str, Tensor]:
    """What every sub-module named in the golden gave for the golden's inputs."""
    module = conditioner()
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, Any, Tensor], None]:
        def hook(_: nn.Module, __: Any, output: Tensor) -> None:
            seen[name] = output

        return hook

    handles = [module.get_submodule(name[6:]).register_forward_hook(keep(name)) for name in STAGES]
    module.speaker(GOLDEN.input("spk_cond_emb"))
    module.emotion(GOLDEN.input("emo_cond_emb"))
    for handle in handles:
        handle.remove()
    return seen


def moved(own: Tensor, other: Tensor, intensity: float) -> Tensor:
    """What serving makes of a voice's own feeling [1, dim] and another's."""
    speaker, lender = (
        Voice(FAMILY, {key: vector[0].numpy()}) for key, vector in ((SPEAKER_FEELING, own), (OWN_EMOTION, other))
    )
    emotion = make_emotion(EmotionSource(voice=lender, intensity=intensity))
    return torch.from_numpy(emotion_vector(speaker, emotion, prototypes())).unsqueeze(0)


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_gives_what_the_reference_gave(name: str) -> None:
    GOLDEN.check(name, stages()[name])


def test_speaker_latents_and_emotion_vectors_are_the_reference_s() -> None:
    speech, feeling = GOLDEN.input("spk_cond_emb"), GOLDEN.input("emo_cond_emb")
    GOLDEN.check("spk_lat", conditioner().speaker(speech))
    own, other = conditioner().emotion(speech), conditioner().emotion(feeling)
    GOLDEN.check("emovec_spk", own)
    GOLDEN.check("emovec_emo", other)
    for intensity in (1.0, 0.35):
        GOLDEN.check(f"emovec_merged_alpha{intensity}", moved(own, other, intensity))


def test_encoders_and_the_emotion_perceiver_by_themselves_are_the_reference_s() -> None:
    speech, feeling, module = GOLDEN.input("spk_cond_emb"), GOLDEN.input("emo_cond_emb"), conditioner()
    frames, _ = module.conditioning_encoder(speech, torch.tensor([speech.shape[1]]))
    GOLDEN.check("spk_conformer", frames)
    frames, mask = module.emo_conditioning_encoder(feeling, torch.tensor([feeling.shape[1]]))
    GOLDEN.check("emo_conformer", frames)
    GOLDEN.check("emo_perceiver", module.emo_perceiver_encoder(frames, mask))


def test_frames_beyond_the_length_are_masked_as_in_the_reference() -> None:
    speech = GOLDEN.input("spk_cond_emb")
    frames, mask = conditioner().conditioning_encoder(speech, torch.tensor([70]))
    GOLDEN.check("spk_conformer_len70", frames)
    assert int(mask.sum()) == 34
    GOLDEN.check("spk_lat_len70", conditioner().speaker(speech, torch.tensor([70])))


def test_what_lies_far_beyond_the_length_changes_nothing() -> None:
    speech = GOLDEN.input("spk_cond_emb")
    other = speech.clone()
    other[:, 75:] += 3.0
    length = torch.tensor([70])
    assert torch.equal(conditioner().speaker(speech, length), conditioner().speaker(other, length))


def test_a_batch_of_voices_gives_each_its_own_latents() -> None:
    speech = GOLDEN.input("spk_cond_emb")
    both = torch.cat([speech, speech.flip(1)])
    latents = conditioner().speaker(both)
    torch.testing.assert_close(latents[:1], conditioner().speaker(speech), rtol=0, atol=1e-5)
    torch.testing.assert_close(latents[1:], conditioner().speaker(speech.flip(1)), rtol=0, atol=1e-5)


def test_no_intensity_keeps_a_voice_s_own_feeling_to_the_bit() -> None:
    own, other = torch.tensor([[1.0, -2.0]]), torch.tensor([[3.0, 5.0]])
    assert torch.equal(moved(own, other, 0.0), own)


def test_too_few_frames_are_refused_with_the_number_needed() -> None:
    with pytest.raises(ValueError, match="2 frames of features; at least 3"):
        conditioner().speaker(torch.zeros(1, 2, 1024))
