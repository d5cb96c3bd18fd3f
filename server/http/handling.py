"""What every adapter does around a request: no work while nobody can speak, and what is raised becomes an answer.

A request whose body has begun can no longer be answered; its adapter says or shows that it broke off.
"""

from __future__ import annotations

from aiohttp import web

from oncue.clients.client import Refusal
from oncue.server.audio.encoders import FormatError
from oncue.server.http import problems
from oncue.server.http.errors import Handler
from oncue.server.http.upload import UploadError
from oncue.server.sessions.speaking import refuse_if_away
from oncue.server.state import ServerState
from oncue.streaming.protocol.errors import OnCueError

GONE = (ConnectionError,)
"""The client went away or does not read; there is nobody to tell."""

Told = (Refusal, OnCueError, UploadError, FormatError)
"""What is raised with a sentence for the client."""


def answered(state: ServerState, handler: Handler) -> Handler:
    """The handler, with what it raises for a client in the shape of its path."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            refuse_if_away(state)
            return await handler(request)
        except Told as error:
            told = problem(error)
            state.metrics.errors.labels(told.code).inc()
            return problems.answer(request.path, told)

    return answer


def problem(error: Refusal | OnCueError | UploadError | FormatError) -> problems.Problem:
    """Whatever was raised, as it is told."""
    if isinstance(error, UploadError):
        return problems.Problem(error.code, error.message, status_code=error.status)
    if isinstance(error, FormatError):
        return problems.Problem("bad_message", str(error))
    return problems.problem(error)
