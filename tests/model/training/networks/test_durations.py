from __future__ import annotations

import torch

from oncue.model.training.networks.durations import Durations, expected_codes


def test_padding_changes_no_length() -> None:
    torch.manual_seed(0)
    network = Durations(dim=16, blocks=2).eval()
    phones, mask = torch.randint(1, 90, (1, 12)), torch.ones(1, 12, dtype=torch.bool)
    longer = torch.cat([phones, torch.randint(1, 90, (1, 5))], 1)
    wide = torch.cat([mask, torch.zeros(1, 5, dtype=torch.bool)], 1)
    with torch.inference_mode():
        alone, _ = network(phones, phones * 0, phones * 0, mask)
        padded, _ = network(longer, longer * 0, longer * 0, wide)
    assert torch.allclose(padded[:, :12], alone, atol=1e-5)


def test_the_expected_length_is_that_of_a_log_normal() -> None:
    draws = torch.exp(0.4 + 0.5 * torch.randn(200_000, generator=torch.Generator().manual_seed(0)))
    expected = expected_codes(torch.tensor(0.4), torch.log(torch.tensor(0.5)))
    assert abs(float(draws.mean()) / float(expected) - 1) < 0.01
