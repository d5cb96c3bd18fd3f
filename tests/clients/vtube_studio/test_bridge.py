from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from oncue.clients.live.mouth import CLOSED, Pose
from oncue.clients.live.player import Player, connector
from oncue.clients.vtube_studio.api import Denied, VTubeStudio
from oncue.clients.vtube_studio.bridge import MOUTH_OPEN, RESEND_S, Bridge, TokenFile
from tests.clients.vtube_studio.fake import HELD_S, FakeVTubeStudio, vtube_studio
from tests.conftest import Running

OPEN = Pose(0.7, 0.5, "aa", (0.7, 0.0, 0.0, 0.0, 0.0))


class Clock:
    """The bridge's time and VTube Studio's; it moves when the bridge sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Face:
    """Somebody whose mouth a test moves."""

    def __init__(self) -> None:
        self.pose = CLOSED

    def __call__(self) -> Pose:
        return self.pose


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def face() -> Face:
    return Face()


@pytest.fixture
async def studio(clock: Clock) -> AsyncIterator[FakeVTubeStudio]:
    async with vtube_studio(FakeVTubeStudio(clock)) as studio:
        yield studio


def bridge_to(
    studio: FakeVTubeStudio,
    face: Callable[[], Pose],
    clock: Clock,
    folder: Path,
    *,
    release: bool = False,
    told: list[str] | None = None,
) -> Bridge:
    return Bridge(
        face,
        lambda: VTubeStudio.connect(studio.url),
        TokenFile(folder / "token"),
        release=release,
        clock=clock,
        sleep=clock.sleep,
        tell=(told if told is not None else []).append,
    )


@asynccontextmanager
async def running_bridge(bridge: Bridge) -> AsyncIterator[None]:
    task = asyncio.create_task(bridge.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(200_000):
        if condition():
            return
        await asyncio.sleep(0.0005)
    raise AssertionError("it never came to that")


async def test_it_asks_once_and_is_allowed_for_good(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    for _ in range(2):
        studio.history.clear()
        async with running_bridge(bridge_to(studio, face, clock, tmp_path)):
            await until(lambda: len(studio.history) > 0)
    assert studio.asked == 1
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0
    assert len(set(studio.ids)) >= len(studio.parameters)


async def test_a_still_mouth_is_sent_again_before_it_is_let_go(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    async with running_bridge(bridge_to(studio, face, clock, tmp_path)):
        await until(lambda: clock.now > 110)
        assert studio.seen(MOUTH_OPEN) == 0
    assert max(studio.gaps(MOUTH_OPEN)) <= 0.5 < HELD_S
    assert len(studio.history) < 10 / RESEND_S * 2  # and not in every frame


async def test_a_moving_mouth_is_followed_in_every_frame(studio: FakeVTubeStudio, clock: Clock, tmp_path: Path) -> None:
    moving = bridge_to(studio, lambda: Pose(open=clock.now % 1), clock, tmp_path)
    async with running_bridge(moving):
        await until(lambda: clock.now > 102)
    assert max(studio.gaps("OnCueMouthOpen")) < 0.04
    assert all(values[MOUTH_OPEN] == values["OnCueMouthOpen"] for _, values in studio.history)


async def test_the_last_that_is_sent_is_a_closed_mouth(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    face.pose = OPEN
    async with running_bridge(bridge_to(studio, face, clock, tmp_path)):
        await until(lambda: studio.seen(MOUTH_OPEN) == 0.7)
        assert studio.seen("OnCueVowelA") == 0.7
        assert studio.seen("OnCueMouthForm") == 0.5
    assert studio.seen(MOUTH_OPEN) == studio.seen("OnCueVowelA") == studio.seen("OnCueMouthForm") == 0


async def test_between_lines_the_camera_has_the_mouth_back_when_asked(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    face.pose = OPEN
    async with running_bridge(bridge_to(studio, face, clock, tmp_path, release=True)):
        await until(lambda: studio.seen(MOUTH_OPEN) == 0.7)
        face.pose = CLOSED
        await until(lambda: studio.seen(MOUTH_OPEN) is None)
        assert studio.history[-1][1][MOUTH_OPEN] == 0
        face.pose = OPEN
        await until(lambda: studio.seen(MOUTH_OPEN) == 0.7)


async def test_a_user_who_says_no_is_believed(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    studio.allow = False
    with pytest.raises(Denied, match="not allowed"):
        await bridge_to(studio, face, clock, tmp_path).run()
    assert studio.asked == 1


async def test_a_token_that_was_taken_back_is_asked_for_again(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    TokenFile(tmp_path / "token").write("an-old-token")
    async with running_bridge(bridge_to(studio, face, clock, tmp_path)):
        await until(lambda: len(studio.history) > 0)
    assert studio.asked == 1


async def test_a_mouth_that_another_plugin_holds_leaves_our_own_parameters(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    studio.elsewhere.add(MOUTH_OPEN)
    face.pose, told = OPEN, list[str]()
    async with running_bridge(bridge_to(studio, face, clock, tmp_path, told=told)):
        await until(lambda: clock.now > 103)
        assert studio.seen("OnCueMouthOpen") == 0.7
    assert studio.seen(MOUTH_OPEN) is None
    assert sum("another plugin" in sentence for sentence in told) == 1


async def test_a_connection_that_is_lost_is_made_anew(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    async with running_bridge(bridge_to(studio, face, clock, tmp_path)):
        await until(lambda: len(studio.history) > 0)
        studio.history.clear()
        for socket in list(studio.sockets):
            await socket.close()
        await until(lambda: len(studio.history) > 0)
    assert studio.asked == 1


async def test_a_studio_that_is_not_there_is_told_once_and_waited_for(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path
) -> None:
    told = list[str]()
    real, studio.url = studio.url, "ws://127.0.0.1:9"
    async with running_bridge(bridge_to(studio, face, clock, tmp_path, told=told)):
        await until(lambda: clock.now > 110)
        studio.url = real
        await until(lambda: len(studio.history) > 0)
    assert sum("does not answer" in sentence for sentence in told) == 1


async def test_a_line_of_a_running_server_moves_the_mouth_and_closes_it(
    studio: FakeVTubeStudio, clock: Clock, tmp_path: Path, running: Running
) -> None:
    player = Player(connector(running.url), clock=clock)
    async with running_bridge(bridge_to(studio, player.pose, clock, tmp_path)):
        await until(lambda: len(studio.history) > 0)
        ended = await player.play("Hello there, how are you?")
        assert ended.reason == "complete"
        after = clock.now
        await until(lambda: clock.now > after + 1)
        assert studio.seen(MOUTH_OPEN) == 0
    opened = [values[MOUTH_OPEN] for _, values in studio.history]
    assert max(opened) > 0
    assert opened[-1] == 0
    await player.close()


async def test_the_token_never_reaches_the_log(
    studio: FakeVTubeStudio, face: Face, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "oncue")
    async with running_bridge(bridge_to(studio, face, clock, tmp_path)):
        await until(lambda: len(studio.history) > 0)
    assert (studio.token or "") not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("oncue"))
