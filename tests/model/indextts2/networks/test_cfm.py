from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from oncue.model.indextts2.networks.cfm import Estimate, FlowMatching, FlowRow
from oncue.model.indextts2.networks.config import S2MelConfig, released
from oncue.model.indextts2.networks.layout import lay_out
from tests.model.indextts2.seeded import load_golden, manifest, seeded, unused_patterns

CFM = "net.cfm."
KNOWN, FRAMES = 30, 71
MERGED = "cond_x_merge_linear"
STAGES = sorted({name[6:] for name in load_golden("cfm").info["outputs"] if name.startswith("stage.")} - {MERGED})
CONSTANT = r"net\.cfm\.estimator\.input_pos"


@pytest.fixture(scope="module")
def flow() -> FlowMatching:
    return seeded(FlowMatching(S2MelConfig.read(load_golden("cfm").config, 64).dit))


def golden_row(name: str = "noise", length: int = FRAMES, *, second: bool = False) -> FlowRow:
    golden = load_golden("cfm")
    content = golden.input("mu_b" if second else "mu")[0, :length]
    noise = golden.input(name)[0].t()[KNOWN:length]
    return FlowRow(golden.input("prompt")[0].t(), noise, content, golden.input("style")[0])


def estimate(
    flow: FlowMatching,
    time: float,
    names: tuple[str, ...] = ("x",),
    lengths: tuple[int, ...] = (FRAMES,),
    by: Estimate | None = None,
) -> Tensor:
    """A call of the estimator, or of what serves it."""
    golden = load_golden("cfm")
    x = torch.cat([golden.input(name) for name in names]).transpose(1, 2)
    content = torch.cat([golden.input("mu" if name == "x" else "mu_b") for name in names])
    prompt = torch.zeros_like(x)
    prompt[:, :KNOWN] = golden.input("prompt")[0].t()
    style = golden.input("style").expand(len(names), -1)
    condition = flow.estimator.condition(prompt, content, style)
    one = by or flow.estimator
    return one(x, condition, torch.full((len(names),), time), lay_out(lengths, x.device)).transpose(1, 2)


def test_one_call_is_the_references(flow: FlowMatching) -> None:
    load_golden("cfm").check("estimator", estimate(flow, 0.37))


def test_one_call_at_the_very_beginning_is_the_references(flow: FlowMatching) -> None:
    load_golden("cfm").check("estimator_t0", estimate(flow, 0.0))


def test_one_call_with_no_condition_is_the_references(flow: FlowMatching) -> None:
    golden = load_golden("cfm")
    x = golden.input("x").transpose(1, 2)
    nothing = (torch.zeros_like(x), torch.zeros_like(golden.input("mu")), torch.zeros_like(golden.input("style")))
    condition = flow.estimator.condition(*nothing)
    got = flow.estimator(x, condition, torch.tensor([0.37]), lay_out([FRAMES], x.device))
    golden.check("estimator_uncond", got.transpose(1, 2))


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_the_references(flow: FlowMatching, stage: str) -> None:
    seen: list[Tensor] = []
    hook = flow.estimator.get_submodule(stage).register_forward_hook(lambda _m, _i, out: seen.append(out))
    estimate(flow, 0.37)
    hook.remove()
    load_golden("cfm").check(f"stage.{stage}", seen[0])


def test_what_enters_the_transformer_is_the_references_though_its_fixed_part_is_computed_once(
    flow: FlowMatching,
) -> None:
    seen: list[Tensor] = []
    hook = flow.estimator.transformer.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0]))
    estimate(flow, 0.37)
    hook.remove()
    load_golden("cfm").check(f"stage.{MERGED}", seen[0])


def test_a_padded_batch_is_the_references_away_from_the_padding(flow: FlowMatching) -> None:
    golden, got = load_golden("cfm"), estimate(flow, 0.37, ("x", "x_b"), (FRAMES, 50))
    golden.check("estimator_batch_masked", got[0], 0)
    golden.check("estimator_batch_masked", got[1, :, :44], (1, slice(None), slice(44)))


def test_a_padded_row_is_itself_alone_to_its_last_frame(flow: FlowMatching) -> None:
    golden = load_golden("cfm")
    both = flow.solve([golden_row(), golden_row("x_b", 50, second=True)], 3)
    alone = flow.solve([golden_row("x_b", 50, second=True)], 3)
    torch.testing.assert_close(both[1].mel, alone[0].mel, rtol=0, atol=2e-5)
    torch.testing.assert_close(both[0].mel, flow.solve([golden_row()], 3)[0].mel, rtol=0, atol=2e-5)
    assert golden.facts["info"]["padded_vs_single_maxabs_last10"] > 1, "padding that leaked would be seen"


@pytest.mark.parametrize(
    ("name", "steps", "guidance"), [("cfm_25", 25, 0.7), ("cfm_8", 8, 0.7), ("cfm_8_cfg0", 8, 0.0)]
)
def test_a_solve_is_the_references(flow: FlowMatching, name: str, steps: int, guidance: float) -> None:
    golden = load_golden("cfm")
    (solved,) = flow.solve([golden_row()], steps, guidance)
    golden.check(name, solved.mel.t(), (0, slice(None), slice(KNOWN, None)))
    assert not golden[name][..., :KNOWN].any()


def test_positions_that_count_from_zero_change_nothing(flow: FlowMatching) -> None:
    row = golden_row()
    given = FlowRow(row.prompt, row.noise, row.content, row.style, torch.arange(FRAMES))
    assert torch.equal(flow.solve([given], 2)[0].mel, flow.solve([row], 2)[0].mel)


def test_a_row_pinned_to_its_own_trail_ends_where_it_ended(flow: FlowMatching) -> None:
    row = golden_row()
    (free,) = flow.solve([row], 5)
    pinned = FlowRow(row.prompt, row.noise, row.content, row.style, trail=free.trail[:, :12])
    (again,) = flow.solve([pinned], 5)
    torch.testing.assert_close(again.mel[12:], free.mel[12:], rtol=0, atol=1e-5)


def test_a_trail_of_another_number_of_steps_is_refused(flow: FlowMatching) -> None:
    row = golden_row()
    pinned = FlowRow(row.prompt, row.noise, row.content, row.style, trail=torch.zeros(4, 3, 80))
    with pytest.raises(ValueError, match="number of steps"):
        flow.solve([pinned], 5)


def test_a_broken_row_leaves_its_neighbours_alone(flow: FlowMatching) -> None:
    broken = golden_row("x_b", 50, second=True)
    broken = FlowRow(broken.prompt, broken.noise * float("nan"), broken.content, broken.style)
    both = flow.solve([golden_row(), broken], 2)
    torch.testing.assert_close(both[0].mel, flow.solve([golden_row()], 2)[0].mel, rtol=0, atol=2e-5)
    assert both[1].mel.isnan().all()


def test_at_released_size_keys_and_shapes_are_the_checkpoints() -> None:
    with torch.device("meta"):
        flow = FlowMatching(released().s2mel.dit)
    own = {CFM + key: tuple(value.shape) for key, value in flow.state_dict().items()}
    never_read = [*unused_patterns("s2mel"), CONSTANT]
    wanted = {
        key: shape
        for key, shape in manifest("s2mel").items()
        if key.startswith(CFM) and not any(re.fullmatch(pattern, key) for pattern in never_read)
    }
    assert own == wanted
