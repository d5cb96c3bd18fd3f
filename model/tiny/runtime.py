"""The bundled family's networks as ONNX Runtime runs them: graphs from this folder, tensors from the one weights file.

A graph holds no weights. It is given those it names when it is loaded, which is when it is first asked for: a server
that makes no voice never loads what listens to recordings.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

RUNTIME = f"ONNX Runtime {ort.__version__}, CPU, float32"
GRAPHS = Path(__file__).parent / "graphs"
_FLOAT = np.float32

Weights = Mapping[str, NDArray[Any]]
"""Tensors by name, of any precision; the arithmetic is in float32."""


class Graph:
    """One network; may be called from several threads."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self.session = session
        self.outputs = [output.name for output in session.get_outputs()]

    def __call__(self, **inputs: NDArray[Any]) -> list[NDArray[Any]]:
        """Results in the order in which the graph names them."""
        out: list[NDArray[Any]] = self.session.run(self.outputs, inputs)
        return out


class Runtime:
    """All graphs over one set of weights."""

    def __init__(self, weights: Weights, threads: int = 1) -> None:
        """Weights are kept only until every graph that wants them is loaded."""
        self._threads = threads
        self._waiting = {name: {key: weights[key] for key in keys} for name, keys in wanted().items()}
        self._graphs: dict[str, Graph] = {}
        self._lock = threading.Lock()

    def graph(self, name: str) -> Graph:
        """A network, loaded when it is first asked for."""
        with self._lock:
            if name not in self._graphs:
                self._graphs[name] = Graph(session(GRAPHS / f"{name}.onnx", self._waiting.pop(name), self._threads))
            return self._graphs[name]


@cache
def wanted() -> dict[str, list[str]]:
    """Which tensors each graph wants."""
    out: dict[str, list[str]] = json.loads((GRAPHS / "weights.json").read_text(encoding="utf-8"))
    return out


def session(path: Path, weights: Weights, threads: int) -> ort.InferenceSession:
    """A graph with its weights, on so many cores of the CPU."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The engine's thread waits for the next step between two calls, and so must the runtime's, without turning in circles.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    tensors = [ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(each, _FLOAT)) for each in weights.values()]
    options.add_external_initializers(list(weights), tensors)
    return ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
