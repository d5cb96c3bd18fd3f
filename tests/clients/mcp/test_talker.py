from __future__ import annotations

import pytest

from oncue.clients.live.output import Nowhere
from oncue.clients.live.player import Player, connector
from oncue.clients.mcp.talker import MOST_WAITING, SpeakingError, Talker
from tests.conftest import Running

LONG = "A line that goes on and on. " * 20


@pytest.fixture
def talker(running: Running) -> Talker:
    return Talker(lambda told: Player(connector(running.url), Nowhere(), observer=told))


async def test_a_line_that_is_waited_for_answers_when_it_was_heard(talker: Talker) -> None:
    assert await talker.speak("Hello there, you.", None, "happy", 1.0, wait=True) == {
        "state": "complete",
        "seconds": 1.0,
    }
    assert await talker.voices() == ["hum"]
    await talker.close()


async def test_a_line_answers_when_it_begins_and_the_next_one_waits(talker: Talker) -> None:
    first = await talker.speak(LONG, "hum", None, None, wait=False)
    assert first["state"] == "speaking"
    assert first["seconds"] > 5
    assert await talker.speak("Next.", None, None, None, wait=False) == {"state": "waiting", "before_it": 1}
    assert await talker.stop() == {"stopped": 2}
    assert await talker.stop() == {"stopped": 0}
    assert (await talker.speak("Again.", None, None, None, wait=True))["state"] == "complete"
    await talker.close()


async def test_what_is_refused_is_a_sentence_whether_it_is_waited_for_or_not(talker: Talker) -> None:
    for wait in (True, False):
        with pytest.raises(SpeakingError, match="voice"):
            await talker.speak("Hello.", "nobody", None, None, wait=wait)
    await talker.close()


async def test_only_so_many_lines_wait(talker: Talker) -> None:
    for _ in range(MOST_WAITING):
        await talker.speak(LONG, None, None, None, wait=False)
    with pytest.raises(SpeakingError, match="waiting already"):
        await talker.speak("One more.", None, None, None, wait=False)
    assert await talker.stop() == {"stopped": MOST_WAITING}
    await talker.close()


async def test_without_a_server_there_is_a_sentence() -> None:
    talker = Talker(lambda told: Player(connector("http://127.0.0.1:9"), observer=told))
    with pytest.raises(SpeakingError, match="no OnCue server"):
        await talker.voices()
    await talker.close()
