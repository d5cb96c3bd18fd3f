"""A VTube Studio made of its documentation: what it says an application must do is enforced here.

Every message needs the API's name, version and an id of 1 to 64 ASCII characters; nothing but the sign-in works before it;
a token belongs to the name and developer it was given to; parameters exist before they are set, within their rules; one plugin
sets a parameter; and a value that is not sent again within a second is lost.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

HELD_S = 1.0
TOKEN = "a-token-that-the-user-allowed"


class Refusal(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Held:
    value: float
    at: float


@dataclass
class FakeVTubeStudio:
    """`allow` is the user's answer; `elsewhere` are parameters that another plugin sets."""

    clock: Callable[[], float]
    allow: bool = True
    elsewhere: set[str] = field(default_factory=set)
    url: str = ""
    asked: int = 0
    token: str | None = None
    parameters: dict[str, tuple[float, float]] = field(default_factory=lambda: {"MouthOpen": (0, 1)})
    held: dict[str, Held] = field(default_factory=dict)
    history: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    sockets: set[ServerConnection] = field(default_factory=set)

    def seen(self, name: str) -> float | None:
        """The value the model shows now; None when nobody holds the parameter."""
        held = self.held.get(name)
        return None if held is None or self.clock() - held.at > HELD_S else held.value

    def gaps(self, name: str) -> list[float]:
        """Between two values of a parameter."""
        times = [at for at, values in self.history if name in values]
        return [two - one for one, two in itertools.pairwise(times)]

    async def serve(self, socket: ServerConnection) -> None:
        self.sockets.add(socket)
        signed_in = False
        async for raw in socket:
            message = json.loads(raw)
            answer = {"apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "timestamp": 1}
            try:
                kind = self.check(message)
                self.admit(kind, signed_in=signed_in)
                data = getattr(self, kind)(message["data"])
                signed_in = signed_in or data.get("authenticated", False)
                reply = {"messageType": kind.replace("Request", "Response"), "data": data}
            except Refusal as error:
                reply = {"messageType": "APIError", "data": {"errorID": error.code, "message": str(error)}}
            # An event that nobody asked for, to be passed over.
            await socket.send(json.dumps({**answer, "messageType": "TestEvent", "requestID": "event", "data": {}}))
            await socket.send(json.dumps({**answer, "requestID": message.get("requestID"), **reply}))

    def admit(self, kind: str, *, signed_in: bool) -> None:
        if not signed_in and kind not in {"AuthenticationTokenRequest", "AuthenticationRequest"}:
            raise Refusal(8, "This request requires authentication.")

    def check(self, message: dict[str, Any]) -> str:
        if message.get("apiName") != "VTubeStudioPublicAPI":
            raise Refusal(3, "API name")
        if message.get("apiVersion") != "1.0":
            raise Refusal(4, "API version")
        identity = message.get("requestID")
        if not (isinstance(identity, str) and identity.isascii() and 1 <= len(identity) <= 64):
            raise Refusal(5, "request ID")
        self.ids.append(identity)
        kind = message.get("messageType")
        if not isinstance(kind, str) or not hasattr(self, kind):
            raise Refusal(7, "unknown request type")
        return kind

    def AuthenticationTokenRequest(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if not 3 <= len(data["pluginName"]) <= 32:
            raise Refusal(52, "plugin name")
        if not 3 <= len(data["pluginDeveloper"]) <= 32:
            raise Refusal(53, "developer name")
        self.asked += 1
        if not self.allow:
            raise Refusal(50, "User has denied API access for your plugin.")
        self.token = TOKEN
        self.owner = (data["pluginName"], data["pluginDeveloper"])
        return {"authenticationToken": TOKEN}

    def AuthenticationRequest(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        valid = self.token is not None and data["authenticationToken"] == self.token
        return {"authenticated": valid and self.owner == (data["pluginName"], data["pluginDeveloper"]), "reason": ""}

    def ParameterCreationRequest(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if not re.fullmatch(r"[A-Za-z0-9]{4,32}", data["parameterName"]):
            raise Refusal(350, "parameter name")
        if len(data.get("explanation", "")) > 256:
            raise Refusal(351, "explanation")
        if not -1e6 <= data["min"] < data["max"] <= 1e6:
            raise Refusal(352, "range")
        self.parameters[data["parameterName"]] = (data["min"], data["max"])
        return {"parameterName": data["parameterName"]}

    def InjectParameterDataRequest(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        values = {item["id"]: item["value"] for item in data["parameterValues"]}
        if not values:
            raise Refusal(450, "no data")
        if data["mode"] not in {"set", "add"}:
            raise Refusal(455, "mode")
        for name, value in values.items():
            if name not in self.parameters:
                raise Refusal(453, f"Parameter {name} does not exist.")
            if not isinstance(value, int | float) or not -1e6 <= value <= 1e6:
                raise Refusal(451, "value")
            if name in self.elsewhere:
                raise Refusal(454, f"Parameter {name} is controlled by another plugin.")
        now = self.clock()
        self.history.append((now, values))
        self.held.update({name: Held(value, now) for name, value in values.items()})
        return {}


@asynccontextmanager
async def vtube_studio(studio: FakeVTubeStudio) -> AsyncIterator[FakeVTubeStudio]:
    async with serve(studio.serve, "127.0.0.1", 0) as server:
        studio.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield studio
