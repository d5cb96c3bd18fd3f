"""A corpus on disk reads back what was made, and depends on its seed alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from oncue.model.text.phones import PAUSES, SYMBOLS
from oncue.model.training.data import corpus as corpus_module
from oncue.model.training.data.corpus import MADE, Corpus, generate, load
from oncue.model.training.data.teacher import SAMPLE_RATE

HOURS = 24 / 3600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus_module, "SHARD_HOURS", HOURS / 2)
        generate(made, HOURS, seed=3, workers=2)
    return made


@pytest.fixture(scope="module")
def corpus(folder: Path) -> Corpus:
    return load(folder)


@pytest.mark.needs_program("espeak-ng", "flite")
def test_it_holds_at_least_the_time_asked_for_in_both_languages(corpus: Corpus) -> None:
    assert HOURS * 3600 <= corpus.seconds < HOURS * 3600 + 40
    seconds = [corpus.lines["audio_length"][corpus.lines["language"] == language].sum() for language in (0, 1)]
    assert min(seconds) > 0.3 * sum(seconds)


@pytest.mark.needs_program("espeak-ng", "flite")
def test_every_utterance_is_covered_by_its_units_to_the_last_sample(corpus: Corpus) -> None:
    for index in range(len(corpus)):
        said = corpus.utterance(index)
        assert np.all(np.diff(said.ends, prepend=0) > 0)
        assert said.ends[-1] == len(said.audio)
        assert len(said.phones) == len(said.tones) == len(said.word_starts) == len(said.ends)


@pytest.mark.needs_program("espeak-ng", "flite")
def test_an_utterance_starts_with_a_phone_and_ends_with_a_short_sentence_pause(corpus: Corpus) -> None:
    for index in range(len(corpus)):
        said = corpus.utterance(index)
        assert SYMBOLS[said.phones[0]] not in PAUSES
        assert said.word_starts[0]
        assert SYMBOLS[said.phones[-1]] in {".", "?", "!"}
        assert 0.119 <= (said.ends[-1] - said.ends[-2]) / SAMPLE_RATE <= 0.181


@pytest.mark.needs_program("espeak-ng", "flite")
def test_audio_is_mapped_and_never_clips(corpus: Corpus) -> None:
    assert all(isinstance(audio, np.memmap) and audio.dtype == np.int16 for audio in corpus.audio)
    assert all(0 < int(np.abs(audio.astype(np.int32)).max()) < 32_767 for audio in corpus.audio)


@pytest.mark.needs_program("espeak-ng", "flite")
def test_speaker_ids_name_rows_of_the_speaker_list(corpus: Corpus) -> None:
    for index in range(len(corpus)):
        said = corpus.utterance(index)
        assert corpus.speakers[said.speaker].id == said.speaker


@pytest.mark.needs_program("espeak-ng", "flite")
def test_a_shard_depends_on_seed_and_number_alone_not_on_workers_or_total(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_module, "SHARD_HOURS", HOURS / 2)
    generate(tmp_path, HOURS / 2, seed=3, workers=1)
    again, once = load(tmp_path), load(folder)
    lines = once.lines[once.lines["shard"] == 0]
    assert np.array_equal(again.lines, lines)
    assert np.array_equal(again.units, once.units[: lines["unit_count"].sum()])
    assert np.array_equal(again.audio[0], once.audio[0])


@pytest.mark.needs_program("espeak-ng", "flite")
def test_an_interrupted_corpus_goes_on_with_the_shards_it_lacks(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_module, "SHARD_HOURS", HOURS / 2)
    shutil.copytree(folder, tmp_path / "corpus")
    whole, broken = sorted((tmp_path / "corpus").glob("shard-*"))
    (broken / MADE).unlink()
    (broken / "audio.npy").write_bytes(b"half a file")
    kept = (whole / "audio.npy").stat().st_mtime_ns
    generate(tmp_path / "corpus", HOURS, seed=3, workers=1)
    assert (whole / "audio.npy").stat().st_mtime_ns == kept
    for one, other in zip(load(folder).audio, load(tmp_path / "corpus").audio, strict=True):
        assert np.array_equal(one, other)


def test_an_empty_folder_is_an_error_that_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"python -m oncue\.model\.training\.data\.corpus"):
        load(tmp_path)
