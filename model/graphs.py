"""A small way of writing an ONNX graph: operators by call, weights by the names they have in the weights file.

A weight is named and never copied in: the runtime is handed the tensors of the one weights file when it loads a
graph, so a graph is some kilobytes and stays the same when the weights are trained on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OPSET, _IR = 20, 10
FLOAT, HALF, INT = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64
_LOCATION = "weights"
"""What stands where ONNX wants a file name; it is never opened."""

Shape = Sequence[int | str]


class Builder:
    """One graph being written; a value is known by its name."""

    def __init__(self, name: str, shapes: dict[str, tuple[int, ...]], half: Collection[str] = ()) -> None:
        """`shapes` are those of all weights, `half` the names of those in half precision."""
        self._name, self._shapes, self._half = name, shapes, half
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._weights: dict[str, Any] = {}
        self._called: dict[str, str] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def input(self, name: str, shape: Shape, kind: int = FLOAT) -> str:
        """What the caller gives."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name: str, value: str, shape: Shape, kind: int = FLOAT) -> None:
        """What the caller gets; the value has that name from here on."""
        assert value not in self._called, "a value is one result"
        self._called[value] = name
        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def weight(self, name: str) -> str:
        """A tensor of the weights file."""
        kind = HALF if name in self._half else FLOAT
        tensor = TensorProto(name=name, data_type=kind, dims=self._shapes[name], data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value=_LOCATION)
        self._weights[name] = tensor
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """Numbers that are part of the graph."""
        name = f"c{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    @property
    def known(self) -> Collection[str]:
        """Names of all weights there are."""
        return self._shapes.keys()

    @property
    def wanted(self) -> list[str]:
        """Names of the weights that the graph reads."""
        return list(self._weights)

    def number(self, value: float, kind: int = FLOAT) -> str:
        """One number."""
        return self.constant(np.array(value, np.float16 if kind == HALF else np.float32))

    def vector(self, value: float, size: int) -> str:
        """One number many times."""
        return self.constant(np.full(size, value, np.float32))

    def cast(self, x: str, kind: int, *, when: bool = True) -> str:
        """x in another precision, or as it is."""
        return self.op("Cast", x, to=kind) if when else x

    def padded(self, x: str, before: int, after: int) -> str:
        """x [rows, channels, time] with its ends repeated outwards."""
        return self.op("Pad", x, self.ints(0, 0, before, 0, 0, after), mode="edge")

    def ints(self, *values: int) -> str:
        """Axes, sizes and the like."""
        return self.constant(np.array(values, np.int64))

    def op(self, kind: str, *values: str, domain: str = "", **attributes: Any) -> str:
        """An operator with one result."""
        return self.ops(kind, *values, results=1, domain=domain, **attributes)[0]

    def ops(self, kind: str, *values: str, results: int, domain: str = "", **attributes: Any) -> list[str]:
        """An operator with several results."""
        names = [f"v{len(self._nodes)}_{place}" for place in range(results)]
        self._nodes.append(helper.make_node(kind, list(values), names, domain=domain, **attributes))
        return names

    def add(self, *values: str) -> str:
        """The sum of several values."""
        total = values[0]
        for value in values[1:]:
            total = self.op("Add", total, value)
        return total

    def gelu(self, x: str) -> str:
        """The exact one, as torch's."""
        return self.op("Gelu", x)

    def linear(self, x: str, name: str, *, bias: bool = True) -> str:
        """x [rows, in] by a layer of the weights file."""
        more = (self.weight(f"{name}.bias"),) if bias else ()
        return self.op("Gemm", x, self.weight(f"{name}.weight"), *more, transB=1)

    def onto(self, y: str, x: str, name: str) -> str:
        """y [rows, out] and what a layer makes of x [rows, in], without its bias, in one operator."""
        return self.op("Gemm", x, self.weight(f"{name}.weight"), y, transB=1)

    def sum_norm(self, x: str, more: str, name: str, bias: str = "") -> tuple[str, str]:
        """The norm of x + more + bias, and that sum itself."""
        shift = (self.weight(bias),) if bias else ()
        values = (x, more, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), *shift)
        out = self.ops("SkipLayerNormalization", *values, results=4, domain="com.microsoft", epsilon=1e-5)
        return out[0], out[3]

    def scaled_linear(self, x: str, name: str, gain: str) -> str:
        """A layer whose results are multiplied by `gain` [out]; the product with the weights is made once, at loading."""
        each = self.op("Unsqueeze", self.weight(gain), self.ints(1))
        weight = self.op("Mul", self.weight(f"{name}.weight"), each)
        bias = self.op("Mul", self.weight(f"{name}.bias"), self.weight(gain))
        return self.op("Gemm", x, weight, bias, transB=1)

    def norm(self, x: str, name: str) -> str:
        """Layer norm over the last axis, with torch's epsilon."""
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-5)

    def rows(self, table: str, index: str) -> str:
        """Rows of an embedding of the weights file."""
        return self.op("Gather", self.weight(f"{table}.weight"), index)

    def depthwise(self, x: str, near: str, name: str) -> str:
        """Valid depthwise convolution of x [time, dim]; `near` [time out, kernel] says which rows each result is made of."""
        taps = self.op("Mul", self.op("Gather", x, near), self.weight(f"{name}.weight"))
        return self.add(self.op("ReduceSum", taps, self.ints(1), keepdims=0), self.weight(f"{name}.bias"))

    def model(self) -> onnx.ModelProto:
        """The finished graph, checked."""
        for node in self._nodes:
            for values in (node.input, node.output):
                values[:] = [self._called.get(value, value) for value in values]
        initializers = [*self._weights.values(), *self._constants.values()]
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, initializers)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="oncue")
