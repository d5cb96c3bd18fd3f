from __future__ import annotations

import torch

from oncue.model.tiny.layout import SPEAKER_DIM
from oncue.model.tiny.speaker import RATE
from oncue.model.training.networks.speaker import SpeakerEncoder


def encoder() -> SpeakerEncoder:
    torch.manual_seed(0)
    return SpeakerEncoder().eval()


def test_a_voice_is_a_unit_vector_whatever_the_length_and_level() -> None:
    speaker, noise = encoder(), torch.randn(4 * RATE, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        short, whole, quiet = speaker(noise[: RATE // 2]), speaker(noise), speaker(noise * 0.01)
    for vector in (short, whole, quiet):
        assert vector.shape == (SPEAKER_DIM,)
        assert abs(float(vector.norm()) - 1) < 1e-5
    assert torch.allclose(whole, quiet, atol=1e-4)
