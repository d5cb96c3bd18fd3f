"""The part of VTube Studio's public API that a mouth needs: sign in, create parameters, inject values.

One request at a time, each answered under its own id. It knows nothing of lines and sound; what is said here follows the
API's documentation (version 1.0).
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

API_NAME, API_VERSION = "VTubeStudioPublicAPI", "1.0"
PLUGIN_NAME, PLUGIN_DEVELOPER = "OnCue voice", "OnCue"
DEFAULT_URL = "ws://127.0.0.1:8001"

DENIED = 50
CONTROLLED_BY_ANOTHER = 454


class VTubeStudioError(Exception):
    """VTube Studio is not there or went away; the message is a sentence for a person."""


class Refused(VTubeStudioError):
    """An `APIError`, with its number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"VTube Studio refused: {message} (error {code})")
        self.code = code


class Denied(Refused):
    """The user was asked and said no."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A tracking parameter of our own. Its name is 4 to 32 letters and digits."""

    name: str
    explanation: str
    least: float = 0.0
    most: float = 1.0
    default: float = 0.0


class VTubeStudio:
    """A connection."""

    def __init__(self, socket: ClientConnection, answer_within_s: float) -> None:
        self._socket, self._answer_within_s = socket, answer_within_s
        self._ids = itertools.count(1)

    @classmethod
    async def connect(cls, url: str = DEFAULT_URL, answer_within_s: float = 5.0) -> Self:
        """Raises VTubeStudioError."""
        try:
            return cls(await connect(url, compression=None), answer_within_s)
        except (OSError, InvalidURI, InvalidHandshake, TimeoutError) as error:
            raise VTubeStudioError(
                f"VTube Studio does not answer at {url}: start it, and allow plugins in its settings."
            ) from error

    async def token(self) -> str:
        """Ask the user, in VTube Studio, whether we may; waits for the click. Raises Denied or VTubeStudioError."""
        try:
            answer = await self._ask("AuthenticationTokenRequest", _plugin(), within_s=None)
        except Refused as error:
            if error.code == DENIED:
                raise Denied(error.code, "OnCue was not allowed to move the mouth") from error
            raise
        return str(answer["authenticationToken"])

    async def sign_in(self, token: str) -> bool:
        """Use a token that was given before; False when it is not valid any more."""
        answer = await self._ask("AuthenticationRequest", _plugin() | {"authenticationToken": token})
        return bool(answer["authenticated"])

    async def create(self, parameter: Parameter) -> None:
        """Make a parameter, or make it again: harmless when it is ours already."""
        fields = {
            "parameterName": parameter.name,
            "explanation": parameter.explanation,
            "min": parameter.least,
            "max": parameter.most,
            "defaultValue": parameter.default,
        }
        await self._ask("ParameterCreationRequest", fields)

    async def inject(self, values: Mapping[str, float]) -> None:
        """Set parameters; what is not sent again within a second goes back to what it was."""
        pairs = [{"id": name, "value": value} for name, value in values.items()]
        await self._ask("InjectParameterDataRequest", {"faceFound": False, "mode": "set", "parameterValues": pairs})

    async def close(self) -> None:
        """Leave."""
        await self._socket.close()

    async def _ask(self, kind: str, data: dict[str, Any], within_s: float | None = -1.0) -> dict[str, Any]:
        """The data of the answer. Raises Refused, or VTubeStudioError when there is none."""
        identity = f"oncue-{next(self._ids)}"
        message = {
            "apiName": API_NAME,
            "apiVersion": API_VERSION,
            "requestID": identity,
            "messageType": kind,
            "data": data,
        }
        limit_s = self._answer_within_s if within_s == -1.0 else within_s
        try:
            await self._socket.send(json.dumps(message))
            async with asyncio.timeout(limit_s):
                answer = await self._answer(identity)
        except TimeoutError as error:
            raise VTubeStudioError("VTube Studio does not answer any more.") from error
        except WebSocketException as error:
            raise VTubeStudioError("VTube Studio closed the connection.") from error
        found = answer.get("data") or {}
        if answer.get("messageType") == "APIError":
            raise Refused(int(found.get("errorID", 0)), str(found.get("message", "")))
        return dict(found)

    async def _answer(self, identity: str) -> dict[str, Any]:
        """The answer with our id; events and answers to what was given up on are passed over."""
        while True:
            try:
                answer = json.loads(await self._socket.recv())
            except ValueError as error:
                raise VTubeStudioError(
                    "VTube Studio's answer is not JSON: another program is at this address."
                ) from error
            if isinstance(answer, dict) and answer.get("requestID") == identity:
                return answer


def _plugin() -> dict[str, Any]:
    return {"pluginName": PLUGIN_NAME, "pluginDeveloper": PLUGIN_DEVELOPER}
