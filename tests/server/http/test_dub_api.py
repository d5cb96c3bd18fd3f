from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from oncue.server.config import Config
from tests.conftest import Running
from tests.films import make
from tests.films.heard import contents


@pytest.fixture
def config(config: Config) -> Config:
    return msgspec.structs.replace(config, dub_films=1)


@pytest.fixture(scope="module")
def data(film: Path) -> bytes:
    return film.read_bytes()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    said = {"low": make.phrases_of_arithmetic("low", 100, (1.6,), seed=3)}
    make.film(path, make.in_turns(said), 4.0, audio_codec="aac")
    return path


@pytest.fixture
async def client(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(running.url) as session:
        yield session


async def sent(client: aiohttp.ClientSession, body: bytes, kind: str = "video/mp4") -> tuple[int, dict[str, Any]]:
    async with client.post("/v1/dubs", data=body, headers={"Content-Type": kind}) as answer:
        return answer.status, await answer.json()


async def dubbed(client: aiohttp.ClientSession, identity: str, **question: Any) -> list[dict[str, Any]]:
    async with client.post(f"/v1/dubs/{identity}", json={"consent": True} | question) as answer:
        assert answer.status == 200, await answer.text()
        return [json.loads(row) for row in (await answer.text()).splitlines()]


async def test_a_film_is_sent_dubbed_fetched_and_forgotten(
    client: aiohttp.ClientSession, film: Path, data: bytes, tmp_path: Path
) -> None:
    status, told = await sent(client, data)
    assert status == 201
    assert told["speech"]
    assert max(told["peaks"]) > 0.2
    line = {"start": told["speech"][0][0], "end": told["speech"][0][1], "text": "Hello there, you."}
    rows = await dubbed(client, told["id"], lines=[line])
    assert rows[-1]["type"] == "done"
    assert [row["error_samples"] for row in rows[-1]["report"]["lines"]] == [0]
    assert {row["type"] for row in rows[:-1]} == {"progress"}
    async with client.get(f"/v1/dubs/{told['id']}/film") as answer:
        (tmp_path / "out.mp4").write_bytes(await answer.read())
    assert [data for _, data in contents(tmp_path / "out.mp4").packets] == [data for _, data in contents(film).packets]
    async with client.get(f"/v1/dubs/{told['id']}/line") as answer:
        assert answer.status == 404
    rows = await dubbed(client, told["id"], lines=[line], label="rhythm")
    assert rows[-1]["report"]["label"]["text"] == "AI-generated"
    rows = await dubbed(client, told["id"], lines=[line], only=1)
    assert rows[-1]["report"]["unchanged"] == 1
    async with client.get(f"/v1/dubs/{told['id']}/line") as answer:
        assert (await answer.read()).startswith(b"RIFF")
    async with client.delete(f"/v1/dubs/{told['id']}") as answer:
        assert answer.status == 200
    async with client.get(f"/v1/dubs/{told['id']}/film") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "unknown_film")


async def test_without_consent_a_film_gives_no_voices(client: aiohttp.ClientSession, data: bytes) -> None:
    _, told = await sent(client, data)
    line = {"start": told["speech"][0][0], "end": told["speech"][0][1], "text": "Hello there, you."}
    async with client.post(f"/v1/dubs/{told['id']}", json={"lines": [line]}) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (403, "consent_missing")
    rows = await dubbed(client, told["id"], consent=False, lines=[line | {"voice": "hum"}])
    assert rows[-1]["type"] == "done"


async def test_lines_that_do_not_fit_and_questions_that_are_none_are_told(
    client: aiohttp.ClientSession, data: bytes
) -> None:
    _, told = await sent(client, data)
    long = {"start": 1.0, "end": 2.0, "text": "This is far too long for the time that it has here. " * 4}
    rows = await dubbed(client, told["id"], lines=[long])
    assert (rows[-1]["code"], rows[-1]["report"]["lines"][0]["fit_status"]) == ("lines_do_not_fit", "too_long")
    rows = await dubbed(client, told["id"], lines=[{"start": 60.0, "text": "Hello."}])
    assert rows[-1]["code"] == "bad_film"
    questions: tuple[dict[str, Any], ...] = (
        {"lines": []},
        {"lines": [{"start": 2.0, "end": 1.0, "text": "Hello."}]},
        {"rows": 1},
    )
    for question in questions:
        async with client.post(f"/v1/dubs/{told['id']}", json=question) as answer:
            assert answer.status == 400


async def test_what_is_no_film_is_refused_and_only_so_many_are_kept(client: aiohttp.ClientSession, data: bytes) -> None:
    assert (await sent(client, b"hello", "text/plain"))[0] == 415
    status, told = await sent(client, b"hello")
    assert (status, told["error"]["code"]) == (422, "bad_film")
    names = [(await sent(client, data))[1]["id"] for _ in range(2)]
    async with client.delete(f"/v1/dubs/{names[0]}") as answer:
        assert answer.status == 404
    async with client.delete(f"/v1/dubs/{names[1]}") as answer:
        assert answer.status == 200
