from __future__ import annotations

import torch

from oncue.model.training.stages.reversal import reverse_gradient


def test_the_reversal_changes_the_gradient_and_nothing_else() -> None:
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = reverse_gradient(x, 0.3)
    (y * torch.tensor([1.0, 10.0])).sum().backward()
    assert torch.equal(y, x)
    assert x.grad is not None
    assert torch.allclose(x.grad, torch.tensor([-0.3, -3.0]))
