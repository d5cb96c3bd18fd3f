from __future__ import annotations

from clients.bench import alone, listen, together
from clients.client import Client
from tests.conftest import Running

SHORT = "Hi."


async def test_a_listener_notes_what_came_and_when(running: Running) -> None:
    async with await Client.connect(running.url) as client:
        heard = await listen(client, SHORT, seed=4)
    assert 0 < heard.first_chunk_s <= heard.first_audible_s <= heard.total_s
    assert len(heard.arrivals_s) == heard.chunks > 0
    assert len(heard.pcm) // 2 == heard.done.samples
    assert [mark.text for mark in heard.words] == ["Hi"]


async def test_sessions_at_once_hear_what_each_would_hear_alone(running: Running) -> None:
    scripts = [[(SHORT, seed)] for seed in range(3)]
    single = await alone(running.url, "", [line for script in scripts for line in script])
    many = [heard for script in await together(running.url, "", scripts) for heard in script]
    assert [heard.pcm for heard in many] == [heard.pcm for heard in single]
