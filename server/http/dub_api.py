"""Films over HTTP: one is sent, dubbed as often as its lines change, and fetched; `/v1/dubs` and what is below.

Films are kept on disk for a while and for their owner's id alone. Their lines are spoken like any others here, with the limits of
the caller's key, and the film is opened in the child that `oncue dub` opens it in.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from aiohttp import web
from msgspec import Meta, Struct

from oncue.model.api import Voice
from oncue.server.dubbing import media
from oncue.server.dubbing.casting import check_consent
from oncue.server.dubbing.dub import DubOptions, LinesDoNotFit, Progress, dub
from oncue.server.dubbing.media import Film, MediaError
from oncue.server.engines.pool import EnginePool
from oncue.server.http.handling import Told, answered, problem
from oncue.server.http.streaming import StreamedAnswer
from oncue.server.http.upload import UploadError, read_json
from oncue.server.local_engine import LineCollector
from oncue.server.sessions.allowance import CALLER
from oncue.server.sessions.resolver import ServerResolver, WithReference
from oncue.server.sessions.speaking import speaking, unpaced
from oncue.server.state import ServerState
from oncue.server.voices.consent import ConsentMissing, now
from oncue.server.voices.store import Consent
from oncue.streaming.dubbing.fit import MOST_VIDEO_STRETCH
from oncue.streaming.dubbing.script import DubLine, DubScript, ScriptError, ordered, spoken_by
from oncue.streaming.protocol import messages

_log = logging.getLogger(__name__)
NDJSON = "application/x-ndjson"
MAX_BYTES = 256 * 1024 * 1024
MAX_S = 600.0
KEPT_S = 3600.0
_UPLOAD_S = 600.0
_CHUNK_BYTES = 256 * 1024
_PEAKS = 1200
_RATE = 24_000
_SUFFIXES = {"video/mp4": ".mp4", "video/quicktime": ".mov", "video/x-matroska": ".mkv", "video/webm": ".webm"}


class DubbedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a dub; the fields are those of docs/dubbing.md."""

    start: Annotated[float, Meta(ge=0.0, le=36_000.0)]
    text: Annotated[str, Meta(min_length=1, max_length=messages.MAX_TEXT_CHARACTERS)]
    end: Annotated[float, Meta(ge=0.0, le=36_000.0)] | None = None
    speaker: Annotated[str, Meta(max_length=80)] = ""
    emotion: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    voice: messages.Name | None = None
    ratio: Annotated[float, Meta(ge=0.25, le=4.0)] | None = None


class DubQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """Lines for a film; with `only` one of them is made alone, to be heard in its place."""

    lines: Annotated[tuple[DubbedLine, ...], Meta(min_length=1, max_length=500)]
    consent: bool = False
    """That whoever speaks in the film agreed; needed unless every line has a voice."""
    only: Annotated[int, Meta(ge=1)] | None = None
    feeling: Annotated[str, Meta(min_length=1, max_length=500)] = "heard"
    language: Literal["auto", "zh", "en"] = "auto"
    video_stretch: Annotated[float, Meta(ge=1.0, le=MOST_VIDEO_STRETCH)] = 1.0
    label: messages.LabelChoice = "none"
    label_place: messages.LabelPlace = "end"


@dataclass(slots=True)
class _Kept:
    """A film that somebody sent."""

    folder: Path
    film: Film
    suffix: str
    used_at: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def source(self) -> Path:
        """As it came."""
        return self.folder / f"film{self.suffix}"

    @property
    def out(self) -> Path:
        """As it was dubbed."""
        return self.folder / f"dubbed{self.suffix}"

    @property
    def preview(self) -> Path:
        """One line in its place."""
        return self.folder / "line.wav"


@dataclass(frozen=True, slots=True)
class _ServedEngine:
    """Implements `oncue.server.dubbing.engine.DubEngine` with the server's own call, so limits and records hold."""

    state: ServerState

    @property
    def pool(self) -> EnginePool:
        """The server's."""
        return self.state.pool

    async def speak(
        self, line: messages.Speak, reference: Voice | None = None, named: Mapping[str, Voice] | None = None
    ) -> LineCollector:
        """Raises Refusal."""
        resolver = WithReference(ServerResolver(self.state.voice_store()), reference, named or {})
        collector = LineCollector(_RATE)
        async with speaking(self.state, line, unpaced(_RATE, "word"), resolver) as spoken:
            async for event in spoken:
                if not isinstance(event, messages.Error):
                    collector.take(event)
        return collector


class DubApi:
    """The routes. At most `dub_films` of the configuration are kept; the one that was not used for longest makes room."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._films: dict[str, _Kept] = {}
        self._coming = 0

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on, if films are taken at all."""
        if not self._state.config.dub_films:
            return
        router.add_post("/v1/dubs", answered(self._state, self._receive))
        router.add_post("/v1/dubs/{id}", answered(self._state, self._dub))
        router.add_get("/v1/dubs/{id}/{what:film|line}", answered(self._state, self._fetch))
        router.add_delete("/v1/dubs/{id}", answered(self._state, self._remove))

    async def close(self, _app: web.Application) -> None:
        """Nothing is left on the disk."""
        for kept in self._films.values():
            await asyncio.to_thread(shutil.rmtree, kept.folder, ignore_errors=True)
        self._films.clear()

    async def _receive(self, request: web.Request) -> web.Response:
        suffix = _SUFFIXES.get(request.content_type)
        if suffix is None:
            raise UploadError(415, "bad_message", f"Send a film as the body, as one of {', '.join(_SUFFIXES)}.")
        if (request.content_length or 0) > MAX_BYTES:
            raise UploadError(413, "too_large", f"The film is over {MAX_BYTES // 2**20} MB.")
        if self._coming >= self._state.config.dub_films:
            raise UploadError(503, "busy", "Other films are coming in: try again in a moment.")
        self._coming += 1
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="oncue-film-"))
        try:
            await self._store(request, folder / f"film{suffix}")
            film = await asyncio.to_thread(media.read_film, folder / f"film{suffix}", folder / "film.f32", max_s=MAX_S)
        except BaseException as error:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            if isinstance(error, MediaError):
                raise UploadError(422, "bad_film", str(error)) from error
            raise
        finally:
            self._coming -= 1
        await self._make_room()
        identity = secrets.token_hex(16)
        self._films[identity] = _Kept(folder, film, suffix, time.monotonic())
        _log.info("a film of %.0f s", film.info.duration_s)
        return web.json_response(
            {
                "id": identity,
                "duration_s": film.info.duration_s,
                "speech": [list(span) for span in film.info.speech],
                "peaks": await asyncio.to_thread(_peaks, film),
                "picture": film.info.video is not None,
            },
            status=201,
        )

    async def _store(self, request: web.Request, path: Path) -> None:
        held = 0
        try:
            async with asyncio.timeout(_UPLOAD_S):
                with path.open("wb") as file:
                    while piece := await request.content.read(_CHUNK_BYTES):
                        held += len(piece)
                        if held > MAX_BYTES:
                            raise UploadError(413, "too_large", f"The film is over {MAX_BYTES // 2**20} MB.")
                        await asyncio.to_thread(file.write, piece)
        except TimeoutError:
            raise UploadError(408, "too_slow", f"The film took more than {_UPLOAD_S:.0f} s to arrive.") from None
        except OSError as error:
            raise UploadError(507, "not_kept", f"The film cannot be kept: {error.strerror}.") from error

    async def _dub(self, request: web.Request) -> web.StreamResponse:
        kept = self._kept(request)
        asked = await read_json(request, DubQuestion)
        try:
            script = _script(asked)
        except ScriptError as error:
            raise UploadError(400, "bad_message", str(error)) from error
        consent = Consent(now(), "POST /v1/dubs", CALLER.get()) if asked.consent else None
        try:
            check_consent(script.lines, consent)
        except ConsentMissing as error:
            raise UploadError(403, error.code, str(error)) from error
        told: asyncio.Queue[str | None] = asyncio.Queue()
        out = StreamedAnswer(request, {"Content-Type": NDJSON}, self._state.config.slow_consumer_s)
        async with kept.turn:
            work = asyncio.create_task(self._made(kept, script, asked, consent, told))
            try:
                while (line := await told.get()) is not None:
                    await out.send(msgspec.json.encode({"type": "progress", "message": line}) + b"\n")
                await out.send(msgspec.json.encode(await work) + b"\n")
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        kept.used_at = time.monotonic()
        return await out.end()

    async def _made(
        self,
        kept: _Kept,
        script: DubScript,
        asked: DubQuestion,
        consent: Consent | None,
        told: asyncio.Queue[str | None],
    ) -> dict[str, Any]:
        """The last line of the answer: a report, or what stood against it."""
        options = DubOptions(
            out=kept.out if asked.only is None else kept.preview,
            language=asked.language,
            feeling=asked.feeling,
            video_stretch=asked.video_stretch,
            consent=consent,
            label=asked.label,
            label_place=asked.label_place,
            only=asked.only,
            together=2,
            kept_in=kept.folder / "lines",
        )
        loop = asyncio.get_running_loop()

        def tell(line: str) -> None:
            loop.call_soon_threadsafe(told.put_nowait, line)

        progress = Progress(tell)
        try:
            report = await dub(_ServedEngine(self._state), kept.source, kept.film, script, options, progress)
            return {"type": "done", "report": report.as_json | {"out": None}}
        except LinesDoNotFit as error:
            return {
                "type": "error",
                "code": "lines_do_not_fit",
                "message": str(error),
                "report": error.report.as_json | {"out": None},
            }
        except MediaError as error:
            return {"type": "error", "code": "bad_film", "message": str(error)}
        except Told as error:
            return {"type": "error", "code": problem(error).code, "message": str(error)}
        finally:
            told.put_nowait(None)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        kept = self._kept(request)
        path = kept.out if request.match_info["what"] == "film" else kept.preview
        if not path.is_file():
            raise UploadError(404, "not_made", "That was not made yet: send its lines first.")
        headers = {"Content-Disposition": f'attachment; filename="{path.name}"', "Cache-Control": "no-store"}
        return web.FileResponse(path, headers=headers)

    async def _remove(self, request: web.Request) -> web.Response:
        kept = self._kept(request)
        del self._films[request.match_info["id"]]
        await asyncio.to_thread(shutil.rmtree, kept.folder, ignore_errors=True)
        return web.json_response({"removed": True})

    def _kept(self, request: web.Request) -> _Kept:
        kept = self._films.get(request.match_info["id"])
        if kept is None:
            raise UploadError(404, "unknown_film", "There is no film of this id, or it was kept for long enough.")
        kept.used_at = time.monotonic()
        return kept

    async def _make_room(self) -> None:
        """Films that nobody used for an hour go, and of the others the oldest where there are too many."""
        now = time.monotonic()
        order = sorted(
            (name for name, kept in self._films.items() if not kept.turn.locked()),
            key=lambda name: self._films[name].used_at,
        )
        over = len(self._films) - self._state.config.dub_films + 1
        for index, name in enumerate(order):
            if index < over or now - self._films[name].used_at > KEPT_S:
                await asyncio.to_thread(shutil.rmtree, self._films.pop(name).folder, ignore_errors=True)


def _script(asked: DubQuestion) -> DubScript:
    """Lines as a script. Raises ScriptError."""
    rows = []
    for line in asked.lines:
        if line.end is not None and line.end <= line.start:
            raise ScriptError("The end of a line is after its start.")
        try:
            text, speaker, emotion, strength = spoken_by(line.text)
        except ValueError as error:
            raise ScriptError(f"A line cannot be used: {error}.") from error
        if not text:
            raise ScriptError("A line has no text.")
        rows.append(
            DubLine(
                0,
                text,
                line.start,
                line.end,
                line.speaker or speaker,
                line.emotion or emotion,
                strength,
                line.voice,
                line.ratio,
            )
        )
    return ordered(rows)


def _peaks(film: Film) -> list[float]:
    """The loudest sample of each of `_PEAKS` parts, for a picture of the sound."""
    mono = np.abs(np.asarray(film.pcm).max(axis=1))
    parts = np.array_split(mono, min(_PEAKS, max(1, len(mono))))
    return [round(float(part.max(initial=0.0)), 3) for part in parts]
