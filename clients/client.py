"""A client in Python: connect, speak, and iterate over what a line becomes.

    async with await Client.connect("http://127.0.0.1:8760") as client:
        line = await client.speak("Hello there.", duration=Duration(seconds=1.2))
        async for event in line:
            if isinstance(event, AudioFrame):
                play(event.pcm)

It needs asyncio and `websockets`, no torch, and plays nothing itself.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import websockets  # which loads what is named below when it is first needed

from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.protocol.messages import Duration, Emotion
from oncue.streaming.protocol.wire import AudioFrame

LineEvent = messages.Started | messages.Plan | messages.Marks | AudioFrame | messages.Done
_MAX_SERVER_FRAME_BYTES = 2**20


class ClientError(Exception):
    """Something this client cannot go on from; the message is a sentence for a person."""


class Refusal(ClientError):
    """The server refused a line or a message: its code, and whether trying again unchanged can help."""

    def __init__(self, error: messages.Error) -> None:
        super().__init__(error.message)
        self.code, self.retry, self.detail = error.code, error.retry, error.detail


class ClientLine:
    """One line: iterate over it to its `Done`. A refusal is raised as `Refusal`, a lost connection as `ClientError`.

    After a refused `update` the line goes on, and after a lost connection it does once the client has resumed:
    iterate again to hear the rest.
    """

    def __init__(self, client: Client, identity: str) -> None:
        self.id = identity
        self.number: int | None = None
        """Its name in audio frames, once it has started."""
        self.done: messages.Done | None = None
        self.received_samples = 0
        """The sample to resume from."""
        self._client = client
        self._queue: asyncio.Queue[LineEvent | ClientError] = asyncio.Queue()

    async def append(self, text: str) -> None:
        """More text of a line spoken with `final=False`."""
        await self._client.send(messages.Append(self.id, text))

    async def finish(self) -> None:
        """No more text."""
        await self._client.send(messages.Finish(self.id))

    async def update(self, *, duration: Duration | None = None, emotion: Emotion | None = None) -> None:
        """Retarget what was not yet made."""
        await self._client.send(messages.Update(self.id, duration, emotion))

    async def cancel(self, fade_ms: int = 40, at: Literal["now", "word"] = "now") -> None:
        """Stop; `Done` still comes."""
        await self._client.send(messages.Cancel(self.id, fade_ms, at))

    async def played(self, samples: int) -> None:
        """Tell the server how far playback is."""
        await self._client.send(messages.Played(self.id, samples))

    def put(self, event: LineEvent | ClientError) -> None:
        """For the client's reader."""
        if isinstance(event, AudioFrame):
            self.received_samples = event.end
        self._queue.put_nowait(event)

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        while self.done is None:
            event = await self._queue.get()
            if isinstance(event, ClientError):
                raise event
            if isinstance(event, messages.Done):
                self.done = event
            yield event

    async def pcm(self) -> bytes:
        """The whole line as pcm_s16le, for those who need not stream."""
        return b"".join([event.pcm async for event in self if isinstance(event, AudioFrame)])


class Client:
    """One session. Lines may overlap; each has its own queue."""

    def __init__(self, socket: websockets.ClientConnection, ready: messages.Ready, url: str, token: str) -> None:
        self.ready = ready
        self.rate = ready.audio.rate
        self._url, self._token = url, token
        self._socket = socket
        self._lines: dict[str, ClientLine] = {}
        self._numbers: dict[int, ClientLine] = {}
        self._identities = (str(number) for number in itertools.count(1))
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, url: str, opened: messages.Open | None = None, *, token: str = "") -> Self:
        """Open a session at the server's URL. Raises ClientError or Refusal."""
        socket = await _dial(url, token)
        return cls(socket, await _greeting(socket, opened or messages.Open()), url, token)

    async def resume(self) -> None:
        """After a lost connection: every line that has not ended goes on where its sound broke off.

        What is said at that very sample may come twice. Raises ClientError, or Refusal when the server does not
        keep the session any more: connect anew then.
        """
        lines = list(self._lines.values())
        if not lines:
            raise ClientError("No line was interrupted: connect anew.")
        self._socket.transport.abort()  # a close frame would be taking leave
        await asyncio.gather(self._reader, return_exceptions=True)
        self._socket = await _dial(self._url, self._token)
        first, *others = [messages.Resume(self.ready.session, line.id, line.received_samples) for line in lines]
        self.ready = await _greeting(self._socket, first)
        for message in others:
            await self.send(message)
        self._reader = asyncio.create_task(self._read())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close(now=error is not None)

    async def speak(self, text: str, **options: Any) -> ClientLine:
        """Send a line; `options` are the fields of `messages.Speak`."""
        identity = str(options.pop("id", None) or next(self._identities))
        line = self._lines[identity] = ClientLine(self, identity)
        await self.send(messages.Speak(identity, text, **options))
        return line

    async def send(self, message: messages.FromClient) -> None:
        """Any message. Raises ClientError when the connection is gone."""
        try:
            await self._socket.send(wire.encode(message))
        except websockets.ConnectionClosed as error:
            raise ClientError(_lost(error)) from error

    async def close(self, *, now: bool = False) -> None:
        """Let the lines end (unless `now`) and leave."""
        if not now:
            try:
                await self.send(messages.Close())
                await self._reader
            except ClientError:
                pass  # it is closed already
        await self._socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        problem = ClientError("The session is closed.")
        try:
            async for data in self._socket:
                self._take(wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data))
        except websockets.ConnectionClosed as error:
            problem = ClientError(_lost(error))
        except BadMessage as error:
            problem = ClientError(error.message)
        for line in self._lines.values():
            line.put(problem)

    def _take(self, event: messages.ServerMessage | AudioFrame) -> None:
        match event:
            case AudioFrame():
                if event.number in self._numbers:
                    self._numbers[event.number].put(event)
            case messages.Started():
                self._deliver(event.id, event)
            case messages.Audio():
                self._deliver(event.id, AudioFrame(0, event.seq, event.start, event.samples, event.data))
            case messages.Plan() | messages.Marks() | messages.Done():
                self._deliver(event.id, event)
            case messages.Error():
                self._refused(event)
            case messages.Ready() | messages.ScenePlan() | messages.SceneDone():
                pass  # of the session, and of scenes, which this client does not play

    def _deliver(self, identity: str, event: LineEvent) -> None:
        line = self._lines.get(identity)
        if line is None or (isinstance(event, messages.Started) and line.number is not None):
            return
        line.put(event)
        if isinstance(event, messages.Started):
            line.number = event.number
            self._numbers[event.number] = line
        elif isinstance(event, messages.Done):
            self._forget(line)

    def _refused(self, error: messages.Error) -> None:
        """To the line it concerns, or to all when it concerns the session."""
        for line in list(self._lines.values()):
            if error.id in {None, line.id}:
                line.put(Refusal(error))
                if error.terminal:
                    self._forget(line)

    def _forget(self, line: ClientLine) -> None:
        self._lines.pop(line.id, None)
        if line.number is not None:
            self._numbers.pop(line.number, None)


async def _dial(url: str, token: str) -> websockets.ClientConnection:
    """A socket, through the proxy that the environment names unless the server is on this machine. Raises ClientError."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = stream_url(url)
    if not address.startswith(("ws://", "wss://")):
        raise ClientError(
            f"A server's URL begins with http:// or https://, so {url} is none: http://127.0.0.1:8760 is."
        )
    try:
        return await websockets.connect(
            address,
            additional_headers=headers,
            compression=None,
            max_size=_MAX_SERVER_FRAME_BYTES,
            proxy=None if is_loopback(urlsplit(address).hostname or "") else True,
        )
    except (OSError, websockets.InvalidURI, websockets.InvalidHandshake, TimeoutError) as error:
        raise ClientError(f"There is no OnCue server to talk to at {url}: {error}.") from error
    except websockets.InvalidProxy as error:
        raise ClientError(f"The proxy that the environment names cannot be used: {error}.") from error
    except ImportError as error:  # websockets says so when a SOCKS proxy is named
        raise ClientError(
            "The environment names a SOCKS proxy, which needs one more package: run `pip install python-socks`, or set "
            "no_proxy to the server's host."
        ) from error


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself; no proxy can reach that."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _greeting(socket: websockets.ClientConnection, opening: messages.Open | messages.Resume) -> messages.Ready:
    """The answer to a first message. Raises Refusal or ClientError."""
    try:
        await socket.send(wire.encode(opening))
        answer = wire.decode_server(str(await socket.recv()))
    except websockets.ConnectionClosed as error:
        raise ClientError("The server closed the connection before it was ready.") from error
    if isinstance(answer, messages.Ready):
        return answer
    await socket.close()
    raise Refusal(answer) if isinstance(answer, messages.Error) else ClientError("The server did not greet us.")


def stream_url(url: str) -> str:
    """A server's URL to that of its stream: http becomes ws, and the path is added."""
    base = url.rstrip("/")
    for plain, socket in (("http://", "ws://"), ("https://", "wss://")):
        if base.startswith(plain):
            base = socket + base.removeprefix(plain)
    return base if base.endswith("/v1/stream") else f"{base}/v1/stream"


def _lost(error: websockets.ConnectionClosed) -> str:
    reason = f" ({error.rcvd.reason})" if error.rcvd is not None and error.rcvd.reason else ""
    return f"The server closed the connection{reason}."
