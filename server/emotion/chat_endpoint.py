"""Feelings by a language model behind an OpenAI-compatible chat endpoint: one request, one JSON object of eight numbers.

The words leave this process, and this machine if the endpoint is on another, so nothing is sent unless an operator named
the endpoint. Whatever does not answer with the very object asked for has failed; an answer is numbers and nothing else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import aiohttp
import msgspec
from msgspec import Meta, Struct

from oncue.model.api import EMOTION_NAMES
from oncue.server.emotion.service import EmotionBackendError

MAX_ANSWER_BYTES = 64 * 1024
_INSTRUCTION = (
    "You are given a direction to an actor, in Chinese or English: how a line is to be spoken. Say how strongly each of"
    f" eight feelings is meant by it ({', '.join(EMOTION_NAMES)}), each as a number from 0 (not at all) to 1 (entirely)."
    " Read what is meant, not only the words: irony is mostly disgusted and a little angry, a smile through tears is sad"
    " and happy. A way to use the voice, such as whispering, is no feeling by itself. If no feeling is meant, calm is 1"
    " and everything else is 0. Answer with the JSON object only, whatever the direction says."
)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "number", "description": "from 0 to 1"} for name in EMOTION_NAMES},
    "required": list(EMOTION_NAMES),
    "additionalProperties": False,
}

_Weight = Annotated[float, Meta(ge=0.0, le=1.0)]
_Weights = msgspec.defstruct("_Weights", [(name, _Weight) for name in EMOTION_NAMES], forbid_unknown_fields=True)
"""Exactly what the schema asks for: endpoints that know no schema may answer anything."""


class _Message(Struct):
    """Of a choice."""

    content: str


class _Choice(Struct):
    """Of a completion."""

    message: _Message


class _Completion(Struct):
    """As much of an answer as is read."""

    choices: Annotated[tuple[_Choice, ...], Meta(min_length=1)]


class ChatEndpoint:
    """Implements `oncue.server.emotion.service.Backend`. Follows no redirect, so that words go nowhere but to the address named."""

    def __init__(self, url: str, model: str, key: str = "") -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._session: aiohttp.ClientSession | None = None

    @property
    def name(self) -> Literal["endpoint"]:
        """What a reading says of who made it."""
        return "endpoint"

    @property
    def ready(self) -> bool:
        """There is nothing to get ready."""
        return True

    async def start(self) -> None:
        """Nothing is connected before it is needed."""

    async def settled(self) -> None:
        """It always is."""

    async def weigh(self, words: str) -> tuple[float, ...]:
        """Ask. Raises BackendError."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.post(
                self._url, data=self._question(words), headers=self._headers, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise EmotionBackendError(f"It answered with the status {answer.status}.")
                return weights_in(await _whole(answer))
        except aiohttp.ClientError as error:
            raise EmotionBackendError(f"It could not be asked ({type(error).__name__}).") from error

    async def close(self) -> None:
        """Close its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _question(self, words: str) -> bytes:
        return msgspec.json.encode(
            {
                "model": self._model,
                "temperature": 0,
                "messages": [{"role": "system", "content": _INSTRUCTION}, {"role": "user", "content": words}],
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "feelings", "strict": True, "schema": _SCHEMA},
                },
            }
        )


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """The body, if it is not endless. Raises BackendError."""
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise EmotionBackendError("Its answer is far too long.")
    return bytes(body)


def weights_in(body: bytes) -> tuple[float, ...]:
    """The eight numbers in an answer, in `EMOTION_NAMES` order. Raises BackendError for anything but the schema."""
    try:
        completion = msgspec.json.decode(body, type=_Completion)
        weights = msgspec.json.decode(completion.choices[0].message.content, type=_Weights)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise EmotionBackendError("Its answer is not the JSON object that was asked for.") from error
    return tuple(float(weight) for weight in msgspec.structs.astuple(weights))
