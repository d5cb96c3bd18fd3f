from __future__ import annotations

import torch

from oncue.model.indextts2.networks.layout import lay_out
from oncue.model.indextts2.networks.wavenet import WaveNet
from tests.model.indextts2.seeded import normal, seeded

CPU = torch.device("cpu")


def test_a_frame_hears_two_frames_each_way_for_every_layer() -> None:
    net = seeded(WaveNet(6, 3, 5, 1))
    x, time = normal("x", (1, 6, 40)), normal("t", (1, 6))
    other = x.clone()
    other[:, :, 20] += 1
    changed = (net(x, time, lay_out([40], CPU)) != net(other, time, lay_out([40], CPU))).any(1)[0].nonzero()
    assert (int(changed.min()), int(changed.max())) == (14, 26)


def test_a_row_beside_a_longer_one_is_what_it_is_alone() -> None:
    net = seeded(WaveNet(6, 2, 5, 2))
    x, time = normal("x", (2, 6, 30)), normal("t", (2, 6))
    both = net(x, time, lay_out([30, 13], CPU))
    alone = net(x[1:, :, :13], time[1:], lay_out([13], CPU))
    torch.testing.assert_close(both[1, :, :13], alone[0], rtol=0, atol=1e-6)


def test_the_time_is_heard_in_every_layer() -> None:
    net = seeded(WaveNet(6, 3, 5, 1))
    x = normal("x", (1, 6, 10))
    one, two = (net(x, time, lay_out([10], CPU)) for time in normal("t", (2, 1, 6)))
    assert (one - two).abs().max() > 0.05
