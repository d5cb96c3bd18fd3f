"""What every HTTP route of the server answers when it cannot do what was asked: JSON, as docs/protocol.md has it.

Routes of borrowed protocols have shapes of their own, which `problems` finds by their path.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from oncue.server.http import problems

_log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_OF_STATUS = {
    404: ("not_found", "There is nothing at this address: docs/protocol.md lists what the server answers."),
    405: ("method_not_allowed", "This address does not take this method: see the header Allow."),
    413: ("too_large", "The request is larger than the server takes."),
}
"""Codes and sentences for what the HTTP library refuses by itself."""


def error_response(status: int, code: str, message: str, *, retry: bool = False, **beside: object) -> web.Response:
    """An error, and what else a route has to say with it."""
    error = {"code": code, "message": message, "retry": retry}
    return web.json_response({"error": error, **beside}, status=status)


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer in that shape also where no route matches, where the library refuses, and where a handler fails."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        if refused.status < 400:
            raise
        return _answer(request.path, refused)
    except Exception:
        if "Upgrade" in request.headers:
            raise  # there is no other answer on a WebSocket that is open
        _log.exception("a request failed")
        return problems.answer(
            request.path, problems.Problem("internal", "The server made a mistake: its log says more.")
        )


def _answer(path: str, refused: web.HTTPException) -> web.Response:
    code, message = _OF_STATUS.get(refused.status, ("bad_message", f"The request cannot be served: {refused.reason}."))
    answer = problems.answer(path, problems.Problem(code, message, status_code=refused.status))
    if isinstance(refused, web.HTTPMethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(refused.allowed_methods))
    return answer
