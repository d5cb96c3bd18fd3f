"""The seven networks of the bundled family as one value, and the names they have in the weights file.

Here they learn, in torch. What is served are the graphs of `graphs/tiny.py` over the same tensors.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import nn

from oncue.model.training.networks.decoder import Decoder
from oncue.model.training.networks.durations import Durations
from oncue.model.training.networks.encoders import EmotionEncoder
from oncue.model.training.networks.pace import PaceEncoder
from oncue.model.training.networks.restorer import Restorer
from oncue.model.training.networks.speaker import SpeakerEncoder
from oncue.model.training.networks.vocoder import Vocoder


@dataclass(frozen=True, slots=True)
class Networks:
    """All weights that are shipped."""

    decoder: Decoder = field(default_factory=Decoder)
    durations: Durations = field(default_factory=Durations)
    vocoder: Vocoder = field(default_factory=Vocoder)
    restorer: Restorer = field(default_factory=Restorer)
    speaker: SpeakerEncoder = field(default_factory=SpeakerEncoder)
    pace: PaceEncoder = field(default_factory=PaceEncoder)
    feeling: EmotionEncoder = field(default_factory=EmotionEncoder)

    def by_name(self) -> dict[str, nn.Module]:
        """Prefix in the weights file to network."""
        return {
            "decoder": self.decoder,
            "durations": self.durations,
            "vocoder": self.vocoder,
            "restorer": self.restorer,
            "speaker": self.speaker,
            "pace": self.pace,
            "feeling": self.feeling,
        }

    def freeze(self) -> None:
        """No dropout, no gradients."""
        for network in self.by_name().values():
            network.eval().requires_grad_(requires_grad=False)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Every tensor by its name in the weights file, as what serves takes them."""
        return {
            f"{prefix}.{key}": value.detach().float().numpy()
            for prefix, module in self.by_name().items()
            for key, value in module.state_dict().items()
        }
