"""The six networks of the bundled family as one value, and the names they have in the weights file."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn

from oncue.model.tiny.decoder import Decoder
from oncue.model.tiny.durations import Durations
from oncue.model.tiny.encoders import EmotionEncoder
from oncue.model.tiny.pace import PaceEncoder
from oncue.model.tiny.speaker import SpeakerEncoder
from oncue.model.tiny.vocoder import Vocoder


@dataclass(frozen=True, slots=True)
class Networks:
    """All weights that are shipped."""

    decoder: Decoder = field(default_factory=Decoder)
    durations: Durations = field(default_factory=Durations)
    vocoder: Vocoder = field(default_factory=Vocoder)
    speaker: SpeakerEncoder = field(default_factory=SpeakerEncoder)
    pace: PaceEncoder = field(default_factory=PaceEncoder)
    feeling: EmotionEncoder = field(default_factory=EmotionEncoder)

    def by_name(self) -> dict[str, nn.Module]:
        """Prefix in the weights file to network."""
        return {
            "decoder": self.decoder,
            "durations": self.durations,
            "vocoder": self.vocoder,
            "speaker": self.speaker,
            "pace": self.pace,
            "feeling": self.feeling,
        }

    def freeze(self) -> None:
        """Serving only: no dropout, no gradients, and weights laid out as products of a few rows read them fastest."""
        for network in self.by_name().values():
            network.eval().requires_grad_(requires_grad=False)
            for layer in network.modules():
                if isinstance(layer, nn.Linear):
                    layer.weight.data = layer.weight.data.t().contiguous().t()
