from __future__ import annotations

import torch
from torch.nn import functional as F

from oncue.model.indextts2.networks.layout import lay_out
from tests.model.indextts2.seeded import normal

CPU = torch.device("cpu")


def test_each_row_is_mirrored_at_its_own_end() -> None:
    x = normal("layout.x", (3, 4, 12))
    padded = lay_out([12, 7, 3], CPU).reflect(x, 2)
    for row, length in enumerate((12, 7, 3)):
        alone = F.pad(x[row : row + 1, :, :length], (2, 2), mode="reflect")[0]
        assert torch.equal(padded[row, :, : length + 4], alone)


def test_only_padding_is_masked() -> None:
    mask = lay_out([3, 1], CPU).mask
    assert mask is not None
    assert mask[:, 0, 0].tolist() == [[True, True, True], [True, False, False]]
    assert lay_out([3, 3], CPU).mask is None


def test_given_positions_turn_the_angles() -> None:
    counted = lay_out([4], CPU).rotary(8)
    shifted = lay_out([3], CPU, [torch.tensor([0, 2, 3])]).rotary(8)
    assert torch.equal(shifted[0], counted[0][:, :, [0, 2, 3]])


def test_rows_repeated_are_the_same_rows() -> None:
    twice = lay_out([5, 2], CPU).repeat(2)
    four = lay_out([5, 2, 5, 2], CPU)
    assert twice.mask is not None
    assert four.mask is not None
    assert torch.equal(twice.mask, four.mask)
    assert torch.equal(twice.last, four.last)
    assert torch.equal(twice.positions, four.positions)
