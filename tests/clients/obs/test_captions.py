from __future__ import annotations

import asyncio
from typing import Any

from oncue.clients.live.mouth import CLOSED, Pose
from oncue.clients.live.player import LineNow, LineStarted, Player, Word, connector
from oncue.clients.obs.captions import FRAME_S, LINE_EVERY_S, ObsCaptions
from oncue.clients.obs.obs import Obs
from tests.clients.obs.fake import FakeObs, obs_studio
from tests.conftest import Running


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Screen:
    """A player whose line a test sets."""

    def __init__(self) -> None:
        self.line: LineNow | None = None

    def now(self) -> LineNow | None:
        return self.line

    def pose(self) -> Pose:
        return CLOSED if self.line is None else Pose(open=0.5, viseme="aa")


async def frames(captions: ObsCaptions, obs: Obs, screen: Screen, count: int) -> None:
    for _ in range(count):
        await captions._captions(obs)
        await captions._frame(obs, screen)
        await captions._sleep(FRAME_S)


def of(fake: FakeObs, kind: str) -> list[dict[str, Any]]:
    return [data for name, data in fake.events if name == "oncue" and data["type"] == kind]


async def test_a_line_is_told_when_it_begins_and_now_and_then_and_once_when_it_is_over() -> None:
    clock, screen = Clock(), Screen()
    async with obs_studio(FakeObs()) as fake:
        obs, captions = await Obs.connect(fake.url), ObsCaptions(clock=clock, sleep=clock.sleep)
        await frames(captions, obs, screen, 5)
        assert fake.events == []
        screen.line = LineNow("1", "Hello.", 0.1, 1.0, (Word(0, 5, 0.0, 0.9),))
        await frames(captions, obs, screen, 20)
        screen.line = None
        await frames(captions, obs, screen, 20)
        lines, mouths = of(fake, "line"), of(fake, "mouth")
    assert lines[0]["words"] == [{"char_start": 0, "char_end": 5, "start": 0.0, "end": 0.9}]
    assert [line["ended"] for line in lines].count(True) == 1
    assert len(lines) <= 2 + 20 * FRAME_S / LINE_EVERY_S
    assert mouths[0] == {"type": "mouth", "id": "1", "open": 0.5, "viseme": "aa", "at": 0.1}
    assert mouths[-1]["open"] == 0
    assert lines[-1]["ended"]


async def test_captions_go_to_the_stream_and_a_stream_without_them_ends_nothing() -> None:
    async with obs_studio(FakeObs()) as fake:
        obs, captions = await Obs.connect(fake.url), ObsCaptions(with_stream_captions=True, sleep=Clock().sleep)
        captions.told(LineStarted("1", "Hello.", 1.0, exact=False))
        await frames(captions, obs, Screen(), 1)
        fake.streaming = False
        captions.told(LineStarted("2", "Again.", 1.0, exact=False))
        await frames(captions, obs, Screen(), 1)
    assert fake.captions == ["Hello."]


async def test_a_line_of_a_running_server_lights_its_words_and_ends(running: Running) -> None:
    async with obs_studio(FakeObs()) as fake:
        obs, captions = await Obs.connect(fake.url), ObsCaptions()
        player = Player(connector(running.url), observer=captions.told)
        task = asyncio.create_task(captions.run(obs, player))
        await player.play("Hello there.")
        async with asyncio.timeout(200):
            while not any(line["ended"] for line in of(fake, "line")):
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await player.close()
        lines = of(fake, "line")
    assert len(lines[-1]["words"]) == 2
    assert lines[-1]["text"] == "Hello there."
    assert max(mouth["open"] for mouth in of(fake, "mouth")) > 0
