"""What the server's log looks like: sentences for a terminal, or one JSON object a line for a machine.

What is logged is decided where it happens, and there only ids, numbers and lengths are; this file decides how it is written.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

from aiohttp.http_exceptions import HttpProcessingError

LogKind = Literal["text", "json"]


class JsonLines(logging.Formatter):
    """`at`, `level`, `where` and `message`, and `error` with the kind of an exception, whose text may quote anything."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "where": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info is not None and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
        return json.dumps(told, ensure_ascii=False)


class NoQuotes(logging.Filter):
    """What aiohttp says of bytes that are no HTTP quotes them, and a key may be among them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The record without them."""
        if record.exc_info is not None and isinstance(record.exc_info[1], HttpProcessingError):
            record.msg, record.args = "a request that is not HTTP was refused", ()
            record.exc_info = record.exc_text = None
        return True


def set_up(kind: LogKind) -> None:
    """For a process that serves: what this package says from INFO on, and what others say from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if kind == "json" else logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("oncue").setLevel(logging.INFO)
    logging.getLogger("aiohttp.server").addFilter(NoQuotes())
