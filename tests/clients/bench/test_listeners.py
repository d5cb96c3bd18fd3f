from __future__ import annotations

import pytest

from oncue.clients.bench.listeners import alone, audible_sample, listen, together
from oncue.clients.bench.stalls import Stall, Stalls
from oncue.clients.client import Client
from tests.clients.listeners import heard, tone
from tests.conftest import Running

SHORT = "Hi."


async def test_a_listener_notes_what_came_and_when(running: Running) -> None:
    async with await Client.connect(running.url) as client:
        line = await listen(client, SHORT, seed=4)
    times = line.times()
    assert 0 < times.first_chunk_s <= times.first_audible_s
    assert len(times.slacks_s) == len(line.chunks) - 1
    assert len(line.pcm) // 2 == line.done.samples == sum(chunk.samples for chunk in line.chunks)
    assert [mark.text for mark in line.words] == ["Hi"]


async def test_sessions_at_once_hear_what_each_would_hear_alone(running: Running) -> None:
    scripts = [[(SHORT, seed)] for seed in range(3)]
    single = await alone(running.url, "", [line for script in scripts for line in script])
    many = [line for script in await together(running.url, "", scripts) for line in script]
    assert [line.pcm for line in many] == [line.pcm for line in single]


def test_leading_silence_is_not_heard_as_the_first_sound() -> None:
    line = heard((0.1, 0.2), chunk_s=0.2, silent=250)
    assert line.times().first_chunk_s == pytest.approx(0.1)
    assert line.times().first_audible_s == pytest.approx(0.1 + 0.25)


def test_a_line_that_is_never_audible_was_heard_at_its_end() -> None:
    line = heard((0.1, 0.2), silent=10_000)
    assert line.times().first_audible_s == pytest.approx(0.2)


def test_the_limit_of_audibility_is_50_decibels_below_full_scale() -> None:
    assert audible_sample(tone(10, silent=7)) == 7
    assert audible_sample((103).to_bytes(2, "little") + (104).to_bytes(2, "little")) == 1
    assert audible_sample((-104).to_bytes(2, "little", signed=True)) == 0
    assert audible_sample(b"") is None


def test_an_underrun_in_a_stall_is_heard_but_not_net() -> None:
    line = heard((0.1, 0.9, 1.0))  # the second chunk was needed at 0.3
    net = line.times(Stalls((Stall(0.2, 0.85),)))
    assert line.times().underruns == 1
    assert line.times().stalled_s == pytest.approx(0.6)
    assert net.underruns == 0
    assert net.total_s == pytest.approx(0.35)


def test_a_stall_that_ended_before_the_sound_ran_out_explains_its_share_too() -> None:
    line = heard((0.1, 0.35))  # needed at 0.3; it would have come at 0.2
    assert line.times(Stalls((Stall(0.12, 0.27),))).underruns == 0


def test_what_a_stall_does_not_explain_stays() -> None:
    line = heard((0.1, 0.9, 1.0))
    net = line.times(Stalls((Stall(0.3, 0.5),)))
    assert net.underruns == 1
    assert net.stalled_s == pytest.approx(0.4)
    assert line.times(Stalls((Stall(2.0, 3.0),))) == line.times()


def test_a_late_first_sample_is_net_of_the_stall_before_it() -> None:
    line = heard((0.6, 0.7), due_at=5.0)
    assert line.times(Stalls((Stall(4.9, 5.4),))).first_audible_s == pytest.approx(0.2)
