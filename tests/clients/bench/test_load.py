from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from itertools import pairwise

import pytest

from oncue.clients.bench.load import PATIENCE_S, Arrival, ConnectionPool, OfferedLine, arrivals, connected, offer
from tests.clients.listeners import PretendClient, PretendLine, simulate
from tests.conftest import Running

TEXTS = ("one", "two", "three")


def slow(text: str) -> PretendLine:
    return PretendLine(first_s=5.0, every_s=0.05, chunks=3)


def offered(clients: list[PretendClient], due: list[Arrival]) -> list[OfferedLine]:
    async def work(clock: Callable[[], float]) -> list[OfferedLine]:
        return await offer(ConnectionPool([client.as_client() for client in clients]), due, clock)

    found: list[OfferedLine] = simulate(work)
    return found


def test_the_same_seed_gives_the_same_arrivals_and_another_gives_others() -> None:
    assert arrivals(TEXTS, 2.0, 30, seed=1) == arrivals(TEXTS, 2.0, 30, seed=1)
    assert arrivals(TEXTS, 2.0, 30, seed=1) != arrivals(TEXTS, 2.0, 30, seed=2)


def test_arrivals_are_a_poisson_process() -> None:
    found = arrivals(TEXTS, 4.0, 2000, seed=3)
    gaps = [after.at_s - before.at_s for before, after in pairwise(found)]
    assert len(found) == pytest.approx(8000, rel=0.05)
    assert statistics.stdev(gaps) == pytest.approx(statistics.mean(gaps), rel=0.05)  # as an exponential has it
    assert {arrival.text for arrival in found} == set(TEXTS)
    assert max(arrival.at_s for arrival in found) < 2000


def test_a_line_is_asked_for_when_it_is_due_though_earlier_ones_have_not_ended() -> None:
    client = PretendClient(slow)
    found = offered([client], [Arrival(at_s, "one", 0) for at_s in (0.5, 0.75, 1.0)])
    assert [at_s for at_s, _ in client.asked] == pytest.approx([0.5, 0.75, 1.0])
    assert all(one.heard is not None and one.heard.times().first_chunk_s == pytest.approx(5.0) for one in found)


def test_a_line_counts_from_when_it_was_due_though_the_generator_was_late() -> None:
    async def work(clock: Callable[[], float]) -> OfferedLine:
        await asyncio.sleep(1.0)
        return await ConnectionPool([PretendClient(slow).as_client()]).hear(Arrival(0.2, "one", 0), 0.2, clock)

    late: OfferedLine = simulate(work)
    assert (late.due_at, late.asked_at) == (0.2, 1.0)
    assert late.heard is not None
    assert late.heard.times().first_chunk_s == pytest.approx(5.8)


def test_lines_are_spread_over_the_connections() -> None:
    clients = [PretendClient(slow) for _ in range(3)]
    offered(clients, [Arrival(at_s, "one", 0) for at_s in (0.1, 0.2, 0.3, 0.4)])
    assert sorted(len(client.asked) for client in clients) == [1, 1, 2]


def test_a_refused_line_is_counted_and_the_others_go_on() -> None:
    found = offered([PretendClient(slow)], [Arrival(0.1, "refuse", 0), Arrival(0.2, "one", 0)])
    assert [one.problem for one in found] == ["busy", ""]


def test_a_line_that_never_ends_is_given_up() -> None:
    client = PretendClient(lambda text: PretendLine(first_s=10 * PATIENCE_S, every_s=0.0, chunks=1))
    (found,) = offered([client], [Arrival(0.0, "one", 0)])
    assert found.problem == "never_ended"


async def test_a_load_on_a_real_server_is_heard(running: Running) -> None:
    async with connected(running.url, "", 2) as pool:
        found = await offer(pool, [Arrival(0.0, "Hi.", 1), Arrival(0.01, "Hi.", 1), Arrival(0.02, "", 1)])
    assert [one.problem for one in found] == ["", "", "text_empty"]
    assert found[0].heard is not None
    assert found[1].heard is not None
    assert found[0].heard.pcm == found[1].heard.pcm
