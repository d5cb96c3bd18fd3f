from __future__ import annotations

import torch

from oncue.model.training.stages.adversary import Ears


def test_ears_that_learn_tell_what_is_made_from_what_is_real() -> None:
    torch.manual_seed(0)
    ears, generator = Ears(), torch.Generator().manual_seed(1)
    optimiser = torch.optim.Adam(ears.parameters(), 3e-3)

    def pair() -> tuple[torch.Tensor, torch.Tensor]:
        noise = torch.randn(2, 4800, generator=generator) * 0.1
        return torch.cumsum(noise, 1) * 0.05, noise

    losses = []
    for _ in range(30):
        loss = ears.loss(*pair())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


def test_a_copy_is_heard_alike_and_the_gradient_comes_back_to_what_is_made() -> None:
    torch.manual_seed(0)
    ears, real = Ears(), torch.randn(2, 4800)
    fooled, alike = ears.judge(real, real)
    assert float(alike.detach()) == 0
    assert float(fooled.detach()) > 0
    made = (real * 0.5).requires_grad_()
    torch.stack(ears.judge(made, real)).sum().backward()
    assert made.grad is not None
    assert float(made.grad.abs().sum()) > 0
