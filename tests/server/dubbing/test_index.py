from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from oncue.server.dubbing.index import LineStore, SpokenSound, fingerprint
from oncue.streaming.dubbing.fit import Natural


def kept(folder: Path) -> tuple[LineStore, np.ndarray]:
    pcm = np.arange(2400, dtype="<i2")
    store = LineStore(folder)
    store.naturals["n"] = Natural(0.1, 1.0, 0.2)
    store.keep("a", SpokenSound("a.wav", 24_000, len(pcm), 0, 0.0, 0.1, ()), pcm.tobytes())
    return store, pcm


def test_what_was_spoken_is_found_again_to_the_sample(tmp_path: Path) -> None:
    _, pcm = kept(tmp_path)
    again = LineStore(tmp_path)
    found = again.pcm("a")
    assert found is not None
    assert np.array_equal(found[1], pcm)
    assert again.naturals == {"n": Natural(0.1, 1.0, 0.2)}
    assert LineStore(tmp_path, again=True).pcm("a") is None


def test_a_sound_that_is_gone_or_was_cut_is_spoken_again(tmp_path: Path) -> None:
    store, _ = kept(tmp_path)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:100])
    assert store.pcm("a") is None
    (tmp_path / "a.wav").unlink()
    assert store.pcm("a") is None
    assert store.pcm("b") is None


def test_sounds_that_no_line_has_any_more_are_removed(tmp_path: Path) -> None:
    store, _ = kept(tmp_path)
    store.tidy({"a"})
    assert (tmp_path / "a.wav").exists()
    store.tidy(set())
    assert not (tmp_path / "a.wav").exists()


def test_an_index_that_cannot_be_read_is_an_empty_one(tmp_path: Path) -> None:
    kept(tmp_path)
    (tmp_path / "lines.json").write_text("{", encoding="utf-8")
    assert LineStore(tmp_path).sounds == {}


def test_a_fingerprint_depends_on_every_part() -> None:
    assert fingerprint("a", 1) == fingerprint("a", 1)
    assert len({fingerprint("a", 1), fingerprint("a", 2), fingerprint("b", 1), fingerprint("a", [1])}) == 4


def test_lines_that_end_at_once_are_all_kept(tmp_path: Path) -> None:
    store, pcm = kept(tmp_path)
    names = [f"line-{number}" for number in range(60)]

    def keep(name: str) -> None:
        store.keep(name, SpokenSound(f"{name}.wav", 24_000, len(pcm), 0, 0.0, 0.1, ()), pcm.tobytes())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, names))
    assert set(LineStore(tmp_path).sounds) == {"a", *names}
