from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from c2pa import C2paError

from oncue.server.audio.credentials import COMPOSITE, SIGNING_KEY, key_of
from oncue.server.dubbing import media
from oncue.streaming.dubbing.fit import StretchedSpan, TimeMap
from tests.films import make
from tests.films.heard import contents
from tests.films.make import Spoken
from tests.server.audio.test_credentials import action_of, faults, read

PHRASE = make.phrases_of_arithmetic("a", 120, (1.2,), seed=1)[0]


def filmed(path: Path, **how: object) -> Path:
    make.film(path, [Spoken("a", 1.0, PHRASE)], 2.6, **how)  # type: ignore[arg-type] # options of the test
    return path


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films that differ in everything: one as a camera writes it, one as an editor does."""
    folder = tmp_path_factory.mktemp("films")
    filmed(folder / "film.mp4", audio_codec="aac", layout="5.1")
    filmed(folder / "film.mkv", audio_codec="flac", variable=True, layout="mono", rate=44_100)
    return folder


def rewritten(source: Path, out: Path, folder: Path, clock: TimeMap = TimeMap()) -> media.MediaInfo:  # noqa: B008 -- a value
    read = media.read_film(source, folder / "in.f32")
    seconds = clock(read.info.duration_s)
    new = (0.1 * np.sin(np.arange(round(seconds * read.info.rate)) / 20)).astype("<f4")
    np.repeat(new[:, None], read.info.channels, axis=1).tofile(folder / "new.f32")
    return media.write_film(
        source, out, folder / "new.f32", rate=read.info.rate, layout=read.info.layout,
        codec=media.codec_for(out, "auto"), clock=clock, video=read.info.video,
    )  # fmt: skip


def test_the_picture_is_copied_packet_for_packet_and_the_sound_is_as_long(films: Path, tmp_path: Path) -> None:
    source, out = films / "film.mp4", tmp_path / "out.mp4"
    rewritten(source, out, tmp_path)
    before, after = contents(source), contents(out)
    assert [data for _, data in before.packets] == [data for _, data in after.packets]
    assert np.allclose([at for at, _ in before.packets], [at for at, _ in after.packets], atol=0.002)
    assert abs(before.duration_s - after.duration_s) < 1 / make.FPS
    assert abs(after.start_s) < 0.03
    assert (after.pcm.shape[1], before.pcm.shape[1]) == (6, 6)
    assert not list(tmp_path.glob(".*part*"))


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_a_dubbed_film_is_signed_where_its_container_can_hold_that_and_its_picture_stays(
    films: Path, tmp_path: Path, name: str
) -> None:
    token = SIGNING_KEY.set(key_of(wanted=True, key="", chain="", own=tmp_path / "c2pa"))
    try:
        rewritten(films / name, tmp_path / name, tmp_path)
    finally:
        SIGNING_KEY.reset(token)
    before, after = contents(films / name), contents(tmp_path / name)
    assert [data for _, data in before.packets] == [data for _, data in after.packets]
    assert not list(tmp_path.glob(".*part*"))
    if name == "film.mkv":
        with pytest.raises(C2paError):
            read((tmp_path / name).read_bytes(), "video/x-matroska")
        return
    told = read((tmp_path / name).read_bytes(), "video/mp4")
    assert (told["validation_state"], faults(told)) == ("Valid", ["signingCredential.untrusted"])
    assert action_of(told)["digitalSourceType"] == COMPOSITE


def with_a_commentary(source: Path, path: Path) -> Path:
    """The film with a second sound track and chapters."""
    with av.open(str(source)) as film, av.open(str(path), "w") as out:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        shown, heard, commentary = (out.add_stream_from_template(stream) for stream in (picture, sound, sound))
        heard.metadata["language"] = "eng"
        commentary.metadata.update(language="fre", title="commentary")
        out.set_chapters(
            [{"id": n, "start": n, "end": n + 1, "time_base": Fraction(1), "metadata": {}} for n in range(2)]
        )
        for packet in film.demux(picture, sound):
            if packet.dts is None:
                continue
            if packet.stream is sound:
                twin = av.Packet(bytes(packet))
                twin.pts, twin.dts, twin.time_base, twin.stream = packet.pts, packet.dts, packet.time_base, commentary
                out.mux(twin)
            packet.stream = heard if packet.stream is sound else shown
            out.mux(packet)
    return path


def test_the_new_sound_is_the_first_and_other_tracks_their_languages_and_the_chapters_stay(
    films: Path, tmp_path: Path
) -> None:
    source, out = with_a_commentary(films / "film.mkv", tmp_path / "film.mkv"), tmp_path / "out.mkv"
    clock = TimeMap((StretchedSpan(1.0, 2.0, 1.1),))
    told = rewritten(source, out, tmp_path, clock)
    assert (told.audio_tracks, told.dropped) == (2, ())
    with av.open(str(out)) as film:
        found = [
            (stream.type, stream.metadata.get("language"), stream.metadata.get("title")) for stream in film.streams
        ]
        assert found == [("video", None, None), ("audio", None, None), ("audio", "fre", "commentary")]
        edges = [
            [float(chapter[edge] * (chapter["time_base"] or 1)) for edge in ("start", "end")]
            for chapter in film.chapters()
        ]
        assert np.allclose(edges, [[0.0, 1.0], [1.0, 2.1]])
    before, after = contents(source), contents(out)
    assert [data for _, data in before.packets] == [data for _, data in after.packets]
    assert np.allclose([clock(at) for at, _ in before.packets], [at for at, _ in after.packets], atol=0.002)
    assert abs(after.duration_s - clock(before.duration_s)) < 1 / make.FPS


def test_sample_n_of_what_is_read_is_at_n_over_the_rate_and_speech_is_found_there(films: Path, tmp_path: Path) -> None:
    film = media.read_film(films / "film.mp4", tmp_path / "in.f32")
    assert (film.info.rate, film.info.channels, film.info.layout) == (48_000, 6, "5.1")
    assert abs(film.info.speech[0][0] - 1.0) < 0.06
    centre = np.asarray(film.pcm)[:, 2]
    place = np.correlate(centre[::8], PHRASE[::8], "valid").argmax() * 8
    assert abs(int(place) - 48_000) <= 16


def test_a_container_that_would_change_the_packets_is_refused_and_what_was_there_stays(
    films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.ts"
    out.write_bytes(b"as it was")
    with pytest.raises(media.MediaError, match="the ending of the input"):
        rewritten(films / "film.mp4", out, tmp_path)
    assert out.read_bytes() == b"as it was"
    assert not list(tmp_path.glob(".*part*"))


def test_the_clapper_flashes_and_the_mouth_opens_where_they_are_looked_for(films: Path) -> None:
    seen = media.look(films / "film.mp4", [make.CLAPPER, make.MOUTH])
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


def packets_at(path: Path, times_s: tuple[float, ...]) -> Path:
    """A film whose sound is one frame at each of these times."""
    with av.open(str(path), "w") as out:
        sound = out.add_stream("flac", rate=8000, layout="mono")
        frames = []
        for time_s in times_s:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 8000, round(time_s * 8000), Fraction(1, 8000)
            frames += sound.encode(frame)
        for packet in [*frames, *sound.encode(None)]:
            out.mux(packet)
    return path


def test_eight_hours_are_refused_whether_a_film_says_so_or_not(tmp_path: Path) -> None:
    whole = packets_at(tmp_path / "long.mkv", (0.0, 8 * 3600.0))
    with pytest.raises(media.MediaError, match=r"The film is 8\.0 h long, and 30 min are the most: cut it"):
        media.read_film(whole, tmp_path / "in.f32")
    silent = bytearray(whole.read_bytes())
    place = silent.index(b"\x44\x89\x88") + 3  # Matroska's Duration, eight bytes
    silent[place : place + 8] = bytes(8)
    (tmp_path / "silent.mkv").write_bytes(silent)
    with pytest.raises(media.MediaError, match="30 min"):
        media.read_film(tmp_path / "silent.mkv", tmp_path / "in.f32")
    assert (tmp_path / "in.f32").stat().st_size < 1_000_000
