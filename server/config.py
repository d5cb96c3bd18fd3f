"""One frozen configuration, built once: defaults, then a TOML file, then ONCUE_* variables, then flags.

An unknown key is an error wherever it stands, and nobody writes to the result.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from oncue.server.audio.labels import is_producer
from oncue.server.http.keys import KeyStore, KeyStoreError
from oncue.server.logs import LogKind

_PREFIX = "ONCUE_"
_FILE_KEY = "ONCUE_CONFIG"


class ConfigError(ValueError):
    """A configuration that cannot be used; the message says which key and why."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything an operator may choose."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8760
    token: str = ""
    """Clients must send it as `Authorization: Bearer …`; needed for any address but loopback."""
    tls: str = ""
    """`self-signed`, or a PEM file with a certificate and its key: the port then speaks https and wss."""
    origins: tuple[str, ...] = ()
    """Web origins that may connect, besides the server's own; exactly as a browser writes them."""
    hosts: tuple[str, ...] = ()
    """Names under which the server may be asked for, besides addresses and this machine's own names."""
    keys_file: str = ""
    """Where the hashes of API keys are; if empty, `keys.json` beside the voices' folder."""
    wyoming: str = ""
    """`host:port` of a port for the Wyoming protocol, or only a port on loopback; none if empty."""
    wyoming_open: bool = False
    """That everybody who reaches that port may speak: the protocol knows no keys, so beyond loopback this must be said."""
    family: str = "tiny"
    weights: str = ""
    """Where the weights are, if not with the family."""
    dictionary: str = ""
    """A file of pronunciations laid over the front-end's own; docs/text.md has its format."""
    emotion_url: str = ""
    """Base of an OpenAI-compatible endpoint (it ends in /v1, as a rule) that reads feelings in words. The words are sent there."""
    emotion_model: str = ""
    """What the model is called at that endpoint."""
    emotion_key: str = ""
    """Sent to that endpoint as a bearer token; from the environment only, never from a file."""
    emotion_dir: str = ""
    """A folder with a language model that names feelings, run on this machine; if empty, the one among the weights."""
    emotion_local: bool = True
    """Whether such a model is used at all."""
    emotion_timeout_s: Annotated[float, Meta(gt=0, le=60)] = 1.5
    """How long either of them has; then the lexicon answers."""
    device: str = "cpu"
    threads: Annotated[int, Meta(ge=1, le=256)] = 1
    """Cores of one engine."""
    engines: Annotated[int, Meta(ge=1, le=64)] = 1
    """Engine processes: each loads the model and takes its share of the lines. On a CPU one for each core that is free."""
    log: LogKind = "text"
    """How the server's log is written: sentences, or a JSON object a line."""
    traces: str = ""
    """URL of an OpenTelemetry collector (OTLP over HTTP) that is told how each line went, never what was said; nobody if empty."""
    watermark: bool = True
    """Whether everything spoken carries an inaudible mark. Only here can it be turned off, and `ready` says so."""
    watermark_file: str = ""
    """The key of that mark and this server's number; if empty, `watermark.json` beside the voices' folder, made at first start."""
    label_producer: str = "OnCue"
    """Who makes the sound, in the labels of its files: a code or name of printable ASCII without spaces (GB 45438-2025)."""
    c2pa: bool = False
    """Whether sound files and films that commands write are signed with content credentials (C2PA); needs the extra `c2pa`."""
    c2pa_key: str = ""
    """The private key they are signed with, as PEM; if empty, one of this server's own in `c2pa` beside the voices' folder."""
    c2pa_chain: str = ""
    """Its certificates as PEM, its own first."""
    consent: str = ""
    """A standing statement that whoever speaks in recordings given to a command here agreed, and how that is known. It is kept
    with every voice and in the audit log; recordings sent to a server need a statement of their own."""
    audit: bool = True
    """Whether it is written down what was made, by which key and with which voice."""
    audit_file: str = ""
    """Where; if empty, `audit.jsonl` beside the voices' folder."""
    audit_text: bool = False
    """Whether the texts are written down too."""
    voices_dir: str = ""
    voice_aliases: dict[str, str] = msgspec.field(default_factory=dict)
    """Names that clients of borrowed protocols ask for, and the voices they mean."""
    dub_films: Annotated[int, Meta(ge=0, le=64)] = 2
    """How many films that were sent to be dubbed are kept at once, for an hour at most; 0 takes none."""
    redis: str = ""
    """URL of a Redis in which servers share voices and sessions (`redis://…`, `rediss://…`, `unix://…`); none if empty."""
    max_connections: Annotated[int, Meta(ge=1)] = 64
    budget_bytes: Annotated[int, Meta(ge=1024)] = 256 * 1024
    """How much may wait for one client before its lines are held."""
    budget_s: Annotated[float, Meta(gt=0)] = 4.0
    slow_consumer_s: Annotated[float, Meta(gt=0)] = 10.0
    """How long a held client has before it is cut off."""
    resume_s: Annotated[float, Meta(ge=0)] = 30.0
    """How long a session whose connection was lost can be resumed."""
    resume_bytes: Annotated[int, Meta(ge=64 * 1024)] = 1 << 20
    """How much of what a session said is kept for that."""
    drain_s: Annotated[float, Meta(ge=0)] = 10.0
    """How long lines under way may take to end when the server is told to stop."""
    open_s: Annotated[float, Meta(gt=0)] = 10.0
    """How long a connection has to say `open`."""
    address_streams: Annotated[int, Meta(ge=1)] | None = None
    """Lines at once for all who come from one address; no limit if left out. Behind a proxy everybody has the proxy's."""
    address_characters_per_minute: Annotated[int, Meta(ge=1)] | None = None
    """Characters a minute for all who come from one address."""

    @property
    def loopback(self) -> bool:
        """Only this machine can connect."""
        return _is_this_machine(self.host)

    @property
    def voices_path(self) -> Path:
        """Where this user's own voices are kept."""
        return Path(self.voices_dir) if self.voices_dir else default_voices_path(os.environ)

    @property
    def certificate_path(self) -> Path:
        """Where the certificate that we made ourselves is kept."""
        return self.voices_path.parent / "tls" / "self-signed.pem"

    @property
    def keys_path(self) -> Path:
        """The file of API keys."""
        return Path(self.keys_file) if self.keys_file else self.voices_path.parent / "keys.json"

    @property
    def watermark_path(self) -> Path:
        """The file of the watermark's key."""
        return Path(self.watermark_file) if self.watermark_file else self.voices_path.parent / "watermark.json"

    @property
    def c2pa_path(self) -> Path:
        """The folder of this server's own key for content credentials."""
        return self.voices_path.parent / "c2pa"

    @property
    def audit_path(self) -> Path:
        """The log of what was made."""
        return Path(self.audit_file) if self.audit_file else self.voices_path.parent / "audit.jsonl"

    @property
    def wyoming_place(self) -> tuple[str, int] | None:
        """Where to listen for Wyoming, None for nowhere. Raises ConfigError."""
        if not self.wyoming:
            return None
        host, _, port = self.wyoming.rpartition(":")
        if not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise ConfigError("wyoming is a port, or host:port.")
        return host.strip("[]") or "127.0.0.1", int(port)

    @property
    def dictionary_path(self) -> Path | None:
        """The file of pronunciations, None where there is none."""
        return Path(self.dictionary) if self.dictionary else None

    @property
    def emotion_path(self) -> Path | None:
        """The folder of a language model that names feelings, None where none is named."""
        return Path(self.emotion_dir) if self.emotion_dir else None

    @property
    def weights_path(self) -> Path | None:
        """The weights, None for the family's own."""
        return Path(self.weights) if self.weights else None


def default_voices_path(environ: Mapping[str, str]) -> Path:
    """The user data directory, as the XDG base directory specification has it."""
    base = environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "oncue" / "voices"


def load(file: Path | None, environ: Mapping[str, str], flags: Mapping[str, Any]) -> Config:
    """The configuration; flags that are None were not given. Raises ConfigError."""
    merged: dict[str, Any] = {}
    named = file or (Path(environ[_FILE_KEY]) if _FILE_KEY in environ else None)
    if named is not None:
        merged |= _from_file(named)
        if "emotion_key" in merged:
            raise ConfigError("emotion_key is a secret and does not belong in a file: set ONCUE_EMOTION_KEY instead.")
    merged |= _from_environment(environ)
    merged |= {key: value for key, value in flags.items() if value is not None}
    return checked(_convert(merged))


def checked(config: Config) -> Config:
    """The configuration, if its parts go together. Raises ConfigError."""
    if not config.loopback and not config.token and not _has_keys(config):
        raise ConfigError(
            f"Listening on {config.host} lets other machines in: make a key with `oncue keys add`, set a token, or "
            "listen on 127.0.0.1."
        )
    if not is_producer(config.label_producer):
        raise ConfigError(
            "label_producer is 1 to 64 printable ASCII characters without spaces, quotes and backslashes."
        )
    if len(config.consent) > 500 or not config.consent.isprintable():
        raise ConfigError("consent is a statement in words, of up to 500 characters on one line.")
    place = config.wyoming_place
    if place is not None and not config.wyoming_open and not _is_this_machine(place[0]):
        raise ConfigError(
            f"Wyoming on {place[0]} lets everybody there speak, for it knows no keys: say so with wyoming_open, or "
            "listen on 127.0.0.1."
        )
    _check_emotion(config)
    return config


def _check_emotion(config: Config) -> None:
    """Raise ConfigError for an endpoint that cannot be asked, or would be told a secret in the open."""
    if not config.emotion_url:
        return
    url = urlsplit(config.emotion_url)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ConfigError("emotion_url must be the base of an endpoint, like http://127.0.0.1:11434/v1.")
    if not config.emotion_model:
        raise ConfigError("emotion_url needs emotion_model: what the model is called there.")
    if config.emotion_dir:
        raise ConfigError("Give emotion_url or emotion_dir, not both: feelings are read by one of them.")
    if config.emotion_key and url.scheme == "http" and not _is_this_machine(url.hostname):
        raise ConfigError("emotion_url must begin with https, or the key would travel in the open.")


def _has_keys(config: Config) -> bool:
    """Raises ConfigError for a file of keys that cannot be read."""
    try:
        return bool(KeyStore(config.keys_path).list())
    except KeyStoreError as error:
        raise ConfigError(str(error)) from error


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration file cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"The configuration file is not TOML: {error}.") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if name.startswith(_PREFIX) and name != _FILE_KEY:
            key = name.removeprefix(_PREFIX).lower()
            found[key] = [part for part in value.split(",") if part] if key in {"origins", "hosts"} else value
            if key == "voice_aliases":
                found[key] = dict(part.partition("=")[::2] for part in value.split(",") if "=" in part)
    return found


def _convert(merged: dict[str, Any]) -> Config:
    try:
        return msgspec.convert(merged, Config, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"The configuration is wrong: {error}.") from error
