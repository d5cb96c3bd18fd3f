from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from oncue.model.indextts2.networks.config import released
from oncue.model.indextts2.networks.w2v import SpeechEncoder, build_front, build_network
from tests.model.indextts2.seeded import load_golden, manifest, seeded, unused_patterns

GOLDEN = load_golden("frontend")
SMALL = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 24, "num_hidden_layers": 4}


def test_keys_and_shapes_are_the_checkpoints_but_for_what_is_never_read() -> None:
    with torch.device("meta"):
        state = build_network(1, {}).state_dict()
    built = {key: tuple(value.shape) for key, value in state.items()}
    read = {
        key: shape
        for key, shape in manifest("w2v_bert_defaults").items()
        if not any(re.fullmatch(pattern, key) for pattern in unused_patterns("w2v_bert_defaults"))
    }
    layers = released().encoder_layer
    assert read == {key.replace(".0.", f".{layer}.", 1): built[key] for key in built for layer in range(layers)}


def test_the_front_is_the_references() -> None:
    given = build_front({})(GOLDEN["wave16"].numpy(), sampling_rate=16_000, return_tensors="pt")
    GOLDEN.check("w2v_input_features", given["input_features"])
    GOLDEN.check("w2v_attention_mask", given["attention_mask"])


def test_a_cut_network_says_what_the_whole_one_says_at_that_layer() -> None:
    whole, cut = (seeded(build_network(layers, SMALL)) for layers in (4, 3))
    features = GOLDEN["w2v_input_features"]
    states = whole(input_features=features, output_hidden_states=True).hidden_states
    assert torch.allclose(cut(input_features=features).last_hidden_state, states[3], atol=1e-5)
    assert not torch.allclose(states[4], states[3], atol=1e-2)


def test_features_are_normalised_with_the_statistics_of_training() -> None:
    plain, shifted = (SpeechEncoder(seeded(build_network(2, SMALL)), build_front({}), 16) for _ in range(2))
    shifted.mean.fill_(0.5)
    shifted.var.fill_(4.0)
    sound = GOLDEN["wave16"].numpy()
    assert torch.allclose(shifted(sound), (plain(sound) - 0.5) / 2.0, atol=1e-6)


@pytest.mark.parametrize("samples", [16_000, 16_160, 16_500])
def test_there_are_fifty_features_a_second_whatever_the_length(samples: int) -> None:
    encoder = SpeechEncoder(seeded(build_network(2, SMALL)), build_front({}), 16)
    sound = np.resize(GOLDEN["wave16"].numpy(), samples)
    features = encoder(sound)
    assert features.shape[0] == 1
    assert features.shape[1] in {samples // 320, samples // 320 - 1}
    assert torch.equal(encoder(sound), features)


def test_a_network_with_too_few_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="layer 17 is read"):
        build_network(17, SMALL)
