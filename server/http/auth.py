"""Who may talk to the server: Host, Origin and key, checked on every request before anything else.

Names and origins are compared as they are written, character by character: a suffix, another port, another scheme or a
look-alike letter is another name. What somebody may ask for once in is the business of `sessions/allowance.py`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import logging
import re
import socket
from collections.abc import Iterator

from aiohttp import web

from oncue.server.audio.labels import PRODUCER
from oncue.server.config import Config
from oncue.server.http import problems
from oncue.server.http.keys import ApiKey, KeyStore, KeyStoreError
from oncue.server.http.pages import is_page
from oncue.server.sessions.allowance import CALLER, OF_CALLER, Addresses, Allowance, Both
from oncue.server.state import ServerState

_log = logging.getLogger(__name__)
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs"})
"""They hold nothing of anybody's, and tell who asks how to ask."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
SUBPROTOCOL = "oncue.v1"
"""What the server answers to a client that offers subprotocols."""
_KEY_SUBPROTOCOL = "oncue.token."
"""Followed by the key in base64url without padding: a page cannot give its WebSocket a header of its own."""

OPENAI_SUBPROTOCOL = "realtime"
_OPENAI_KEY_SUBPROTOCOL = "openai-insecure-api-key."
"""Followed by the key as it is, which is how OpenAI's clients in browsers bring theirs."""


class Gate:
    """Asked before every request; `OF_CALLER` is set for those that go on."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._keys = KeyStore(state.config.keys_path)
        self._allowances: dict[str, Allowance] = {}
        self._addresses = Addresses(state.config.address_streams, state.config.address_characters_per_minute)
        self._names = _names(state.config)

    def refusal(self, request: web.Request) -> web.Response | None:
        """The answer to a request that may not go on, None for one that may."""
        told = self._problem(request)
        return None if told is None else problems.answer(request.path, told)

    def _problem(self, request: web.Request) -> problems.Problem | None:
        self._limit(request, None)
        CALLER.set("")
        PRODUCER.set(self._state.config.label_producer)
        host = request.headers.get("Host", "")
        if not self._may_be_called(host):
            sentence = "This server does not answer under that name: add it to `hosts` of the configuration."
            return problems.Problem("unauthorized", sentence, status_code=403)
        origin = request.headers.get("Origin")
        if origin is not None and not self.trusts(origin) and origin != f"{request.scheme}://{host}":
            sentence = "This web origin may not connect: name it in `origins` of the configuration."
            return problems.Problem("unauthorized", sentence, status_code=403)
        if request.path in _OPEN_PATHS or is_page(request.path) or (request.method == "OPTIONS" and origin is not None):
            return None
        return self._without_key(request)

    def trusts(self, origin: str) -> bool:
        """Whether the operator named this web origin."""
        return origin in self._state.config.origins

    def _may_be_called(self, host: str) -> bool:
        """Whether a Host is a name of ours: then no page can reach us by a name of its own (DNS rebinding)."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].lower()
        return name in self._names or (not self._state.config.loopback and _is_address(name))

    def _without_key(self, request: web.Request) -> problems.Problem | None:
        """What is said to a request without the right key, None where it has one or needs none."""
        token = self._state.config.token
        try:
            if not token and not self._keys.list():
                return None
            for secret in _offered(request):
                if token and hmac.compare_digest(secret.encode("utf-8", "surrogateescape"), token.encode()):
                    CALLER.set("token")
                    return None
                key = self._keys.find(secret)
                if key is not None:
                    self._limit(request, self._allowance(key))
                    CALLER.set(key.id)
                    return None
        except KeyStoreError as error:
            _log.error("nobody is let in: %s", error)
            return problems.Problem("internal", "The server cannot read its keys: its log says more.")
        return problems.Problem("unauthorized", "Send a key of this server as `Authorization: Bearer …`.")

    def _limit(self, request: web.Request, of_key: Allowance | None) -> None:
        """What the caller may ask for, by key and by address."""
        of_address = self._addresses.of(request.remote or "")
        if of_key is not None and of_address is not None:
            OF_CALLER.set(Both(of_key, of_address))
        else:
            OF_CALLER.set(of_key or of_address)

    def _allowance(self, key: ApiKey) -> Allowance | None:
        """The same one for all requests with a key, as long as its limits are the same."""
        if key.streams is None and key.characters_per_minute is None:
            return None
        known = self._allowances.get(key.id)
        if known is None or (known.streams, known.characters_per_minute) != (key.streams, key.characters_per_minute):
            known = self._allowances[key.id] = Allowance(key.streams, key.characters_per_minute)
        return known


def _names(config: Config) -> frozenset[str]:
    """Names under which a server may be asked for, in small letters and without a port."""
    found = _LOCAL_NAMES | {name.lower() for name in config.hosts}
    if config.loopback:
        return found
    own = socket.gethostname().lower()
    return found | {config.host.lower(), own, own.partition(".")[0] + ".local"}


def _is_address(name: str) -> bool:
    """No page can make an address lead to us that is not ours."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _offered(request: web.Request) -> Iterator[str]:
    """Every key that a request brings, where any of the protocols has its own way to bring one."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "basic", "token"}:
        yield secret
    for header in ("xi-api-key", "X-API-Key"):
        if header in request.headers:
            yield request.headers[header]
    if request.headers.get("Upgrade", "").lower() == "websocket":  # a page cannot give its WebSocket a header
        yield from (request.query[name] for name in ("api_key", "access_token", "xi-api-key") if name in request.query)
        yield from _of_subprotocols(request.headers.get("Sec-WebSocket-Protocol", ""))


def _of_subprotocols(offered: str) -> Iterator[str]:
    for name in offered.split(","):
        coded = name.strip()
        if coded.startswith(_OPENAI_KEY_SUBPROTOCOL):
            yield coded.removeprefix(_OPENAI_KEY_SUBPROTOCOL)
        elif coded.startswith(_KEY_SUBPROTOCOL):
            coded = coded.removeprefix(_KEY_SUBPROTOCOL)
            try:
                yield base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-8", "surrogateescape")
            except (binascii.Error, ValueError):
                continue


def shared_with(origin: str) -> dict[str, str]:
    """Headers that let a page of a named origin read an answer (Fetch standard, CORS protocol)."""
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def preflight(request: web.Request) -> web.Response:
    """What a browser asks before a page of another origin may send a request."""
    headers = shared_with(request.headers["Origin"]) | {
        "Access-Control-Allow-Methods": "GET, POST, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, xi-api-key, X-API-Key",
        "Access-Control-Max-Age": "600",
    }
    return web.Response(status=204, headers=headers)
