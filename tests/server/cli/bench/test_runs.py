from __future__ import annotations

import pytest

from oncue.clients.bench.compare import Side
from oncue.clients.bench.stalls import NO_STALLS, Stall, StallMeter, Stalls
from oncue.server.cli.bench import runs
from oncue.server.cli.common import CommandError
from tests.clients.listeners import heard, tone
from tests.conftest import Running

STRETCH = runs.Stretch(seconds=0.4, seed=1, start_limit_s=60.0)


class Steady(StallMeter):
    """A meter of a machine that never stops; no process."""

    def read(self) -> Stalls:
        return NO_STALLS


def test_nobody_stalling_and_nobody_differing_passes() -> None:
    result = runs.sessions_of(2, [heard()] * 2, [heard(), heard((0.2, 0.3, 0.4))], NO_STALLS, 0.0, 0.2)
    assert result.passed
    assert result.rtf_alone == pytest.approx(0.5)
    assert result.net.first_audible_p50_s == pytest.approx(0.15)


def test_one_underrun_fails_unless_the_machine_stood_still() -> None:
    late = heard((0.1, 0.9, 1.0))
    assert not runs.sessions_of(1, [heard()], [late], NO_STALLS, 0.0, 0.2).passed
    paused = runs.sessions_of(1, [heard()], [late], Stalls((Stall(0.2, 0.85),)), 0.0, 0.2)
    assert paused.passed
    assert (paused.as_heard.underruns, paused.net.underruns) == (1, 0)
    assert paused.stood_still_s == pytest.approx(0.65)


def test_one_sample_that_differs_from_the_line_alone_fails() -> None:
    other = heard(silent=1)
    assert other.pcm != heard().pcm == tone(600)
    result = runs.sessions_of(1, [heard()], [other], NO_STALLS, 0.0, 0.2)
    assert not result.passed
    assert result.unequal_lines == 1


async def test_sessions_on_a_real_server_hear_what_they_would_hear_alone(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "TEXTS", ("Hi.",))
    result = await runs.sessions(running.url, "", Steady(), count=2, lines=1, start_limit_s=60.0)
    assert result.sessions.equal_to_alone
    assert len(result.heard) == result.sessions.lines == 2


async def test_a_search_on_a_real_server_ends_at_the_most(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "TEXTS", ("Hi.",))
    monkeypatch.setattr("oncue.clients.bench.figures.MISS_LIMIT", 1.0)  # this machine may be as slow as it likes
    result = await runs.capacity(running.url, "", Steady(), STRETCH, most=2)
    assert [one.load.streams for one in result.tried] == [1, 2]
    assert result.streams == 2


async def test_two_servers_get_the_same_lines_in_turn(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "TEXTS", ("Hi.",))
    urls: dict[Side, str] = {"A": running.url, "B": running.url}
    result = await runs.compare(urls, "", Steady(), STRETCH, streams=8.0, pairs=2)
    assert [one.load.seed for one in result.a] == [one.load.seed for one in result.b] == [1, 2]
    for a, b in zip(result.a, result.b, strict=True):
        assert a.load.lines == b.load.lines
        assert a.load.audio_s == b.load.audio_s


async def test_a_load_in_which_no_line_is_due_is_a_sentence(running: Running) -> None:
    with pytest.raises(CommandError, match="--seconds"):
        await runs.load(running.url, "", Steady(), STRETCH, streams=0.01, line_s=9.0)


async def test_a_server_may_be_named_by_its_url() -> None:
    async with runs.serving("http://127.0.0.1:1") as url:
        assert url == "http://127.0.0.1:1"
