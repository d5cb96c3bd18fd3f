"""A film and lines to the dubbed film: listen, cast, speak, fit, mix, write. Each step is a file of its own; this is their order.

Nothing is written before every line fits, but for the sounds of lines, which are kept so that a second run is short. Loudness is
matched line by line to the speech that a line stands for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from oncue.server.audio.subtitles import LONGEST_CHARACTERS, Cue, TimedWord, cues, srt, vtt
from oncue.server.dubbing import media
from oncue.server.dubbing.casting import Casting, SpeakerReport, cast
from oncue.server.dubbing.engine import DubEngine
from oncue.server.dubbing.index import LineStore
from oncue.server.dubbing.media import AudioChoice, Film, MediaError, MediaInfo
from oncue.server.dubbing.speaking import LineJob, LineSpeaker, SpokenLineSound
from oncue.server.voices.store import Consent
from oncue.server.voices.vad import Span
from oncue.streaming.dubbing.budget import budget, syllables
from oncue.streaming.dubbing.fit import AIM, FitPlan, FittedLine, Natural, StretchedSpan, fit, quiet_place, rooms
from oncue.streaming.dubbing.loudness import LoudnessMeter, lufs_of
from oncue.streaming.dubbing.mix import (
    PlacedLine,
    SpeechSpan,
    background,
    laid_over,
    stretched,
    taken_down,
    voice_track,
)
from oncue.streaming.dubbing.script import DubLine, DubScript
from oncue.streaming.engine.label import SPOKEN_S, rhythm, sentence_for
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.audio import edges

_ORDINARY_LUFS = -23.0
"""EBU R 128's programme loudness: for lines in films without speech of their own."""
_MOST_GAIN_DB = 24.0
_APART_LU = 6.0
"""A line may be so much louder or softer than its speaker is elsewhere; more is an accident of what is under it."""
_ASK_AGAIN = 3
_MARGIN_S = 0.03
"""Around what is heard of a label, so that it does not click."""
_OPUS_RATE = 48_000


@dataclass(frozen=True, slots=True)
class TranslationRequest:
    """A line to be put into other words: how long they may take, and what was too long before."""

    text: str
    speaker: str
    room_s: float
    syllables: int
    too_long: tuple[str, ...] = ()


Translator = Callable[[TranslationRequest], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class DubOptions:
    """How a film is dubbed."""

    out: Path
    """A film, or with `only` a sound file."""
    language: str = "auto"
    video_stretch: float = 1.0
    background: NDArray[np.float32] | None = field(default=None, repr=False)
    """The film's sound without speech, [samples, channels] as the film's, None to make it of the film's own."""
    codec: AudioChoice = "auto"
    feeling: str = "heard"
    """`heard`, `none`, or words for every line that has none of its own."""
    intensity: float = 1.0
    speakers: int | None = None
    voices: Mapping[str, str] = field(default_factory=dict)
    """Voices of the store by speaker, in lower case."""
    seed: int = 0
    together: int = 4
    again: bool = False
    consent: Consent | None = None
    """That whoever speaks in the film agreed; without it nobody is spoken in a voice of the film's."""
    label: messages.LabelChoice = "none"
    """What is heard once in the film that says that a machine speaks in it."""
    label_place: messages.LabelPlace = "end"
    only: int | None = None
    """One line alone, to be heard in place."""
    kept_in: Path | None = None
    """Where sounds of lines are kept; if None, beside the output."""

    @property
    def work_folder(self) -> Path:
        """Where the sounds of lines are kept."""
        return self.kept_in or self.out.with_name(f"{self.out.stem}.dub")


@dataclass(frozen=True, slots=True)
class LineReport:
    """What became of a line. Times are on the dubbed film's clock."""

    number: int
    speaker: str
    text: str
    asked_start_s: float
    asked_end_s: float | None
    start_s: float
    """When its first sound is heard."""
    end_s: float
    """When its last sound is heard."""
    room_s: float
    natural_s: float
    speed: float
    fit_status: str
    advice: str
    error_samples: int | None = None
    original_lufs: float | None = None
    loudness_lufs: float | None = None
    gain_db: float | None = None
    spoken_now: bool = False
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class LabelReport:
    """When the label is heard."""

    kind: messages.LabelChoice
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _LabelSound:
    """The label, in its place."""

    report: LabelReport
    pcm: NDArray[np.float32]
    """[samples] at the film's rate, from its first sound to its last."""
    line: int
    """The line as loud as which it is."""
    key: str = ""
    """Of the sound in the store."""


@dataclass(frozen=True, slots=True)
class DubReport:
    """A whole run, as `--json` prints it."""

    out: str | None
    duration_s: float
    lines: tuple[LineReport, ...]
    speakers: tuple[SpeakerReport, ...]
    warnings: tuple[str, ...]
    video_identical: bool | None
    """None where there is no picture."""
    audio_codec: str | None
    replaced_s: tuple[tuple[float, float], ...]
    """Where original speech was taken down, on the original's clock."""
    slowed: tuple[StretchedSpan, ...]
    """Where the picture is slowed, on the original's clock."""
    elapsed_s: float
    spoken: int
    unchanged: int
    label: LabelReport | None = None
    ai_generated: bool = True

    @property
    def as_json(self) -> dict[str, Any]:
        """As JSON has it."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


class LinesDoNotFit(ValueError):
    """Lines that cannot be said in their time; `report` says which, and what would fit. Nothing was written."""

    def __init__(self, report: DubReport) -> None:
        failed = [line for line in report.lines if line.fit_status == "too_long"]
        told = " ".join(f"Line {line.number}: {line.advice}" for line in failed[:5])
        more = f" And {len(failed) - 5} more." if len(failed) > 5 else ""
        super().__init__(
            f"{len(failed)} of {len(report.lines)} lines do not fit, and nothing was written. {told}{more}"
        )
        self.report = report


class Progress:
    """Told of every line; says how far it is and how long it will take."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._began = clock()
        self._total = self._done = 0

    def step(self, what: str) -> None:
        """A step that has no lines."""
        self._tell(what)

    def expect(self, characters: int) -> None:
        """So many characters are to be spoken in all."""
        self._began, self._total, self._done = self._clock(), characters, 0

    def line(self, number: int, characters: int) -> None:
        """A line is done."""
        self._done += characters
        left_s = (self._clock() - self._began) * max(0, self._total - self._done) / max(1, self._done)
        share = min(1.0, self._done / max(1, self._total))
        self._tell(f"{share:4.0%} line {number}" + (f", about {left_s:.0f} s left" if left_s >= 1 else ""))


async def dub(
    engine: DubEngine,
    source: Path,
    film: Film,
    script: DubScript,
    options: DubOptions,
    progress: Progress,
    translate: Translator | None = None,
) -> DubReport:
    """Dub a film. Raises LinesDoNotFit, MediaError, ConsentMissing, Refusal, BadMessage and EngineLost; then OUT is what it was before."""
    return await _Dub(engine, source, film, script, options, progress, translate).run()


class _Dub:
    """One run."""

    def __init__(
        self,
        engine: DubEngine,
        source: Path,
        film: Film,
        script: DubScript,
        options: DubOptions,
        progress: Progress,
        translate: Translator | None,
    ) -> None:
        self._engine, self._source, self._film, self._options = engine, source, film, options
        self._script, self._progress, self._translate = script, progress, translate
        self._began = time.monotonic()
        self._warnings = [*script.warnings]
        self._store = LineStore(options.work_folder, again=options.again)
        self._speech = tuple(Span(start, end) for start, end in film.info.speech)
        channels = min(film.info.channels, 3)
        self._mono = np.asarray(film.pcm[:, :channels].mean(axis=1), np.float32)

    async def run(self) -> DubReport:
        """All steps."""
        lines = self._checked(self._script.lines)
        self._progress.step("listening to the speakers")
        casting = await cast(
            self._engine,
            self._mono,
            self._film.info.rate,
            self._speech,
            lines,
            given=self._options.voices,
            count=self._options.speakers,
            consent=self._options.consent,
        )
        self._warnings += [f"{one.name}: {one.note}" for one in casting.reports if one.note]
        unknown = self._options.voices.keys() - {name.casefold() for name in casting.speakers}
        if unknown:
            there = ", ".join(dict.fromkeys(casting.speakers))
            self._warnings.append(f"A voice was given for {len(unknown)} who speak no line; those who do are {there}.")
        speaker = LineSpeaker(self._engine, self._store, self._progress.line, together=self._options.together)
        self._progress.expect(2 * sum(len(line.text) for line in lines if self._wanted(line)))
        jobs, naturals = await self._naturals(speaker, casting, lines)
        plan = fit(
            [job.line for job in jobs], naturals, self._film.info.duration_s, video_stretch=self._options.video_stretch
        )
        if plan.failed:
            raise LinesDoNotFit(self._report(jobs, naturals, plan, casting, {}))
        fitted = {line.number: line for line in plan.lines}
        chosen = [
            (job, natural, fitted[job.line.number])
            for job, natural in zip(jobs, naturals, strict=True)
            if natural is not None
        ]
        made = await asyncio.gather(*(speaker.exact(job, natural, line) for job, natural, line in chosen))
        sounds = {line.number: sound for (_, _, line), sound in zip(chosen, made, strict=True)}
        plan = _as_spoken(plan, sounds)
        if plan.failed:
            raise LinesDoNotFit(self._report(jobs, naturals, plan, casting, sounds))
        label = await self._label(jobs, plan)
        self._progress.step("mixing")
        if self._options.only is None:
            self._store.tidy({sound.key for sound in made} | ({label.key} if label is not None else set()))
        return await asyncio.to_thread(self._finish, jobs, naturals, plan, casting, sounds, label)

    async def _label(self, jobs: Sequence[LineJob], plan: FitPlan) -> _LabelSound | None:
        """The label where nobody speaks, in the voice of the line nearest to that end. Raises MediaError where there is no room."""
        options, rate = self._options, self._film.info.rate
        if options.label == "none" or options.only is not None or not jobs:
            return None
        at_end = options.label_place == "end"
        job = jobs[-1 if at_end else 0]
        said_in = "zh" if any("\u4e00" <= char <= "\u9fff" for char in job.line.text) else "en"
        text, language = sentence_for(options.language, said_in)
        if options.label == "rhythm":
            pcm, key = rhythm("end", rate), ""
        else:
            pcm, key = await self._spoken_label(job, text, language)
        first, last = edges(pcm, rate)
        margin = round(_MARGIN_S * rate)
        pcm = pcm[max(0, first - margin) : last + margin]
        heard = [(line.start_s, line.end_s) for line in plan.lines]
        heard += [(plan.clock(span.start_s), plan.clock(span.end_s)) for span in self._speech]
        length_s = len(pcm) / rate
        start_s = quiet_place(length_s, heard, plan.clock(self._film.info.duration_s), last=at_end)
        if start_s is None:
            raise MediaError(
                f"Nobody is silent in the film for the {length_s:.1f} s that the label takes, and nothing was written: "
                "leave a gap between lines, or take --label none and show a text instead."
            )
        shown = text.replace("，", "").rstrip("。.")
        report = LabelReport(options.label, shown, start_s, start_s + length_s)
        return _LabelSound(report, pcm, job.line.number, key)

    async def _spoken_label(self, like: LineJob, text: str, language: str) -> tuple[NDArray[np.float32], str]:
        """What says it, in the voice of a line and without its feeling."""
        speaker = LineSpeaker(self._engine, self._store, lambda _number, _characters: None)
        job = replace(like, line=replace(like.line, text=text, emotion=None), feeling=None, language=language)
        natural = await speaker.natural(job)
        wanted_s = SPOKEN_S.get(language, natural.speech_s)
        fitted = FittedLine(0, 0.0, wanted_s, wanted_s, natural.speech_s / wanted_s, "fits")
        made = await speaker.exact(job, natural, fitted)
        rate, own = self._film.info.rate, made.sound.rate
        return (made.pcm if own == rate else soxr.resample(made.pcm, own, rate, quality="VHQ")), made.key

    def _checked(self, lines: Sequence[DubLine]) -> tuple[DubLine, ...]:
        """Lines that lie in the film. Raises MediaError."""
        duration_s = self._film.info.duration_s
        beyond = [line for line in lines if line.start_s > duration_s - 0.2]
        if beyond:
            raise MediaError(
                f"Line {beyond[0].number} begins at {beyond[0].start_s:.2f} s, and the film is {duration_s:.2f} s long: "
                f"is the script of another film? {len(beyond)} of {len(lines)} lines lie behind its end."
            )
        if self._options.only is not None and all(line.number != self._options.only for line in lines):
            raise MediaError(f"There is no line {self._options.only}: the script has {len(lines)}.")
        late = [line.number for line in lines if line.end_s is not None and line.end_s > duration_s + 0.05]
        if late:
            self._warnings.append(f"Line {late[0]} was to end after the film: it ends with it.")
        if not self._speech:
            self._warnings.append("Nobody is heard speaking in the film: the lines are laid over it as it is.")
        return tuple(
            replace(line, end_s=min(line.end_s, duration_s)) if line.end_s is not None else line for line in lines
        )

    def _wanted(self, line: DubLine) -> bool:
        return self._options.only in {None, line.number}

    async def _naturals(
        self, speaker: LineSpeaker, casting: Casting, lines: Sequence[DubLine]
    ) -> tuple[list[LineJob], list[Natural | None]]:
        """Every line as it will be said, and how long that takes by itself; what is translated is asked for until it fits."""
        spaces = rooms(lines, self._film.info.duration_s)

        async def one(index: int) -> tuple[LineJob, Natural | None]:
            job = self._job(casting, lines, index)
            if not self._wanted(lines[index]):
                return job, None
            if self._translate is None:
                return job, await speaker.natural(job)
            return await self._translated(speaker, job, casting.speakers[index], spaces[index])

        try:
            found = await asyncio.gather(*(one(index) for index in range(len(lines))))
        finally:
            if self._store.naturals or self._store.translations:
                self._store.save()
        return [job for job, _ in found], [natural for _, natural in found]

    async def _translated(
        self, speaker: LineSpeaker, job: LineJob, name: str, room_s: float
    ) -> tuple[LineJob, Natural]:
        """The line in the words of a translator that fit its time, or the shortest that it gave."""
        assert self._translate is not None
        line = job.line
        time_s = room_s if line.end_s is None else min(room_s, (line.end_s - line.start_s) * 1.1)
        allowed = budget(time_s)
        tried: list[str] = []
        best: tuple[LineJob, Natural] | None = None
        for _ in range(_ASK_AGAIN):
            request = TranslationRequest(line.text, name, time_s, allowed, tuple(tried))
            text = self._store.translations.get(key := _translation_key(request, self._options.language))
            if text is None:
                text = self._store.translations[key] = await self._translate(request)
            tried.append(text)
            said = replace(job, line=replace(line, text=text))
            natural = await speaker.natural(said)
            if best is None or natural.speech_s < best[1].speech_s:
                best = said, natural
            if natural.speech_s / AIM <= time_s:
                break
            allowed = min(budget(time_s, spoken=text, took_s=natural.speech_s), max(2, syllables(text) - 1))
        assert best is not None
        return best

    def _job(self, casting: Casting, lines: Sequence[DubLine], index: int) -> LineJob:
        line, options = lines[index], self._options
        name = casting.speakers[index]
        chosen = line.voice or options.voices.get(name.casefold())
        words = line.emotion or (None if options.feeling in {"heard", "none"} else options.feeling)
        strength = line.intensity if line.emotion is not None else options.intensity
        return LineJob(
            line=replace(line, voice=chosen, emotion=words, intensity=strength),
            voice=None if chosen is not None else casting.voices.get(name),
            feeling=casting.feelings[index] if options.feeling == "heard" else None,
            intensity=options.intensity,
            language=options.language,
            seed=options.seed,
            revision=self._engine.pool.spec.revision,
        )

    def _finish(
        self,
        jobs: Sequence[LineJob],
        naturals: Sequence[Natural | None],
        plan: FitPlan,
        casting: Casting,
        sounds: Mapping[int, SpokenLineSound],
        label: _LabelSound | None,
    ) -> DubReport:
        """Mix and write."""
        mixed = _mixed(self._film, self._speech, plan, casting, jobs, sounds, self._options, label)
        if self._options.only is not None:
            self._write_preview(mixed, plan)
            return self._report(jobs, naturals, plan, casting, sounds, mixed=mixed)
        written = self._write_film(mixed, plan)
        shown = _subtitles(jobs, plan, casting, sounds)
        if label is not None:
            shown.append(Cue(label.report.start_s, label.report.end_s, label.report.text))
            shown.sort(key=lambda cue: cue.start_s)
        for suffix, text in ((".srt", srt(shown)), (".vtt", vtt(shown))):
            self._options.out.with_suffix(suffix).write_text(text, encoding="utf-8")
        report = self._report(jobs, naturals, plan, casting, sounds, mixed=mixed, written=written)
        return report if label is None else replace(report, label=label.report)

    def _write_film(self, mixed: Mixed, plan: FitPlan) -> MediaInfo:
        info, out = self._film.info, self._options.out
        codec = media.codec_for(out, self._options.codec)
        pcm, rate = mixed.pcm, info.rate
        if codec == "opus" and rate != _OPUS_RATE:
            pcm, rate = soxr.resample(pcm, rate, _OPUS_RATE).astype(np.float32), _OPUS_RATE
        out.parent.mkdir(parents=True, exist_ok=True)
        samples = self._options.work_folder / "mix.f32"
        samples.parent.mkdir(parents=True, exist_ok=True)
        try:
            np.ascontiguousarray(pcm, "<f4").tofile(samples)
            return media.write_film(
                self._source,
                out,
                samples,
                rate=rate,
                layout=info.layout,
                codec=codec,
                clock=plan.clock,
                video=info.video,
            )
        finally:
            samples.unlink(missing_ok=True)

    def _write_preview(self, mixed: Mixed, plan: FitPlan) -> None:
        """The line in its place, from a second before it to a second after."""
        from oncue.server.audio.encoders import encode, format_named

        line, rate = plan.lines[0], self._film.info.rate
        start, end = max(0, round((line.start_s - 1) * rate)), round((line.end_s + 1) * rate)
        pcm = np.clip(np.rint(mixed.pcm[start:end].mean(axis=1) * 32767), -32768, 32767).astype("<i2").tobytes()
        kind = format_named(self._options.out.suffix)
        self._options.out.parent.mkdir(parents=True, exist_ok=True)
        self._options.out.write_bytes(encode(pcm, rate, kind))

    def _report(
        self,
        jobs: Sequence[LineJob],
        naturals: Sequence[Natural | None],
        plan: FitPlan,
        casting: Casting,
        sounds: Mapping[int, SpokenLineSound],
        *,
        mixed: Mixed | None = None,
        written: MediaInfo | None = None,
    ) -> DubReport:
        fitted = {line.number: line for line in plan.lines}
        rows = []
        for job, natural, name in zip(jobs, naturals, casting.speakers, strict=True):
            if natural is None:
                continue
            line, sound = fitted[job.line.number], sounds.get(job.line.number)
            levels = mixed.levels.get(line.number) if mixed is not None else None
            rows.append(
                LineReport(
                    number=line.number,
                    speaker=name,
                    text=job.line.text,
                    asked_start_s=plan.clock(job.line.start_s),
                    asked_end_s=None if job.line.end_s is None else plan.clock(job.line.end_s),
                    start_s=line.start_s,
                    end_s=line.end_s,
                    room_s=line.room_s,
                    natural_s=natural.speech_s,
                    speed=line.speed,
                    fit_status=line.status,
                    advice=line.advice,
                    error_samples=None if sound is None else sound.sound.error_samples,
                    original_lufs=None if levels is None else levels.original_lufs,
                    loudness_lufs=None if levels is None else levels.loudness_lufs,
                    gain_db=None if levels is None else levels.gain_db,
                    spoken_now=sound is not None and sound.again,
                    warning=None if sound is None else sound.sound.warning,
                )
            )
        spoken = sum(sound.again for sound in sounds.values())
        wrote = mixed is not None
        return DubReport(
            out=str(self._options.out) if wrote else None,
            duration_s=self._film.info.duration_s if written is None else written.duration_s,
            lines=tuple(rows),
            speakers=casting.reports,
            warnings=(*self._warnings, *_losses(written)),
            video_identical=None if written is None or written.video is None else True,  # else nothing would be written
            audio_codec=None if written is None else written.audio_codec,
            replaced_s=() if mixed is None else tuple((span.start_s, span.end_s) for span in mixed.taken),
            slowed=plan.clock.spans,
            elapsed_s=time.monotonic() - self._began,
            spoken=spoken,
            unchanged=len(sounds) - spoken,
        )


@dataclass(frozen=True, slots=True)
class _Levels:
    """How loud a line is, and the original was."""

    original_lufs: float
    loudness_lufs: float
    gain_db: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """The whole sound of the dubbed film."""

    pcm: NDArray[np.float32]
    """[samples, channels]"""
    levels: Mapping[int, _Levels]
    taken: tuple[SpeechSpan, ...]


def _as_spoken(plan: FitPlan, sounds: Mapping[int, SpokenLineSound]) -> FitPlan:
    """The plan with the lengths that came out; a line that is still too long for its room is told."""
    lines = []
    for line in plan.lines:
        sound = sounds[line.number].sound
        length = sound.end_s - sound.onset_s
        if length > line.room_s + 0.02:
            advice = f"It takes {length:.2f} s at its fastest and has {line.room_s:.2f} s: shorten its text."
            lines.append(replace(line, speech_s=length, status="too_long", advice=advice))
        else:
            lines.append(replace(line, speech_s=length))
    return FitPlan(tuple(lines), plan.clock)


def _mixed(
    film: Film,
    speech: Sequence[Span],
    plan: FitPlan,
    casting: Casting,
    jobs: Sequence[LineJob],
    sounds: Mapping[int, SpokenLineSound],
    options: DubOptions,
    label: _LabelSound | None = None,
) -> Mixed:
    """Original speech down, new lines as loud as it was in its place."""
    rate, count = film.info.rate, film.info.samples
    original = np.asarray(film.pcm, np.float32)
    at = {job.line.number: index for index, job in enumerate(jobs)}
    windows = [_original_window(jobs[at[line.number]].line, line, casting, at[line.number]) for line in plan.lines]
    taken = taken_down([SpeechSpan(span.start_s, span.end_s) for span in speech], windows, film.info.duration_s)
    voiced = _voice_channels(film, speech)
    quieted = [c for c in range(film.info.channels) if len(voiced) == film.info.channels or c in voiced]
    under = original.copy()
    stem = None if options.background is None else options.background[:, quieted]
    under[:, quieted] = background(original[:, quieted], rate, taken, stem)
    levels = _levels(original, rate, speech, plan, casting, at, sounds, voiced)
    if not plan.clock.is_identity:
        under = stretched(under, rate, plan.clock)
        count = len(under)
    placed = []
    for line in plan.lines:
        sound = sounds[line.number]
        pcm = sound.pcm if sound.sound.rate == rate else soxr.resample(sound.pcm, sound.sound.rate, rate, quality="VHQ")
        start = round((line.start_s - sound.sound.onset_s) * rate)
        placed.append(PlacedLine(start, pcm.astype(np.float32), 10 ** (levels[line.number].gain_db / 20)))
    if label is not None:
        placed.append(_placed_label(label, levels[label.line].loudness_lufs, len(voiced), rate))
    track = voice_track(placed, count, rate)
    return Mixed(laid_over(under, track, voiced), levels, taken)


def _placed_label(label: _LabelSound, lufs: float, channels: int, rate: int) -> PlacedLine:
    """The label, as loud as the line that it stands beside."""
    spread = np.repeat(label.pcm[:, None], channels, axis=1)
    is_now = LoudnessMeter(spread, rate).lufs([(0.0, len(label.pcm) / rate)])
    gain_db = 0.0 if is_now is None else min(max(lufs - is_now, -_MOST_GAIN_DB), _MOST_GAIN_DB)
    return PlacedLine(round(label.report.start_s * rate), label.pcm.astype(np.float32), 10 ** (gain_db / 20))


def _original_window(line: DubLine, fitted: FittedLine, casting: Casting, index: int) -> tuple[float, float]:
    """The time of the original that a line stands for, on the original's clock."""
    heard = casting.heard[index].spans
    end_s = (
        max([line.end_s or 0.0, *(span.end_s for span in heard)])
        if line.end_s or heard
        else line.start_s + fitted.speech_s
    )
    return line.start_s, end_s


def _voice_channels(film: Film, speech: Sequence[Span]) -> tuple[int, ...]:
    """Where the new voice goes: everywhere in mono and stereo; else the centre, or left and right where no one speaks there."""
    channels = film.info.channels
    if channels <= 2:
        return tuple(range(channels))
    power = np.zeros(3)
    for span in speech:
        part = film.pcm[round(span.start_s * film.info.rate) : round(span.end_s * film.info.rate), :3]
        power += np.square(part, dtype=np.float64).sum(axis=0)
    return (2,) if not len(speech) or power[2] >= 0.5 * power.sum() else (0, 1)


def _levels(
    original: NDArray[np.float32],
    rate: int,
    speech: Sequence[Span],
    plan: FitPlan,
    casting: Casting,
    at: Mapping[int, int],
    sounds: Mapping[int, SpokenLineSound],
    voiced: Sequence[int],
) -> dict[int, _Levels]:
    """For each line the gain that makes it as loud as the original speech without what is under it."""
    meter = LoudnessMeter(original[:, list(voiced)], rate)
    by_speaker: dict[str, list[float]] = {}
    own: dict[int, float] = {}
    for line in plan.lines:
        index = at[line.number]
        level = _speech_lufs(meter, speech, casting.heard[index].spans)
        if level is not None:
            own[line.number] = level
            by_speaker.setdefault(casting.speakers[index], []).append(level)
    everybody = [level for levels in by_speaker.values() for level in levels]
    found = {}
    for line in plan.lines:
        levels = by_speaker.get(casting.speakers[at[line.number]]) or everybody or [_ORDINARY_LUFS]
        usual = float(np.median(levels))
        wanted = min(max(own.get(line.number, usual), usual - _APART_LU), usual + _APART_LU)
        sound = sounds[line.number]
        spread = np.repeat(sound.pcm[:, None], len(voiced), axis=1)
        is_now = LoudnessMeter(spread, sound.sound.rate).lufs([(sound.sound.onset_s, sound.sound.end_s)])
        gain_db = 0.0 if is_now is None else min(max(wanted - is_now, -_MOST_GAIN_DB), _MOST_GAIN_DB)
        found[line.number] = _Levels(wanted, (is_now if is_now is not None else wanted) + gain_db, gain_db)
    return found


def _speech_lufs(meter: LoudnessMeter, speech: Sequence[Span], spans: Sequence[Span]) -> float | None:
    """How loud the speech of these spans is, the power of what is under it taken off."""
    if not spans:
        return None
    whole = meter.lufs([(span.start_s, span.end_s) for span in spans])
    if whole is None:
        return None
    low, high = spans[0].start_s - 3, spans[-1].end_s + 3
    edges = [
        low,
        *(edge for span in speech for edge in (span.start_s - 0.2, span.end_s + 0.2) if low < edge < high),
        high,
    ]
    between = [
        (max(0.0, a), b)
        for a, b in pairwise(edges)
        if b - a > 0.4 and not any(span.start_s < (a + b) / 2 < span.end_s for span in speech)
    ]
    powers = meter.powers(between)
    under = float(np.median(powers)) if len(powers) else 0.0
    loud = 10 ** ((whole + 0.691) / 10)
    return lufs_of(max(loud - under, loud / 10))


def _subtitles(
    jobs: Sequence[LineJob], plan: FitPlan, casting: Casting, sounds: Mapping[int, SpokenLineSound]
) -> list[Cue]:
    """What is said when, in the new film."""
    by_number = {job.line.number: (job, name) for job, name in zip(jobs, casting.speakers, strict=True)}
    shown: list[Cue] = []
    for line in plan.lines:
        job, name = by_number[line.number]
        sound = sounds[line.number].sound
        begin_s = line.start_s - sound.onset_s
        words = [
            TimedWord(
                word.char_start,
                word.char_end,
                max(line.start_s, begin_s + word.start_s),
                min(line.end_s, max(begin_s + word.end_s, line.start_s)),
            )
            for word in sound.words
        ]
        speaker = name if job.line.speaker else ""
        whole = Cue(line.start_s, line.end_s, job.line.text, speaker)
        shown += (
            [whole]
            if len(job.line.text) <= 2 * LONGEST_CHARACTERS or not words
            else cues(job.line.text, words, speaker)
        )
    return shown


def _translation_key(request: TranslationRequest, language: str) -> str:
    from oncue.server.dubbing.index import fingerprint

    return fingerprint(request.text, request.syllables, list(request.too_long), language)


def _losses(written: MediaInfo | None) -> list[str]:
    """What the output does not have any more."""
    if written is None or not written.dropped:
        return []
    return [f"Tracks of these kinds could not be copied: {', '.join(sorted(set(written.dropped)))}."]
