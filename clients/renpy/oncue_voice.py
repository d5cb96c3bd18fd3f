"""Voices for a Ren'Py game from an OnCue server: lines are fetched ahead, kept in a folder, and played as files.

Plain Python (3.9 and later, and the standard library alone), so it runs inside Ren'Py and in a test without it. A line is
a file named by what its sound depends on; the same line is never fetched twice, and a file is never half there. Nothing
here waits for the network while the game draws: `ready` says what is there, `wait` waits as long as it is told to.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import threading
import urllib.error
import urllib.request
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

_TAGS = re.compile(r"\{[^{}]*\}")
_FORMATS = {"opus": ".opus", "wav": ".wav", "mp3": ".mp3", "flac": ".flac"}


class Part:
    """How a character is spoken: a voice of the server, a feeling in words, and a pace (1.2 is faster)."""

    def __init__(self, voice: str = "", emotion: str = "", speed: float = 1.0) -> None:
        self.voice, self.emotion, self.speed = voice, emotion, speed


def spoken_text(what: str) -> str:
    """A say statement's text without Ren'Py's tags; `{{` and `[[` are the brackets themselves."""
    text = what.replace("{{", "\0").replace("[[", "[")
    return " ".join(_TAGS.sub("", text).replace("\0", "{").split())


class OnCueVoice:
    """The law: `ready` never waits, and what it returns is a whole file."""

    def __init__(
        self,
        folder: str | Path,
        url: str = "http://127.0.0.1:8760",
        token: str = "",
        cast: Mapping[str, Part] | None = None,
        sound: str = "opus",
        most_bytes: int = 256 << 20,
        timeout_s: float = 30.0,
        told: Callable[[str], None] | None = None,
    ) -> None:
        """`cast` maps a character's name to its Part; `told` is called with a sentence when something fails, once."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._url, self._token, self._cast, self._timeout_s = url.rstrip("/"), token, dict(cast or {}), timeout_s
        self._sound, self._most_bytes = sound, most_bytes
        self._told = told or (lambda _sentence: None)
        self._last_told: str | None = None
        self._wanted: OrderedDict[str, tuple[str, Part]] = OrderedDict()  # by file name, the most urgent first
        self._fetching: str | None = None
        self._failed: dict[str, str] = {}
        self._change = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def ready(self, who: str, what: str) -> Path | None:
        """The file of a line that is there already, or None."""
        path = self.folder / self.name_of(who, what)
        if not path.exists():
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # what is played stays longest
        return path

    def wait(self, who: str, what: str, seconds: float) -> Path | None:
        """The file of a line, fetched before all others; None if it is not there in time, or fails."""
        name = self.name_of(who, what)
        self._want(who, what, first=True)
        with self._change:
            self._change.wait_for(lambda: self._settled(name), seconds)
        return self.ready(who, what)

    def prefetch(self, lines: Iterable[tuple[str, str]]) -> None:
        """Fetch (who, what) in this order behind what is wanted already, such as the next lines of both choices."""
        for who, what in lines:
            self._want(who, what, first=False)

    def forget_waiting(self) -> None:
        """After a jump: what was wanted and not begun is not wanted any more."""
        with self._change:
            self._wanted.clear()
            self._change.notify_all()

    def close(self) -> None:
        """End the thread."""
        with self._change:
            self._closed = True
            self._wanted.clear()
            self._change.notify_all()
        self._thread.join(self._timeout_s)

    def name_of(self, who: str, what: str) -> str:
        """What the file of a line is called."""
        text, part = spoken_text(what), self._cast.get(who, Part())
        data = json.dumps([text, part.voice, part.emotion, part.speed, self._sound], ensure_ascii=False)
        return hashlib.blake2b(data.encode("utf-8", "replace"), digest_size=16).hexdigest() + _FORMATS[self._sound]

    def _want(self, who: str, what: str, *, first: bool) -> None:
        text, part, name = spoken_text(what), self._cast.get(who, Part()), self.name_of(who, what)
        if not any(char.isalnum() for char in text) or (self.folder / name).exists():
            return
        with self._change:
            if first:
                self._failed.pop(name, None)
            if name != self._fetching and name not in self._failed:
                self._wanted.setdefault(name, (text, part))
                if first:
                    self._wanted.move_to_end(name, last=False)
            self._change.notify_all()

    def _settled(self, name: str) -> bool:
        return self._closed or (name not in self._wanted and name != self._fetching)

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or bool(self._wanted))
                if self._closed:
                    return
                name, (text, part) = self._wanted.popitem(last=False)
                self._fetching = name
            problem = self._fetch(name, text, part)
            with self._change:
                self._fetching = None
                if problem is not None:
                    self._failed[name] = problem
                self._change.notify_all()
            if problem is not None and problem != self._last_told:
                self._last_told = problem
                self._told(problem)

    def _fetch(self, name: str, text: str, part: Part) -> str | None:
        """One line to its file; the sentence that says why not, or None."""
        body = {"model": "oncue", "input": text, "response_format": self._sound, "speed": part.speed}
        if part.voice:
            body["voice"] = part.voice
        if part.emotion:
            body["instructions"] = part.emotion
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        request = urllib.request.Request(self._url + "/v1/audio/speech", json.dumps(body).encode("utf-8"), headers)  # noqa: S310 -- the address is the author's
        unfinished = self.folder / (name + ".part")
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310
                unfinished.write_bytes(answer.read())
            unfinished.replace(self.folder / name)
            self._shrink(name)
        except urllib.error.HTTPError as error:
            return "OnCue refused a line: " + _message(error)
        except (OSError, ValueError) as error:  # URLError is an OSError; a connection that breaks in the middle, too
            return f"There is no OnCue server at {self._url}: {getattr(error, 'reason', error)}."
        except http.client.HTTPException as error:
            return f"OnCue's answer broke off: {type(error).__name__}."
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink()
        return None

    def _shrink(self, newest: str) -> None:
        """Let go of what was not played for longest, so that the folder keeps its size."""
        kept = [path for path in self.folder.iterdir() if path.suffix in _FORMATS.values()]
        files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in kept)
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self._most_bytes:
                return
            if path.name != newest:
                path.unlink(missing_ok=True)
                total -= size


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read().decode("utf-8"))["error"]["message"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"HTTP {error.code}"
