"""An OBS WebSocket server (protocol 5) made of its documentation: hello, challenge, identify, requests.

A request before identifying is closed with 4007, a wrong password with 4009, a message that is no request with 4006.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

SALT, CHALLENGE = "c2FsdA==", "Y2hhbGxlbmdl"


@dataclass
class FakeObs:
    password: str = ""
    streaming: bool = True
    url: str = ""
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    sockets: set[ServerConnection] = field(default_factory=set)

    def expected(self) -> str:
        secret = base64.b64encode(hashlib.sha256((self.password + SALT).encode()).digest()).decode()
        return base64.b64encode(hashlib.sha256((secret + CHALLENGE).encode()).digest()).decode()

    async def serve(self, socket: ServerConnection) -> None:
        self.sockets.add(socket)
        hello: dict[str, Any] = {"obsWebSocketVersion": "5.5.0", "rpcVersion": 1}
        if self.password:
            hello["authentication"] = {"challenge": CHALLENGE, "salt": SALT}
        await socket.send(json.dumps({"op": 0, "d": hello}))
        identified = False
        async for raw in socket:
            message = json.loads(raw)
            data = message["d"]
            if message["op"] == 1 and not identified:
                if self.password and data.get("authentication") != self.expected():
                    await socket.close(4009, "Authentication failed.")
                    return
                assert data["rpcVersion"] == 1
                identified = True
                await socket.send(json.dumps({"op": 2, "d": {"negotiatedRpcVersion": 1}}))
            elif not identified:
                await socket.close(4007, "Not identified.")
                return
            elif message["op"] == 6:
                await socket.send(json.dumps({"op": 5, "d": {"eventType": "Other", "eventIntent": 1}}))
                status = self.request(data["requestType"], data["requestData"])
                answer = {"requestType": data["requestType"], "requestId": data["requestId"], "requestStatus": status}
                await socket.send(json.dumps({"op": 7, "d": answer}))
            else:
                await socket.close(4006, "Unknown OpCode.")
                return

    def request(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        if kind == "CallVendorRequest":
            if data["vendorName"] != "obs-browser" or data["requestType"] != "emit_event":
                return {"result": False, "code": 600, "comment": "No vendor was found by that name."}
            self.events.append((data["requestData"]["event_name"], data["requestData"]["event_data"]))
            return {"result": True, "code": 100}
        if kind == "SendStreamCaption":
            if not self.streaming:
                return {"result": False, "code": 501}
            self.captions.append(data["captionText"])
            return {"result": True, "code": 100}
        return {"result": False, "code": 204, "comment": "Your request type is not valid."}


@asynccontextmanager
async def obs_studio(fake: FakeObs) -> AsyncIterator[FakeObs]:
    async with serve(fake.serve, "127.0.0.1", 0) as server:
        fake.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield fake
