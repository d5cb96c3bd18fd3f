"""Errors over HTTP, each in the shape that the clients of a path expect; what went wrong is decided elsewhere.

One error has one status everywhere. A shape is found by the path alone, so that a request which is refused before any
adapter sees it is answered as that adapter would have.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from oncue.clients.client import Refusal
from oncue.streaming.protocol.errors import OnCueError

STATUS: Mapping[str, int] = {
    "bad_message": 400,
    "text_empty": 400,
    "text_too_long": 400,
    "duplicate_id": 400,
    "unknown_id": 404,
    "unauthorized": 401,
    "forbidden": 403,
    "unknown_voice": 404,
    "voice_revoked": 410,
    "unknown_model": 404,
    "too_slow": 408,
    "too_large": 413,
    "unpronounceable": 422,
    "duration_infeasible": 422,
    "bad_reference": 422,
    "rate_limited": 429,
    "internal": 500,
    "busy": 503,
    "engine_lost": 503,
    "draining": 503,
    "slow_consumer": 503,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What a client is told: a code of ours, a sentence, and whether and when the same may be tried again."""

    code: str
    message: str
    retry: bool = False
    retry_after_s: float | None = None
    status_code: int | None = None
    """Where it is not the one of the code."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.status_code or STATUS.get(self.code, 500)


def problem(error: OnCueError | Refusal) -> Problem:
    """An error of the session, or one a session would have made, as it is told over HTTP."""
    after = error.detail.get("retry_after_s")
    return Problem(error.code, str(error), error.retry, after if isinstance(after, float) else None)


def answer(path: str, told: Problem) -> web.Response:
    """A problem in the shape of whoever asks for this path."""
    headers = {} if told.retry_after_s is None else {"Retry-After": str(math.ceil(told.retry_after_s))}
    return web.json_response(body(path, told), status=told.status, headers=headers)


def body(path: str, told: Problem) -> Any:
    """The JSON of a problem in the shape of whoever asks for this path."""
    shape = next((shape for prefix, shape in _SHAPES if path.startswith(prefix)), native)
    return shape(told)


def native(told: Problem) -> Any:
    """As docs/protocol.md has it."""
    return {"error": {"code": told.code, "message": told.message, "retry": told.retry}}


def openai(told: Problem) -> Any:
    """As the OpenAI SDK reads it."""
    kinds = {401: "invalid_request_error", 429: "rate_limit_error"}
    kind = kinds.get(told.status, "invalid_request_error" if told.status < 500 else "server_error")
    code = "invalid_api_key" if told.status == 401 else told.code
    return {"error": {"message": told.message, "type": kind, "param": None, "code": code}}


def elevenlabs(told: Problem) -> Any:
    """As the ElevenLabs SDK reads it."""
    names = {"unauthorized": "invalid_api_key", "unknown_voice": "voice_not_found", "rate_limited": "too_many_requests"}
    return {"detail": {"status": names.get(told.code, told.code), "message": told.message}}


def cartesia(told: Problem) -> Any:
    """As the Cartesia SDK reads it."""
    return {
        "title": told.code.replace("_", " ").capitalize(),
        "message": told.message,
        "error_code": told.code,
        "status_code": told.status,
        "request_id": secrets.token_hex(8),
        "doc_url": "",
    }


def inworld(told: Problem) -> Any:
    """A google.rpc.Status, which is what a gateway in front of gRPC says."""
    codes = {400: 3, 401: 16, 403: 7, 404: 5, 422: 3, 429: 8, 503: 14}
    return {"code": codes.get(told.status, 13), "message": told.message, "details": []}


_SHAPES: tuple[tuple[str, Callable[[Problem], Any]], ...] = (
    ("/v1/audio/", openai),
    ("/v1/models", openai),
    ("/v1/realtime", openai),
    ("/v1/text-to-speech", elevenlabs),
    ("/v1/text-to-dialogue", elevenlabs),
    ("/v1/user", elevenlabs),
    ("/v2/voices", elevenlabs),
    ("/tts/v1/", inworld),
    ("/tts/", cartesia),
    ("/voices", cartesia),
)
"""By the beginning of the path, the longest of two that fit first."""
