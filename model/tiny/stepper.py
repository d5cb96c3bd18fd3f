"""One decoder step of some slots: pointer advances, digits, stops; and the ring that their history is in.

Rows are computed BLOCK at a time or a multiple of it, whether a slot is taken or not, and fewer than that just as they are;
blocks that no row of the step lies in are left out. A library's kernel, and with it the order of its sums, may depend on the
number of rows: when a stepper is made it tries whether this machine's does, and if so every block is whole and a call of its
own. So a row comes out the same to the bit whatever rows are beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from oncue.model.api import Step
from oncue.model.tiny.layout import ATTENTION_WINDOW, NUM_DIGITS
from oncue.model.tiny.rows import Row
from oncue.model.tiny.runtime import Graph
from oncue.model.tiny.steps import Told

BLOCK = 4
"""Many rows are computed in multiples of it, so that few numbers of rows have to be tried."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a row says next; `healthy` is false when a value was not a number."""

    digits: tuple[int, ...]
    advance: int
    wants_stop: bool
    healthy: bool


@dataclass(frozen=True, slots=True)
class _Call:
    """A run of rows, with everything in place that the runtime reads and writes."""

    binding: ort.IOBinding
    kept: tuple[NDArray[Any], ...]
    """The runtime holds addresses, so somebody must hold the arrays."""

    def run(self, graph: Graph) -> None:
        """Compute what is bound."""
        graph.session.run_with_iobinding(self.binding)


class Stepper:
    """Runs the decoder over `slots` rows, whose histories it holds."""

    def __init__(self, graph: Graph, slots: int, *, for_many: bool = True) -> None:
        """Whether many blocks may be computed together is tried only `for_many`: it takes a twentieth of a second."""
        assert slots % BLOCK == 0, "slots come in blocks"
        self._graph = graph
        shapes = {each.name: each.shape for each in graph.session.get_inputs()}
        _, heads, window, head_dim = shapes["keys_0"]
        layers, dim = sum(name.startswith("keys_") for name in shapes), shapes["arrivals"][2]
        assert window == ATTENTION_WINDOW, "graphs of another version"
        self.told = Told(slots, dim, head_dim)
        self.ring = np.zeros((layers, 2, slots, heads, window, head_dim), np.float32)
        self.grounds = np.zeros((slots, dim), np.float32)
        """What the stop was decided by, in the last step."""
        self._fresh = np.zeros((layers, 2, slots, heads, 1, head_dim), np.float32)
        self._stop = np.zeros((slots, 1), np.float32)
        self._choices = np.zeros((1 + NUM_DIGITS, slots), np.int64)
        self._number = np.arange(slots)[:, None]
        self._calls: dict[tuple[int, int], _Call] = {}
        self._least = 1 if self._indifferent(BLOCK, range(1, BLOCK)) else BLOCK
        together = range(2 * BLOCK, slots + 1, 3 * BLOCK)
        self._most = slots if for_many and all(self._indifferent(rows, (BLOCK,)) for rows in together) else BLOCK

    def step(self, rows: Sequence[Row | None], steps: Mapping[int, Step]) -> dict[int, Choice]:
        """A choice for each row named by `steps`, by its index."""
        positions = self.told.fill(rows, steps)
        index = list(steps)
        for first, last in _runs(index, few=self._least == 1):
            self._run(first, last)
        for at, position in zip(index, positions, strict=True):
            self.ring[:, :, at, :, position % ATTENTION_WINDOW] = self._fresh[:, :, at, :, 0]
        healthy = np.isfinite(self.grounds[index].sum(1)).tolist()
        stops, choices = self._stop[index, 0].tolist(), self._choices[:, index].T.tolist()
        return {
            at: Choice(tuple(digits), move, stop > 0, fine)
            for at, (move, *digits), stop, fine in zip(index, choices, stops, healthy, strict=True)
        }

    def clear(self, slot: int) -> None:
        """Wipe a row's history.

        A masked key still meets its value times zero, and zero times NaN is NaN: so wipe, do not only mask.
        """
        self.ring[:, :, slot] = 0

    def _run(self, first: int, last: int) -> None:
        for start in range(first, last, self._most):
            self._call(start, min(last, start + self._most)).run(self._graph)

    def _call(self, first: int, last: int) -> _Call:
        known = self._calls.get((first, last))
        if known is None:
            known = self._calls[first, last] = self._bound(first, last)
        return known

    def _bound(self, first: int, last: int) -> _Call:
        binding, kept = self._graph.session.io_binding(), list[NDArray[Any]]()
        told = ("previous", "seen", "arrivals", "timing", "condition", "noise", "mask", "cos", "sin")
        inputs: dict[str, NDArray[Any]] = {name: getattr(self.told, name) for name in told}
        outputs: dict[str, NDArray[Any]] = {"told": self.grounds, "stop": self._stop}
        outputs |= {f"choice_{place}": choice for place, choice in enumerate(self._choices)}
        for layer, (ring, fresh) in enumerate(zip(self.ring, self._fresh, strict=True)):
            inputs |= {f"keys_{layer}": ring[0], f"values_{layer}": ring[1]}
            outputs |= {f"key_{layer}": fresh[0], f"value_{layer}": fresh[1]}
        inputs["number"] = self._number
        for name, array in inputs.items():
            # Rows are counted within a call.
            part = array[: last - first] if name == "number" else array[first:last]
            assert part.flags.c_contiguous, "the runtime reads rows in place"
            binding.bind_input(name, "cpu", 0, part.dtype.type, part.shape, part.ctypes.data)
            kept.append(part)
        for name, array in outputs.items():
            part = array[first:last]
            binding.bind_output(name, "cpu", 0, part.dtype.type, part.shape, part.ctypes.data)
            kept.append(part)
        return _Call(binding, tuple(kept))

    def _indifferent(self, rows: int, sizes: Iterable[int]) -> bool:
        """Whether so many rows come out the same to the bit in one call and in calls of each of these sizes."""
        told, random = self.told, np.random.default_rng(0)
        for array in (told.seen, told.arrivals, told.timing, told.condition, told.noise):
            array[:] = random.standard_normal(array.shape, np.float32)
        results: tuple[NDArray[Any], ...] = (self.grounds, self._stop, self._choices.T, self._fresh.swapaxes(0, 2))
        self._call(0, rows).run(self._graph)
        together = [each[:rows].copy() for each in results]
        for size in sizes:
            for first in range(0, rows, size):
                self._call(first, min(rows, first + size)).run(self._graph)
            if not all(np.array_equal(a, b[:rows]) for a, b in zip(together, results, strict=True)):
                return False
        return True


def _runs(index: Sequence[int], *, few: bool) -> list[tuple[int, int]]:
    """First and one past the last slot of each call that computes the rows `index`.

    Blocks without one of them are left out, for four rows more cost more than a call more; rows that lie in the space of one
    block are computed without those around them, where a machine may compute so `few`.
    """
    first, last = min(index), max(index) + 1
    if few and last - first <= BLOCK:
        return [(first, last)]
    blocks = {at // BLOCK for at in index}
    starts = sorted(block for block in blocks if block - 1 not in blocks)
    ends = sorted(block + 1 for block in blocks if block + 1 not in blocks)
    return [(start * BLOCK, end * BLOCK) for start, end in zip(starts, ends, strict=True)]
