"""Films made of arithmetic, for dubbing: a moving picture with clapper flashes and a mouth, speech, music and noise under it.

What was put in is known, so what comes out can be measured. `python -m tests.films.make FOLDER` makes ten of 10 to 60 s whose
speakers are the bundled voices, or recordings from a folder (`--voices`): files NAME-0.wav, NAME-1.wav … of each speaker.
"""

from __future__ import annotations

import argparse
import json
import wave
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.audio.stream
import av.video.stream
import numpy as np
import soxr
from numpy.typing import NDArray

from oncue.server.voices.vad import find_speech
from oncue.streaming.dubbing.budget import syllables
from tests import sounds

RATE = 48_000
FPS = 25
WIDTH, HEIGHT = 192, 108
CLAPPER = (0.0, 0.0, 0.12, 0.2)
"""Where it flashes as a line begins, as shares of the picture: x, y, width, height."""
MOUTH = (0.4, 0.62, 0.2, 0.2)
"""Where a dark mouth opens in a bright face."""

Mono = NDArray[np.float32]

NEW_LINES = (
    "I never said that.",
    "Close the door behind you.",
    "The last train left an hour ago.",
    "You can keep the key, I have another one.",
    "Nobody told me that the bridge was closed.",
    "We should leave before the rain begins again.",
    "There is a light on the other side of the river.",
    "If you had asked me yesterday, I would have said no.",
    "My brother wrote that letter, and he never sent it to anyone.",
    "Take the road along the coast and do not stop until you see the lighthouse.",
    "他昨天晚上没有回来。",
    "请你把窗户关上，外面很冷。",
    "我们明天早上八点在车站见面。",
    "这封信我看了三遍，还是不明白他的意思。",
)


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A phrase of the original."""

    speaker: str
    start_s: float
    pcm: Mono
    """At RATE."""

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.pcm) / RATE


@dataclass(frozen=True, slots=True)
class Truth:
    """A line of the film, and what is to be said in its place."""

    start_s: float
    end_s: float
    speaker: str
    new_text: str


def film(
    path: Path,
    spoken: Sequence[Spoken],
    seconds: float,
    *,
    music_db: float = -16.0,
    noise_db: float = -34.0,
    layout: str = "stereo",
    audio_codec: str = "flac",
    video: bool = True,
    variable: bool = False,
    rate: int = RATE,
    seed: int = 0,
) -> tuple[Mono, Mono]:
    """Write a film; returns the clean speech and the background, [samples] and [samples, channels], at `RATE`.

    `music_db` and `noise_db` are below the speech's mean power. With `variable` some pictures are shown twice as long.
    """
    speech = np.zeros(round(seconds * RATE), np.float32)
    for one in spoken:
        start = round(one.start_s * RATE)
        speech[start : start + len(one.pcm)] += one.pcm[: len(speech) - start]
    power = float(np.mean(np.square(np.concatenate([one.pcm for one in spoken])))) if spoken else 0.01
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    under = background(seconds, np.sqrt(power), music_db, noise_db, channels, seed)
    pcm = under.copy()
    for channel in (2,) if layout == "5.1" else range(channels):
        pcm[:, channel] += speech
    _write(path, pcm, speech, [one.start_s for one in spoken], seconds, layout, audio_codec, video, variable, rate)
    return speech, under


def background(
    seconds: float, level: float, music_db: float, noise_db: float, channels: int, seed: int
) -> NDArray[np.float32]:
    """Chords that change each second, and noise, another in each channel, [samples, channels]."""
    draw = np.random.default_rng(seed)
    count = round(seconds * RATE)
    time = np.arange(count) / RATE
    music = np.zeros((count, channels))
    for bar in range(int(np.ceil(seconds))):
        root = 110 * 2 ** (draw.choice([0, 3, 5, 7, 10]) / 12)
        here = slice(bar * RATE, min(count, bar * RATE + RATE))
        along = time[here] - bar
        shape = np.minimum(1, along / 0.02) * np.exp(-1.2 * along) * np.minimum(1, (1 - along) / 0.02)
        for number in (1, 1.25, 1.5, 2, 3):
            for channel in range(channels):
                music[here, channel] += shape * np.sin(2 * np.pi * root * number * along + channel) / number
    music *= level * 10 ** (music_db / 20) / max(np.sqrt(np.mean(np.square(music))), 1e-9)
    noise = draw.standard_normal((count, channels)) * level * 10 ** (noise_db / 20)
    made: NDArray[np.float32] = (music + noise).astype(np.float32)
    return made


def pictures(speech: Mono, starts_s: Sequence[float], seconds: float) -> list[NDArray[np.uint8]]:
    """Grey pictures: a bar that moves, a face whose mouth opens with the sound, a corner that flashes as a line begins."""
    found = []
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    face = ((columns - WIDTH / 2) / (0.2 * WIDTH)) ** 2 + ((rows - HEIGHT / 2) / (0.45 * HEIGHT)) ** 2 < 1
    loud = float(np.sqrt(np.mean(np.square(speech)))) * 2 + 1e-9
    for index in range(round(seconds * FPS)):
        picture = np.full((HEIGHT, WIDTH), 60, np.uint8)
        bar = (index * 3) % WIDTH
        picture[-8:, bar : bar + 16] = 220
        picture[face] = 190
        sound = speech[round(index / FPS * RATE) : round((index + 1) / FPS * RATE)]
        opened = min(1.0, float(np.sqrt(np.mean(np.square(sound)))) / loud) if len(sound) else 0.0
        mouth = ((columns - WIDTH / 2) / (0.07 * WIDTH)) ** 2 + (
            (rows - 0.72 * HEIGHT) / ((0.01 + 0.08 * opened) * HEIGHT)
        ) ** 2 < 1
        picture[mouth] = 20
        if any(0 <= index / FPS - start < 2 / FPS for start in starts_s):
            picture[: round(CLAPPER[3] * HEIGHT), : round(CLAPPER[2] * WIDTH)] = 255
        found.append(picture)
    return found


def _write(
    path: Path,
    pcm: NDArray[np.float32],
    speech: Mono,
    starts_s: Sequence[float],
    seconds: float,
    layout: str,
    audio_codec: str,
    video: bool,
    variable: bool,
    rate: int,
) -> None:
    if rate != RATE:
        pcm = soxr.resample(pcm, RATE, rate).astype(np.float32)
    with av.open(str(path), "w") as out:
        sound = out.add_stream(audio_codec, rate=rate, layout=layout)
        assert isinstance(sound, av.audio.stream.AudioStream)
        if video:
            stream = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "30", "g": "50"})
            assert isinstance(stream, av.video.stream.VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.time_base = Fraction(1, 1000)
            stream.codec_context.time_base = Fraction(1, 1000)
            for index, picture in enumerate(pictures(speech, starts_s, seconds)):
                if variable and index % 5 == 3:
                    continue  # the picture before it is shown for twice as long
                frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
                frame.pts, frame.time_base = index * 1000 // FPS, Fraction(1, 1000)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        kind = "fltp" if audio_codec in {"aac", "ac3"} else "s16"
        for at in range(0, len(pcm), rate):
            rows = pcm[at : at + rate]
            if kind == "fltp":
                heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(rows.T), format=kind, layout=layout)
            else:
                whole = np.clip(np.rint(rows * 32768), -32768, 32767).astype(np.int16)
                heard = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format=kind, layout=layout)
            heard.sample_rate, heard.pts, heard.time_base = rate, at, Fraction(1, rate)
            out.mux(sound.encode(heard))
        out.mux(sound.encode(None))


def phrases_of_arithmetic(speaker: str, pitch_hz: float, lengths_s: Sequence[float], seed: int) -> list[Mono]:
    """Phrases of a speaker who says nothing."""
    return [
        soxr.resample(sounds.speech(length, 24_000, seed=seed + number, pitch_hz=pitch_hz), 24_000, RATE).astype(
            np.float32
        )
        for number, length in enumerate(lengths_s)
    ]


def in_turns(phrases: Mapping[str, Sequence[Mono]], gap_s: float = 0.5, begin_s: float = 0.8) -> list[Spoken]:
    """Speakers one after another until somebody has nothing more to say."""
    found: list[Spoken] = []
    at = begin_s
    for turn in range(min(len(said) for said in phrases.values())):
        for speaker, said in phrases.items():
            found.append(Spoken(speaker, at, said[turn]))
            at = found[-1].end_s + gap_s
    return found


def script(spoken: Sequence[Spoken], seed: int = 0) -> list[Truth]:
    """New lines of about the length that each phrase has."""
    draw = np.random.default_rng(seed)
    used: set[str] = set()
    found = []
    for one in spoken:
        wanted = (one.end_s - one.start_s) * 4.2
        best = min(NEW_LINES, key=lambda text: abs(syllables(text) - wanted) + (1.5 if text in used else draw.random()))
        used.add(best)
        found.append(Truth(one.start_s, one.end_s, one.speaker, best))
    return found


def srt(lines: Sequence[Truth], *, named: bool = False) -> str:
    """As a subtitle editor would write it."""

    def stamp(seconds: float) -> str:
        whole = round(seconds * 1000)
        return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d},{whole % 1000:03d}"

    return "\n".join(
        f"{number}\n{stamp(line.start_s)} --> {stamp(line.end_s)}\n{f'[{line.speaker}] ' if named else ''}{line.new_text}\n"
        for number, line in enumerate(lines, 1)
    )


def recorded_phrases(folder: Path) -> dict[str, list[Mono]]:
    """Speakers of a folder of recordings, each cut where they pause."""
    found: dict[str, list[Mono]] = {}
    for path in sorted(folder.glob("*.wav")):
        with wave.open(str(path)) as file:
            data = _floats(np.frombuffer(file.readframes(file.getnframes()), "<i2"))
            rate = file.getframerate()
        for span in find_speech(data, rate):
            pcm = data[round(span.start_s * rate) : round(span.end_s * rate)]
            found.setdefault(path.stem.rpartition("-")[0], []).append(soxr.resample(pcm, rate, RATE).astype(np.float32))
    return found


def bundled_phrases(names: Sequence[str]) -> dict[str, list[Mono]]:
    """The bundled voices say something, so that nothing but the project is needed."""
    from oncue import TTS

    said = ("Where have you been all this time?", "I was waiting at the station, and then it began to rain.", "Come in.",
            "You might have called me, or left a note on the table.")  # fmt: skip
    found: dict[str, list[Mono]] = {}
    with TTS() as tts:
        for name in names:
            for number, text in enumerate(said):
                line = tts.say(text, voice=name, seed=number)
                pcm = _floats(line.pcm)
                spans = find_speech(pcm, line.sample_rate)
                pcm = pcm[round(spans[0].start_s * line.sample_rate) : round(spans[-1].end_s * line.sample_rate)]
                found.setdefault(name, []).append(soxr.resample(pcm, line.sample_rate, RATE).astype(np.float32))
    return found


def _floats(pcm: NDArray[np.int16]) -> Mono:
    return (pcm / np.float32(32768)).astype(np.float32)


def ten(folder: Path, voices: Path | None, lengths_s: Sequence[float]) -> None:
    """Clips of these lengths with 2 or 3 speakers in turns, each with its script and what is true of it."""
    folder.mkdir(parents=True, exist_ok=True)
    everybody = (
        bundled_phrases(("mei", "ada", "ray", "lin", "max", "juno")) if voices is None else recorded_phrases(voices)
    )
    names = sorted(everybody)
    for number, seconds in enumerate(lengths_s):
        draw = np.random.default_rng(number)
        cast = [names[index] for index in draw.permutation(len(names))[: 2 + number % 2]]
        turns: dict[str, list[Mono]] = {}
        for name in cast:
            pool = everybody[name]
            turns[name] = [as_loud(pool[index % len(pool)]) for index in range(40)]
        spoken = [one for one in in_turns(turns, gap_s=0.45 + 0.3 * draw.random()) if one.end_s < seconds - 0.6]
        lines = script(spoken, seed=number)
        path = folder / f"clip-{number:02d}.{'mkv' if number % 2 else 'mp4'}"
        clean, under = film(path, spoken, seconds, seed=number, layout="stereo", audio_codec="flac")
        np.savez_compressed(
            folder / f"clip-{number:02d}.npz", clean=clean.astype(np.float16), under=under[:, 0].astype(np.float16)
        )
        (folder / f"clip-{number:02d}.srt").write_text(srt(lines), encoding="utf-8")
        truth = {"seconds": seconds, "lines": [asdict(line) for line in lines]}
        (folder / f"clip-{number:02d}.json").write_text(
            json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        print(f"{path.name}: {seconds:.0f} s, {len(lines)} lines, {', '.join(cast)}")


def as_loud(pcm: Mono) -> Mono:
    """A phrase at the level of all others."""
    made: Mono = (pcm * np.float32(0.08 / max(float(np.sqrt(np.mean(np.square(pcm)))), 1e-6))).astype(np.float32)
    return made


def main() -> None:
    """Make the ten."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--voices", type=Path, help="recordings NAME-0.wav, NAME-1.wav … to speak instead of the bundled voices"
    )
    parser.add_argument("--lengths", default="10,15,15,20,25,30,35,40,50,60", help="seconds with commas")
    arguments = parser.parse_args()
    ten(arguments.folder, arguments.voices, [float(part) for part in arguments.lengths.split(",")])


if __name__ == "__main__":
    main()
