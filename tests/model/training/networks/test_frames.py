from __future__ import annotations

import torch

from oncue.model.training.networks.frames import framed


def test_frames_are_stretches_of_the_sound() -> None:
    sound = torch.arange(40.0).unsqueeze(0)
    assert framed(sound, 8, 4)[0, 3].tolist() == list(range(12, 20))
