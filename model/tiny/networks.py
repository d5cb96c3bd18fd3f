"""The five networks of the bundled family as one value, and the names they have in the weights file."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn

from model.tiny.decoder import Decoder
from model.tiny.durations import Durations
from model.tiny.encoders import VoiceEncoder
from model.tiny.vocoder import Vocoder


@dataclass(frozen=True, slots=True)
class Networks:
    """All weights that are shipped."""

    decoder: Decoder = field(default_factory=Decoder)
    durations: Durations = field(default_factory=Durations)
    vocoder: Vocoder = field(default_factory=Vocoder)
    timbre: VoiceEncoder = field(default_factory=VoiceEncoder)
    """The voice as the vocoder knows it."""
    delivery: VoiceEncoder = field(default_factory=VoiceEncoder)
    """The voice as the decoder knows it."""

    def by_name(self) -> dict[str, nn.Module]:
        """Prefix in the weights file to network."""
        return {
            "decoder": self.decoder,
            "durations": self.durations,
            "vocoder": self.vocoder,
            "timbre": self.timbre,
            "delivery": self.delivery,
        }

    def freeze(self) -> None:
        """Serving only: no dropout, no gradients."""
        for network in self.by_name().values():
            network.eval().requires_grad_(requires_grad=False)
