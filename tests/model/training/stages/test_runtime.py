from __future__ import annotations

from pathlib import Path

import pytest
import torch

from oncue.model.training.stages.runtime import Budget, checkpoint, load_checkpoint, save_checkpoint, trapezoid


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


def test_one_that_must_be_there_says_which_is_not(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"codec\.pt"):
        checkpoint(tmp_path / "codec.pt")
