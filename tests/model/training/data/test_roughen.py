from __future__ import annotations

import torch

from oncue.model.training.data.roughen import roughen


def test_what_is_roughened_keeps_its_shape_is_never_fainter_than_the_floor_and_is_a_function_of_the_seed() -> None:
    mel = torch.zeros(6, 50, 80) - 2
    mel[:, 20:30, 10:20] = 0.5
    one, two = (roughen(mel, torch.Generator().manual_seed(3)) for _ in range(2))
    assert one.shape == mel.shape
    assert torch.isfinite(one).all()
    assert torch.equal(one, two)
    assert not torch.allclose(one, mel, atol=0.05)
    assert (one[:, 20:30, 10:20].mean((1, 2)) > one[:, :, 60:].mean((1, 2))).all()
