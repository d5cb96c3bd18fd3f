from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model.training.runtime import Budget, load_checkpoint, restore, save_checkpoint, trapezoid


def test_the_rate_rises_stays_and_falls() -> None:
    rates = [trapezoid(step / 100) for step in range(101)]
    assert rates[0] < 0.1
    assert rates[30] == 1
    assert rates[100] == pytest.approx(0.02)
    assert rates[60:] == sorted(rates[60:], reverse=True)


def test_a_budget_counts_what_earlier_runs_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 130.0)
    assert Budget(total_s=100, spent_s=20, started=100).progress == 0.5
    assert Budget(total_s=40, spent_s=20, started=100).progress == 1


def test_a_checkpoint_comes_back_and_a_missing_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    assert load_checkpoint(path, torch.device("cpu")) is None
    save_checkpoint(path, {"x": torch.arange(3), "step": 4})
    state = load_checkpoint(path, torch.device("cpu"))
    assert state is not None
    assert state["step"] == 4
    assert list(tmp_path.iterdir()) == [path]


def test_an_optimiser_goes_on_where_it_was_but_runs_as_this_process_wants() -> None:
    weight = torch.ones(2, requires_grad=True)
    old = torch.optim.AdamW([weight], 0.1)
    weight.sum().backward()
    old.step()
    new = torch.optim.AdamW([weight], 0.5, fused=True)
    restore(new, old.state_dict())
    assert new.param_groups[0]["lr"] == 0.1
    assert new.param_groups[0]["fused"] is True
    new.step()
