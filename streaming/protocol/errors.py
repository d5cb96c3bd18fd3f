"""Every error a client can be told of, one class each, with its wire code.

    OnCueError
    ├── BadMessage          bad_message          the client broke the protocol
    ├── UnknownId           unknown_id
    ├── DuplicateId         duplicate_id
    ├── UnknownVoice        unknown_voice
    ├── VoiceRevoked        voice_revoked        its speaker took the consent back
    ├── TextEmpty           text_empty
    ├── TextTooLong         text_too_long
    ├── Unpronounceable     unpronounceable      nothing in the text can be spoken
    ├── DurationInfeasible  duration_infeasible  detail carries nearest_s
    ├── BadReference        bad_reference        a reference recording that cannot make a voice
    ├── Busy                busy                 retry later
    ├── RateLimited         rate_limited         retry later
    ├── SlowConsumer        slow_consumer
    ├── EngineLost          engine_lost          retry at once
    ├── Draining            draining             retry elsewhere
    └── Internal            internal

The message is a sentence a person can act on; it never quotes the user's text.
"""

from __future__ import annotations

from typing import ClassVar


class OnCueError(Exception):
    """An error with a wire `code`, whether the client may `retry` unchanged, and a `detail` object."""

    code: ClassVar[str] = "internal"
    retry: ClassVar[bool] = False

    def __init__(self, message: str, **detail: float | str) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class BadMessage(OnCueError):
    """A frame or message outside the protocol."""

    code = "bad_message"


class UnknownId(OnCueError):
    """A message about a line the session does not have."""

    code = "unknown_id"


class DuplicateId(OnCueError):
    """A `speak` under an id already used in the session."""

    code = "duplicate_id"


class UnknownVoice(OnCueError):
    """A voice name or id nobody has."""

    code = "unknown_voice"


class VoiceRevoked(OnCueError):
    """A voice whose speaker took the consent back; also the end of a line that was spoken with it."""

    code = "voice_revoked"


class TextEmpty(OnCueError):
    """A line without text."""

    code = "text_empty"


class TextTooLong(OnCueError):
    """A line over the limit."""

    code = "text_too_long"


class Unpronounceable(OnCueError):
    """Text in which nothing can be spoken, or that must not be (control characters)."""

    code = "unpronounceable"


class DurationInfeasible(OnCueError):
    """A length that cannot be reached without losing words; detail has `nearest_s`."""

    code = "duration_infeasible"


class BadReference(OnCueError):
    """A reference recording too short, too quiet or unreadable."""

    code = "bad_reference"


class Busy(OnCueError):
    """No room for another line now."""

    code = "busy"
    retry = True


class RateLimited(OnCueError):
    """Too many requests."""

    code = "rate_limited"
    retry = True


class SlowConsumer(OnCueError):
    """The client does not read its audio."""

    code = "slow_consumer"


class EngineLost(OnCueError):
    """The engine process died while the line was spoken."""

    code = "engine_lost"
    retry = True


class Draining(OnCueError):
    """The server is going down."""

    code = "draining"
    retry = True


class Internal(OnCueError):
    """A fault of ours."""

    code = "internal"
