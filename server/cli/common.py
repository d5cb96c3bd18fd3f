"""What verbs share: the configuration of this machine, reading a text, printing JSON, and errors as sentences."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from oncue.clients.client import ClientError
from oncue.server import config as configuration
from oncue.server.audio.credentials import SIGNING_KEY, CredentialsError, key_of
from oncue.server.audio.encoders import Format, FormatError, format_named
from oncue.server.audio.labels import PRODUCER
from oncue.server.engines.handle import EngineStartError
from oncue.server.http.keys import KeyStoreError
from oncue.server.voices.store import VoiceStoreError
from oncue.streaming.protocol.errors import OnCueError, TextEmpty


class CommandError(Exception):
    """Something a user asked that cannot be done; the message is one sentence."""

    exit_code = 2


class CommandFailed(CommandError):
    """Something that was asked rightly and did not work out here and now."""

    exit_code = 1


LabelOption = Annotated[
    str, typer.Option("--label", help="What is heard that says that a machine speaks: none, speech or rhythm.")
]
LabelPlaceOption = Annotated[str, typer.Option("--label-place", help="Where it is heard: start or end.")]
"""The same for every verb that speaks."""

SENTENCES = (
    CommandError,
    OnCueError,
    ClientError,
    EngineStartError,
    VoiceStoreError,
    KeyStoreError,
    configuration.ConfigError,
    CredentialsError,
)
"""Errors whose message is written for the one who typed the command."""


def config_of(file: Path | None = None, **flags: Any) -> configuration.Config:
    """The configuration of this machine with a command's flags on top."""
    config = configuration.load(file, os.environ, flags)
    PRODUCER.set(config.label_producer)
    SIGNING_KEY.set(key_of(wanted=config.c2pa, key=config.c2pa_key, chain=config.c2pa_chain, own=config.c2pa_path))
    return config


def text_of(argument: str) -> str:
    """The text to speak: the argument, or all of stdin for `-`. Raises TextEmpty."""
    if argument == "-":
        try:
            argument = sys.stdin.buffer.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise CommandError("The text on stdin is not UTF-8.") from error
        argument = argument.replace("\r\n", "\n").replace("\r", "\n")  # whatever system wrote it
    text = argument.rstrip("\n")
    if not text.strip():
        raise TextEmpty("There is no text to speak.")
    return text


def format_of(path: Path) -> Format:
    """The format that the ending of a file's name asks for. Raises CommandError."""
    try:
        return format_named(path.suffix)
    except FormatError as error:
        raise CommandError(str(error)) from error


def print_json(value: Any) -> None:
    """One JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False))


def write(path: Path, data: bytes) -> None:
    """A file the user named. Raises CommandError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise CommandError(f"The output file cannot be written: {error.strerror}.") from error
