from __future__ import annotations

import math

import pytest
import torch

from model.indextts2 import trade
from model.indextts2.bigvgan import receptive_field
from model.indextts2.config import DiTConfig, RegulatorConfig, VocoderConfig
from model.indextts2.grid import StreamConfig


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> trade.Bench:
    monkeypatch.setattr(trade, "REGULATOR", RegulatorConfig(12, 16, 1))
    monkeypatch.setattr(trade, "DIT", DiTConfig(16, 2, 3, 8, 16, 6, 1, 16, 2, 5))
    monkeypatch.setattr(trade, "VOCODER", VocoderConfig(8, 8, (4, 4), (8, 8), (3,), ((1, 3),)))
    return trade.Bench.draw(30, 1)


def test_a_cut_that_is_no_cut_is_exact_and_costs_nothing(bench: trade.Bench) -> None:
    (cut,) = trade.cuts(bench, 2, [StreamConfig().whole()])
    assert cut.mel_db > 80
    assert cut.work == 1


def test_cutting_costs_work_and_nearness(bench: trade.Bench) -> None:
    (cut,) = trade.cuts(bench, 2, [StreamConfig(blocks=(6,), lookahead_codes=3, context_frames=16)])
    assert 0 < cut.mel_db < 80
    assert cut.work > 1
    assert cut.wait_ms == 180


def test_the_full_overlap_is_exact_and_a_short_one_is_not(bench: trade.Bench) -> None:
    full = receptive_field(trade.VOCODER)
    short, exact = trade.overlaps(bench, (), (0, full))
    assert exact.sound_db > 80 > short.sound_db
    assert "exact" in trade.overlap_table([exact])


def test_fewer_steps_are_measured_against_the_most(bench: trade.Bench) -> None:
    (most, same), (few, other) = trade.fewer_steps(bench, (6, 2))
    assert (most, few) == (6, 2)
    assert math.isinf(same)
    assert math.isfinite(other)


def test_the_same_seed_is_the_same_bench(bench: trade.Bench) -> None:
    again = trade.Bench.draw(30, 1)
    assert torch.equal(again.content, bench.content)
    assert torch.equal(again.vocoder.conv_pre.weight, bench.vocoder.conv_pre.weight)


def test_every_cut_of_the_documentation_has_a_row() -> None:
    configs = trade.standard_cuts()
    rows = trade.cut_table([trade.Cut(config, 20.0, 10.0, 2.0) for config in configs]).splitlines()
    assert len(rows) == 2 + len(configs)
    assert "20.0" in rows[-1]
