"""The networks that speak, run by ONNX Runtime or by TensorRT through it; what is around them stays in torch.

A step of the decoder, a call of the flow's estimator and the vocoder are nearly all of a line's work, and each is one call
here. Tensors are torch's own, read and written where they lie, on a CPU as on a GPU. Prefixes, the length regulator and what
listens to recordings are computed once a line or once a voice, by torch. What a graph holds is in `graphs.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from oncue.model.graphs import Builder
from oncue.model.indextts2.networks.assembly import IndexNetworks
from oncue.model.indextts2.networks.layout import Layout
from oncue.model.indextts2.onnx import graphs
from oncue.model.indextts2.options import SpeechOptions

Runtime = Literal["onnx", "tensorrt"]
Sizes = Mapping[str, tuple[int, int, int]]
"""The least, usual and largest size of a graph's open axes: TensorRT makes its engine for these, and another for any other."""
ENGINES = "tensorrt"
"""Folder in the model's, where TensorRT keeps its engines: making one takes minutes."""
_CUDA, _TENSORRT, _CPU = "CUDAExecutionProvider", "TensorrtExecutionProvider", "CPUExecutionProvider"
_LONGEST_PROMPT_FRAMES = 1292
"""15 s of a recording, of which a voice is made at most."""
_LONGEST_WINDOW_FRAMES = 256
_NUMPY = {torch.float32: np.float32, torch.float16: np.float16, torch.int64: np.int64}


@dataclass(frozen=True, slots=True, eq=False)
class Serving:
    """The three networks as the family calls them."""

    step: ServedStep
    estimate: ServedEstimator
    vocoder: ServedVocoder
    told: str
    """What runs them, for people to read."""


@dataclass(frozen=True, slots=True)
class Place:
    """What runs a graph, and on which device."""

    runtime: Runtime
    device: torch.device
    engines: Path | None = None

    def providers(self, profile: Mapping[str, str], *, half: bool) -> list[Any]:
        """What the runtime is to use, the first choice first. Raises ValueError for TensorRT without a GPU."""
        if self.device.type == "cpu":
            if self.runtime == "tensorrt":
                raise ValueError('TensorRT needs a GPU: give a CUDA device, or runtime = "onnx".')
            return [_CPU]
        number = {"device_id": self.device.index or 0}
        if self.runtime == "onnx":
            return [(_CUDA, number), _CPU]
        kept = (
            {}
            if self.engines is None
            else {"trt_engine_cache_enable": True, "trt_engine_cache_path": str(self.engines)}
        )
        return [(_TENSORRT, {**number, **kept, **profile, "trt_fp16_enable": half}), (_CUDA, number), _CPU]


class Graph:
    """A graph with its weights on a device."""

    def __init__(
        self,
        name: str,
        network: nn.Module,
        write: Callable[[Builder], None],
        place: Place,
        sizes: Sizes,
        *,
        half: bool = False,
    ) -> None:
        """Raises ValueError where the runtime cannot use what was asked for."""
        model, weights = graphs.build(name, network, write)
        providers = place.providers(_profile(model, sizes), half=half)
        wanted = providers[0] if isinstance(providers[0], str) else providers[0][0]
        if wanted not in ort.get_available_providers():
            raise ValueError(_missing(wanted))
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        values = [
            ort.OrtValue.ortvalue_from_numpy(each.detach().cpu().contiguous().numpy()) for each in weights.values()
        ]
        options.add_external_initializers(list(weights), values)
        self._session = ort.InferenceSession(model.SerializeToString(), options, providers=providers)
        if self._session.get_providers()[0] != wanted:  # it falls back in silence where a library is missing
            raise ValueError(_missing(wanted))
        self.provider = wanted
        self._device = place.device

    def __call__(self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> None:
        """Compute `outputs` in place; every tensor is contiguous and on the graph's device."""
        binding = self._session.io_binding()
        for bind, tensors in ((binding.bind_input, inputs), (binding.bind_output, outputs)):
            for name, each in tensors.items():
                assert each.is_contiguous(), f"{name} does not lie in one piece"
                index = self._device.index or 0
                bind(name, self._device.type, index, _NUMPY[each.dtype], tuple(each.shape), each.data_ptr())
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()  # the runtime has a stream of its own
        self._session.run_with_iobinding(binding)
        binding.synchronize_outputs()


def _missing(provider: str) -> str:
    return (
        f"The ONNX Runtime that is installed cannot use {provider}: `pip install 'oncue[gpu]'` with the libraries it names, "
        'or runtime = "torch" in oncue.toml.'
    )


def _profile(model: onnx.ModelProto, sizes: Sizes) -> dict[str, str]:
    """The shapes that TensorRT makes its engine for, in the words of its provider."""
    out = {}
    for place, which in enumerate(("min", "opt", "max")):
        shapes = []
        for each in model.graph.input:
            axes = each.type.tensor_type.shape.dim
            numbers = [str(sizes[axis.dim_param][place] if axis.dim_param else axis.dim_value) for axis in axes]
            shapes.append(f"{each.name}:{'x'.join(numbers)}")
        out[f"trt_profile_{which}_shapes"] = ",".join(shapes)
    return out


class ServedStep:
    """A step of the decoder (`slots.StepNetwork`)."""

    def __init__(self, networks: IndexNetworks, options: SpeechOptions, place: Place) -> None:
        gpt, most = networks.gpt, options.slots
        self._codes, half = gpt.config.codes, gpt.mel_head.weight.dtype == torch.float16
        sizes = {"rows": (min((*options.groups, most)), most, most), "places": (options.capacity,) * 3}
        self.graph = Graph("step", gpt, lambda g: graphs.step(g, gpt), place, sizes, half=half)

    def __call__(
        self, x: Tensor, keys: Tensor, values: Tensor, filled: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """x [rows, dim], keys and values [layers, rows, heads, places, head_dim] of which the first `filled` [rows] hold
        something -> latents, logits, and the step's own keys and values [layers, rows, heads, 1, head_dim].
        """
        layers, rows, heads, places, head_dim = keys.shape
        mask = torch.zeros(rows, 1, 1, places, dtype=keys.dtype, device=keys.device)
        mask.masked_fill_((torch.arange(places, device=keys.device) >= filled.unsqueeze(1))[:, None, None], -math.inf)
        inputs = {"x": x.contiguous(), "mask": mask}
        latents, logits = x.new_empty(x.shape), x.new_empty(rows, self._codes)
        outputs = {"latents": latents, "logits": logits}
        fresh = keys.new_empty(2, layers, rows, heads, 1, head_dim)
        for layer in range(layers):
            inputs |= {f"keys_{layer}": keys[layer], f"values_{layer}": values[layer]}
            outputs |= {f"key_{layer}": fresh[0, layer], f"value_{layer}": fresh[1, layer]}
        self.graph(inputs, outputs)
        return latents, logits, fresh[0], fresh[1]


class ServedEstimator:
    """A call of the flow's estimator (`cfm.Estimate`)."""

    def __init__(self, networks: IndexNetworks, options: SpeechOptions, place: Place) -> None:
        network, stream = networks.flow.estimator, options.stream
        self._head_dim = network.transformer.head_dim
        layers: list[Any] = list(network.wavenet.in_layers)
        self._reaches: set[int] = {layer.reach for layer in layers}
        codes = max(stream.blocks) + stream.lookahead_codes
        fresh = stream.context_frames + math.ceil(codes * networks.config.mel_frames_per_code) + 2
        longest = min(stream.prompt_frames, _LONGEST_PROMPT_FRAMES) + fresh
        rows = (1, 2, 2 * options.slots)
        frames = {
            reach: (1 + 2 * reach, longest // 2 + 2 * reach, longest + 2 * reach) for reach in {0, *self._reaches}
        }
        sizes = {"rows": rows, "frames": frames[0], **{f"frames_{reach}": each for reach, each in frames.items()}}
        self.graph = Graph("estimate", network, lambda g: graphs.estimate(g, network), place, sizes)
        self._laid: tuple[Layout, dict[str, Tensor]] | None = None

    def __call__(self, x: Tensor, condition: Tensor, time: Tensor, layout: Layout) -> Tensor:
        """What `DiT.forward` gives."""
        velocity = x.new_empty(x.shape)
        inputs = {"x": x.contiguous(), "condition": condition.contiguous(), "time": time}
        self.graph({**inputs, **self._of_layout(layout)}, {"velocity": velocity})
        return velocity

    def _of_layout(self, layout: Layout) -> dict[str, Tensor]:
        """What is the same in all calls of a solve."""
        if self._laid is None or self._laid[0] is not layout:
            mask = layout.positions.new_zeros(len(layout.positions), 1, 1, layout.time)
            if layout.mask is not None:
                mask.masked_fill_(~layout.mask, -math.inf)
            cos, sin = layout.rotary(self._head_dim)
            near = {f"near_{reach}": layout.near(reach).contiguous() for reach in self._reaches}
            self._laid = layout, {"mask": mask, "cos": cos.contiguous(), "sin": sin.contiguous(), **near}
        return self._laid[1]


class ServedVocoder:
    """The vocoder (`second_stage.Vocoder`)."""

    def __init__(self, networks: IndexNetworks, options: SpeechOptions, place: Place) -> None:
        network, self.hop = networks.vocoder, networks.vocoder.hop
        sizes = {"rows": (1, 1, options.slots), "frames": (1, 64, _LONGEST_WINDOW_FRAMES)}
        self.graph = Graph("vocode", network, lambda g: graphs.vocode(g, network), place, sizes)

    def __call__(self, mel: Tensor) -> Tensor:
        """What `BigVGAN.forward` gives."""
        samples = mel.new_empty(mel.shape[0], mel.shape[1] * self.hop)
        self.graph({"mel": mel.contiguous()}, {"samples": samples})
        return samples


def serve(networks: IndexNetworks, options: SpeechOptions, runtime: Runtime, folder: Path | None = None) -> Serving:
    """The networks, settled already, on their device. Raises ValueError with a sentence where they cannot run there."""
    if networks.gpt.mel_head.weight.dtype == torch.bfloat16:
        raise ValueError(
            f"The runtime {runtime} decodes in float32 or float16: give one of them as `precision` in oncue.toml."
        )
    engines = None
    if runtime == "tensorrt" and folder is not None:
        engines = folder / ENGINES
        engines.mkdir(exist_ok=True)
    place = Place(runtime, networks.device, engines)
    step = ServedStep(networks, options, place)
    told = f"ONNX Runtime {ort.__version__}, {step.graph.provider}; prefixes and voices: torch {torch.__version__}"
    return Serving(step, ServedEstimator(networks, options, place), ServedVocoder(networks, options, place), told)
