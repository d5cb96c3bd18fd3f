"""`oncue say`: speak one line, here or by a server, and tell how it went."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from oncue.model.api import EMOTION_NAMES
from oncue.server.audio.encoders import encode
from oncue.server.cli.common import (
    CommandError,
    LabelOption,
    LabelPlaceOption,
    config_of,
    format_of,
    print_json,
    text_of,
    write,
)
from oncue.server.cli.consent import HOW, Agreed, OnPaper, Recorded, consent_of
from oncue.server.config import Config
from oncue.server.local_engine import LineCollector, line_message, local_engine, speak_remotely
from oncue.server.voices import recording as reference
from oncue.server.voices.clip import Clip
from oncue.server.voices.consent import demanded
from oncue.server.voices.store import Consent
from oncue.streaming.protocol import messages

_EMOTION_HELP = "A preset (happy, angry, …), 8 numbers with commas, or plain words."


@dataclass(frozen=True, slots=True)
class LineReport:
    """What `say --json` prints. Times are seconds after `speak`; loading the model is not in them."""

    audio_s: float
    planned_samples: int | None
    """What the line was to take when it was admitted."""
    target_s: float | None
    error_samples: int | None
    first_audio_s: float | None
    """When the chunk with the first sample above -50 dB of full scale left."""
    first_chunk_s: float | None
    decode_done_s: float | None
    total_s: float
    rtf: float | None
    codes: int
    forced_steps: int
    rate_rms: float
    chunks: int
    samples: int
    sample_rate: int
    warning: str | None
    words: tuple[dict[str, Any], ...]
    stats: dict[str, float]
    ai_generated: bool = True


def say(
    text: Annotated[str, typer.Argument(help="What to say; - reads it from stdin.")],
    duration: Annotated[float | None, typer.Option(help="Length in seconds, exact to the sample.")] = None,
    ratio: Annotated[float | None, typer.Option(help="Length as a factor of the natural one.")] = None,
    voice: Annotated[str | None, typer.Option(help="A voice's name; see `oncue voices list`.")] = None,
    ref: Annotated[Path | None, typer.Option(help="A recording of 3 s or more to speak like; with --consent.")] = None,
    consent: Agreed = False,
    consent_recording: Recorded = None,
    consent_paper: OnPaper = None,
    emotion: Annotated[str | None, typer.Option(help=_EMOTION_HELP)] = None,
    intensity: Annotated[float, typer.Option(help="How strong the emotion is, 0 to 1.")] = 1.0,
    lang: Annotated[str, typer.Option(help="auto, zh or en.")] = "auto",
    dictionary: Annotated[Path | None, typer.Option(help="A file of pronunciations; see docs/text.md.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    label: LabelOption = "none",
    label_place: LabelPlaceOption = "end",
    strict: Annotated[bool, typer.Option(help="Refuse a length that cannot be reached.")] = False,
    server: Annotated[str | None, typer.Option(help="URL of a server; without it the line is made here.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write, in the format its name ends in.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Speak one line."""
    if voice is not None and ref is not None:
        raise CommandError("Give a voice or a reference recording, not both.")
    if server is not None and ref is not None:
        raise CommandError(
            "A server makes no voice from a file of yours: add it there with `oncue voices add` or POST /v1/voices."
        )
    if server is not None and dictionary is not None:
        raise CommandError("A server reads with its own dictionary: set it there, or write pronunciations in the text.")
    config = _config(dictionary)
    stated = consent_of("say", config, agreed=consent, recording=consent_recording, paper=consent_paper)
    kind = None if output is None else format_of(output)
    line = line_message(
        text_of(text),
        voice=voice,
        emotion=emotion_of(emotion, intensity),
        duration=_duration(duration, ratio),
        language=lang,
        seed=seed,
        strict=strict,
        label=label,
        label_place=label_place,
    )
    spoken = asyncio.run(_speak(line, _recorded(ref, stated), server, config))
    if output is not None and kind is not None:
        write(output, encode(bytes(spoken.pcm), spoken.rate, kind))
    report = report_of(spoken)
    if as_json:
        print_json(asdict(report))
    else:
        _print_table(report, output)


def _config(dictionary: Path | None) -> Config:
    return config_of() if dictionary is None else config_of(dictionary=str(dictionary))


def emotion_of(words: str | None, intensity: float) -> messages.Emotion | None:
    """What follows `--emotion` as the wire has it. Raises CommandError."""
    if words is None:
        return None if intensity == 1.0 else messages.Emotion(intensity=intensity)
    parts = words.split(",")
    if len(parts) == len(EMOTION_NAMES):
        try:
            return messages.Emotion(vector=tuple(float(part) for part in parts), intensity=intensity)
        except ValueError:
            pass  # eight words with commas are words
    return messages.Emotion(text=words, intensity=intensity)


def _duration(seconds: float | None, ratio: float | None) -> dict[str, float] | None:
    """The length asked for, as the wire has it. Raises CommandError."""
    if seconds is not None and ratio is not None:
        raise CommandError("Give a duration or a ratio, not both.")
    if seconds is not None:
        return {"seconds": seconds}
    return None if ratio is None else {"ratio": ratio}


def _recorded(ref: Path | None, consent: Consent | None) -> tuple[Clip, Consent] | None:
    """The recording to speak like, with the statement that its speaker agreed; read before the model, for a bad file fails at once."""
    if ref is None:
        return None
    agreed = demanded(consent, HOW)
    return reference.read(ref), agreed


async def _speak(
    line: messages.Speak, recorded: tuple[Clip, Consent] | None, server: str | None, config: Config
) -> LineCollector:
    if server is not None:
        return await speak_remotely(server, config.token, line)
    async with local_engine(config, warm=False) as engine:
        voice = None if recorded is None else await engine.voice_of(*recorded)
        return await engine.speak(line, voice)


def report_of(spoken: LineCollector) -> LineReport:
    """The figures of a line that ended."""
    done, rate = spoken.end(), spoken.rate
    stats, audio_s = done.stats, done.samples / rate
    words = tuple({"text": w.text, "start_s": w.start / rate, "end_s": w.end / rate} for w in spoken.words)
    return LineReport(
        audio_s=audio_s,
        planned_samples=spoken.planned_samples,
        target_s=None if done.target_samples is None else done.target_samples / rate,
        error_samples=None if done.target_samples is None else done.samples - done.target_samples,
        first_audio_s=stats.get("first_audible_s"),
        first_chunk_s=stats.get("first_audio_s"),
        decode_done_s=stats.get("decode_done_s"),
        total_s=stats["total_s"],
        rtf=stats["total_s"] / audio_s if audio_s else None,
        codes=int(stats.get("codes", 0)),
        forced_steps=int(stats.get("forced_steps", 0)),
        rate_rms=stats.get("rate_rms", 0.0),
        chunks=spoken.frames,
        samples=done.samples,
        sample_rate=rate,
        warning=spoken.warning,
        words=words,
        stats=done.stats,
    )


def _print_table(report: LineReport, output: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=None if output is None else str(output), show_header=False)
    target = "free" if report.target_s is None else f"{report.target_s:.3f} s, off by {report.error_samples} samples"
    table.add_row("length", f"{report.audio_s:.3f} s (asked: {target})")
    table.add_row("first sound", _seconds(report.first_audio_s))
    table.add_row("decoding ended", _seconds(report.decode_done_s))
    table.add_row("all of it made", f"{_seconds(report.total_s)} (real-time factor {report.rtf or 0:.2f})")
    table.add_row("words", "  ".join(f"{word['text']} {word['start_s']:.2f}" for word in report.words))
    if report.warning:
        table.add_row("warning", report.warning)
    Console().print(table)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f} s"
