"""Where the bundled family's time goes: `taskset -c 0 python -m tests.benches.bundled` prints it for 1, 4, 16 and 32 lines.

Processor time of this thread, medians over many calls, so that another program on the core spoils caches and no more.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np

from oncue.model.api import EmotionSource, Start, Step, Window
from oncue.model.tiny.layout import CODE_SAMPLES, CODES_PER_SECOND
from oncue.model.tiny.speech import TinySpeech, load

TEXT = "The weather is nice today and we go out for a long walk, my dear friend."
STEPS, WINDOW_CODES = 48, 8


def median_ms(call: Callable[[], object], times: int) -> float:
    """Milliseconds of processor time."""
    spent = []
    for _ in range(times):
        begun = time.thread_time()
        call()
        spent.append(time.thread_time() - begun)
    return 1e3 * float(np.median(spent))


def figures(model: TinySpeech, lines: int) -> tuple[float, float, float]:
    """Milliseconds of a step, of its graph alone, and of a window of each line vocoded together."""
    script, voice = model.read(TEXT), next(iter(model.voices.values()))
    plain = model.emotion(EmotionSource())
    model.prefill([Start(slot, script, voice, plain, script.natural_codes, slot) for slot in range(lines)])
    steps = [Step(slot, 30.0, may_stop=False) for slot in range(lines)]
    step = median_ms(lambda: model.decode(steps), STEPS)
    graph = median_ms(lambda: model._stepper._run(0, lines), STEPS)
    firsts = iter(range(0, STEPS, WINDOW_CODES))

    def vocode() -> None:
        first, held_back = next(firsts), model.spec.held_back_samples
        owed, spans = held_back if first else 0, (CODE_SAMPLES,) * WINDOW_CODES
        model.vocode([Window(slot, first, spans, final=False, owed=owed, held_back=held_back) for slot in range(lines)])

    window = median_ms(vocode, STEPS // WINDOW_CODES)
    for slot in range(lines):
        model.release(slot)
    return step, graph, window


def main() -> None:
    """Print the table."""
    begun = time.process_time()
    model = load()
    print(f"loaded in {time.process_time() - begun:.2f} s of processor time")
    print("lines  step ms  graph ms  window ms  real-time factor of a line")
    for lines in (1, 4, 16, 32):
        step, graph, window = figures(model, lines)
        factor = (step * CODES_PER_SECOND + window * CODES_PER_SECOND / WINDOW_CODES) / 1e3 / lines
        print(f"{lines:5}  {step:7.2f}  {graph:8.2f}  {window:9.2f}  {factor:.4f}")
    print(f"resident {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
