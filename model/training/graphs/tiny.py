"""The bundled family's networks as graphs for a runtime without torch: what `networks/` computes, step by step as it is served.

`python -m oncue.model.training.graphs.tiny` writes them to `model/tiny/graphs`. They hold shapes and no weights, so
they change when a network does and not when it learns. `tests/model/training/graphs` holds each against torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from torch import nn

from oncue.model.graphs import INT, Builder
from oncue.model.tiny.layout import (
    CONDITION_DIM,
    DIGIT_LEVELS,
    MAX_ADVANCE,
    NUM_DIGITS,
    NUM_EMOTIONS,
    READ_AHEAD,
    VOICE_DIM,
)
from oncue.model.tiny.mel import BANDS
from oncue.model.tiny.melody import CODE_FEATURES, PHONES_PER_CODE
from oncue.model.tiny.prosody import NUM_PROSODY
from oncue.model.tiny.sampling import NUM_CHOICES
from oncue.model.tiny.speaker import BANDS as SPEAKER_BANDS
from oncue.model.tiny.speaker import FAINTEST, WINDOW_FRAMES
from oncue.model.tiny.steps import NUM_TIMING
from oncue.model.training.networks.causal import CentredConvNeXt
from oncue.model.training.networks.networks import Networks
from oncue.model.training.networks.restorer import CENTRE, MOST, SPREAD

FOLDER = Path(__file__).parents[2] / "tiny" / "graphs"
_MICROSOFT = "com.microsoft"


def _embed_codes(g: Builder, previous: str) -> str:
    """The digits of the code before, one row of each table, summed; with them the biases of what is added to it."""
    bias = g.add(g.weight("decoder.timing.bias"), g.weight("decoder.condition.bias"))
    tables = [g.weight(f"decoder.previous.{index}.weight") for index in range(NUM_DIGITS)]
    starts = np.cumsum([0, *(levels + 1 for levels in DIGIT_LEVELS[:-1])])
    index = g.op("Add", previous, g.constant(starts))
    rows = g.op("Gather", g.op("Concat", g.add(tables[0], bias), *tables[1:], axis=0), index)
    return g.op("ReduceSum", rows, g.ints(1), keepdims=0)


def _enter(g: Builder) -> tuple[str, str]:
    """`Decoder.embed` where the text is already read, [rows, dim], as two values whose sum it is."""
    y = g.add(
        _embed_codes(g, g.input("previous", ["rows", NUM_DIGITS], INT)),
        g.onto(g.input("seen", ["rows", "dim"]), g.input("timing", ["rows", NUM_TIMING]), "decoder.timing"),
    )
    y = g.onto(y, g.input("condition", ["rows", CONDITION_DIM]), "decoder.condition")
    return y, g.linear(g.gelu(y), "decoder.enter")


def _query_key_value(g: Builder, x: str, block: str, sizes: Sequence[int], turn: Sequence[str]) -> tuple[str, str, str]:
    """Query, key and value of a block, each [rows, heads, 1, head_dim], the first two turned.

    A row is a batch of its own to the operator that turns, and finds its own cosines by its number.
    """
    heads, head_dim = sizes
    out = g.op("Reshape", g.linear(x, f"{block}.qkv", bias=False), g.ints(0, 3 * heads, 1, head_dim))
    both, value = g.ops("Split", out, g.ints(2 * heads, heads), results=2, axis=1)
    turned = g.op("RotaryEmbedding", both, *turn, domain=_MICROSOFT)
    query, key = g.ops("Split", turned, results=2, axis=1, num_outputs=2)
    return query, key, value


def _turn(g: Builder, head_dim: int) -> tuple[str, ...]:
    """Where each row finds its cosines and sines, and they."""
    number = g.input("number", ["rows", 1], INT)
    return (number, *(g.input(name, ["rows", head_dim // 2]) for name in ("cos", "sin")))


def _feed_forward(g: Builder, x: str, block: str) -> str:
    """Without the bias of its last layer, which is added where the norm after it adds everything up."""
    return g.linear(g.gelu(g.linear(x, f"{block}.up")), f"{block}.down", bias=False)


def step(g: Builder, networks: Networks) -> None:
    """One code of each row: the move, the stop and all digits.

    The row's ring is read and not written: what this step adds to it is a result. The place it will take is masked by
    the caller, and the step sees itself beside the ring.
    """
    body = networks.decoder.body
    heads, head_dim, window, dim = body.heads, body.head_dim, body.window, networks.decoder.dim
    first, more = _enter(g)
    turn, mask, bias = _turn(g, head_dim), g.input("mask", ["rows", 1, 1, window]), ""
    for layer in range(len(body.blocks)):
        block = f"decoder.body.blocks.{layer}"
        x, y = g.sum_norm(first, more, f"{block}.norm1", bias)
        keys, values = (g.input(f"{name}_{layer}", ["rows", heads, window, head_dim]) for name in ("keys", "values"))
        query, key, value = _query_key_value(g, x, block, (heads, head_dim), turn)
        scale = {"transB": 1, "alpha": head_dim**-0.5, "domain": _MICROSOFT}
        before = g.op("Add", g.op("FusedMatMul", query, keys, **scale), mask)
        scores = g.op("Concat", before, g.op("FusedMatMul", query, key, **scale), axis=3)
        old, new = g.ops("Split", g.op("Softmax", scores, axis=-1), g.ints(window, 1), results=2, axis=3)
        attended = g.op("Add", g.op("MatMul", old, values), g.op("Mul", new, value))
        g.output(f"key_{layer}", key, ["rows", heads, 1, head_dim])
        g.output(f"value_{layer}", value, ["rows", heads, 1, head_dim])
        out = g.linear(g.op("Reshape", attended, g.ints(0, dim)), f"{block}.out", bias=False)
        x, first = g.sum_norm(y, out, f"{block}.norm2")
        more, bias = _feed_forward(g, x, block), f"{block}.down.bias"
    _choose(g, g.sum_norm(first, more, "decoder.body.norm", bias)[0], dim)


def _choose(g: Builder, hidden: str, dim: int) -> None:
    """The heads: a class is chosen where logit and noise together are the largest."""
    heads = "decoder.heads"
    names = (f"{heads}.advance", *(f"{heads}.digit.{index}" for index in range(NUM_DIGITS)))
    arrivals = g.input("arrivals", ["rows", MAX_ADVANCE + 1, dim])
    biases = g.op("Concat", *(g.weight(f"{name}.bias") for name in names), axis=0)
    noise = g.ops(
        "Split",
        g.add(g.input("noise", ["rows", NUM_CHOICES]), biases),
        g.ints(MAX_ADVANCE + 1, *DIGIT_LEVELS),
        results=1 + NUM_DIGITS,
        axis=1,
    )

    def chosen(x: str, place: int) -> str:
        choice = g.op("ArgMax", g.onto(noise[place], x, names[place]), axis=1, keepdims=0)
        g.output(f"choice_{place}", choice, ["rows"], INT)
        return choice

    move = chosen(hidden, 0)
    arrived = g.op("GatherND", arrivals, g.op("Unsqueeze", move, g.ints(1)), batch_dims=1)
    ground = g.linear(g.gelu(g.add(hidden, arrived, g.rows(f"{heads}.moved", move))), f"{heads}.mix")
    told = g.gelu(ground)
    g.output("told", told, ["rows", dim])
    g.output("stop", g.linear(told, f"{heads}.stop"), ["rows", 1])
    for index in range(NUM_DIGITS):
        choice = chosen(g.gelu(ground) if index else told, 1 + index)
        if index < NUM_DIGITS - 1:
            ground = g.add(ground, g.rows(f"{heads}.said.{index}", choice))


def history(g: Builder, networks: Networks) -> None:
    """Codes of one line, one row each from position 0, to what the ring holds of them."""
    body = networks.decoder.body
    heads, head_dim, dim = body.heads, body.head_dim, networks.decoder.dim
    first, more = _enter(g)
    turn, mask, bias = _turn(g, head_dim), g.input("mask", ["rows", "rows"]), ""
    for layer in range(len(body.blocks)):
        block = f"decoder.body.blocks.{layer}"
        x, y = g.sum_norm(first, more, f"{block}.norm1", bias)
        parts = _query_key_value(g, x, block, (heads, head_dim), turn)
        query, key, value = (
            g.op("Transpose", g.op("Squeeze", each, g.ints(2)), perm=[1, 0, 2]) for each in parts
        )  # each [heads, rows, head_dim]
        g.output(f"keys_{layer}", key, [heads, "rows", head_dim])
        g.output(f"values_{layer}", value, [heads, "rows", head_dim])
        if layer == len(body.blocks) - 1:
            break  # nothing is said here
        scores = g.op("FusedMatMul", query, key, transB=1, alpha=head_dim**-0.5, domain=_MICROSOFT)
        attended = g.op("MatMul", g.op("Softmax", g.add(scores, mask), axis=-1), value)
        flat = g.op("Reshape", g.op("Transpose", attended, perm=[1, 0, 2]), g.ints(0, dim))
        x, first = g.sum_norm(y, g.linear(flat, f"{block}.out", bias=False), f"{block}.norm2")
        more, bias = _feed_forward(g, x, block), f"{block}.down.bias"


def _phones(g: Builder, network: str) -> str:
    """Embedded phones, tones and word starts, [units, dim]."""
    inputs = {table: g.input(f"{table}s", ["units"], INT) for table in ("phone", "tone", "word")}
    return g.add(*(g.rows(f"{network}.{table}", index) for table, index in inputs.items()))


def _padded(g: Builder, x: str, before: int, after: int) -> str:
    """x [time, dim] with zeros before and after."""
    return g.op("Pad", x, g.ints(before, 0, after, 0))


def _centred(g: Builder, x: str, network: str, blocks: nn.ModuleList, time: str) -> str:
    """The blocks of `CentredConvNeXt` of a network on x [time, dim]; `near` says which rows, padded, make each result."""
    near = ""
    for index, block in enumerate(blocks):
        assert isinstance(block, CentredConvNeXt)
        near = near or g.input("near", [time, 2 * block.pad + 1], INT)
        name = f"{network}.blocks.{index}"
        y = g.norm(g.depthwise(_padded(g, x, block.pad, block.pad), near, name), f"{name}.norm")
        y = g.gelu(g.linear(y, f"{name}.up"))
        x = g.add(x, g.scaled_linear(y, f"{name}.down", f"{name}.gain"))
    return x


def script(g: Builder, networks: Networks) -> None:
    """Phones to what steps read of them, and what the digits are told on arriving there."""
    text, dim = networks.decoder.text, networks.decoder.dim
    y = _phones(g, "decoder.text")
    y = _centred(g, y, "decoder.text", text.blocks, "units")
    y = g.norm(y, "decoder.text.norm")
    ahead = g.op("Gather", _padded(g, y, 0, READ_AHEAD), g.input("ahead", ["units", READ_AHEAD], INT))
    seen = g.linear(g.op("Reshape", ahead, g.ints(0, READ_AHEAD * dim)), "decoder.reading")
    g.output("seen", seen, ["units", dim])
    g.output("arrived", g.linear(y, "decoder.heads.arrived", bias=False), ["units", dim])


def durations(g: Builder, networks: Networks) -> None:
    """Phones to mean log length and log deviation."""
    y = _phones(g, "durations")
    y = _centred(g, y, "durations", networks.durations.blocks, "units")
    g.output("lengths", g.linear(y, "durations.leave"), ["units", 2])


def films(g: Builder, networks: Networks) -> None:
    """A voice to what it does to each block of the vocoder, the scale counted from zero."""
    voice, vocoder = g.input("voice", [1, VOICE_DIM]), networks.vocoder
    names = [
        f"vocoder.{kind}.{i}" for kind in ("code_blocks", "frame_blocks") for i in range(len(getattr(vocoder, kind)))
    ]
    g.output(
        "films", g.op("Concat", *(g.linear(voice, f"{name}.film") for name in names), axis=0), [len(names), "twice"]
    )


def _causal(g: Builder, y: str, kind: str, blocks: int, dim: int) -> str:
    """Causal blocks over windows of several lines at once, laid end to end in y [time, dim].

    `of` is each row's line. `state` holds the last inputs of each line, [blocks, lines * (kernel - 1), dim]; the caller
    says in `near` which rows of the state and the input together each result is made of, and in `tails` which of them are
    the state after.
    """
    near = g.input("near", ["time", 7], INT)
    tails, of = g.input("tails", ["state"], INT), g.input("of", ["time"], INT)
    films = g.ops("Split", g.input("films", [blocks, "lines", 2 * dim]), results=blocks, axis=0, num_outputs=blocks)
    states = g.ops("Split", g.input("state", [blocks, "state", dim]), results=blocks, axis=0, num_outputs=blocks)
    after = []
    for index in range(blocks):
        block = f"vocoder.{kind}.{index}"
        whole = g.op("Concat", g.op("Squeeze", states[index], g.ints(0)), y, axis=0)
        after.append(g.op("Unsqueeze", g.op("Gather", whole, tails), g.ints(0)))
        mixed = g.norm(g.depthwise(whole, near, f"{block}.mix"), f"{block}.norm")
        film = g.op("Gather", g.op("Squeeze", films[index], g.ints(0)), of)
        scale, shift = g.ops("Split", film, results=2, axis=1, num_outputs=2)
        mixed = g.add(g.op("Mul", mixed, scale), shift)
        mixed = g.gelu(g.linear(mixed, f"{block}.up"))
        y = g.add(y, g.scaled_linear(mixed, f"{block}.down", f"{block}.gain"))
    g.output("state_after", g.op("Concat", *after, axis=0), [blocks, "state", dim])
    return y


def latents(g: Builder, networks: Networks) -> None:
    """Codes of several lines to latent frames: `Vocoder.latents`."""
    vocoder = networks.vocoder
    phones = g.ops(
        "Split",
        g.input("phones", ["time", PHONES_PER_CODE], INT),
        results=PHONES_PER_CODE,
        axis=1,
        num_outputs=PHONES_PER_CODE,
    )
    y = g.add(
        g.linear(g.input("features", ["time", CODE_FEATURES]), "vocoder.enter"),
        g.rows("vocoder.tone", g.input("tones", ["time"], INT)),
        g.rows("vocoder.advance", g.input("advance", ["time"], INT)),
        g.linear(g.input("emotion", ["time", NUM_EMOTIONS]), "vocoder.emotion", bias=False),
        *(g.rows(f"vocoder.phone.{i}", g.op("Squeeze", part, g.ints(1))) for i, part in enumerate(phones)),
    )
    dim = vocoder.enter.out_features
    y = _causal(g, y, "code_blocks", len(vocoder.code_blocks), dim)
    g.output("latents", g.op("Reshape", g.linear(y, "vocoder.upsample"), g.ints(-1, dim)), ["frames", dim])


def frames(g: Builder, networks: Networks) -> None:
    """Latent frames of several lines as they will be heard to what the synthesis is told: `Vocoder.sound`."""
    vocoder = networks.vocoder
    dim = vocoder.enter.out_features
    y = g.add(g.input("latents", ["time", dim]), g.linear(g.input("melody", ["time", 2]), "vocoder.pitch"))
    y = _causal(g, y, "frame_blocks", len(vocoder.frame_blocks), dim)
    g.output("parts", g.linear(g.norm(y, "vocoder.norm"), "vocoder.parts"), ["time", "parts"])


def restorer(g: Builder, networks: Networks) -> None:
    """Mel frames of a recording, in power, to those of the voice. The caller says which frames are near each."""
    mel = g.input("mel", ["time", SPEAKER_BANDS])

    def number(value: float) -> str:
        return g.constant(np.array(value, np.float32))

    heard = g.op("Log", g.op("Add", mel, number(FAINTEST)))
    scaled = g.op("Div", g.op("Sub", heard, number(CENTRE)), number(SPREAD))
    mean = g.op("ReduceMean", scaled, g.ints(0), keepdims=1)
    away = g.op("Sub", scaled, mean)
    y = g.linear(g.op("Concat", away, g.op("Expand", mean, g.op("Shape", away)), axis=1), "restorer.enter")
    y = _centred(g, y, "restorer", networks.restorer.blocks, "time")
    raised = g.op("Mul", g.linear(g.norm(y, "restorer.norm"), "restorer.leave"), number(MOST))
    g.output("restored", g.op("Exp", g.op("Add", heard, raised)), ["time", SPEAKER_BANDS])


def speaker(g: Builder, networks: Networks) -> None:
    """Windows of a recording to one vector each, not yet of length 1."""
    lstm = networks.speaker.lstm
    y = g.op("Transpose", g.input("mel", ["windows", WINDOW_FRAMES, SPEAKER_BANDS]), perm=[1, 0, 2])
    last = y
    for layer in range(lstm.num_layers):

        def gates(name: str, layer: int = layer) -> str:
            # torch has input, forget, cell, output; ONNX has input, output, forget, cell.
            parts = g.ops("Split", g.weight(f"speaker.lstm.{name}_l{layer}"), results=4, axis=0, num_outputs=4)
            return g.op("Concat", *(parts[i] for i in (0, 3, 1, 2)), axis=0)

        bias = g.op("Concat", gates("bias_ih"), gates("bias_hh"), axis=0)
        tensors = (g.op("Unsqueeze", each, g.ints(0)) for each in (gates("weight_ih"), gates("weight_hh"), bias))
        every, last = g.ops("LSTM", y, *tensors, results=2, hidden_size=lstm.hidden_size)
        y = g.op("Squeeze", every, g.ints(1))
    vector = g.op("Relu", g.linear(g.op("Squeeze", last, g.ints(0)), "speaker.linear"))
    g.output("vectors", vector, ["windows", lstm.hidden_size])


def pace(g: Builder, networks: Networks) -> None:
    """Log-mel frames to the natural log of the pace. The caller says which frames each half frame is made of."""
    network = networks.pace
    mel = g.input("mel", ["time", BANDS])
    centred = g.op("Sub", mel, g.op("ReduceMean", mel, g.ints(0), keepdims=1))
    kernel, dim = network.enter.kernel_size[0], network.enter.out_channels
    taken = g.op("Gather", _padded(g, centred, kernel // 2, kernel // 2), g.input("halves", ["half", kernel], INT))
    weight = g.op("Transpose", g.weight("pace.enter.weight"), perm=[0, 2, 1])
    y = g.op(
        "Gemm",
        g.op("Reshape", taken, g.ints(0, kernel * BANDS)),
        g.op("Reshape", weight, g.ints(dim, kernel * BANDS)),
        g.weight("pace.enter.bias"),
        transB=1,
    )
    y = _centred(g, y, "pace", network.blocks, "half")
    mean = g.op("ReduceMean", y, g.ints(0), keepdims=1)
    squares = g.op("ReduceSumSquare", g.op("Sub", y, mean), g.ints(0), keepdims=1)
    count = g.op("Cast", g.op("Shape", y, end=1), to=1)
    spread = g.op("Sqrt", g.op("Div", squares, g.op("Sub", count, g.constant(np.ones(1, np.float32)))))
    pooled = g.gelu(g.linear(g.op("Concat", mean, spread, axis=1), "pace.leave"))
    g.output("log_pace", g.linear(pooled, "pace.last"), [1, 1])


def feeling(g: Builder, networks: Networks) -> None:
    """How a clip is said to how strong each style is, neutral last."""
    assert networks.feeling.enter.in_features == NUM_PROSODY
    away = g.op("Sub", g.input("statistics", [1, NUM_PROSODY]), g.weight("feeling.centre"))
    low, high = (g.constant(np.array(limit, np.float32)) for limit in (-4, 4))
    x = g.op("Clip", g.op("Div", away, g.weight("feeling.scale")), low, high)
    vector = g.op("Tanh", g.linear(g.gelu(g.linear(x, "feeling.enter")), "feeling.leave"))
    g.output("strengths", g.op("Softmax", g.linear(vector, "feeling.styles"), axis=-1), [1, NUM_EMOTIONS + 1])


GRAPHS: tuple[Callable[[Builder, Networks], None], ...] = (
    step, history, script, durations, films, latents, frames, restorer, speaker, pace, feeling,
)  # fmt: skip


def build() -> dict[str, onnx.ModelProto]:
    """All graphs by name."""
    networks = Networks()
    shapes = {
        f"{prefix}.{key}": tuple(value.shape)
        for prefix, network in networks.by_name().items()
        for key, value in network.state_dict().items()
    }
    out = {}
    for write in GRAPHS:
        g = Builder(write.__name__, shapes)
        write(g, networks)
        out[write.__name__] = g.model()
    return out


def weights_of(model: onnx.ModelProto) -> list[str]:
    """The tensors of the weights file that a graph wants."""
    return [tensor.name for tensor in model.graph.initializer if tensor.external_data]


def write(folder: Path) -> None:
    """Graphs, and for each which weights it wants."""
    folder.mkdir(parents=True, exist_ok=True)
    models = build()
    for name, model in models.items():
        (folder / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    wanted = {name: weights_of(model) for name, model in models.items()}
    (folder / "weights.json").write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER)
