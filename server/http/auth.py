"""Who may talk to the server: Host, Origin and token, checked on every request before anything else."""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from aiohttp import web

from oncue.server.config import Config
from oncue.server.http.errors import error_response
from oncue.server.http.pages import is_page

_LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}
_OPEN_PATHS = {"/healthz", "/readyz"}
SUBPROTOCOL = "oncue.v1"
"""What the server answers to a client that offers subprotocols."""
_BEARER_PREFIX = "oncue.token."
"""Followed by the token in base64url without padding: a page can give its WebSocket no header but this one."""


def refusal(request: web.Request, config: Config) -> web.Response | None:
    """The answer to a request that may not go on, None for one that may.

    On loopback the Host must be a name of this machine, or a web page could reach us by DNS rebinding;
    the Origin, where a browser sends one, must be our own or one that the operator named.
    """
    if config.loopback and _host_name(request.host) not in _LOCAL_NAMES:
        return error_response(403, "unauthorized", "This server answers on localhost and 127.0.0.1 only.")
    origin = request.headers.get("Origin")
    if origin is not None and origin not in config.origins and not _own(origin, request.host):
        return error_response(
            403, "unauthorized", "This web origin may not connect: name it in `origins` of the configuration."
        )
    if config.token and not _is_open(request.path) and not _token_fits(request, config.token):
        return error_response(401, "unauthorized", "Send the server's token as `Authorization: Bearer …`.")
    return None


def _host_name(host: str) -> str:
    """`name` of `name`, `name:port`, `[v6]` and `[v6]:port`."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def _own(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc == host and bool(host)


def _is_open(path: str) -> bool:
    """Whether a path answers everybody: it is asked before there is a token, or to ask for one."""
    return path in _OPEN_PATHS or is_page(path)


def _token_fits(request: web.Request, token: str) -> bool:
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if hmac.compare_digest(given, f"Bearer {token}".encode()):
        return True
    return any(hmac.compare_digest(offered, token.encode()) for offered in _offered_tokens(request))


def _offered_tokens(request: web.Request) -> list[bytes]:
    """Tokens among the subprotocols that a WebSocket offers."""
    found = []
    for offered in request.headers.get("Sec-WebSocket-Protocol", "").split(","):
        coded = offered.strip()
        if coded.startswith(_BEARER_PREFIX):
            coded = coded.removeprefix(_BEARER_PREFIX)
            try:
                found.append(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
            except (binascii.Error, ValueError):
                continue  # it is no token, and the next may be
    return found
