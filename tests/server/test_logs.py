from __future__ import annotations

import json
import logging

from aiohttp.http_exceptions import BadHttpMessage

from oncue.server.logs import JsonLines, NoQuotes


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, None)
    return logging.LogRecord("oncue.server.x", logging.WARNING, "x.py", 1, message, arguments, info)


def test_a_line_of_the_log_is_one_json_object() -> None:
    told = json.loads(JsonLines().format(record("line %d ended\nwith %s", 7, "小")))
    assert (told["level"], told["where"], told["message"]) == ("warning", "oncue.server.x", "line 7 ended\nwith 小")
    assert told["at"].endswith("+00:00")


def test_what_an_exception_says_is_not_written_for_it_may_quote_a_user() -> None:
    line = JsonLines().format(record("it failed", error=ValueError("canary")))
    assert json.loads(line)["error"] == "ValueError"
    assert "canary" not in line


def test_bytes_that_are_no_http_are_not_quoted() -> None:
    told = record("Error handling request from %s", "1.2.3.4", error=BadHttpMessage("Authorization: canary"))
    assert NoQuotes().filter(told)
    assert logging.Formatter("%(message)s").format(told) == "a request that is not HTTP was refused"
    other = record("it failed", error=ValueError("ours"))
    assert NoQuotes().filter(other)
    assert other.exc_info is not None
