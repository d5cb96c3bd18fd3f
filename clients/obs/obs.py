"""Captions and events to OBS Studio through obs-websocket (protocol 5), for the overlay page and for stream captions.

`emit_event` reaches a browser source as an event of the page's `window`; `caption` is the closed caption of the stream. One
request at a time, each answered under its own id.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI, WebSocketException

DEFAULT_URL = "ws://127.0.0.1:4455"
RPC_VERSION = 1
_HELLO, _IDENTIFY, _IDENTIFIED, _REQUEST, _RESPONSE = 0, 1, 2, 6, 7
_AUTHENTICATION_FAILED = 4009


class ObsError(Exception):
    """OBS is not there, or refused; the message is a sentence for a person."""


class Obs:
    """A connection that has identified itself."""

    def __init__(self, socket: ClientConnection, answer_within_s: float) -> None:
        self._socket, self._answer_within_s = socket, answer_within_s
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()

    @classmethod
    async def connect(cls, url: str = DEFAULT_URL, password: str = "", answer_within_s: float = 5.0) -> Self:
        """Raises ObsError."""
        try:
            socket = await connect(url, compression=None)
        except (OSError, InvalidURI, InvalidHandshake, TimeoutError) as error:
            raise ObsError(f"OBS does not answer at {url}: start its WebSocket server (Tools).") from error
        obs = cls(socket, answer_within_s)
        try:
            await obs._identify(password)
        except BaseException:
            await socket.close()
            raise
        return obs

    async def emit_event(self, name: str, data: dict[str, Any]) -> None:
        """An event `name` with `detail` in every browser source. Raises ObsError."""
        await self.request(
            "CallVendorRequest",
            {
                "vendorName": "obs-browser",
                "requestType": "emit_event",
                "requestData": {"event_name": name, "event_data": data},
            },
        )

    async def caption(self, text: str) -> None:
        """A closed caption of the running stream. Raises ObsError, also where nothing is streamed."""
        await self.request("SendStreamCaption", {"captionText": text})

    async def request(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        """Any request of the protocol; the data of its answer. Raises ObsError."""
        identity = str(next(self._ids))
        body = {"requestType": kind, "requestId": identity, "requestData": data}
        async with self._turn:
            await self._send(_REQUEST, body)
            while (answer := await self._receive(_RESPONSE)).get("requestId") != identity:
                pass
        status = answer.get("requestStatus") or {}
        if not status.get("result"):
            raise ObsError(f"OBS refused {kind}: {status.get('comment') or 'code ' + str(status.get('code'))}.")
        return dict(answer.get("responseData") or {})

    async def close(self) -> None:
        """Leave."""
        await self._socket.close()

    async def _identify(self, password: str) -> None:
        hello = await self._receive(_HELLO)
        greeting: dict[str, Any] = {"rpcVersion": RPC_VERSION, "eventSubscriptions": 0}
        if challenge := hello.get("authentication"):
            if not password:
                raise ObsError("OBS asks for a password: give the one of Tools, WebSocket Server Settings.")
            greeting["authentication"] = answer_to(challenge["challenge"], challenge["salt"], password)
        await self._send(_IDENTIFY, greeting)
        await self._receive(_IDENTIFIED)

    async def _send(self, operation: int, data: dict[str, Any]) -> None:
        try:
            await self._socket.send(json.dumps({"op": operation, "d": data}))
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def _receive(self, operation: int) -> dict[str, Any]:
        """The data of the next message with this number; others are passed over."""
        try:
            async with asyncio.timeout(self._answer_within_s):
                while True:
                    message = json.loads(await self._socket.recv())
                    if message.get("op") == operation:
                        return dict(message.get("d") or {})
        except TimeoutError as error:
            raise ObsError("OBS does not answer any more.") from error
        except ConnectionClosed as error:
            raise _closed(error) from error
        except (ValueError, AttributeError, WebSocketException) as error:
            raise ObsError("What answers there is not the WebSocket server of OBS.") from error


def answer_to(challenge: str, salt: str, password: str) -> str:
    """The answer to a challenge, as obs-websocket's protocol defines it."""
    secret = base64.b64encode(hashlib.sha256((password + salt).encode()).digest())
    return base64.b64encode(hashlib.sha256(secret + challenge.encode()).digest()).decode()


def _closed(error: ConnectionClosed) -> ObsError:
    if error.rcvd is not None and error.rcvd.code == _AUTHENTICATION_FAILED:
        return ObsError("OBS does not take this password.")
    return ObsError("OBS closed the connection.")
