from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from oncue.server.engines.pool import EnginePool
from oncue.server.engines.process import EngineOptions
from oncue.server.voices.clip import Clip, prepare
from oncue.server.voices.creation import VoiceCreator
from oncue.server.voices.quality import UnfitRecording
from oncue.server.voices.store import Consent, NameTaken, VoiceStore
from tests.conftest import SCRIPTED
from tests.sounds import between_silences, speech, with_noise

CONSENT = Consent("2030-01-02T03:04:05+00:00", "a test")


def clip(seed: int = 0, snr_db: float = 35.0) -> Clip:
    return prepare(with_noise(between_silences(speech(4.0, seed=seed)), snr_db), 24_000)


@pytest.fixture
async def pool() -> AsyncIterator[EnginePool]:
    made = EnginePool(EngineOptions(SCRIPTED), process=False)
    await made.start()
    yield made
    await made.stop()


def store(tmp_path: Path, pool: EnginePool) -> VoiceStore:
    return VoiceStore(tmp_path / "voices", pool.spec.family, pool.voices)


async def test_a_clip_is_encoded_once_however_often_it_comes(
    pool: EnginePool, encoded: list[int], tmp_path: Path
) -> None:
    maker, kept = VoiceCreator(pool), store(tmp_path, pool)
    tried = await maker.voice_of(clip(), kept)
    together = await asyncio.gather(*(maker.voice_of(clip(), kept) for _ in range(3)))
    added = await maker.add(clip(), "mine", CONSENT, kept)
    assert len(encoded) == 1
    assert [made.cached for made in (tried, *together)] == [False, True, True, True]
    assert added.cached
    assert added.entry.key == tried.voice.key
    assert not (await maker.voice_of(clip(seed=1), kept)).cached


async def test_an_added_voice_spares_another_life_of_the_program_the_work(
    pool: EnginePool, encoded: list[int], tmp_path: Path
) -> None:
    await VoiceCreator(pool).add(clip(), "mine", CONSENT, store(tmp_path, pool))
    again = VoiceCreator(pool)
    assert (await again.voice_of(clip(), store(tmp_path, pool))).cached
    assert (await again.add(clip(), "alias", CONSENT, store(tmp_path, pool))).cached
    assert len(encoded) == 1


async def test_a_voice_that_was_only_tried_out_never_reaches_the_disk(pool: EnginePool, tmp_path: Path) -> None:
    await VoiceCreator(pool).try_out(clip(), store(tmp_path, pool), CONSENT)
    assert not (tmp_path / "voices").exists()


async def test_of_a_removed_voice_nothing_is_left(pool: EnginePool, encoded: list[int], tmp_path: Path) -> None:
    maker, kept = VoiceCreator(pool), store(tmp_path, pool)
    added = await maker.add(clip(), "mine", CONSENT, kept)
    await maker.remove("mine", kept, "a test")
    assert not any(added.entry.key in path.name for path in (tmp_path / "voices").iterdir())
    assert not (await maker.voice_of(clip(), kept)).cached
    assert len(encoded) == 2


async def test_the_gate_and_the_name_are_looked_at_before_the_engine_is_troubled(
    pool: EnginePool, encoded: list[int], tmp_path: Path
) -> None:
    maker, kept = VoiceCreator(pool), store(tmp_path, pool)
    noisy = clip(snr_db=10)
    with pytest.raises(UnfitRecording):
        await maker.add(noisy, "mine", CONSENT, kept)
    with pytest.raises(NameTaken):
        await maker.add(clip(), "hum", CONSENT, kept)
    assert not encoded
    assert (await maker.add(noisy, "mine", CONSENT, kept, force=True)).entry.name == "mine"
