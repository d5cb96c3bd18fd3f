from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from oncue.server.dubbing import media
from oncue.streaming.dubbing.fit import StretchedSpan, TimeMap
from tests.films import make
from tests.films.heard import contents
from tests.films.make import Spoken

PHRASE = make.phrases_of_arithmetic("a", 120, (1.5,), seed=1)[0]


def filmed(path: Path, **how: object) -> Path:
    make.film(path, [Spoken("a", 1.0, PHRASE)], 3.0, **how)  # type: ignore[arg-type] # options of the test
    return path


def rewritten(source: Path, out: Path, folder: Path, clock: TimeMap = TimeMap()) -> media.MediaInfo:  # noqa: B008 -- a value
    read = media.read_film(source, folder / "in.f32")
    seconds = clock(read.info.duration_s)
    new = (0.1 * np.sin(np.arange(round(seconds * read.info.rate)) / 20)).astype("<f4")
    np.repeat(new[:, None], read.info.channels, axis=1).tofile(folder / "new.f32")
    return media.write_film(
        source, out, folder / "new.f32", rate=read.info.rate, layout=read.info.layout,
        codec=media.codec_for(out, "auto"), clock=clock, video=read.info.video,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("film.mp4", {"audio_codec": "aac", "layout": "5.1"}),
        ("film.mkv", {"audio_codec": "flac", "variable": True, "layout": "mono", "rate": 44_100}),
    ],
)
def test_the_picture_is_copied_packet_for_packet_and_the_sound_is_as_long(
    name: str, how: dict[str, object], tmp_path: Path
) -> None:
    source, out = filmed(tmp_path / name, **how), tmp_path / f"out-{name}"
    rewritten(source, out, tmp_path)
    before, after = contents(source), contents(out)
    assert [data for _, data in before.packets] == [data for _, data in after.packets]
    assert np.allclose([at for at, _ in before.packets], [at for at, _ in after.packets], atol=0.002)
    assert abs(before.duration_s - after.duration_s) < 1 / make.FPS
    assert abs(after.start_s) < 0.03
    assert not list(tmp_path.glob(".*part*"))


def test_sample_n_of_what_is_read_is_at_n_over_the_rate_and_speech_is_found_there(tmp_path: Path) -> None:
    film = media.read_film(filmed(tmp_path / "film.mp4", audio_codec="aac"), tmp_path / "in.f32")
    assert (film.info.rate, film.info.channels, film.info.layout) == (48_000, 2, "stereo")
    assert abs(film.info.speech[0][0] - 1.0) < 0.06
    mono = np.asarray(film.pcm).mean(axis=1)
    place = np.correlate(mono[: 3 * 48_000 : 8], PHRASE[::8], "valid").argmax() * 8
    assert abs(int(place) - 48_000) <= 16


def test_a_slowed_film_shows_every_picture_later_and_none_twice(tmp_path: Path) -> None:
    source, out = filmed(tmp_path / "film.mkv"), tmp_path / "out.mkv"
    clock = TimeMap((StretchedSpan(1.0, 2.0, 1.1),))
    rewritten(source, out, tmp_path, clock)
    before, after = contents(source), contents(out)
    assert [data for _, data in before.packets] == [data for _, data in after.packets]
    assert np.allclose([clock(at) for at, _ in before.packets], [at for at, _ in after.packets], atol=0.002)
    assert abs(after.duration_s - clock(before.duration_s)) < 1 / make.FPS


def test_a_container_that_would_change_the_packets_is_refused_and_what_was_there_stays(tmp_path: Path) -> None:
    source, out = filmed(tmp_path / "film.mp4", audio_codec="aac"), tmp_path / "out.ts"
    out.write_bytes(b"as it was")
    with pytest.raises(media.MediaError, match="the ending of the input"):
        rewritten(source, out, tmp_path)
    assert out.read_bytes() == b"as it was"


def test_the_clapper_flashes_and_the_mouth_opens_where_they_are_looked_for(tmp_path: Path) -> None:
    seen = media.look(filmed(tmp_path / "film.mkv"), [make.CLAPPER, make.MOUTH])
    flash = [time for time, (clapper, _) in zip(seen.times_s, seen.brightness, strict=True) if clapper > 0.8]
    assert np.allclose(flash, [1.0, 1.04], atol=0.002)
    mouth = {time: row[1] for time, row in zip(seen.times_s, seen.brightness, strict=True)}
    assert min(mouth.values()) < mouth[0.0] - 0.05


def test_a_sound_of_its_own_can_be_read_too(tmp_path: Path) -> None:
    from tests.sounds import good_recording

    path = tmp_path / "background.wav"
    path.write_bytes(good_recording())
    found = media.read_film(path, tmp_path / "in.f32")
    assert found.info.video is None
    assert found.info.samples == round(found.info.duration_s * 24_000)
