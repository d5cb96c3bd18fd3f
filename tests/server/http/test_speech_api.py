from __future__ import annotations

import base64
import json
from typing import Any

import aiohttp
import pytest

from oncue.clients.client import Client
from oncue.server.audio.labels import COMMENT
from oncue.streaming.protocol.messages import Duration, Open
from tests.conftest import Running

TEXT = "Hello there, my friend. We go home now."


async def post(
    running: Running, query: str, body: object, path: str = "speech", **headers: str
) -> tuple[int, bytes, Any]:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(f"{running.url}/v1/{path}{query}", json=body, headers=headers)
        return answer.status, await answer.read(), answer.headers


async def natively(running: Running, text: str = TEXT, **more: Any) -> bytes:
    async with await Client.connect(running.url) as client:
        return await (await client.speak(text, **more)).pcm()


async def test_a_line_is_the_sound_of_the_websocket_and_as_long_as_it_was_told_to_be(running: Running) -> None:
    status, data, headers = await post(running, "?format=pcm", {"text": TEXT, "duration": {"seconds": 2.5}, "seed": 4})
    assert (status, headers["Content-Type"], headers["X-Notice"]) == (200, "audio/pcm", COMMENT)
    assert data == await natively(running, duration=Duration(seconds=2.5), seed=4)
    assert len(data) == 2.5 * 48_000


async def test_a_label_is_the_websockets_whether_a_line_names_it_or_its_session(running: Running) -> None:
    asked = {"text": TEXT, "label": "speech", "label_place": "start", "duration": {"seconds": 4.0}}
    _, data, _ = await post(running, "?format=pcm", asked)
    assert len(data) == 4 * 48_000
    more: dict[str, Any] = {"duration": Duration(seconds=4.0)}
    assert data == await natively(running, label="speech", label_place="start", **more)
    async with await Client.connect(running.url, Open(label="speech", label_place="start")) as client:
        assert data == await (await client.speak(TEXT, **more)).pcm()
        assert await (await client.speak(TEXT, label="none", **more)).pcm() == await natively(running, **more)
    status, data, _ = await post(running, "", {"text": TEXT, "label": "sung"})
    assert (status, json.loads(data)["error"]["code"]) == (400, "bad_message")


async def test_a_list_is_one_sound_after_another_in_one_file(running: Running) -> None:
    _, data, _ = await post(running, "", [{"text": TEXT}, {"text": "Go home.", "seed": 1}])
    assert data.startswith(b"RIFF")
    assert data.endswith(await natively(running) + await natively(running, "Go home.", seed=1))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("audio/mpeg", "audio/mpeg"), ("text/html, audio/flac;q=0.9, audio/ogg", "audio/flac"), ("audio/x-wav", "audio/wav"),
        ("*/*", "audio/wav"), ("image/png", "audio/wav"),
    ],
)  # fmt: skip
async def test_the_sound_is_of_a_kind_that_the_client_accepts_where_none_is_named(
    running: Running, accept: str, kind: str
) -> None:
    assert (await post(running, "", {"text": "Hi."}, Accept=accept))[2]["Content-Type"] == kind
    assert (await post(running, "?format=opus", {"text": "Hi."}, Accept=accept))[2]["Content-Type"] == "audio/ogg"


async def test_lines_in_one_sound_stand_apart_by_the_gap_that_was_asked_for(running: Running) -> None:
    _, data, _ = await post(running, "?format=pcm&gap_ms=250", [{"text": TEXT}, {"text": "Go home.", "seed": 1}])
    assert data == await natively(running) + bytes(12_000) + await natively(running, "Go home.", seed=1)
    for query in ("?gap_ms=-1", "?gap_ms=10001", "?gap_ms=x", "?gap_ms=5&as=ndjson"):
        status, data, _ = await post(running, query, [{"text": TEXT}])
        assert (status, json.loads(data)["error"]["code"]) == (400, "bad_message"), query


async def test_lines_of_json_hold_marks_before_their_sound_and_one_end_for_each_line(running: Running) -> None:
    lines = [{"text": TEXT}, {"text": "..."}, {"text": "Go home."}]
    for query, headers in (
        ("?format=pcm&marks=word,mouth&as=ndjson", {}),
        ("?format=pcm", {"Accept": "application/x-ndjson"}),
    ):
        _, data, found = await post(running, query, lines, **headers)
        assert found["Content-Type"] == "application/x-ndjson"
        said = [json.loads(line) for line in data.splitlines()]
        by_line = [[each for each in said if each["line"] == number] for number in range(3)]
        assert [part[0]["type"] for part in by_line] == ["started", "error", "started"]
        assert [part[-1]["type"] for part in by_line] == ["done", "error", "done"]
        assert by_line[1][0]["code"] == "unpronounceable"
        sound = b"".join(base64.b64decode(each["data"]) for each in by_line[0] if each["type"] == "audio")
        assert sound == await natively(running)
        words = [mark["text"] for each in by_line[0] if each["type"] == "marks" for mark in each["marks"]]
        assert words == [word.strip(".,") for word in TEXT.split()]
        kinds = [each["type"] for each in by_line[0]]
        assert kinds.index("marks") < kinds.index("audio")


async def test_a_multipart_body_has_the_same_in_parts(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(f"{running.url}/v1/speech?format=pcm&as=multipart", json={"text": TEXT})
        reader, sound, kinds = aiohttp.MultipartReader.from_response(answer), b"", []
        while (part := await reader.next()) is not None:
            assert isinstance(part, aiohttp.BodyPartReader)
            body = bytes(await part.read())
            if part.headers["Content-Type"] == "audio/pcm":
                sound += body
            else:
                kinds.append(json.loads(body)["type"])
    assert sound == await natively(running)
    assert (kinds[0], kinds[-1]) == ("started", "done")


@pytest.mark.parametrize(
    ("query", "body", "status", "code"),
    [
        ("", {"text": ""}, 400, "text_empty"),
        ("", {"text": "..."}, 422, "unpronounceable"),
        ("?as=ndjson", {"text": TEXT, "voice": "nobody"}, 404, "unknown_voice"),
        ("", {"text": TEXT, "tempo": 3}, 400, "bad_message"),
        ("", {"text": TEXT, "duration": {"seconds": 0.01}, "strict": True}, 422, "duration_infeasible"),
        ("", [], 400, "bad_message"),
        ("?format=aiff", {"text": TEXT}, 400, "bad_message"),
        ("?format=opus&rate=24000", {"text": TEXT}, 400, "bad_message"),
        ("?rate=x", {"text": TEXT}, 400, "bad_message"),
        ("?marks=face", {"text": TEXT}, 400, "bad_message"),
        ("?as=film", {"text": TEXT}, 400, "bad_message"),
        ("", {"text": "a" * 300_000}, 413, "too_large"),
    ],
)
async def test_a_mistake_is_a_status_and_a_sentence(
    running: Running, query: str, body: object, status: int, code: str
) -> None:
    found, data, _ = await post(running, query, body)
    error = json.loads(data)["error"]
    assert (found, error["code"]) == (status, code)
    assert error["message"]


async def test_how_a_text_is_read_and_what_words_feel_like_can_be_asked(running: Running) -> None:
    status, data, _ = await post(running, "", {"text": "好 tomato"}, "text")
    assert status == 200
    assert json.loads(data)["units"]
    status, data, _ = await post(running, "", {"text": "very happy"}, "emotion")
    assert len(json.loads(data)["vector"]) == 8


async def test_the_api_describes_itself_for_machines_and_for_people(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        document = await (await client.get(f"{running.url}/openapi.json")).json()
        page = await (await client.get(f"{running.url}/docs")).text()
    assert document["openapi"] == "3.1.0"
    text = json.dumps(document)
    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.partition('"')[0] in document["components"]["schemas"]
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))
    assert all(path in page for path in document["paths"])
    assert "<script" not in page
    assert "http://" not in page.replace(running.url, "")
