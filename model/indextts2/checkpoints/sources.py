"""Where the family's files come from: hubs, revisions, licences, and what each file is called when it has arrived.

Each repository is pinned to a commit on Hugging Face, so everybody gets the same files. These are the commits that other
public projects pin, which agree with one another; none was fetched or checked against the hub when they were written
down. ModelScope has commits of its own and none is known, so there the first download decides (`fetch.py`). Whoever wants
another names it. Nothing is fetched here.
"""

from __future__ import annotations

from dataclasses import dataclass

MAIN = "main"


@dataclass(frozen=True, slots=True)
class Licence:
    """What a user must agree to, in one sentence each; the full text is at `url`."""

    name: str
    url: str
    terms: str


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one repository. `files` are patterns of paths in it; `folder` is where they lie afterwards."""

    name: str
    repository: str
    folder: str
    files: tuple[str, ...]
    licence: Licence
    revision: str
    """The commit on Hugging Face."""
    modelscope: str | None = None
    """The name on ModelScope, where it is known to be there."""


@dataclass(frozen=True, slots=True)
class CheckpointPart:
    """A checkpoint to convert: the places it may lie in, the first that exists is taken."""

    name: str
    paths: tuple[str, ...]
    roots: tuple[str, ...] = ()
    """Beginnings of keys that only say how the file was wrapped."""


_BILIBILI = Licence(
    "bilibili Model Use License Agreement (LicenseRef-Bilibili-IndexTTS)",
    "https://github.com/index-tts/index-tts/blob/main/LICENSE",
    "Royalty-free, commercial use included, below 100 million monthly users and 1 billion RMB of yearly revenue; "
    "high-risk uses are limited, terms pass on to derivatives, and nobody's voice may be used without permission.",
)
_W2V = Licence(
    "MIT, as its card says",
    "https://huggingface.co/facebook/w2v-bert-2.0",
    "Keep the notices; OnCue has not verified it.",
)
_MASKGCT = Licence(
    "see the model card",
    "https://huggingface.co/amphion/MaskGCT",
    "Reported to be CC BY-NC (no commercial use); OnCue has not verified the terms: read them.",
)
_CAMPPLUS = Licence("Apache-2.0", "https://huggingface.co/funasr/campplus", "Keep the notices.")
_BIGVGAN = Licence("MIT", "https://huggingface.co/nvidia/bigvgan_v2_22khz_80band_256x", "Keep the notices.")

SOURCES = (
    Source(
        "indextts2",
        "IndexTeam/IndexTTS-2",
        ".",
        (
            "config.yaml",
            "bpe.model",
            "gpt.pth",
            "s2mel.pth",
            "wav2vec2bert_stats.pt",
            "feat1.pt",
            "feat2.pt",
            "qwen0.6bemo4-merge/*.json",
            "qwen0.6bemo4-merge/*.txt",
            "qwen0.6bemo4-merge/*.jinja",
            "qwen0.6bemo4-merge/*.safetensors",
        ),
        _BILIBILI,
        "740dcaff396282ffb241903d150ac011cd4b1ede",
        modelscope="IndexTeam/IndexTTS-2",
    ),
    Source(
        "w2v-bert",
        "facebook/w2v-bert-2.0",
        "w2v-bert-2.0",
        ("config.json", "preprocessor_config.json", "model.safetensors"),
        _W2V,
        "da985ba0987f70aaeb84a80f2851cfac8c697a7b",
    ),
    Source(
        "maskgct",
        "amphion/MaskGCT",
        "MaskGCT",
        ("semantic_codec/model.safetensors",),
        _MASKGCT,
        "265c6cef07625665d0c28d2faafb1415562379dc",
    ),
    Source(
        "campplus",
        "funasr/campplus",
        "campplus",
        ("campplus_cn_common.bin",),
        _CAMPPLUS,
        "e4b6ede7ce16997aff4ae69fbca1f0175e2afede",
    ),
    Source(
        "bigvgan",
        "nvidia/bigvgan_v2_22khz_80band_256x",
        "bigvgan",
        ("config.json", "bigvgan_generator.pt"),
        _BIGVGAN,
        "633ff708ed5b74903e86ff1298cf4a98e921c513",
    ),
)

PARTS = (
    CheckpointPart("gpt", ("gpt.pth",), ("model.",)),
    CheckpointPart("s2mel", ("s2mel.pth",)),
    CheckpointPart("w2v_stats", ("wav2vec2bert_stats.pt",)),
    CheckpointPart("speaker_matrix", ("feat1.pt",)),
    CheckpointPart("emotion_matrix", ("feat2.pt",)),
    CheckpointPart("w2v_bert", ("w2v-bert-2.0/model.safetensors",)),
    CheckpointPart("semantic_codec", ("MaskGCT/semantic_codec/model.safetensors", "semantic_codec/model.safetensors")),
    CheckpointPart("campplus", ("campplus/campplus_cn_common.bin", "campplus_cn_common.bin")),
    CheckpointPart("bigvgan", ("bigvgan/bigvgan_generator.pt", "bigvgan_generator.pt"), ("generator.",)),
)

TOKENIZER = "bpe.model"
EMOTION_FOLDER = "qwen0.6bemo4-merge"
NEEDED_COMPANIONS = (TOKENIZER,)
"""Files without weights that go along unchanged."""
COMPANIONS = (
    *NEEDED_COMPANIONS,
    "glossary.yaml",
    "w2v-bert-2.0/config.json",
    "w2v-bert-2.0/preprocessor_config.json",
    f"{EMOTION_FOLDER}/*.json",
    f"{EMOTION_FOLDER}/*.txt",
    f"{EMOTION_FOLDER}/*.jinja",
    f"{EMOTION_FOLDER}/*.safetensors",
)
