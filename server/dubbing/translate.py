"""Lines put into another language by somebody else: a command of the user's, or a chat endpoint that speaks OpenAI's protocol.

What is asked is short: the line, how many seconds it has and about how many syllables that is, and what was too long before.
The lines leave this process, and with an endpoint elsewhere this machine, so nothing is sent unless the user names where to.
"""

from __future__ import annotations

import asyncio
import shlex
from types import TracebackType
from typing import Annotated, Any, Protocol, Self

import aiohttp
import msgspec
from msgspec import Meta, Struct

from oncue.server.dubbing.dub import TranslationRequest
from oncue.streaming.protocol.messages import MAX_TEXT_CHARACTERS

MAX_ANSWER_BYTES = 64 * 1024
TIMEOUT_S = 60.0
_TOGETHER = 4
_LANGUAGES = {"zh": "Mandarin Chinese in simplified characters", "en": "English"}


class TranslationError(ValueError):
    """No translation came; the message says why, and quotes no line."""


class Translating(Protocol):
    """Something that translates, while it is entered."""

    async def __call__(self, request: TranslationRequest) -> str:
        """The line in other words. Raises TranslationError."""
        ...

    async def __aenter__(self) -> Self:
        """Get ready."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what is open."""
        ...


def translator(place: str, into: str, model: str, key: str) -> Translating:
    """By an endpoint where `place` is an address, else by a command. Raises TranslationError."""
    if into not in _LANGUAGES:
        raise TranslationError(f"Lines can be translated into {' or '.join(_LANGUAGES)}: say which with --into.")
    if place.startswith(("http://", "https://")):
        return _Endpoint(place, into, model, key)
    try:
        words = shlex.split(place)
    except ValueError as error:
        raise TranslationError("The command of --translate has a quote that is not closed.") from error
    if not words:
        raise TranslationError("Give --translate a command, or the address of an endpoint.")
    return _Command(words, into)


class _Command:
    """A program that is run for each line: JSON on its standard input, the line on its standard output."""

    def __init__(self, words: list[str], into: str) -> None:
        self._words, self._into = words, into
        self._gate = asyncio.Semaphore(_TOGETHER)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def __call__(self, request: TranslationRequest) -> str:
        asked = msgspec.json.encode(msgspec.to_builtins(request) | {"into": self._into})
        async with self._gate:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
                )
            except OSError as error:
                raise TranslationError(f"The command of --translate cannot be run: {error.strerror}.") from error
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    answer, _ = await process.communicate(asked)
            except TimeoutError:
                process.kill()
                await process.wait()
                raise TranslationError(f"The command of --translate took over {TIMEOUT_S:.0f} s for a line.") from None
        if process.returncode:
            raise TranslationError(f"The command of --translate ended with {process.returncode}.")
        return _line_of(answer)


class _Message(Struct):
    """Of a choice."""

    content: str


class _Choice(Struct):
    """Of a completion."""

    message: _Message


class _Completion(Struct):
    """As much of an answer as is read."""

    choices: Annotated[tuple[_Choice, ...], Meta(min_length=1)]


class _Endpoint:
    """`POST {address}/chat/completions`; follows no redirect, so that lines go nowhere but to the address named."""

    def __init__(self, place: str, into: str, model: str, key: str) -> None:
        self._url = f"{place.rstrip('/')}/chat/completions"
        self._into, self._model = into, model
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._gate = asyncio.Semaphore(_TOGETHER)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout, trust_env=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, request: TranslationRequest) -> str:
        assert self._session is not None
        body = msgspec.json.encode(self._question(request))
        async with self._gate:
            try:
                async with self._session.post(
                    self._url, data=body, headers=self._headers, allow_redirects=False
                ) as answer:
                    if answer.status != 200:
                        raise TranslationError(f"The endpoint of --translate answered with the status {answer.status}.")
                    data = await answer.content.read(MAX_ANSWER_BYTES + 1)
                    while len(data) <= MAX_ANSWER_BYTES and (more := await answer.content.read(MAX_ANSWER_BYTES)):
                        data += more
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TranslationError(
                    f"The endpoint of --translate could not be asked ({type(error).__name__})."
                ) from error
        if len(data) > MAX_ANSWER_BYTES:
            raise TranslationError("The answer of the endpoint of --translate is far too long.")
        try:
            completion = msgspec.json.decode(data, type=_Completion)
        except msgspec.MsgspecError as error:
            raise TranslationError("The endpoint of --translate did not answer as OpenAI's protocol has it.") from error
        return _line_of(completion.choices[0].message.content.encode())

    def _question(self, request: TranslationRequest) -> dict[str, Any]:
        instruction = (
            f"You translate lines of a film into {_LANGUAGES[self._into]} for dubbing. A line must be said in the time that the"
            " original takes, so keep to the number of syllables you are given and rather leave something out than be longer."
            " Keep the tone. Answer with the line alone: no quotes, no names, no explanation."
        )
        asked = f"{request.syllables} syllables at most, {request.room_s:.1f} s:\n{request.text}"
        turns: list[dict[str, str]] = [{"role": "system", "content": instruction}, {"role": "user", "content": asked}]
        for text in request.too_long:
            turns += [
                {"role": "assistant", "content": text},
                {"role": "user", "content": f"Too long to be said in time. {request.syllables} syllables at most."},
            ]
        return {"model": self._model, "temperature": 0, "messages": turns}


def _line_of(answer: bytes) -> str:
    try:
        text = " ".join(answer.decode("utf-8").split()).strip('"“”「」')
    except UnicodeDecodeError as error:
        raise TranslationError("What --translate gave is not UTF-8.") from error
    if not text:
        raise TranslationError("What --translate gave for a line is empty.")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise TranslationError("What --translate gave for a line is far too long.")
    return text
