"""Teach the stop on the decoder's own runs.

In a teacher's line the text ends when the countdown does. In a line of the decoder's own it may end sooner or later,
and then the stop must believe the countdown: wait a little for it, and end a line that is late as soon as its last
phone has died away. So the decoder says lines of the corpus at many lengths, and its stop alone, one linear layer, is
fitted to what it should have decided on the way (dataset aggregation, Ross et al. 2011, "A Reduction of Imitation
Learning").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.api import EmotionConditioning, Start
from oncue.model.tiny.rows import Row
from oncue.model.tiny.runtime import Runtime
from oncue.model.tiny.speech import SLOTS
from oncue.model.training.data.dataset import Dataset, build
from oncue.model.training.data.served import script_of, voice_of
from oncue.model.training.data.voices import Voices
from oncue.model.training.networks.decoder import Decoder
from oncue.model.training.networks.durations import Durations
from oncue.model.training.networks.networks import Networks
from oncue.model.training.stages import runtime
from oncue.model.training.stages.durations import natural_lengths
from oncue.model.training.stages.freerun import FreeRun

LINES = 1500
LENGTHS = (0.72, 1.4)
"""Told lengths against natural ones."""
_LATEST = 12
"""Codes after the countdown at which a line whose text is still not said is given up."""
_LAST_CODE = 1.5
"""Fewer codes left than that, and this is the one to stop with."""
_CLOSING = (0.5, 1.4)
"""Shares of its natural length that the last unit, the pause that closes a line, has at least, as the last phone ends in
it, and at most: no teacher's is longer, and who waits for ever begins to mumble.
"""
_PULL = 1e-3
"""Keeps the layer near where teachers put it."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the stop was told at each code at which it could have stopped, and whether it should have."""

    told: Tensor  # [decisions, dim]
    wanted: Tensor  # [decisions], 0 or 1


def starts(data: Dataset, voices: Voices, durations: Durations, count: int, seed: int) -> list[Start]:
    """Random lines of those that are trained on, each told a random length."""
    rng = np.random.default_rng(seed)
    picked = rng.choice(data.training, min(count, len(data.training)), replace=False)
    items = [data.items[int(index)] for index in picked]
    out = []
    for number, (item, natural) in enumerate(zip(items, natural_lengths(durations, items), strict=True)):
        script = script_of(item, natural.tolist())
        known = voices.of(item.speaker, rng)
        voice = voice_of(known, float(data.mean_log_f0[item.speaker]), item.pitch_scale)
        codes = script.natural_codes * float(np.exp(rng.uniform(*np.log(LENGTHS))))
        out.append(
            Start(number, script, voice, EmotionConditioning("tiny", {"vector": item.feeling}), codes, seed + number)
        )
    return out


def decisions(runtime: Runtime, wanted: Sequence[Start]) -> Decisions:
    """Let the decoder say all lines to their ends, and keep what its stop was told at their last units."""
    told, right = list[Tensor](), list[bool]()
    for first in range(0, len(wanted), SLOTS):
        run = FreeRun(runtime, wanted[first : first + SLOTS])
        live = list(range(len(run.rows)))
        while live:
            spent = {number for number in live if run.left(number) < _LAST_CODE}
            grounds = run.step(live)
            ended = [number for number in live if run.rows[number].pointer == run.rows[number].last_unit]
            over = {number for number in ended if closes(run.rows[number], spent=number in spent)}
            told += [torch.from_numpy(grounds[number].copy()) for number in ended]
            right += [number in over for number in ended]
            live = [number for number in live if number not in over and run.left(number) > -_LATEST]
    return Decisions(torch.stack(told), torch.tensor(right, dtype=torch.float32))


def runtime_of(decoder: Decoder, durations: Durations) -> Runtime:
    """What serves, with these two."""
    return Runtime(Networks(decoder=decoder, durations=durations).tensors(), torch.get_num_threads())


def closes(row: Row, *, spent: bool) -> bool:
    """Whether a line in its last unit should end, now that its codes are spent or not; `dwell` counts those said there."""
    least, most = (share * row.natural[-1] for share in _CLOSING)
    return row.dwell >= most or (spent and row.dwell >= least)


def right_share(stop: nn.Linear, found: Decisions) -> float:
    """Share of the decisions that a stop takes as it should."""
    with torch.inference_mode():
        return float(((stop(found.told)[:, 0] > 0) == (found.wanted > 0)).float().mean())


def fit(stop: nn.Linear, found: Decisions) -> None:
    """Logistic regression from where the layer is."""
    begun = [p.detach().clone() for p in stop.parameters()]
    optimiser = torch.optim.LBFGS(stop.parameters(), max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        near = sum(((p - at) ** 2).sum() for p, at in zip(stop.parameters(), begun, strict=True))
        value = F.binary_cross_entropy_with_logits(stop(found.told)[:, 0], found.wanted) + _PULL * near
        value.backward()
        return value

    optimiser.step(loss)


def main() -> None:
    """Command line of this stage."""
    parser = runtime.stage_options(__doc__)
    parser.add_argument("--decoder", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--durations", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    decoder, durations = Decoder().eval(), Durations().eval()
    decoder.load_state_dict(runtime.checkpoint(arguments.decoder)["decoder"])
    durations.load_state_dict(runtime.checkpoint(arguments.durations)["durations"])
    data = build(arguments.corpus)
    lines = starts(data, Voices.load(arguments.voices, data), durations, arguments.lines, seed=31)
    found = decisions(runtime_of(decoder, durations), lines)
    before = right_share(decoder.heads.stop, found)
    fit(decoder.heads.stop, found)
    after = right_share(decoder.heads.stop, found)
    print(f"[stops] of {len(found.wanted)} decisions {before:.4f} were right before and {after:.4f} are now")
    runtime.save_checkpoint(arguments.out, {"decoder": decoder.state_dict()})


if __name__ == "__main__":
    main()
