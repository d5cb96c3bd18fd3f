"""The networks that speak, as ONNX graphs: a step of the decoder, a call of the flow's estimator, and the vocoder.

Each is written operator by operator from the network's own modules, in the standard operators alone, so that TensorRT may
take all of it. A graph holds shapes and no weights; `weights` gives those, by the names that the graphs use. What is the
same in every call (gains of the activations, the phases of a filter, a matrix with its axes exchanged) is a weight, worked out
here once. `serving.py` runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.graphs import FLOAT, HALF, INT, Builder
from oncue.model.indextts2.networks.bigvgan import TAPS, Activation, BigVGAN
from oncue.model.indextts2.networks.dit import AdaptiveNorm, DiT, DiTAttention, DiTFeedForward, TimestepEmbedder
from oncue.model.indextts2.networks.gpt import GPT
from oncue.model.indextts2.networks.weightnorm import WeightNorm

Weights = dict[str, Tensor]


def weights(network: nn.Module) -> Weights:
    """Every tensor of a network by its name there, those that are weight-normed multiplied out, and what the graphs need besides."""
    out: Weights = dict(network.named_parameters())
    out |= {name: value for name, value in network.named_buffers() if not name.endswith("folded")}
    for name, module in network.named_modules():
        if isinstance(module, WeightNorm):
            out[f"{name}.weight"] = module.weight
        if isinstance(module, Activation):
            out |= _activation(name, module)
        if isinstance(module, nn.Linear | WeightNorm) and out[f"{name}.weight"].dim() == 2:
            out[f"{name}.turned"] = out[f"{name}.weight"].t()
    if isinstance(network, DiT):
        out["enter"] = network.cond_x_merge_linear.weight[:, : network.mels].t()
    return out


def _activation(name: str, module: Activation) -> Weights:
    taps = 2 * module.upsample.filter.flip(2)
    return {
        f"{name}.phases": torch.cat([F.pad(taps[..., 0::2], (0, 1)), F.pad(taps[..., 1::2], (1, 0))]),
        f"{name}.frequency": module.act.alpha.exp().unsqueeze(1),
        f"{name}.share": 1 / (module.act.beta.exp() + 1e-9).unsqueeze(1),
    }


def build(name: str, network: nn.Module, write: Callable[[Builder], None]) -> tuple[onnx.ModelProto, Weights]:
    """A graph and the weights that it names."""
    known = weights(network)
    half = {key for key, value in known.items() if value.dtype == torch.float16}
    builder = Builder(name, {key: tuple(value.shape) for key, value in known.items()}, half=half)
    write(builder)
    return builder.model(), {key: known[key] for key in builder.wanted}


def step(g: Builder, gpt: GPT) -> None:
    """The next state of each row: x [rows, dim] to latents and logits. Keys and values of the rows so far are read and not
    written: the step's own are results. `mask` is what is added to the scores of a row's places that hold nothing.
    """
    config, half = gpt.config, gpt.mel_head.weight.dtype == torch.float16
    heads, head_dim, kind = config.heads, config.dim // config.heads, HALF if half else FLOAT

    def norm(x: str, name: str) -> str:
        gain, bias = (g.cast(g.weight(f"{name}.{part}"), FLOAT, when=half) for part in ("weight", "bias"))
        normed = g.op("LayerNormalization", x, gain, bias, axis=-1, epsilon=1e-5)
        return g.cast(normed, HALF, when=half)

    def linear(x: str, name: str) -> str:
        return g.op("Gemm", x, g.weight(f"{name}.weight"), g.weight(f"{name}.bias"))

    def onto(x: str, more: str) -> str:
        return g.op("Add", x, g.cast(more, FLOAT, when=half))

    x, mask = g.input("x", ["rows", config.dim]), g.input("mask", ["rows", 1, 1, "places"], kind)
    for layer in range(config.layers):
        block = f"gpt.h.{layer}"
        keys, values = (g.input(f"{n}_{layer}", ["rows", heads, "places", head_dim], kind) for n in ("keys", "values"))
        joint = linear(norm(x, f"{block}.ln_1"), f"{block}.attn.c_attn")
        query, key, value = g.ops(
            "Split",
            g.op("Reshape", joint, g.ints(0, 3 * heads, 1, head_dim)),
            g.ints(heads, heads, heads),
            results=3,
            axis=1,
        )
        query = g.op("Mul", query, g.number(head_dim**-0.5, kind))
        before = g.op("Add", g.op("MatMul", query, g.op("Transpose", keys, perm=[0, 1, 3, 2])), mask)
        own = g.op("MatMul", query, g.op("Transpose", key, perm=[0, 1, 3, 2]))
        shares = g.op("Softmax", g.op("Concat", before, own, axis=3), axis=-1)
        count = g.op("Shape", keys, start=2, end=3)
        old, new = g.ops("Split", shares, g.op("Concat", count, g.ints(1), axis=0), results=2, axis=3)
        attended = g.op("Add", g.op("MatMul", old, values), g.op("Mul", new, value))
        g.output(f"key_{layer}", key, ["rows", heads, 1, head_dim], kind)
        g.output(f"value_{layer}", value, ["rows", heads, 1, head_dim], kind)
        x = onto(x, linear(g.op("Reshape", attended, g.ints(0, config.dim)), f"{block}.attn.c_proj"))
        widened = g.op("Gelu", linear(norm(x, f"{block}.ln_2"), f"{block}.mlp.c_fc"), approximate="tanh")
        x = onto(x, linear(widened, f"{block}.mlp.c_proj"))
    states = g.cast(norm(x, "gpt.ln_f"), FLOAT, when=half)
    latents = norm(states, "final_norm")
    logits = g.op("Gemm", latents, g.weight("mel_head.weight"), g.weight("mel_head.bias"), transB=1)
    g.output("logits", g.cast(logits, FLOAT, when=half), ["rows", config.codes])
    g.output("latents", g.op("Cast", latents, to=FLOAT), ["rows", config.dim])


def estimate(g: Builder, network: DiT) -> None:
    """One call of the flow's estimator, of rows padded to one length: `mask` [rows, 1, 1, frames] is added to scores, and
    `near_N` [rows, frames + 2 · N] says which frame stands where when a row is reflected at its own ends, N frames far.
    """
    transformer, mels, middle = network.transformer, network.mels, network.transformer.middle
    layers: list[Any] = list(transformer.layers)
    x = g.input("x", ["rows", "frames", mels])
    condition = g.input("condition", ["rows", "frames", network.conv1.in_features])
    time, mask = g.input("time", ["rows"]), g.input("mask", ["rows", 1, 1, "frames"])
    turn = tuple(g.input(name, ["rows", 1, "frames", transformer.head_dim // 2]) for name in ("cos", "sin"))
    embedded = _embedded_time(g, network.t_embedder, "t_embedder", time)
    y, skips = g.op("Add", g.op("MatMul", x, g.weight("enter")), condition), list[str]()
    for index, layer in enumerate(layers):
        name = f"transformer.layers.{index}"
        if index > middle:
            y = _linear(g, g.op("Concat", y, skips.pop(), axis=2), f"{name}.skip_in_linear")
        normed = _adaptive_norm(g, layer.attention_norm, f"{name}.attention_norm", y, embedded)
        y = g.op("Add", y, _attention(g, layer.attention, f"{name}.attention", normed, turn, mask))
        normed = _adaptive_norm(g, layer.ffn_norm, f"{name}.ffn_norm", y, embedded)
        y = g.op("Add", y, _feed_forward(g, layer.feed_forward, f"{name}.feed_forward", normed))
        if index < middle:
            skips.append(y)
    y = _adaptive_norm(g, transformer.norm, "transformer.norm", y, embedded)
    mixed = _linear(g, g.op("Concat", y, x, axis=2), "skip_linear")
    entered = g.op("Transpose", _linear(g, mixed, "conv1"), perm=[0, 2, 1])
    waves = _waves(g, network, entered, _embedded_time(g, network.t_embedder2, "t_embedder2", time))
    out = g.op("Add", g.op("Transpose", waves, perm=[0, 2, 1]), _linear(g, mixed, "res_projection"))
    out = g.op("Transpose", _final(g, network, out, embedded), perm=[0, 2, 1])
    out = g.op("Conv", out, g.weight("conv2.weight"), g.weight("conv2.bias"))
    g.output("velocity", g.op("Transpose", out, perm=[0, 2, 1]), ["rows", "frames", mels])


def _linear(g: Builder, x: str, name: str, *, bias: bool = True) -> str:
    """x [..., in] by a layer."""
    out = g.op("MatMul", x, g.weight(f"{name}.turned"))
    return g.op("Add", out, g.weight(f"{name}.bias")) if bias else out


def _silu(g: Builder, x: str) -> str:
    return g.op("Mul", x, g.op("Sigmoid", x))


def _embedded_time(g: Builder, module: TimestepEmbedder, name: str, time: str) -> str:
    """Times [rows] -> [rows, dim]."""
    scaled = g.op("Mul", g.op("Unsqueeze", time, g.ints(1)), g.number(1000.0))
    angle = g.op("Mul", scaled, g.weight(f"{name}.freqs"))
    x = g.op("Concat", g.op("Cos", angle), g.op("Sin", angle), axis=1)
    first, last = 0, len(module.mlp) - 1
    return _linear(g, _silu(g, _linear(g, x, f"{name}.mlp.{first}")), f"{name}.mlp.{last}")


def _adaptive_norm(g: Builder, module: AdaptiveNorm, name: str, x: str, time: str) -> str:
    both = g.op("Unsqueeze", _linear(g, time, f"{name}.project_layer"), g.ints(1))
    multiplier, shift = g.ops("Split", both, results=2, axis=2, num_outputs=2)
    power = g.op("ReduceMean", g.op("Mul", x, x), g.ints(2), keepdims=1)
    level = g.op("Sqrt", g.op("Add", power, g.number(float(module.norm.eps or 0.0))))
    normed = g.op("Mul", g.op("Div", x, level), g.weight(f"{name}.norm.weight"))
    return g.op("Add", g.op("Mul", multiplier, normed), shift)


def _attention(g: Builder, module: DiTAttention, name: str, x: str, turn: tuple[str, ...], mask: str) -> str:
    dim = module.wo.out_features
    head_dim = dim // module.heads
    joint = g.op("Reshape", _linear(g, x, f"{name}.wqkv", bias=False), g.ints(0, 0, 3 * module.heads, head_dim))
    parts = g.ops("Split", g.op("Transpose", joint, perm=[0, 2, 1, 3]), results=3, axis=1, num_outputs=3)
    query, key = (_rotated(g, part, turn, head_dim) for part in parts[:2])
    scores = g.op("MatMul", query, g.op("Transpose", key, perm=[0, 1, 3, 2]))
    scores = g.op("Add", g.op("Mul", scores, g.number(head_dim**-0.5)), mask)
    mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), parts[2])
    flat = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(0, 0, dim))
    return _linear(g, flat, f"{name}.wo", bias=False)


def _rotated(g: Builder, x: str, turn: tuple[str, ...], head_dim: int) -> str:
    """x [rows, heads, frames, head_dim] with neighbouring pairs turned."""
    cos, sin = turn
    pairs = g.op("Reshape", x, g.ints(0, 0, 0, head_dim // 2, 2))
    a, b = (g.op("Squeeze", part, g.ints(4)) for part in g.ops("Split", pairs, results=2, axis=4, num_outputs=2))
    left = g.op("Sub", g.op("Mul", a, cos), g.op("Mul", b, sin))
    right = g.op("Add", g.op("Mul", b, cos), g.op("Mul", a, sin))
    both = g.op("Concat", *(g.op("Unsqueeze", part, g.ints(4)) for part in (left, right)), axis=4)
    return g.op("Reshape", both, g.ints(0, 0, 0, head_dim))


def _feed_forward(g: Builder, module: DiTFeedForward, name: str, x: str) -> str:
    assert module.w1.bias is None
    gate, value = (_linear(g, x, f"{name}.{part}", bias=False) for part in ("w1", "w3"))
    return _linear(g, g.op("Mul", _silu(g, gate), value), f"{name}.w2", bias=False)


def _waves(g: Builder, network: DiT, x: str, time: str) -> str:
    """The WaveNet: x [rows, dim, frames], the time's embedding [rows, dim] -> like x."""
    name, dim, gates = "wavenet", network.wavenet.dim, list[Any](network.wavenet.in_layers)
    layers = len(gates)
    biases = _conv(g, g.op("Unsqueeze", time, g.ints(2)), f"{name}.cond_layer.conv.conv")
    each = g.ops("Split", biases, results=layers, axis=1, num_outputs=layers)
    total, near = "", dict[int, str]()
    for index, layer in enumerate(gates):
        reach, conv = layer.reach, layer.conv["conv"]
        if reach not in near:
            near[reach] = g.input(f"near_{reach}", ["rows", f"frames_{reach}"], INT)
        reflected = g.op("GatherElements", x, _wide(g, near[reach], dim), axis=2)
        gate = g.op("Add", _conv(g, reflected, f"{name}.in_layers.{index}.conv.conv", conv.dilation), each[index])
        signal, opening = g.ops("Split", gate, results=2, axis=1, num_outputs=2)
        opened = g.op("Mul", g.op("Tanh", signal), g.op("Sigmoid", opening))
        mixed = _conv(g, opened, f"{name}.res_skip_layers.{index}.conv.conv")
        if index < layers - 1:
            more, mixed = g.ops("Split", mixed, results=2, axis=1, num_outputs=2)
            x = g.op("Add", x, more)
        total = g.op("Add", total, mixed) if total else mixed
    return total


def _wide(g: Builder, near: str, dim: int) -> str:
    """Frames by row [rows, frames] as indices for each channel [rows, dim, frames]."""
    shape = g.op("Shape", near)
    rows, frames = g.ops("Split", shape, g.ints(1, 1), results=2, axis=0)
    return g.op("Expand", g.op("Unsqueeze", near, g.ints(1)), g.op("Concat", rows, g.ints(dim), frames, axis=0))


def _conv(g: Builder, x: str, name: str, dilation: int = 1, padding: int = 0) -> str:
    bias = (g.weight(f"{name}.bias"),) if f"{name}.bias" in g.known else ()
    return g.op("Conv", x, g.weight(f"{name}.weight"), *bias, dilations=[dilation], pads=[padding, padding])


def _final(g: Builder, network: DiT, x: str, time: str) -> str:
    name, dim = "final_layer", network.conv2.in_channels
    both = g.op("Unsqueeze", _linear(g, _silu(g, time), f"{name}.adaLN_modulation.1"), g.ints(1))
    shift, scale = g.ops("Split", both, results=2, axis=2, num_outputs=2)
    one = g.vector(1.0, dim)
    normed = g.op("LayerNormalization", x, one, g.vector(0.0, dim), axis=-1, epsilon=network.final_layer.norm_final.eps)
    return _linear(g, g.op("Add", g.op("Mul", normed, g.op("Add", scale, one)), shift), f"{name}.linear")


def vocode(g: Builder, network: BigVGAN) -> None:
    """Log mel [rows, frames, mels] to samples [rows, frames · hop] between -1 and 1."""
    mels, each = network.conv_pre.weight.shape[1], network.blocks_per_stage
    x = g.op("Transpose", g.input("mel", ["rows", "frames", mels]), perm=[0, 2, 1])
    x = _conv(g, x, "conv_pre", padding=network.conv_pre.padding)
    ups: list[Any] = list(network.ups)
    for stage, (up,) in enumerate(ups):
        tensors = (g.weight(f"ups.{stage}.0.weight"), g.weight(f"ups.{stage}.0.bias"))
        x = g.op("ConvTranspose", x, *tensors, strides=[up.stride], pads=[up.padding, up.padding])
        blocks = [_residual(g, network, index, x) for index in range(stage * each, stage * each + each)]
        x = g.op("Mul", g.add(*blocks), g.number(1 / each)) if each > 1 else blocks[0]
    x = _conv(g, _periodic(g, x, "activation_post"), "conv_post", padding=network.conv_post.padding)
    g.output("samples", g.op("Clip", g.op("Squeeze", x, g.ints(1)), g.number(-1.0), g.number(1.0)), ["rows", "samples"])


def _residual(g: Builder, network: BigVGAN, index: int, x: str) -> str:
    block: Any = network.resblocks[index]
    name = f"resblocks.{index}"
    for pair, (wide, narrow) in enumerate(zip(block.convs1, block.convs2, strict=True)):
        y = _periodic(g, x, f"{name}.activations.{2 * pair}")
        y = _conv(g, y, f"{name}.convs1.{pair}", wide.dilation, wide.padding)
        y = _periodic(g, y, f"{name}.activations.{2 * pair + 1}")
        x = g.op("Add", x, _conv(g, y, f"{name}.convs2.{pair}", narrow.dilation, narrow.padding))
    return x


def _periodic(g: Builder, x: str, name: str) -> str:
    """The activation at twice the rate: x [rows, channels, time] -> the same shape."""
    ends = (TAPS // 4, TAPS // 4), (TAPS // 2 - 1, TAPS // 2)
    rows_channels, time = g.op("Shape", x, start=0, end=2), g.op("Shape", x, start=2, end=3)
    alone = g.op("Reshape", x, g.op("Concat", g.ints(-1, 1), time, axis=0))
    both = g.op("Conv", g.padded(alone, *ends[0]), g.weight(f"{name}.phases"))
    twice = g.op("Concat", rows_channels, g.ints(-1), axis=0)
    fine = g.op("Reshape", g.op("Transpose", both, perm=[0, 2, 1]), twice)
    wave = g.op("Sin", g.op("Mul", fine, g.weight(f"{name}.frequency")))
    fine = g.op("Add", fine, g.op("Mul", g.op("Mul", wave, wave), g.weight(f"{name}.share")))
    double = g.op("Mul", time, g.ints(2))
    alone = g.op("Reshape", fine, g.op("Concat", g.ints(-1, 1), double, axis=0))
    low = g.weight(f"{name}.downsample.lowpass.filter")
    coarse = g.op("Conv", g.padded(alone, *ends[1]), low, strides=[2])
    return g.op("Reshape", coarse, g.op("Concat", rows_channels, time, axis=0))
