"""The sizes of every network of the family, in one frozen value: as released, or as a checkpoint's own file says.

Names of fields are ours; `read` takes the names of the configuration file that is published with the checkpoints.
Nothing here knows torch, files or defaults of sampling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Section = Mapping[str, Any]

EMOTION_GROUPS = (3, 17, 2, 8, 4, 5, 10, 24)
"""How many prototypes the release has of each of the eight emotions."""


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """A conformer over features and a perceiver that sums it up in a fixed number of latents."""

    features: int
    dim: int
    hidden: int
    heads: int
    blocks: int
    latents: int
    latent_dim: int
    kernel: int = 15
    perceiver_blocks: int = 2
    perceiver_head_dim: int = 64
    perceiver_mult: int = 2

    @classmethod
    def read(cls, section: Section, features: int, latents: int, latent_dim: int) -> EncoderConfig:
        """One of `condition_module` and `emo_condition_module`."""
        return cls(
            features=features,
            dim=section["output_size"],
            hidden=section["linear_units"],
            heads=section["attention_heads"],
            blocks=section["num_blocks"],
            latents=latents,
            latent_dim=latent_dim,
            perceiver_mult=section["perceiver_mult"],
        )


@dataclass(frozen=True, slots=True)
class GPTConfig:
    """The decoder of codes with its two encoders."""

    dim: int
    layers: int
    heads: int
    text_tokens: int
    codes: int
    start_text: int
    stop_text: int
    start_code: int
    stop_code: int
    max_text: int
    max_codes: int
    speaker: EncoderConfig
    emotion: EncoderConfig

    @property
    def text_rows(self) -> int:
        """Rows of the text embedding: one more than there are pieces."""
        return self.text_tokens + 1

    @property
    def text_positions(self) -> int:
        """Rows of the text position table: the text, its start and its stop."""
        return self.max_text + 2

    @property
    def code_positions(self) -> int:
        """Rows of the code position table."""
        return self.max_codes + 3

    @property
    def condition_tokens(self) -> int:
        """Positions before the text: the speaker's latents and two for the length."""
        return self.speaker.latents + 2

    @classmethod
    def read(cls, section: Section, features: int = 1024) -> GPTConfig:
        """The section `gpt`; the speaker has 32 latents as wide as the model, the emotion one of width 1024."""
        return cls(
            dim=section["model_dim"],
            layers=section["layers"],
            heads=section["heads"],
            text_tokens=section["number_text_tokens"],
            codes=section["number_mel_codes"],
            start_text=section["start_text_token"],
            stop_text=section["stop_text_token"],
            start_code=section["start_mel_token"],
            stop_code=section["stop_mel_token"],
            max_text=section["max_text_tokens"],
            max_codes=section["max_mel_tokens"],
            speaker=EncoderConfig.read(section["condition_module"], features, 32, section["model_dim"]),
            emotion=EncoderConfig.read(section["emo_condition_module"], features, 1, 1024),
        )


@dataclass(frozen=True, slots=True)
class CodecConfig:
    """The semantic codec whose codes the decoder writes."""

    codes: int
    hidden: int
    code_dim: int
    dim: int
    inner: int
    layers: int

    @classmethod
    def read(cls, section: Section) -> CodecConfig:
        """The section `semantic_codec`."""
        return cls(
            codes=section["codebook_size"],
            hidden=section["hidden_size"],
            code_dim=section["codebook_dim"],
            dim=section["vocos_dim"],
            inner=section["vocos_intermediate_dim"],
            layers=section["vocos_num_layers"],
        )


@dataclass(frozen=True, slots=True)
class MelConfig:
    """The mel spectrogram that flow matching makes and the vocoder reads."""

    sample_rate: int = 22_050
    n_fft: int = 1024
    window: int = 1024
    hop: int = 256
    bands: int = 80


@dataclass(frozen=True, slots=True)
class RegulatorConfig:
    """The length regulator; `codes` only sizes a table that is never read."""

    features: int
    dim: int
    codes: int
    layers: int = 4


@dataclass(frozen=True, slots=True)
class DiTConfig:
    """The estimator of the flow: its transformer and the WaveNet behind it."""

    dim: int
    heads: int
    layers: int
    mels: int
    content_dim: int
    style_dim: int
    codes: int
    wavenet_dim: int
    wavenet_layers: int
    wavenet_kernel: int
    wavenet_dilation_rate: int = 1
    positions: int = 16_384
    norm_eps: float = 1e-5


@dataclass(frozen=True, slots=True)
class S2MelConfig:
    """Codes and latents to mel: what s2mel.pth holds."""

    adapter: tuple[int, ...]
    """Widths of the linear layers that map the decoder's latents to the codec's space."""
    regulator: RegulatorConfig
    dit: DiTConfig

    @classmethod
    def read(cls, section: Section, latent_dim: int) -> S2MelConfig:
        """The section `s2mel`."""
        regulator, dit, wavenet = section["length_regulator"], section["DiT"], section["wavenet"]
        return cls(
            adapter=(latent_dim, 256, 128, regulator["in_channels"]),
            regulator=RegulatorConfig(
                features=regulator["in_channels"],
                dim=regulator["channels"],
                codes=regulator["content_codebook_size"],
                layers=len(regulator["sampling_ratios"]),
            ),
            dit=DiTConfig(
                dim=dit["hidden_dim"],
                heads=dit["num_heads"],
                layers=dit["depth"],
                mels=dit["in_channels"],
                content_dim=dit["content_dim"],
                style_dim=section["style_encoder"]["dim"],
                codes=dit["content_codebook_size"],
                wavenet_dim=wavenet["hidden_dim"],
                wavenet_layers=wavenet["num_layers"],
                wavenet_kernel=wavenet["kernel_size"],
                wavenet_dilation_rate=wavenet["dilation_rate"],
            ),
        )


@dataclass(frozen=True, slots=True)
class VocoderConfig:
    """BigVGAN."""

    mels: int
    channels: int
    upsample_rates: tuple[int, ...]
    upsample_kernels: tuple[int, ...]
    resblock_kernels: tuple[int, ...]
    resblock_dilations: tuple[tuple[int, ...], ...]

    @classmethod
    def read(cls, section: Section) -> VocoderConfig:
        """The vocoder's own `config.json`."""
        return cls(
            mels=section["num_mels"],
            channels=section["upsample_initial_channel"],
            upsample_rates=tuple(section["upsample_rates"]),
            upsample_kernels=tuple(section["upsample_kernel_sizes"]),
            resblock_kernels=tuple(section["resblock_kernel_sizes"]),
            resblock_dilations=tuple(tuple(dilations) for dilations in section["resblock_dilation_sizes"]),
        )


@dataclass(frozen=True, slots=True)
class StyleConfig:
    """CAMPPlus."""

    bands: int = 80
    dim: int = 192


@dataclass(frozen=True, slots=True)
class IndexTTSConfig:
    """Everything that decides a shape."""

    gpt: GPTConfig
    codec: CodecConfig
    s2mel: S2MelConfig
    vocoder: VocoderConfig
    style: StyleConfig = StyleConfig()
    mel: MelConfig = MelConfig()
    emotion_groups: tuple[int, ...] = EMOTION_GROUPS
    codes_per_second: Fraction = Fraction(50)
    mel_frames_per_code: Fraction = Fraction(43, 25)
    """As trained; the rates themselves would give 22050 / 256 / 50, 0.16 % more."""
    encoder_layer: int = 17
    """The hidden state of the speech encoder that everything reads."""

    @classmethod
    def read(cls, file: Section, vocoder: Section) -> IndexTTSConfig:
        """The published configuration and the vocoder's. Raises KeyError naming what is missing."""
        gpt = GPTConfig.read(file["gpt"])
        return cls(
            gpt=gpt,
            codec=CodecConfig.read(file["semantic_codec"]),
            s2mel=S2MelConfig.read(file["s2mel"], gpt.dim),
            vocoder=VocoderConfig.read(vocoder),
            emotion_groups=tuple(file.get("emo_num", EMOTION_GROUPS)),
        )


def released() -> IndexTTSConfig:
    """The sizes of the published checkpoints, version 2.0."""
    gpt = GPTConfig(
        dim=1280,
        layers=24,
        heads=20,
        text_tokens=12_000,
        codes=8194,
        max_text=600,
        max_codes=1815,
        start_text=0,
        stop_text=1,
        start_code=8192,
        stop_code=8193,
        speaker=EncoderConfig(features=1024, dim=512, hidden=2048, heads=8, blocks=6, latents=32, latent_dim=1280),
        emotion=EncoderConfig(features=1024, dim=512, hidden=1024, heads=4, blocks=4, latents=1, latent_dim=1024),
    )
    dit = DiTConfig(
        dim=512,
        heads=8,
        layers=13,
        mels=80,
        content_dim=512,
        style_dim=192,
        codes=1024,
        wavenet_dim=512,
        wavenet_layers=8,
        wavenet_kernel=5,
    )
    vocoder = VocoderConfig(
        mels=80,
        channels=1536,
        upsample_rates=(4, 4, 2, 2, 2, 2),
        upsample_kernels=(8, 8, 4, 4, 4, 4),
        resblock_kernels=(3, 7, 11),
        resblock_dilations=((1, 3, 5), (1, 3, 5), (1, 3, 5)),
    )
    regulator = RegulatorConfig(features=1024, dim=512, codes=2048)
    return IndexTTSConfig(
        gpt=gpt,
        codec=CodecConfig(codes=8192, hidden=1024, code_dim=8, dim=384, inner=2048, layers=12),
        s2mel=S2MelConfig(adapter=(1280, 256, 128, 1024), regulator=regulator, dit=dit),
        vocoder=vocoder,
    )
