from __future__ import annotations

import asyncio

from oncue.server.sessions.session_driver import SessionDriver
from oncue.streaming.protocol import messages
from oncue.streaming.session.line_output import OutgoingFrame
from oncue.streaming.session.session import Session, SessionConfig
from tests.conftest import Running
from tests.resolvers import OneVoice


class FrameSender:
    def __init__(self) -> None:
        self.frames: list[OutgoingFrame] = []

    def deliver(self, frames: list[OutgoingFrame]) -> None:
        self.frames += frames

    @property
    def ended(self) -> bool:
        return any('"type":"done"' in frame.data for frame in self.frames if isinstance(frame.data, str))


def seated(running: Running) -> tuple[SessionDriver, FrameSender]:
    pool = running.server.state.pool
    config = SessionConfig("s", pool.spec, ())
    session = Session(config, OneVoice(next(iter(pool.voices.values()))), pool.next_uid)
    driver, sender = SessionDriver(session, pool, running.server.state.metrics), FrameSender()
    driver.sender = sender
    driver.receive(messages.Open(lead_ms=60_000))
    return driver, sender


async def until_ended(sender: FrameSender) -> None:
    async with asyncio.timeout(60):
        while not sender.ended:
            await asyncio.sleep(0.01)


async def test_a_line_is_spoken_for_whoever_carries_the_session(running: Running) -> None:
    driver, sender = seated(running)
    driver.receive(messages.Speak("a", "Hello there."))
    await until_ended(sender)
    assert any(isinstance(frame.data, bytes) for frame in sender.frames)


async def test_what_is_said_while_nobody_carries_it_is_heard_after_the_resume(running: Running) -> None:
    driver, first = seated(running)
    driver.receive(messages.Speak("a", "Hello there."))
    driver.detach()
    async with asyncio.timeout(60):
        while running.server.state.pool.lines:
            await asyncio.sleep(0.01)
    assert not first.ended
    driver.sender = second = FrameSender()
    driver.receive(messages.Resume("s", "a", 0))
    assert second.ended
    assert driver.session.active == 0


async def test_a_client_that_leaves_or_stays_away_has_its_lines_cancelled(running: Running) -> None:
    for goes in (SessionDriver.abandon, lambda driver: (driver.detach(), driver.expire())):
        driver, _ = seated(running)
        driver.receive(messages.Speak("a", "Hello there, and more to come. ", final=False))
        goes(driver)
        async with asyncio.timeout(60):
            while running.server.state.pool.lines:
                await asyncio.sleep(0.01)
