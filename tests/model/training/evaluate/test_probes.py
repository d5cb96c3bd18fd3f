from __future__ import annotations

import numpy as np
import pytest
import torch

from oncue.model.training.evaluate.probes import found


@pytest.mark.parametrize("hidden", [False, True])
def test_a_probe_finds_what_is_there_in_rows_it_never_saw_and_nothing_in_noise(hidden: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(400) % 4
    noise = torch.randn(400, 12, generator=generator)
    told = noise.clone()
    told[:, 3] += 4 * labels
    shown = torch.arange(400) % 3 != 0
    assert np.mean(found(told, labels, shown, hidden=hidden)) > 0.8
    assert np.mean(found(noise, labels, shown, hidden=hidden)) < 0.4
    assert len(found(noise, labels, shown, hidden=hidden)) == int((~shown).sum())


def test_only_a_hidden_layer_finds_what_no_line_divides() -> None:
    signs = torch.randint(0, 2, (600, 2), generator=torch.Generator().manual_seed(2))
    labels = signs[:, 0] ^ signs[:, 1]
    features = 2.0 * signs + 0.1 * torch.randn(600, 2, generator=torch.Generator().manual_seed(3))
    shown = torch.arange(600) % 2 == 0
    assert np.mean(found(features, labels, shown, hidden=True)) > 0.95
    assert np.mean(found(features, labels, shown, hidden=False)) < 0.75
