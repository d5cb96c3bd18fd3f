"""Every network of the family side by side: built by their sizes, filled from the converted checkpoints, ready to run.

Which network reads which part of which file is said here and nowhere else. Nothing is computed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from oncue.model.indextts2.checkpoints.weights import Target, Weights
from oncue.model.indextts2.networks import w2v
from oncue.model.indextts2.networks.bigvgan import BigVGAN
from oncue.model.indextts2.networks.campplus import CamPlus
from oncue.model.indextts2.networks.cfm import FlowMatching
from oncue.model.indextts2.networks.conditioning import Conditioner
from oncue.model.indextts2.networks.config import IndexTTSConfig
from oncue.model.indextts2.networks.gpt import GPT
from oncue.model.indextts2.networks.length_regulator import LatentProjection, LengthRegulator, semantic_features
from oncue.model.indextts2.networks.repcodec import RepCodec
from oncue.model.indextts2.networks.w2v import SpeechEncoder
from oncue.model.indextts2.networks.weightnorm import fold
from oncue.model.indextts2.voice import VoiceNetworks

_W2V_FOLDER = "w2v-bert-2.0"


@dataclass(frozen=True, slots=True, eq=False)
class IndexNetworks:
    """All networks but the speech encoder, in evaluation mode and without gradients once they are `filled`."""

    config: IndexTTSConfig
    gpt: GPT
    conditioner: Conditioner
    codec: RepCodec
    projection: LatentProjection
    regulator: LengthRegulator
    flow: FlowMatching
    vocoder: BigVGAN
    style: CamPlus

    def targets(self) -> dict[str, tuple[Target, ...]]:
        """Part of the checkpoints to the networks that are filled from it."""
        return {
            "gpt": (Target(self.gpt), Target(self.conditioner)),
            "s2mel": (
                Target(self.flow, "net.cfm."),
                Target(self.regulator, "net.length_regulator."),
                Target(self.projection, "net.gpt_layer."),
            ),
            "semantic_codec": (Target(self.codec),),
            "campplus": (Target(self.style),),
            "bigvgan": (Target(self.vocoder),),
        }

    def settle(self, device: str, dtype: torch.dtype = torch.float32) -> None:
        """After filling: no gradients, weights multiplied out, on a device; `dtype` is for the decoder alone."""
        for group in self.targets().values():
            for target in group:
                fold(target.module)
                target.module.eval().requires_grad_(requires_grad=False).to(device)
        self.gpt.to(dtype)

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.gpt.mel_head.weight.device

    @torch.inference_mode()
    def semantic(self, codes: Tensor, latents: Tensor) -> Tensor:
        """Codes [codes] and the states that predicted them [codes, dim] to what the second stage reads [codes, hidden]."""
        return semantic_features(self.codec, self.projection, codes.unsqueeze(0), latents.unsqueeze(0))[0]

    def listening(self, speech: SpeechEncoder) -> VoiceNetworks:
        """What a reference recording goes through."""
        return VoiceNetworks(
            speech=speech,
            speaker=self.conditioner.speaker,
            feeling=self.conditioner.emotion,
            codec=self.codec,
            style=self.style,
            regulator=self.regulator,
        )


def build(config: IndexTTSConfig) -> IndexNetworks:
    """Networks of these sizes with arbitrary weights."""
    return IndexNetworks(
        config=config,
        gpt=GPT(config.gpt),
        conditioner=Conditioner(config.gpt),
        codec=RepCodec(config.codec),
        projection=LatentProjection(config.s2mel.adapter),
        regulator=LengthRegulator(config.s2mel.regulator),
        flow=FlowMatching(config.s2mel.dit),
        vocoder=BigVGAN(config.vocoder),
        style=CamPlus(config.style),
    )


def load_networks(weights: Weights, config: IndexTTSConfig) -> IndexNetworks:
    """Networks filled from converted checkpoints, not settled yet. Raises CheckpointError."""
    networks = build(config)
    for part, targets in networks.targets().items():
        weights.fill(part, *targets)
    return networks


def load_speech_encoder(weights: Weights, config: IndexTTSConfig, device: str) -> SpeechEncoder | None:
    """The encoder of recordings, None where its library is not installed. Raises CheckpointError."""
    if find_spec("transformers") is None:
        return None
    network = w2v.build_network(config.encoder_layer, _settings(weights, "config.json"))
    weights.fill("w2v_bert", Target(network))
    front = w2v.build_front(_settings(weights, "preprocessor_config.json"))
    encoder = SpeechEncoder(network, front, config.codec.hidden)
    statistics = weights.state("w2v_stats")
    encoder.mean.copy_(statistics["mean"])
    encoder.var.copy_(statistics["var"])
    return encoder.eval().requires_grad_(requires_grad=False).to(device)


def _settings(weights: Weights, name: str) -> Mapping[str, Any]:
    """A settings file of the speech encoder, empty where it was not fetched."""
    path = weights.companion(f"{_W2V_FOLDER}/{name}")
    settings: dict[str, Any] = {} if path is None else json.loads(path.read_text("utf-8"))
    return settings
