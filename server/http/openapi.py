"""The HTTP API described for machines (`/openapi.json`, OpenAPI 3.1) and for people (`/docs`), from one table.

Bodies are described by the classes that read them, so the document cannot promise what is not checked; a test compares the
table with the routes. The page is plain HTML without scripts, fonts or pictures from anywhere.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from oncue.server.compat import cartesia, elevenlabs, elevenlabs_dialogue, inworld, openai, openai_realtime
from oncue.server.http import dub_api, speech_api

PATHS = ("/openapi.json", "/docs")
_SOUND, _JSON = "audio/*", "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. `body` is the class of a JSON body, `answers` the kinds of content that come back."""

    method: str
    path: str
    group: str
    summary: str
    answers: tuple[str, ...] = (_JSON,)
    body: Any = None
    query: tuple[tuple[str, str], ...] = ()
    socket: bool = False
    open: bool = False
    """It asks for no key."""


_FORM = (
    ("format", "wav, flac, m4a, aac, mp3, opus, ulaw, alaw or pcm"), ("rate", "samples per second"),
    ("bit_rate", "bits per second"), ("marks", "word, phone, viseme, mouth, with commas"),
    ("gap_ms", "silence between lines in one sound"), ("as", "sound, ndjson or multipart; otherwise by the header Accept"),
)  # fmt: skip
_ELEVEN = (("output_format", "like mp3_44100_128 or pcm_24000"),)
_TTS = "/v1/text-to-speech/{voice}"
_TTD = elevenlabs_dialogue.PATH
OPERATIONS: tuple[Operation, ...] = (
    Operation("get", "/v1/stream", "Speech", "The WebSocket of docs/protocol.md", socket=True),
    Operation(
        "post", "/v1/speech", "Speech", "Speak a line, or a list of lines one after another, while it is made",
        (_SOUND, speech_api.NDJSON, speech_api.MULTIPART), speech_api.SpeechLine | list[speech_api.SpeechLine], _FORM,
    ),
    Operation("post", "/v1/text", "Speech", "How a text will be read", body=speech_api.TextQuestion),
    Operation("post", "/v1/emotion", "Speech", "What feeling words are taken for", body=speech_api.EmotionQuestion),
    Operation("get", "/v1/voices", "Voices", "Every voice, the default first"),
    Operation(
        "post", "/v1/voices", "Voices", "Make a voice of a recording, sent as the body or as a form",
        query=(("name", "what to call it"), ("consent", "true"), ("denoise", "true or false"), ("force", "true or false"),
            ("speaker", "who speaks in it"), ("consent_how", "tick, recording or paper"),
            ("consent_evidence", "SHA-256 of the recorded sentence or the paper"),
        ),
    ),
    Operation("post", "/v1/voices/{name}/revoke", "Voices", "The speaker takes the consent back: everything of the voice goes, its lines end"),
    Operation("get", "/v1/voices/{name}", "Voices", "One voice, by name or id"),
    Operation("delete", "/v1/voices/{name}", "Voices", "Forget a voice of yours"),
    Operation("post", "/v1/detect", "Speech", "Whether a sound file, sent as the body or as `file` of a form, was spoken here"),
    Operation("post", "/v1/dubs", "Dubbing", "A film, sent as the body, to be dubbed"),
    Operation(
        "post", "/v1/dubs/{id}", "Dubbing", "Lines for a film: progress and a report in lines of JSON", (dub_api.NDJSON,), dub_api.DubQuestion
    ),
    Operation("get", "/v1/dubs/{id}/{what}", "Dubbing", "The dubbed `film`, or the `line` that was made alone", ("application/octet-stream",)),
    Operation("delete", "/v1/dubs/{id}", "Dubbing", "Forget a film"),
    Operation("get", "/healthz", "Operation", "200 while the process lives", open=True),
    Operation("get", "/readyz", "Operation", "200 when a line could be spoken now", open=True),
    Operation("get", "/metrics", "Operation", "Prometheus", ("text/plain",)),
    Operation("get", "/openapi.json", "Operation", "This document", open=True),
    Operation("get", "/docs", "Operation", "This document as a page", ("text/html",), open=True),
    Operation(
        "post", "/v1/audio/speech", "OpenAI", "Speech", (_SOUND, "text/event-stream"), openai.SpeechRequest
    ),
    Operation("get", openai_realtime.PATH, "OpenAI", "A WebSocket that speaks what is written to it", socket=True),
    Operation("get", "/v1/audio/voices", "OpenAI", "Voices and the names that mean them"),
    Operation("get", "/v1/audio/models", "OpenAI", "Names of models, for Open WebUI"),
    Operation("get", "/v1/models", "OpenAI", "Names of models"),
    Operation("get", "/v1/models/{name}", "OpenAI", "One name of a model"),
    Operation("post", _TTS, "ElevenLabs", "Speech", (_SOUND,), elevenlabs.HttpRequest, _ELEVEN),
    Operation("post", f"{_TTS}/stream", "ElevenLabs", "Speech", (_SOUND,), elevenlabs.HttpRequest, _ELEVEN),
    Operation(
        "post", f"{_TTS}/with-timestamps", "ElevenLabs", "Speech and times of characters", (_JSON,),
        elevenlabs.HttpRequest, _ELEVEN,
    ),
    Operation(
        "post", f"{_TTS}/stream/with-timestamps", "ElevenLabs", "The same in lines of JSON", (_JSON,),
        elevenlabs.HttpRequest, _ELEVEN,
    ),
    Operation("get", f"{_TTS}/stream-input", "ElevenLabs", "A WebSocket for one text", query=_ELEVEN, socket=True),
    Operation(
        "get", f"{_TTS}/multi-stream-input", "ElevenLabs", "A WebSocket for many texts", query=_ELEVEN, socket=True
    ),
    Operation("get", "/v2/voices", "ElevenLabs", "Voices"),
    Operation("post", _TTD, "ElevenLabs", "A dialogue of several voices", (_SOUND,), elevenlabs_dialogue.Dialogue, _ELEVEN),
    Operation("post", f"{_TTD}/stream", "ElevenLabs", "The same", (_SOUND,), elevenlabs_dialogue.Dialogue, _ELEVEN),
    Operation(
        "post", f"{_TTD}/with-timestamps", "ElevenLabs", "A dialogue, times of characters, and who speaks when", (_JSON,),
        elevenlabs_dialogue.Dialogue, _ELEVEN,
    ),
    Operation(
        "post", f"{_TTD}/stream/with-timestamps", "ElevenLabs", "The same in lines of JSON", (_JSON,),
        elevenlabs_dialogue.Dialogue, _ELEVEN,
    ),
    Operation("get", cartesia.VOICES, "Cartesia", "Voices, a page of them", query=(("limit", "most of a page"), ("starting_after", "the last of the page before"))),
    Operation("get", f"{cartesia.VOICES}/{{id}}", "Cartesia", "One voice"),
    Operation("get", "/tts/websocket", "Cartesia", "A WebSocket with contexts", socket=True),
    Operation("post", "/tts/bytes", "Cartesia", "Speech", (_SOUND,), cartesia.Generation),
    Operation("post", "/tts/sse", "Cartesia", "Speech as events", ("text/event-stream",), cartesia.Generation),
    Operation("post", "/tts/v1/voice", "Inworld", "Speech and times", (_JSON,), inworld.Synthesis),
    Operation("post", "/tts/v1/voice:stream", "Inworld", "The same in lines of JSON", (speech_api.NDJSON,), inworld.Synthesis),
)  # fmt: skip


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    bodies = [operation.body for operation in OPERATIONS if operation.body is not None]
    found, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    schemas = iter(found)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        schema = next(schemas) if operation.body is not None else None
        paths.setdefault(operation.path, {})[operation.method] = _described(operation, schema)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OnCue", "version": "1",
            "description": "Speech that is AI-generated, streamed while it is made. docs/protocol.md is normative for our own"
            " routes, docs/clients.md says what the borrowed ones take.",
        },
        "paths": paths,
        "components": {
            "schemas": components
            | {
                "Error": {
                    "type": "object",
                    "properties": {
                        "error": {
                            "type": "object",
                            "properties": {
                                "code": {"type": "string"}, "message": {"type": "string"}, "retry": {"type": "boolean"},
                            },
                            "required": ["code", "message", "retry"],
                        }
                    },
                    "required": ["error"],
                }
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "xi": {"type": "apiKey", "in": "header", "name": "xi-api-key"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "security": [{"bearer": []}, {"xi": []}, {"key": []}],
    }  # fmt: skip


def _described(operation: Operation, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    string = {"type": "string"}
    parameters = [{"name": name, "in": "path", "required": True, "schema": string} for name in names]
    parameters += [
        {"name": name, "in": "query", "description": meaning, "schema": string} for name, meaning in operation.query
    ]
    success = (
        {"101": {"description": "It is a WebSocket from here on."}}
        if operation.socket
        else {"200": {"description": "Done.", "content": {kind: {} for kind in operation.answers}}}
    )
    error = {"description": "It cannot be done, or not now.", "content": {_JSON: {"schema": _error(operation)}}}
    said: dict[str, Any] = {
        "tags": [operation.group], "summary": operation.summary,
        "operationId": f"{operation.method}_{operation.path.strip('/').replace('/', '_').replace('{', '').replace('}', '')}",
        "responses": success | {"4XX": error, "5XX": error},
    }  # fmt: skip
    if parameters:
        said["parameters"] = parameters
    if schema is not None:
        said["requestBody"] = {"required": True, "content": {_JSON: {"schema": schema}}}
    if operation.open:
        said["security"] = []
    return said


def _error(operation: Operation) -> dict[str, Any]:
    ours = operation.group in {"Speech", "Voices", "Operation"}
    return {"$ref": "#/components/schemas/Error"} if ours else {"type": "object"}


@cache
def page() -> str:
    """The same for people."""
    groups = dict.fromkeys(operation.group for operation in OPERATIONS)
    sections = "".join(
        f"<h2>{html.escape(group)}</h2>" + "".join(_row(each) for each in OPERATIONS if each.group == group)
        for group in groups
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>OnCue: the HTTP API</title><style>{_STYLE}</style><main><h1>OnCue: the HTTP API</h1>"
        "<p>Every voice here is AI-generated. Where the server has keys, send one as <code>Authorization: Bearer …</code>, "
        '<code>xi-api-key</code> or <code>X-API-Key</code>. For machines: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{sections}</main></html>"
    )


_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0}main{max-width:60rem;margin:auto;"
    "padding:1rem}details{border:1px solid #8886;border-radius:.4rem;margin:.4rem 0;padding:.4rem .8rem}"
    "summary{cursor:pointer}code,pre{font-family:ui-monospace,monospace;overflow-wrap:anywhere}"
    "pre{overflow:auto;background:#8882;padding:.6rem;border-radius:.3rem}b{display:inline-block;min-width:4.5rem}"
)


def _row(operation: Operation) -> str:
    method = "SOCKET" if operation.socket else operation.method.upper()
    head = f"<b>{method}</b> <code>{html.escape(operation.path)}</code> {html.escape(operation.summary)}"
    said = document()["paths"][operation.path][operation.method]
    parts = []
    if operation.query:
        items = "".join(f"<li><code>{name}</code> {html.escape(meaning)}</li>" for name, meaning in operation.query)
        parts.append(f"<p>In the query:</p><ul>{items}</ul>")
    if operation.body is not None:
        fields = json.dumps(_resolved(said["requestBody"]["content"][_JSON]["schema"]), indent=1, ensure_ascii=False)
        parts.append(f"<p>The body, as JSON:</p><pre>{html.escape(fields)}</pre>")
    if not operation.socket:
        parts.append(f"<p>Answers with {html.escape(', '.join(operation.answers))}.</p>")
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _resolved(schema: Any, depth: int = 0) -> Any:
    """A schema with what it refers to in place, for reading."""
    if isinstance(schema, list):
        return [_resolved(each, depth) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and depth < 4:
        name = schema["$ref"].rpartition("/")[2]
        return _resolved(document()["components"]["schemas"][name], depth + 1)
    return {key: _resolved(value, depth) for key, value in schema.items()}


class DocsApi:
    """The two routes."""

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        router.add_get("/openapi.json", self._document)
        router.add_get("/docs", self._page)

    async def _document(self, _request: web.Request) -> web.Response:
        return web.json_response(document())

    async def _page(self, _request: web.Request) -> web.Response:
        policy = (
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return web.Response(text=page(), content_type="text/html", headers={"Content-Security-Policy": policy})
