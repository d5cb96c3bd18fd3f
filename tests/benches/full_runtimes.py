"""The full family's runtimes in turn, in one process: `python -m tests.benches.full_runtimes --device cuda --runtimes torch,onnx,tensorrt`.

A step of the decoder, a call of the flow's estimator (guided, so two rows a line) and a window of the vocoder, at the released
sizes with random weights, or with `--small` at those of the parity data. Medians in milliseconds by the clock, and each as a
share of the first runtime's. torch is run as the family runs it, with a CUDA graph of the step where there is a GPU.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from oncue.model.indextts2.networks.assembly import IndexNetworks, build
from oncue.model.indextts2.networks.config import released
from oncue.model.indextts2.networks.layout import lay_out
from oncue.model.indextts2.onnx.serving import serve
from oncue.model.indextts2.options import SpeechOptions
from oncue.model.indextts2.streaming.slots import DecoderSlots, Draw, Fill
from tests.model.indextts2.family import networks as small_networks

PREFIX, FRAMES, WINDOW_FRAMES = 95, 400, 86
Calls = dict[str, Callable[[], object]]


def calls(networks: IndexNetworks, options: SpeechOptions, runtime: str) -> Calls:
    """What is measured of a runtime."""
    serving = None if runtime == "torch" else serve(networks, options, runtime)  # type: ignore[arg-type]
    step = None if serving is None else serving.step
    slots = DecoderSlots(networks.gpt, options.slots, options.capacity, network=step)
    slots.capture()
    device, config = networks.device, networks.config
    prefix = torch.randn(PREFIX, config.gpt.dim, device=device)
    slots.prefill([Fill(slot, prefix) for slot in range(options.slots)])
    draws = [Draw(slot, 0.5, 0.5, None) for slot in range(options.slots)]
    estimate = networks.flow.estimator if serving is None else serving.estimate
    vocoder = networks.vocoder if serving is None else serving.vocoder
    dit, layout = config.s2mel.dit, lay_out([FRAMES, FRAMES], device)
    x, condition = (torch.randn(2, FRAMES, size, device=device) for size in (dit.mels, dit.dim))
    times, mel = torch.full((2,), 0.4, device=device), torch.randn(1, WINDOW_FRAMES, dit.mels, device=device)
    return {
        "decoder step": lambda: slots.step(draws),
        "estimator call": lambda: estimate(x, condition, times, layout),
        "vocoder window": lambda: vocoder(mel),
    }


def milliseconds(call: Callable[[], object]) -> float:
    """Of one call, with everything it started finished."""
    begun = time.perf_counter()
    with torch.inference_mode():
        call()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return 1e3 * (time.perf_counter() - begun)


def measure(measured: dict[str, Calls], rounds: int) -> dict[str, dict[str, float]]:
    """Medians of each call of each runtime, which take turns; the first calls are not counted."""
    spent: dict[str, dict[str, list[float]]] = {name: {} for name in measured}
    for each in range(rounds + 3):
        for runtime, made in measured.items():
            for name, call in made.items():
                took = milliseconds(call)
                if each >= 3:
                    spent[runtime].setdefault(name, []).append(took)
    return {runtime: {name: float(np.median(took)) for name, took in made.items()} for runtime, made in spent.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runtimes", default="torch,onnx")
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--precision", default="float32", choices=("float32", "float16"))
    parser.add_argument("--small", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    networks = small_networks() if given.small else build(released())
    networks.settle(given.device, getattr(torch, given.precision))
    options = replace(SpeechOptions(), slots=given.slots, capacity=PREFIX + given.rounds + 20)
    runtimes = given.runtimes.split(",")
    found = measure({runtime: calls(networks, options, runtime) for runtime in runtimes}, given.rounds)
    for name in found[runtimes[0]]:
        first = found[runtimes[0]][name]
        told = "  ".join(f"{each} {found[each][name]:8.2f} ms ({found[each][name] / first:.2f})" for each in runtimes)
        print(f"{name:16}{told}", flush=True)


if __name__ == "__main__":
    main()
