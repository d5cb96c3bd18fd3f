from __future__ import annotations

import torch

from oncue.model.tiny.speaker import BANDS, FAINTEST
from oncue.model.training.networks.restorer import Restorer


def test_what_has_not_learned_changes_nothing() -> None:
    mel = torch.rand(2, 90, BANDS, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(Restorer()(mel), mel + FAINTEST, rtol=1e-4)


def test_each_recording_is_mended_by_itself() -> None:
    torch.manual_seed(0)
    network = Restorer().eval()
    torch.nn.init.normal_(network.leave.weight, std=0.1)
    mel = torch.rand(3, 70, BANDS)
    with torch.inference_mode():
        together, alone = network(mel), network(mel[1:2])
    assert torch.allclose(together[1], alone[0], rtol=1e-4)
    assert not torch.allclose(alone[0], mel[1], rtol=1e-2)
