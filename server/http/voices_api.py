"""Voices over HTTP: add one from a recording, list them, show one, remove one.

It does what `oncue voices` does, through the same calls; who may come here was decided before (`auth`).
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from oncue.server.compat.aliases import listed
from oncue.server.http.errors import Handler, error_response
from oncue.server.http.upload import Upload, UploadError, receive
from oncue.server.sessions.allowance import CALLER
from oncue.server.state import ServerState
from oncue.server.voices import recording as reference
from oncue.server.voices.consent import now
from oncue.server.voices.creation import VoiceCreator
from oncue.server.voices.quality import UnfitRecording
from oncue.server.voices.store import Consent, VoiceStoreError
from oncue.streaming.protocol.errors import OnCueError

_MOST_AT_ONCE = 2
"""Recordings that arrive or are looked at; each may cost a process of two gigabytes."""
_PATH = "/v1/voices"
_STATUS = {
    "bad_name": 400,
    "name_taken": 409,
    "built_in": 409,
    "not_kept": 507,
    "unknown_voice": 404,
    "voice_revoked": 410,
    "engine_lost": 503,
    "store_away": 503,
}
"""Of errors by code; any other is about the recording, and 422."""


class VoicesApi:
    """The routes. Every refusal is one of the errors of docs/protocol.md."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._creator = VoiceCreator(state.pool, state.shared_voices)
        self._under_way = 0

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        router.add_get(_PATH, self._answering(self._list))
        router.add_post(_PATH, self._answering(self._add))
        router.add_get(_PATH + "/{name}", self._answering(self._show))
        router.add_post(_PATH + "/{name}/revoke", self._answering(self._revoke))
        router.add_delete(_PATH + "/{name}", self._answering(self._remove))

    def _answering(self, handler: Handler) -> Handler:
        """The handler, with what it raises for a client as an answer."""

        async def answer(request: web.Request) -> web.StreamResponse:
            if not self._state.pool.started:
                return error_response(503, "engine_lost", "The engine is starting: ask again in a moment.", retry=True)
            try:
                return await handler(request)
            except (UploadError, VoiceStoreError, OnCueError) as error:
                return self._refusal(error)

        return answer

    async def _list(self, _request: web.Request) -> web.Response:
        entries = await asyncio.to_thread(self._state.voice_store().list)
        return web.json_response({"voices": [listed(entry.summary) for entry in entries]})

    async def _show(self, request: web.Request) -> web.Response:
        entry = await asyncio.to_thread(self._state.voice_store().show, request.match_info["name"])
        return web.json_response(listed(entry.summary) | {"voice": entry.as_json})

    async def _remove(self, request: web.Request) -> web.Response:
        await self._creator.remove(request.match_info["name"], self._state.voice_store(), CALLER.get())
        return web.json_response({"removed": True})

    async def _revoke(self, request: web.Request) -> web.Response:
        gone = await self._creator.revoke(request.match_info["name"], self._state.voice_store(), CALLER.get())
        told = {"id": gone.key, "names": list(gone.names), "at": gone.at, "consent": gone.consent.as_json}
        return web.json_response({"revoked": told})

    async def _add(self, request: web.Request) -> web.Response:
        if self._state.draining:
            return error_response(503, "draining", "The server is shutting down: use another.", retry=True)
        if self._under_way >= _MOST_AT_ONCE:
            return error_response(
                503, "busy", "Other recordings are being looked at: try again in a moment.", retry=True
            )
        self._under_way += 1
        try:
            return await self._make(await receive(request))
        finally:
            self._under_way -= 1

    async def _make(self, upload: Upload) -> web.Response:
        if not upload.consent:
            sentence = "A voice is made only with the speaker's consent: send consent=true."
            raise UploadError(403, "consent_missing", sentence)
        store = self._state.voice_store()
        store.check(upload.name)
        clip = await asyncio.to_thread(reference.decode, upload.data, denoise=upload.denoise)
        consent = Consent(now(), f"POST {_PATH}", CALLER.get(), upload.speaker, upload.how, upload.evidence)
        added = await self._creator.add(clip, upload.name, consent, store, force=upload.force)
        shown = {"voice": added.entry.as_json, "report": clip.report.as_json, "cached": added.cached}
        return web.json_response(shown, status=201)

    def _refusal(self, error: UploadError | VoiceStoreError | OnCueError) -> web.Response:
        code = error.finding.code if isinstance(error, UnfitRecording) else error.code
        status = error.status if isinstance(error, UploadError) else _STATUS.get(code, 422)
        self._state.metrics.errors.labels(code).inc()
        beside = {"report": error.report.as_json} if isinstance(error, UnfitRecording) else {}
        return error_response(
            status,
            code,
            str(error),
            retry=code == "store_away" or (isinstance(error, OnCueError) and error.retry),
            **beside,
        )
