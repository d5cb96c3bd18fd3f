from __future__ import annotations

import asyncio

from oncue.server.sessions.session_driver import Seat
from oncue.streaming.protocol import messages, wire
from oncue.streaming.session.line_output import Outgoing
from oncue.streaming.session.session import Facts, Session
from tests.conftest import Running
from tests.test_journey import Names


class Carrier:
    def __init__(self) -> None:
        self.frames: list[Outgoing] = []

    def deliver(self, frames: list[Outgoing]) -> None:
        self.frames += frames

    @property
    def ended(self) -> bool:
        return any('"type":"done"' in frame.data for frame in self.frames if isinstance(frame.data, str))


def seated(running: Running) -> tuple[Seat, Carrier]:
    worker = running.server.worker
    facts = Facts("s", worker.spec, ())
    session = Session(facts, Names(worker), worker.next_uid)  # type: ignore[arg-type] # it has voices, which is all
    seat, carrier = Seat(session, worker, running.server.metrics), Carrier()
    seat.carrier = carrier
    seat.receive(wire.encode(messages.Open(lead_ms=60_000)))
    return seat, carrier


async def until_ended(carrier: Carrier) -> None:
    async with asyncio.timeout(60):
        while not carrier.ended:
            await asyncio.sleep(0.01)


async def test_a_line_is_spoken_for_whoever_carries_the_session(running: Running) -> None:
    seat, carrier = seated(running)
    seat.receive(wire.encode(messages.Speak("a", "Hello there.")))
    await until_ended(carrier)
    assert any(isinstance(frame.data, bytes) for frame in carrier.frames)


async def test_what_is_said_while_nobody_carries_it_is_heard_after_the_resume(running: Running) -> None:
    seat, first = seated(running)
    seat.receive(wire.encode(messages.Speak("a", "Hello there.")))
    seat.detach()
    async with asyncio.timeout(60):
        while running.server.worker.lines:
            await asyncio.sleep(0.01)
    assert not first.ended
    seat.carrier = second = Carrier()
    seat.receive(wire.encode(messages.Resume("s", "a", 0)))
    assert second.ended
    assert seat.session.active == 0


async def test_a_client_that_leaves_or_stays_away_has_its_lines_cancelled(running: Running) -> None:
    for goes in (Seat.leave, lambda seat: (seat.detach(), seat.expire())):
        seat, _ = seated(running)
        seat.receive(wire.encode(messages.Speak("a", "Hello there, and more to come. ", final=False)))
        goes(seat)
        async with asyncio.timeout(60):
            while running.server.worker.lines:
                await asyncio.sleep(0.01)
