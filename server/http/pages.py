"""The studio page and the overlay: the files of `clients/web`, at `/`, `/overlay` and `/web/…`.

They hold no secret and are served without a token, or nobody could type one in; all they do goes through the
WebSocket and the API, which ask for it. The files are read once, so only names that exist when the server starts can be
asked for, and no request opens anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

import oncue.clients

_WEB = "/web/"
_PAGES = {"/": "index.html", "/overlay": "overlay.html", "/dub": "dub.html", "/scene": "scene.html"}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""A file of any other kind is not served."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
)
"""Content Security Policy level 3: nothing but our own files runs, and nothing is sent anywhere but here."""


def is_page(path: str) -> bool:
    """Whether a path of a URL is one of those served here."""
    return path in _PAGES or path.startswith(_WEB)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    content_type: str
    etag: str


class Pages:
    """Read at the start; `origins` are the web pages that may hold the overlay in a frame."""

    def __init__(self, origins: tuple[str, ...], folder: Path | None = None) -> None:
        self._assets = dict(_read(folder or Path(oncue.clients.__file__).parent / "web"))
        self._origins = origins

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        for path in _PAGES:
            router.add_get(path, self._page)
        router.add_get(_WEB + "{name:.+}", self._asset)

    async def _page(self, request: web.Request) -> web.Response:
        asset = self._assets[_PAGES[request.path]]
        return _answer(request, asset, {"Content-Security-Policy": _POLICY + self._framed_by(request.path)})

    def _framed_by(self, path: str) -> str:
        """Which pages may hold this one in a frame: the studio has buttons that cost something, the overlay has none."""
        return "'none'" if path != "/overlay" else " ".join(("'self'", *self._origins))

    async def _asset(self, request: web.Request) -> web.Response:
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        return _answer(request, asset, {})


def _read(folder: Path) -> Iterator[tuple[str, Asset]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TYPES and path.is_file():
            body = path.read_bytes()
            etag = hashlib.sha256(body).hexdigest()[:32]
            yield path.relative_to(folder).as_posix(), Asset(body, _TYPES[path.suffix], f'"{etag}"')


def _answer(request: web.Request, asset: Asset, beside: dict[str, str]) -> web.Response:
    """The file, or that the browser's copy is still good: it asks every time, so an upgraded server is seen at once."""
    headers = beside | {
        "Cache-Control": "no-cache",
        "ETag": asset.etag,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if asset.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.body, headers=headers | {"Content-Type": asset.content_type})
