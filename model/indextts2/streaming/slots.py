"""Fixed slots in which lines are decoded side by side: keys, values, histories and latents of each, and one step.

Row and slot are the same number, so shapes never change: a step computes the first slots of a fixed group, and rows
that are not asked for compute something that nobody reads and that their next step overwrites. The step reads nothing
back to the host but its result, and its buffers never move, so on a GPU it is captured once per group and replayed.
When a line starts, how long it is and what it sounds like are not decided here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from oncue.model.indextts2.networks.gpt import GPT, Attend, CodePositions, code_positions
from oncue.model.indextts2.streaming.sampling import PLACEHOLDER, SamplingConfig, choose, process


class StepNetwork(Protocol):
    """The stack and its heads for one step of some rows, where another runtime computes it."""

    def __call__(
        self, x: Tensor, keys: Tensor, values: Tensor, filled: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """x [rows, dim], keys and values [layers, rows, heads, places, head_dim] of which the first `filled` [rows] hold
        something -> latents, logits, and the step's own keys and values [layers, rows, heads, 1, head_dim].
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Fill:
    """Put a line into a slot: its prefix [positions, dim], and the codes it already said if it goes on elsewhere."""

    slot: int
    prefix: Tensor
    codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draw:
    """Ask a slot for its next code with two uniform numbers, and weigh a stop after it by `stop_bias` logits.

    A bias of None rules the stop out.
    """

    slot: int
    code_uniform: float
    stop_uniform: float
    stop_bias: float | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a slot said, and whether the decoder would end there. A row that is no longer finite says None."""

    slot: int
    code: int | None
    stop: bool


@dataclass(slots=True)
class _Life:
    """What the host knows of a slot: whether a line is in it, positions in use, codes said, positions touched."""

    taken: bool = False
    positions: int = 0
    codes: int = 0
    touched: int = 1


class DecoderSlots:
    """All that changes while lines are decoded.

    A slot beside garbage, desynchronised or reused gives to the bit what it gives alone in a group of the same size.
    """

    def __init__(
        self,
        gpt: GPT,
        slots: int,
        capacity: int,
        positions: CodePositions = "contiguous",
        sampling: SamplingConfig | None = None,
        groups: Sequence[int] = (),
        network: StepNetwork | None = None,
    ) -> None:
        """`capacity` positions in each slot, prefix and codes together; steps by `network`, or by the decoder itself.

        `groups` are the numbers of slots a step may compute; the smallest that holds every slot asked for is taken,
        and without any it is all of them.
        """
        config, weight = gpt.config, gpt.mel_head.weight
        self.gpt, self.capacity, self.positions = gpt, capacity, positions
        self.sampling = sampling or SamplingConfig()
        self.groups = sorted({*groups, slots})
        self._network = network
        kept = (config.layers, slots, config.heads, capacity, config.dim // config.heads)
        self._keys = torch.zeros(kept, dtype=weight.dtype, device=weight.device)
        self._values = torch.zeros_like(self._keys)
        self._latents = torch.zeros(slots, config.code_positions, config.dim, device=weight.device)
        self._next_latent = torch.zeros(slots, config.dim, device=weight.device)
        self._scores = torch.zeros(slots, config.codes, device=weight.device)
        self._seen = torch.zeros(slots, config.codes, dtype=torch.bool, device=weight.device)
        self._filled = torch.zeros(slots, dtype=torch.long, device=weight.device)
        self._said = torch.zeros(slots, dtype=torch.long, device=weight.device)
        self._sound = torch.ones(slots, dtype=torch.bool, device=weight.device)
        self._controls = torch.zeros(4, slots, dtype=torch.float64, device=weight.device)
        self._result = torch.zeros(2, slots, dtype=torch.long, device=weight.device)
        self._staged = torch.zeros(4, slots, dtype=torch.float64, pin_memory=weight.is_cuda)
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self._lives = [_Life() for _ in range(slots)]

    def codes_of(self, slot: int) -> int:
        """How many codes a slot has said."""
        return self._lives[slot].codes

    def room(self, slot: int) -> int:
        """How many codes a slot can still take."""
        life, rows = self._lives[slot], self.gpt.config.code_positions
        return min(self.capacity - life.positions, rows - 2 - life.codes)

    def latents(self, slot: int, first: int, last: int) -> Tensor:
        """The states that predicted the codes [first, last) of a slot [codes, dim], float32. A view: copy to keep."""
        assert last <= self._lives[slot].codes, "latents of codes that were not said"
        return self._latents[slot, first:last]

    @torch.inference_mode()
    def prefill(self, fills: Sequence[Fill]) -> None:
        """Compute prefixes, all in one pass; a line alone in its pass does not depend on what else is started.

        A taken slot is filled anew, which is how a line goes on under another condition: the states of codes it
        already said are kept. Raises ValueError when a line does not fit into a slot.
        """
        inputs = [self._inputs(fill) for fill in fills]
        longest = max(len(x) for x in inputs)
        slots = torch.tensor([fill.slot for fill in fills], device=self._filled.device)

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            self._keys[layer][slots, :, :longest] = k
            self._values[layer][slots, :, :longest] = v
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)

        padded = torch.stack([F.pad(x, (0, 0, 0, longest - len(x))) for x in inputs])
        states = self.gpt.gpt(padded, attend)
        for fill, x, row in zip(fills, inputs, states, strict=True):
            self._begin(fill, row[len(fill.prefix) - 1 : len(x)], longest)

    def _inputs(self, fill: Fill) -> Tensor:
        """Prefix and codes already said [positions, dim]."""
        said = torch.tensor(fill.codes, dtype=torch.long, device=fill.prefix.device)
        rows = code_positions(1, len(said), self.positions, said.device)
        x = torch.cat([fill.prefix.float(), self.gpt.code_inputs(said, rows)])
        if len(x) >= self.capacity:
            raise ValueError(f"A line of {len(x)} positions does not fit into a slot of {self.capacity}.")
        return x

    def _begin(self, fill: Fill, states: Tensor, touched: int) -> None:
        """Set a slot to stand after `fill`; `states` [codes + 1, dim] are those that predict each code and the next."""
        slot, count, life = fill.slot, len(fill.codes), self._lives[fill.slot]
        latents, logits = self.gpt.heads(states)
        kept = min(life.codes, count)
        self._latents[slot, kept:count] = latents[kept:count]
        self._next_latent[slot] = latents[-1]
        self._seen[slot] = False
        self._seen[slot, [PLACEHOLDER, self.gpt.config.start_code, *fill.codes]] = True
        nothing = torch.full((1,), -torch.inf, device=logits.device)
        self._scores[slot] = self._score(logits[-1:], nothing, self._seen[slot : slot + 1])[0]
        self._sound[slot] = logits[-1].isfinite().all()
        positions = len(fill.prefix) + count
        self._filled[slot] = positions
        self._said[slot] = count
        self._lives[slot] = _Life(True, positions, count, max(life.touched, touched, positions + 1))

    @torch.inference_mode()
    def step(self, draws: Sequence[Draw]) -> list[Drawn]:
        """The next code of each slot named, in the order of `draws`; one read from the device."""
        assert all(self._lives[draw.slot].taken for draw in draws), "a slot without a line was asked for a code"
        if any(self.room(draw.slot) < 1 for draw in draws):
            raise ValueError("A slot is full: give it more positions or end its line sooner.")
        group = next(size for size in self.groups if size > max(draw.slot for draw in draws))
        self._staged.zero_()
        for draw in draws:
            bias = -math.inf if draw.stop_bias is None else draw.stop_bias
            self._staged[:, draw.slot] = torch.tensor([draw.code_uniform, draw.stop_uniform, bias, 1.0])
        self._controls.copy_(self._staged, non_blocking=True)
        self._run(group)
        codes, stops = self._result.tolist()
        for draw in draws:
            life = self._lives[draw.slot]
            life.positions, life.codes, life.touched = life.positions + 1, life.codes + 1, life.touched + 1
        return [
            Drawn(draw.slot, codes[draw.slot] if codes[draw.slot] >= 0 else None, bool(stops[draw.slot]))
            for draw in draws
        ]

    def _run(self, group: int) -> None:
        if group in self._graphs:
            self._graphs[group].replay()
        else:
            self._advance(group)

    def _advance(self, group: int) -> None:
        """One step of the first `group` slots, from `_controls` to `_result`, on the device alone."""
        code_uniform, stop_uniform, stop_bias, running = self._controls[:, :group]
        config, rows, executing = self.gpt.config, torch.arange(group, device=running.device), running > 0
        codes = torch.where(executing, choose(self._scores[:group], code_uniform), 0)
        at = self._said[:group].clamp(max=config.code_positions - 2)
        self._latents[rows, at] = self._next_latent[:group]
        self._seen[rows, codes] = self._seen[rows, codes] | executing
        skipped = 2 if self.positions == "released" else 1
        x = self.gpt.code_inputs(codes, (at + skipped).clamp(max=config.code_positions - 1))
        latents, logits = self._states(x, group)
        scores = self._score(logits, stop_bias.float(), self._seen[:group])
        stops = (stop_uniform < scores.double().softmax(-1)[:, config.stop_code]) & executing
        scores[:, config.stop_code] = -torch.inf
        self._result[:, :group] = torch.stack([torch.where(self._sound[:group], codes, -1), stops.long()])
        self._keep(group, executing, scores, latents, logits.isfinite().all(-1))

    def _states(self, x: Tensor, group: int) -> tuple[Tensor, Tensor]:
        """Inputs [group, dim] to latents and logits; what was kept of each row is one position longer."""
        if self._network is None:
            return self.gpt.heads(self.gpt.gpt(x.unsqueeze(1), self._attend(group))[:, 0])
        at = self._filled[:group].clamp(max=self.capacity - 1)
        rows = torch.arange(group, device=at.device)
        latents, logits, keys, values = self._network(x, self._keys[:, :group], self._values[:, :group], at)
        for kept, fresh in ((self._keys, keys), (self._values, values)):
            for layer, own in zip(kept, fresh, strict=True):
                layer[rows, :, at] = own[:, :, 0]
        return latents, logits

    def _keep(self, group: int, executing: Tensor, scores: Tensor, latents: Tensor, sound: Tensor) -> None:
        """What the next step needs, of the rows that ran; the others stay where they are."""
        ran = executing.unsqueeze(1)
        self._scores[:group] = torch.where(ran, scores, self._scores[:group])
        self._next_latent[:group] = torch.where(ran, latents, self._next_latent[:group])
        self._sound[:group] = torch.where(executing, sound, self._sound[:group])
        self._filled[:group] += executing
        self._said[:group] += executing

    def _score(self, logits: Tensor, stop_bias: Tensor, seen: Tensor) -> Tensor:
        """Logits [rows, codes] to scores, the stop biased [rows], the start never to be said."""
        config = self.gpt.config
        logits = logits.clone()
        logits[:, config.start_code] = -torch.inf
        logits[:, config.stop_code] += stop_bias
        return process(logits, seen, self.sampling)

    def _attend(self, group: int) -> Attend:
        """Write each row's key and value at the end of its own, then attend to all it has."""
        at = self._filled[:group].clamp(max=self.capacity - 1)
        rows = torch.arange(group, device=at.device)
        mask = (torch.arange(self.capacity, device=at.device) <= at.unsqueeze(1))[:, None, None, :]

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            self._keys[layer][rows, :, at] = k[:, :, 0]
            self._values[layer][rows, :, at] = v[:, :, 0]
            keys, values = self._keys[layer, :group], self._values[layer, :group]
            return F.scaled_dot_product_attention(q, keys, values, attn_mask=mask)

        return attend

    @torch.inference_mode()
    def release(self, slot: int) -> None:
        """Forget a slot, to the bit, so that nothing a line left (a NaN least of all) can reach the next one."""
        life = self._lives[slot]
        if not life.taken:
            return
        for kept in (self._keys, self._values):
            kept[:, slot, :, : life.touched] = 0
        for row in (self._latents, self._next_latent, self._scores, self._seen, self._filled, self._said):
            row[slot] = 0
        self._sound[slot] = True
        self._lives[slot] = _Life()

    @torch.inference_mode()
    def capture(self) -> None:
        """Record the step of every group as a CUDA graph; without a GPU, or where another runtime steps, there is nothing to record.

        Call it while every slot is free: what is recorded also runs.
        """
        if not self._keys.is_cuda or self._network is not None:
            return
        self._controls.zero_()
        for group in self.groups:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(3):  # allocations and lazily chosen kernels settle before the recording
                    self._advance(group)
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._advance(group)
            self._graphs[group] = graph
