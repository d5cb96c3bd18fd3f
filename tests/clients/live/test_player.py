from __future__ import annotations

import asyncio

import pytest

from oncue.clients.client import Client, ClientError, Refusal
from oncue.clients.live.mouth import CLOSED, Pose
from oncue.clients.live.output import Nowhere
from oncue.clients.live.player import LineEnded, LineStarted, Player, connector
from oncue.streaming.protocol.messages import Duration
from tests.conftest import Running

LONG = "A line that goes on and on. " * 20


class Clock:
    """Time that passes only when somebody sleeps, and then a little at a time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.poses: list[Pose] = []
        self.player: Player | None = None

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.player is not None:
            self.poses.append(self.player.pose())
        await asyncio.sleep(0)


class Recording(Nowhere):
    """An output that keeps what it was given."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.stops = 0

    async def begin(self, rate: int) -> None:
        self.lines.append(b"")

    async def write(self, pcm: bytes) -> None:
        self.lines[-1] += pcm

    async def stop(self) -> None:
        self.stops += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def output() -> Recording:
    return Recording()


@pytest.fixture
def told() -> list[LineStarted | LineEnded]:
    return []


@pytest.fixture
def player(running: Running, clock: Clock, output: Recording, told: list[LineStarted | LineEnded]) -> Player:
    player = Player(connector(running.url), output, clock=clock, sleep=clock.sleep, observer=told.append)
    clock.player = player
    return player


async def test_the_length_is_told_before_the_sound_and_kept(
    player: Player, output: Recording, told: list[LineStarted | LineEnded]
) -> None:
    ended = await player.play("Hello there.", duration=Duration(seconds=1.2))
    assert told == [LineStarted("1", "Hello there.", 1.2, exact=True), ended]
    assert ended == LineEnded("1", "complete", 1.2)
    assert [len(line) for line in output.lines] == [2 * 28_800]
    await player.close()


async def test_the_mouth_opens_while_a_line_plays_and_is_closed_after_it(player: Player, clock: Clock) -> None:
    assert player.pose() == CLOSED
    await player.play("Hello there.")
    assert max(pose.open for pose in clock.poses) > 0
    assert player.pose() == CLOSED
    assert not player.busy
    await player.close()


async def test_lines_are_heard_one_after_another(player: Player, output: Recording) -> None:
    ended = await asyncio.gather(*(player.play(text) for text in ("One.", "Two.", "Three.")))
    assert [line.reason for line in ended] == ["complete"] * 3
    assert len(output.lines) == 3
    await player.close()


async def test_a_stop_closes_the_mouth_at_once_and_the_next_line_is_heard(player: Player, output: Recording) -> None:
    playing = asyncio.create_task(player.play(LONG))
    while not output.lines:
        await asyncio.sleep(0.01)
    assert await player.stop()
    assert player.pose() == CLOSED
    assert (await playing).reason == "cancelled"
    assert output.stops
    assert not await player.stop()
    assert (await player.play("Next.")).reason == "complete"
    await player.close()


async def test_a_refusal_leaves_the_player_usable(player: Player) -> None:
    with pytest.raises(Refusal):
        await player.play("...")
    assert (await player.play("Next.")).reason == "complete"
    await player.close()


async def test_a_lost_connection_is_told_and_the_next_line_connects_anew(
    player: Player, running: Running, output: Recording
) -> None:
    playing = asyncio.create_task(player.play(LONG))
    while not output.lines:
        await asyncio.sleep(0.01)
    for connection in list(running.server.sessions.connections):
        await connection.leave()
    with pytest.raises(ClientError):
        await playing
    assert player.pose() == CLOSED
    assert (await player.play("Next.")).reason == "complete"
    await player.close()


async def test_a_line_that_is_given_up_on_is_cancelled_at_the_server(player: Player, output: Recording) -> None:
    playing = asyncio.create_task(player.play(LONG))
    while not output.lines:
        await asyncio.sleep(0.01)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert player.pose() == CLOSED
    assert (await player.play("Next.")).reason == "complete"
    await player.close()


async def test_without_a_server_there_is_a_sentence() -> None:
    with pytest.raises(ClientError, match="no OnCue server"):
        await Player(connector("http://127.0.0.1:9")).play("Hello.")


def test_the_player_connects_only_when_it_speaks(running: Running) -> None:
    async def fail() -> Client:
        raise AssertionError

    assert Player(fail).pose() == CLOSED
