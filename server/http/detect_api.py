"""`POST /v1/detect`: whether a recording was spoken by this server, and which layer says so."""

from __future__ import annotations

import asyncio

from aiohttp import web

from oncue.server import watermark_key
from oncue.server.audio import inspection
from oncue.server.http.errors import error_response
from oncue.server.http.upload import UploadError, receive_sound
from oncue.server.state import ServerState

PATH = "/v1/detect"
_MOST_AT_ONCE = 2
"""Each may cost a process of two gigabytes."""


class DetectApi:
    """The route."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._under_way = 0

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        router.add_post(PATH, self._detect)

    async def _detect(self, request: web.Request) -> web.Response:
        if self._under_way >= _MOST_AT_ONCE:
            return error_response(
                503, "busy", "Other recordings are being looked at: try again in a moment.", retry=True
            )
        self._under_way += 1
        try:
            data = await receive_sound(request)
            key = await asyncio.to_thread(watermark_key.load, self._state.config.watermark_path)
            found = await asyncio.to_thread(inspection.inspect, data, key)
        except UploadError as error:
            return self._refusal(error.status, error.code, error.message)
        except inspection.NotInspected as error:
            return self._refusal(422, error.code, str(error))
        except watermark_key.WatermarkKeyError as error:
            return self._refusal(500, "internal", str(error))
        finally:
            self._under_way -= 1
        return web.json_response(found.as_json)

    def _refusal(self, status: int, code: str, message: str) -> web.Response:
        self._state.metrics.errors.labels(code).inc()
        return error_response(status, code, message, retry=False)
