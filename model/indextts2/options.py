"""What an operator may choose of the family, in one frozen value read from `oncue.toml` in the model's folder.

An unknown key is an error wherever it stands. Sizes of networks are not chosen: they are the checkpoints'.
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from oncue.model.indextts2.networks.gpt import LengthSlot
from oncue.model.indextts2.streaming.grid import StreamConfig
from oncue.model.indextts2.streaming.sampling import SamplingConfig, StopBias

FILE = "oncue.toml"


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """How lines are decoded and turned into sound."""

    slots: int = 4
    """Lines at once."""
    groups: tuple[int, ...] = ()
    """Numbers of slots that a step may compute besides all of them, each with a CUDA graph of its own on a GPU: few lines are
    then decoded faster, but kernels round by the size of a batch, so that a line may say other codes beside others."""
    capacity: int = 1600
    """Positions of a slot: voice, text and codes together; 50 codes are a second. A line that fills it must end."""
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    """Of the decoder of codes; everything else computes in float32."""
    runtime: Literal["torch", "onnx", "tensorrt"] = "torch"
    """What runs the decoder's steps, the flow and the vocoder: torch, ONNX Runtime, or TensorRT through it."""
    length: LengthSlot = "untold"
    """Where the planned length is told to the decoder, see `gpt.LengthSlot`."""
    snr_db: float = 10.0
    """How near two ways of cutting a line into windows come to each other at least, see `tests/contract.py`: 3 dB below
    the worst measured for the cut that is the default, windows of one code whose lengths all differ."""
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    stop_bias: StopBias = field(default_factory=StopBias)
    stream: StreamConfig = field(default_factory=StreamConfig)

    def __post_init__(self) -> None:
        if self.slots < 1 or self.capacity < 100:
            raise ValueError("There must be one slot at least, of 100 positions or more.")
        if not all(1 <= group <= self.slots for group in self.groups):
            raise ValueError(f"A group has between 1 and all {self.slots} slots.")


def read_options(folder: Path) -> SpeechOptions:
    """The options of a model's folder, the default ones where it has none. Raises ValueError naming the key."""
    path = folder / FILE
    if not path.exists():
        return SpeechOptions()
    try:
        given = tomllib.loads(path.read_text("utf-8"))
        _refuse_unknown(given, SpeechOptions, "")
        return msgspec.convert(given, SpeechOptions, strict=False)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{FILE} is wrong: {error}.") from error


def _refuse_unknown(given: dict[str, Any], kind: Any, place: str) -> None:
    known = {entry.name: entry for entry in dataclasses.fields(kind)}
    for key, value in given.items():
        if key not in known:
            raise ValueError(f"{FILE} has an unknown key {place}{key}: known are {', '.join(known)}.")
        default = known[key].default_factory
        if isinstance(value, dict) and callable(default):
            _refuse_unknown(value, type(default()), f"{place}{key}.")
