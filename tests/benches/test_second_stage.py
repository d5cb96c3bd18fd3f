from __future__ import annotations

import math

import pytest
import torch

from oncue.model.indextts2.networks.config import DiTConfig, RegulatorConfig, VocoderConfig
from oncue.model.indextts2.streaming.grid import StreamConfig
from tests.benches import second_stage as measuring
from tests.benches.second_stage import Bench
from tests.model.indextts2.receptive_field import receptive_field


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(measuring, "REGULATOR", RegulatorConfig(12, 16, 1))
    monkeypatch.setattr(measuring, "DIT", DiTConfig(16, 2, 3, 8, 16, 6, 1, 16, 2, 5))
    monkeypatch.setattr(measuring, "VOCODER", VocoderConfig(8, 8, (4, 4), (8, 8), (3,), ((1, 3),)))
    return Bench.draw(30, 1)


def test_a_cut_that_is_no_cut_is_exact_and_costs_nothing(bench: Bench) -> None:
    (cut,) = measuring.cuts(bench, 2, [StreamConfig().whole()])
    assert cut.mel_db > 80
    assert cut.work == 1


def test_cutting_costs_work_and_nearness(bench: Bench) -> None:
    (cut,) = measuring.cuts(bench, 2, [StreamConfig(blocks=(6,), lookahead_codes=3, context_frames=16)])
    assert 0 < cut.mel_db < 80
    assert cut.work > 1
    assert cut.wait_ms == 180


def test_the_full_overlap_is_exact_and_a_short_one_is_not(bench: Bench) -> None:
    full = receptive_field(measuring.VOCODER)
    short, exact = measuring.overlaps(bench, (), (0, full))
    assert exact.sound_db > 80 > short.sound_db


def test_windows_are_one_window_where_the_vocoder_hears_all_it_needs(bench: Bench) -> None:
    full = receptive_field(measuring.VOCODER)
    config = StreamConfig(blocks=(4,), lookahead_codes=2, context_frames=16, steps=2)
    enough = StreamConfig(
        blocks=(4,), lookahead_codes=2, context_frames=16, steps=2,
        vocoder_context_frames=full, vocoder_lookahead_frames=full,
    )  # fmt: skip
    (short,), (exact,) = (measuring.splits(bench, each, [(3, 5)]) for each in (config, enough))
    assert exact.natural_db > 80
    assert exact.natural_db > exact.wandering_db >= short.wandering_db
    assert sum(bench.wandering()) != sum(bench.spans())


def test_fewer_steps_are_measured_against_the_most(bench: Bench) -> None:
    most, few = measuring.fewer_steps(bench, (6, 2), repeats=1)
    assert (most.steps, few.steps) == (6, 2)
    assert math.isinf(most.mel_db)
    assert math.isfinite(few.mel_db)
    assert most.time == 1.0


def test_the_same_seed_is_the_same_bench(bench: Bench) -> None:
    again = Bench.draw(30, 1)
    assert torch.equal(again.content, bench.content)
    assert torch.equal(again.vocoder.conv_pre.weight, bench.vocoder.conv_pre.weight)
