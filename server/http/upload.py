"""What a request brings, within limits: a recording and its fields as a form or as plain bytes, or a body of JSON.

Everything is counted while it comes in, so nothing larger than the limits is ever held. What the bytes are is not
looked at here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from oncue.server.voices.recording import MAX_BYTES

Body = TypeVar("Body")
MAX_JSON_BYTES = 256 * 1024
MAX_BODY_BYTES = MAX_BYTES + 64 * 1024
"""The recording, and room for the rest of a form."""
_FIELD_BYTES = 1024
_UPLOAD_S = 60.0
_CHUNK_BYTES = 64 * 1024
_FLAGS = ("consent", "denoise", "force")
_TEXTS = ("speaker", "consent_how", "consent_evidence")
_FIELDS = ("name", *_FLAGS, *_TEXTS)
_HOWS: Mapping[str, Literal["tick", "recording", "paper"]] = {
    "": "tick",
    "tick": "tick",
    "recording": "recording",
    "paper": "paper",
}
_EVIDENCE = re.compile(r"[0-9a-f]{64}")
_SPEAKER_CHARACTERS = 200
_YES, _NO = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}
_TOO_LONG = f"The recording is over {MAX_BYTES // 2**20} MB: send 3 to 15 s of one person."


class UploadError(Exception):
    """A request that brings no recording we take."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording and what is wanted of it."""

    name: str
    consent: bool
    denoise: bool
    force: bool
    data: bytes
    speaker: str = ""
    how: Literal["tick", "recording", "paper"] = "tick"
    evidence: str = ""
    """SHA-256 of what shows the consent."""


async def receive(request: web.Request) -> Upload:
    """The whole of a request. Raises UploadError."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UploadError(415, "bad_message", "Send the recording as it is, without a Content-Encoding.")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise UploadError(413, "too_large", _TOO_LONG)
    try:
        async with asyncio.timeout(_UPLOAD_S):
            if request.content_type == "multipart/form-data":
                return await _form(request)
            fields = _checked(request.query)
            return _upload(fields, await _read(request.content.read, MAX_BYTES))
    except TimeoutError:
        raise UploadError(408, "too_slow", f"The recording took more than {_UPLOAD_S:.0f} s to arrive.") from None
    except (ValueError, AssertionError, LookupError, HttpProcessingError) as error:
        raise UploadError(400, "bad_message", "The form cannot be read: send multipart/form-data.") from error


async def receive_sound(request: web.Request) -> bytes:
    """A sound file: the body, or `file` of a form. Raises UploadError."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UploadError(415, "bad_message", "Send the recording as it is, without a Content-Encoding.")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise UploadError(413, "too_large", f"The recording is over {MAX_BYTES // 2**20} MB: send a shorter piece.")
    try:
        async with asyncio.timeout(_UPLOAD_S):
            if request.content_type != "multipart/form-data":
                return await _read(request.content.read, MAX_BYTES)
            part = await (await request.multipart()).next()
            if not isinstance(part, BodyPartReader) or part.name != "file":
                raise UploadError(400, "bad_message", "The form has one field, file.")
            return await _read(part.read_chunk, MAX_BYTES)
    except TimeoutError:
        raise UploadError(408, "too_slow", f"The recording took more than {_UPLOAD_S:.0f} s to arrive.") from None
    except (ValueError, AssertionError, LookupError, HttpProcessingError) as error:
        raise UploadError(400, "bad_message", "The form cannot be read: send multipart/form-data.") from error


async def _form(request: web.Request) -> Upload:
    """Every part once: the fields as text, and `file`."""
    fields: dict[str, str] = {}
    data: bytes | None = None
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise UploadError(400, "bad_message", "A form within the form is not understood.")
        if part.name == "file" and data is None:
            data = await _read(part.read_chunk, MAX_BYTES)
        elif part.name in _FIELDS and part.name not in fields:
            fields[part.name] = (await _read(part.read_chunk, _FIELD_BYTES)).decode()
        else:
            raise UploadError(400, "bad_message", f"The form's fields are {', '.join(_FIELDS)} and file, once.")
    return _upload(fields, data or b"")


async def _read(chunk: Callable[[int], Awaitable[bytes]], limit: int) -> bytes:
    """All of it, or UploadError as soon as it is over the limit."""
    held = bytearray()
    while piece := await chunk(_CHUNK_BYTES):
        held += piece
        if len(held) > limit:
            raise UploadError(413, "too_large", _TOO_LONG)
    return bytes(held)


def _checked(query: Mapping[str, str]) -> Mapping[str, str]:
    if not set(query) <= set(_FIELDS):
        raise UploadError(400, "bad_message", f"The query may hold {', '.join(_FIELDS)}.")
    return query


def _upload(fields: Mapping[str, str], data: bytes) -> Upload:
    if "name" not in fields:
        raise UploadError(400, "bad_message", "Say what to call the voice: `name` is missing.")
    consent, denoise, force = (_flag(flag, fields.get(flag, "")) for flag in _FLAGS)
    speaker, how, evidence = (fields.get(name, "") for name in _TEXTS)
    if len(speaker) > _SPEAKER_CHARACTERS or not (speaker.isprintable() or not speaker):
        raise UploadError(400, "bad_message", f"`speaker` is a name of at most {_SPEAKER_CHARACTERS} characters.")
    if how not in _HOWS:
        raise UploadError(400, "bad_message", "`consent_how` is tick, recording or paper.")
    if bool(evidence) != (_HOWS[how] != "tick") or not (_EVIDENCE.fullmatch(evidence) or not evidence):
        raise UploadError(
            400,
            "bad_message",
            "A consent by recording or paper needs its SHA-256 as `consent_evidence`; a tick has none.",
        )
    return Upload(fields["name"], consent, denoise, force, data, speaker, _HOWS[how], evidence)


def _flag(name: str, value: str) -> bool:
    if value.lower() not in _YES | _NO:
        raise UploadError(400, "bad_message", f"`{name}` is true or false.")
    return value.lower() in _YES


async def read_json(request: web.Request, kind: type[Body]) -> Body:
    """A body of JSON as what it should be. Raises UploadError with the field at fault."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UploadError(415, "bad_message", "Send the body as it is, without a Content-Encoding.")
    if (request.content_length or 0) > MAX_JSON_BYTES:
        raise UploadError(413, "too_large", f"The body is over {MAX_JSON_BYTES // 1024} KiB.")
    try:
        async with asyncio.timeout(_UPLOAD_S):
            held = bytearray()
            while piece := await request.content.read(_CHUNK_BYTES):
                held += piece
                if len(held) > MAX_JSON_BYTES:
                    raise UploadError(413, "too_large", f"The body is over {MAX_JSON_BYTES // 1024} KiB.")
        return msgspec.json.decode(bytes(held), type=kind)
    except TimeoutError:
        raise UploadError(408, "too_slow", f"The body took more than {_UPLOAD_S:.0f} s to arrive.") from None
    except msgspec.ValidationError as error:
        raise UploadError(400, "bad_message", f"The body is not understood: {error}.") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UploadError(400, "bad_message", f"The body is not JSON: {error}.") from None
