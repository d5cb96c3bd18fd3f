from __future__ import annotations

from oncue.model.training.networks.networks import Networks


def test_every_network_is_in_the_weights_file_once_and_the_whole_is_small() -> None:
    networks = Networks()
    assert set(networks.by_name()) == set(Networks.__dataclass_fields__)
    assert len({id(network) for network in networks.by_name().values()}) == len(networks.by_name())
    assert sum(p.numel() for network in networks.by_name().values() for p in network.parameters()) < 15e6
