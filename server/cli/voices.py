"""`oncue voices`: the voices of this machine; look at a recording, add one from it, show it, or remove it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oncue.server.audit.log import AuditLog
from oncue.server.audit.writer import AuditWriter
from oncue.server.cli.common import CommandError, config_of, print_json
from oncue.server.cli.consent import HOW, Agreed, OnPaper, Recorded, consent_of
from oncue.server.config import Config
from oncue.server.local_engine import local_engine
from oncue.server.voices import recording as reference
from oncue.server.voices.clip import Clip
from oncue.server.voices.consent import demanded, now, this_user
from oncue.server.voices.creation import AddedVoice
from oncue.server.voices.quality import QualityReport, UnfitRecording, demand
from oncue.server.voices.store import Consent, VoiceEntry, VoiceStore
from oncue.streaming.protocol.errors import UnknownVoice

voices = typer.Typer(help="List, add, show and remove voices.", invoke_without_command=True)
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_File = Annotated[
    Path,
    typer.Argument(help="WAV, FLAC, Ogg, Opus, MP3, M4A, AAC, WebM or AIFF with 3 to 15 s of one person speaking."),
]
_Denoise = Annotated[bool, typer.Option("--denoise", help="Take steady noise out of the recording first.")]
_Name = Annotated[str, typer.Argument(help="Name or id of a voice.")]


@voices.callback()
def default(context: typer.Context) -> None:
    """List, add, show and remove voices."""
    if context.invoked_subcommand is None:
        list_voices()


@voices.command("list")
def list_voices(as_json: _AsJson = False) -> None:
    """Show every voice; the first is the default."""
    entries = asyncio.run(_list())
    if as_json:
        print_json({"voices": [entry.summary for entry in entries]})
        return
    table = Table("name", "id", "origin")
    for entry in entries:
        table.add_row(entry.name, entry.key, entry.origin)
    Console().print(table)


@voices.command()
def check(file: _File, denoise: _Denoise = False, as_json: _AsJson = False) -> None:
    """Say whether a recording is good enough for a voice, and make none. Exits 1 when it is not."""
    report = reference.read(file, denoise=denoise).report
    if as_json:
        print_json({"report": report.as_json})
    else:
        print_report(report)
    if report.findings:
        raise typer.Exit(1)


@voices.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it: letters, digits, _ and -.")],
    file: _File,
    consent: Agreed = False,
    speaker: Annotated[str, typer.Option(help="The name of who speaks in the recording.")] = "",
    recording: Recorded = None,
    paper: OnPaper = None,
    denoise: _Denoise = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also from a recording that is noisy, clipped or long.")
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Make a voice from a recording and keep it; a running server knows it at once."""
    config = config_of()
    stated = demanded(
        consent_of("voices add", config, agreed=consent, recording=recording, paper=paper, speaker=speaker), HOW
    )
    VoiceStore(config.voices_path, None, {}).check(name)
    clip = reference.read(file, denoise=denoise)
    if not as_json:
        print_report(clip.report)
    _demand(clip.report, force=force, as_json=as_json)
    added = asyncio.run(_add(clip, name, stated, force=force))
    if as_json:
        print_json({"voice": added.entry.as_json, "report": clip.report.as_json, "cached": added.cached})
    else:
        print(f"{'Added, as it was made before:' if added.cached else 'Added'} {added.entry.name} ({added.entry.key}).")


@voices.command()
def show(name: _Name, as_json: _AsJson = False) -> None:
    """Show what is known of a voice: where it comes from, the consent, and how good the recording was."""
    entry = _entry(name)
    if as_json:
        print_json({"voice": entry.as_json})
        return
    table = Table(show_header=False)
    for key, value in entry.summary.items():
        table.add_row(key, value)
    if entry.made is not None:
        table.add_row("model", entry.made.revision)
        table.add_row("consent", ", ".join(entry.made.consent.as_json.values()))
    Console().print(table)
    if entry.made is not None:
        print_report(entry.made.report)


@voices.command("rm", hidden=True)
@voices.command()
def remove(name: _Name) -> None:
    """Remove one of your voices, and everything that was kept of it."""
    config = config_of()
    try:
        key = VoiceStore(config.voices_path, None, {}).remove(name)
    except UnknownVoice:
        _entry(name)  # raises where the model has no such voice either
        raise CommandError("This voice comes with the model and cannot be removed.") from None
    asyncio.run(_write_down(config, lambda writer: writer.voice_removed(this_user(), key)))
    print("Removed.")


@voices.command()
def revoke(name: _Name, as_json: _AsJson = False) -> None:
    """The speaker takes the consent back: everything of the voice is deleted, and lines under way with it end.

    A running server on this folder hears of it within a second. The voice is not made of the same recording again.
    """
    config = config_of()
    gone = VoiceStore(config.voices_path, None, {}).revoke(name, now(), this_user())
    asyncio.run(_write_down(config, lambda writer: writer.voice_revoked(gone.by, gone.key, 0)))
    if as_json:
        print_json(
            {"revoked": {"id": gone.key, "names": list(gone.names), "at": gone.at, "consent": gone.consent.as_json}}
        )
    else:
        print(f"Revoked {', '.join(gone.names)} ({gone.key}).")


@voices.command()
def consent(name: _Name) -> None:
    """Print the statement of consent of a voice, or of one that was revoked, as JSON: what it takes to show it to somebody."""
    store = VoiceStore(config_of().voices_path, None, {})
    for gone in store.revocations():
        if name == gone.key or name in gone.names:
            ended = {"at": gone.at, "by": gone.by}
            print_json({"voice": gone.key, "clip": gone.clip, "consent": gone.consent.as_json, "revoked": ended})
            return
    entry = store.show(name)
    assert entry.made is not None
    print_json({"voice": entry.key, "clip": entry.made.clip, "consent": entry.made.consent.as_json, "revoked": None})


async def _write_down(config: Config, told: Callable[[AuditWriter], None]) -> None:
    writer = AuditWriter(AuditLog(config.audit_path) if config.audit else None)
    told(writer)
    await writer.flush()


def print_report(report: QualityReport) -> None:
    """A table that a person can read."""
    of, table = report.figures, Table("recording", "measured", "wanted")
    before = "" if of.snr_before_db is None else f" (was {of.snr_before_db:.1f})"
    table.add_row("length", f"{of.duration_s:.1f} s", "")
    table.add_row("speech", f"{of.speech_s:.1f} s", "3 to 15 s")
    table.add_row("sample rate", f"{of.sample_rate} Hz", "16000 Hz or more")
    table.add_row("speech above noise", "-" if of.snr_db is None else f"{of.snr_db:.1f} dB{before}", "more than 20 dB")
    table.add_row("clipped", f"{of.clipped_share:.2%}", "0.10% or less")
    table.add_row("loudness", "-" if of.loudness_dbfs is None else f"{of.loudness_dbfs:.1f} dBFS", "")
    table.add_row("verdict", report.verdict, "")
    console = Console()
    console.print(table)
    for finding in report.findings:
        console.print(f"{finding.code}: {finding.message}", markup=False, highlight=False)


def _demand(report: QualityReport, *, force: bool, as_json: bool) -> None:
    """The gate, before a model is loaded. Raises CommandError."""
    try:
        demand(report, force=force)
    except UnfitRecording as error:
        if as_json:
            said = {"code": error.finding.code, "message": error.message, "retry": False}
            print_json({"error": said, "report": report.as_json})
        hint = "" if error.finding.hard else " (--force makes a voice of it all the same.)"
        raise CommandError(f"{error.message}{hint}") from error


def _entry(name: str) -> VoiceEntry:
    """One of the user's own is known without a model."""
    try:
        return VoiceStore(config_of().voices_path, None, {}).show(name)
    except UnknownVoice:
        return asyncio.run(_show(name))


async def _list() -> tuple[VoiceEntry, ...]:
    async with local_engine(config_of()) as engine:
        return engine.store.list()


async def _show(name: str) -> VoiceEntry:
    async with local_engine(config_of()) as engine:
        return engine.store.show(name)


async def _add(clip: Clip, name: str, consent: Consent, *, force: bool) -> AddedVoice:
    async with local_engine(config_of()) as engine:
        return await engine.creator.add(clip, name, consent, engine.store, force=force)
