"""Who may talk to the server: Host, Origin and token, checked on every request before anything else."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from aiohttp import web

from oncue.server.config import Config
from oncue.server.http.errors import error_response

_LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}
_OPEN_PATHS = {"/healthz", "/readyz"}


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
    if config.token and request.path not in _OPEN_PATHS and not _token_fits(request, config.token):
        return error_response(401, "unauthorized", "Send the server's token as `Authorization: Bearer …`.")
    return None


def _host_name(host: str) -> str:
    """`name` of `name`, `name:port`, `[v6]` and `[v6]:port`."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def _own(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc == host and bool(host)


def _token_fits(request: web.Request, token: str) -> bool:
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, f"Bearer {token}".encode())
