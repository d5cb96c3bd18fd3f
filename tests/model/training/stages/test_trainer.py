from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from oncue.model.training.stages import runtime
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(0.05, (0.9, 0.98), 0.0, 1.0)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock takes a second."""
    ticks = iter(range(100_000))
    monkeypatch.setattr("time.monotonic", lambda: float(next(ticks)))


def network(value: float) -> nn.Linear:
    made = nn.Linear(3, 1)
    nn.init.constant_(made.weight, value)
    return made


def trainer(path: Path, *, minutes: float = 2.0, **parts: nn.Module) -> Trainer:
    return Trainer(parts, path, RECIPE, minutes, torch.device("cpu"))


def run(made: Trainer, part: nn.Module) -> list[float]:
    losses = []
    for _ in made:
        loss = (part(torch.ones(4, 3)) - 2).square().mean()
        losses.append(float(loss.detach()))
        made.learn(loss, {"loss": loss})
    return losses


def test_a_run_learns_until_its_minutes_are_used_and_its_result_is_kept(tmp_path: Path) -> None:
    part = network(0.0)
    losses = run(trainer(tmp_path / "a.pt", part=part), part)
    assert losses[-1] < 0.1 * losses[0]
    kept = runtime.checkpoint(tmp_path / "a.pt")
    assert torch.equal(kept["part"]["weight"], part.weight)
    assert kept["step"] == len(losses)


def test_an_interrupted_run_goes_on_and_both_together_take_the_minutes_of_one(tmp_path: Path) -> None:
    whole = len(run(trainer(tmp_path / "whole.pt", minutes=12, part=(part := network(0.0))), part))
    first = trainer(path := tmp_path / "a.pt", minutes=12, part=(part := network(0.0)))
    for _ in first:
        first.learn((part(torch.ones(4, 3)) - 2).square().mean(), {})
        if path.exists():
            break
    again = trainer(path, minutes=12, part=(other := network(9.0)))
    assert again.resumed
    assert torch.equal(other.weight, runtime.checkpoint(path)["part"]["weight"])
    assert again.step > 0
    run(again, other)
    assert abs(again.step - whole) <= 0.1 * whole


def test_a_part_that_needs_no_gradient_is_kept_but_not_moved(tmp_path: Path) -> None:
    part, still = network(0.0), network(5.0).requires_grad_(requires_grad=False)
    run(trainer(tmp_path / "a.pt", part=part, still=still), part)
    assert (runtime.checkpoint(tmp_path / "a.pt")["still"]["weight"] == 5).all()


def test_a_loss_that_is_not_a_number_moves_nothing(tmp_path: Path) -> None:
    part = network(1.0)
    made = trainer(tmp_path / "a.pt", part=part)
    made.learn(part(torch.full((1, 3), torch.nan)).sum(), {})
    assert (part.weight == 1).all()


def test_a_new_run_begins_with_the_weights_it_is_given_and_one_that_goes_on_does_not(tmp_path: Path) -> None:
    given, path = tmp_path / "given.pt", tmp_path / "a.pt"
    trainer(given, part=network(7.0)).save(given, to_resume=False)
    assert "optimiser" not in runtime.checkpoint(given)
    new = trainer(path, part=(part := network(0.0)))
    new.start_from(given, "part")
    assert (part.weight == 7).all()
    run(new, part)
    again = trainer(path, part=(other := network(0.0)))
    again.start_from(given, "part")
    assert torch.equal(other.weight, part.weight)
    with pytest.raises(SystemExit, match=r"nothing\.pt"):
        trainer(tmp_path / "b.pt", part=other).start_from(tmp_path / "nothing.pt", "part")
