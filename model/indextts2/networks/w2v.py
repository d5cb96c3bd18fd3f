"""Speech features: what layer 17 of w2v-BERT 2.0 says of a recording, normalised.

The network and its front are transformers' own; here they are cut to the layers that are read, given one form, and
kept from guessing. transformers is imported when an encoder is built, not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from oncue.model.api import Samples

SAMPLE_RATE = 16_000


def build_network(layers: int, config: Mapping[str, Any]) -> nn.Module:
    """The first `layers` layers of a w2v-BERT; keys are the checkpoint's. `config` is the checkpoint's config.json.

    Nothing of it is random: masking and layer dropping are for training and are switched off. Raises ValueError when
    the checkpoint has fewer layers, ImportError when transformers is not installed.
    """
    transformers = _transformers()
    whole = transformers.Wav2Vec2BertConfig(**config)
    if whole.num_hidden_layers < layers:
        raise ValueError(f"The speech encoder has {whole.num_hidden_layers} layers, but layer {layers} is read.")
    still = {"apply_spec_augment": False, "mask_time_prob": 0.0, "mask_feature_prob": 0.0, "layerdrop": 0.0}
    cut = {"num_hidden_layers": layers, "add_adapter": False, "use_intermediate_ffn_before_adapter": False}
    network: nn.Module = transformers.Wav2Vec2BertModel(transformers.Wav2Vec2BertConfig(**{**config, **still, **cut}))
    return network.eval()


def build_front(config: Mapping[str, Any]) -> Any:
    """Sound to the network's input; `config` is the checkpoint's preprocessor_config.json, empty for the defaults.

    Raises ImportError when transformers is not installed.
    """
    return _transformers().SeamlessM4TFeatureExtractor(**config)


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise ImportError("Reading a reference recording needs transformers: `pip install 'oncue[full]'`.") from error
    return transformers


class SpeechEncoder(nn.Module):
    """Sound at 16 kHz to features of 50 a second; `mean` and `var` are those of the features in training."""

    mean: Tensor
    var: Tensor

    def __init__(self, network: nn.Module, front: Any, features: int) -> None:
        super().__init__()
        self.network = network
        self._front = front
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, pcm: Samples) -> Tensor:
        """pcm [samples] at 16 kHz in [-1, 1], at least 400 samples -> [1, samples // 320 or one less, features]."""
        given = self._front(pcm, sampling_rate=SAMPLE_RATE, return_tensors="pt")
        found = self.network(
            input_features=given["input_features"].to(self.mean.device, next(self.network.parameters()).dtype),
            attention_mask=given["attention_mask"].to(self.mean.device),
        )
        return (found.last_hidden_state.float() - self.mean) / torch.sqrt(self.var)
