"""The full family on small seeded networks behind the real server and its sockets, and behind the plain call."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import msgspec
import numpy as np
import pytest

from oncue.clients.client import Client
from oncue.server.compat.indextts import IndexTTSModel
from oncue.server.config import Config
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.wire import AudioFrame
from tests.conftest import Running
from tests.model.indextts2.family import OPTIONS
from tests.sounds import good_recording

FAMILY = "tests.model.indextts2.family:load"
TEXT = "Hi."
SECONDS = 0.7
LENGTH = messages.Duration(seconds=SECONDS)
OPEN = messages.Open(audio=messages.AudioFormat(rate=22050), lead_ms=messages.MAX_LEAD_MS, trace=True)


@pytest.fixture
def config(config: Config) -> Config:
    return msgspec.structs.replace(config, family=FAMILY)


async def hear(client: Client, voice: str, seed: int = 5) -> tuple[bytes, int, messages.Done]:
    """Samples, number of chunks, and how the line ended."""
    line = await client.speak(TEXT, voice=voice, duration=LENGTH, seed=seed)
    frames = [event async for event in line if isinstance(event, AudioFrame)]
    assert line.done is not None
    return b"".join(frame.pcm for frame in frames), len(frames), line.done


async def test_chunks_leave_before_decoding_ends_and_the_line_has_exactly_the_length_asked_for(
    running: Running,
) -> None:
    async with await Client.connect(running.url, OPEN) as client:
        pcm, chunks, done = await hear(client, "low")
    assert done.reason == "complete"
    assert chunks > 2
    assert done.stats["first_audio_s"] < done.stats["decode_done_s"]
    assert len(pcm) // 2 == done.samples == done.target_samples == round(SECONDS * 22_050)


async def test_two_voices_at_once_are_each_what_they_are_alone(running: Running) -> None:
    async with await Client.connect(running.url, OPEN) as client:
        alone = [await hear(client, voice) for voice in ("low", "high")]
        together = await asyncio.gather(hear(client, "low"), hear(client, "high"))
    assert alone[0][0] != alone[1][0]
    for (one, _, _), (other, _, _) in zip(alone, together, strict=True):
        assert len(one) == len(other)
        differences = [
            abs(
                int.from_bytes(one[at : at + 2], "little", signed=True)
                - int.from_bytes(other[at : at + 2], "little", signed=True)
            )
            for at in range(0, len(one), 2)
        ]
        # Side by side the flow is solved in one batch, whose float32 rounding may tip a 16-bit sample over.
        assert max(differences) <= 1


async def test_cancel_frees_the_slot(running: Running) -> None:
    async with await Client.connect(running.url, msgspec.structs.replace(OPEN, lead_ms=100)) as client:
        reasons = []
        for _ in range(OPTIONS.slots + 1):
            line = await client.speak(TEXT, duration=LENGTH)
            async for event in line:
                if isinstance(event, AudioFrame) and line.done is None:
                    await line.cancel(fade_ms=0)
                    break
            async for _event in line:
                pass
            assert line.done is not None
            reasons.append(line.done.reason)
        assert set(reasons) <= {"cancelled", "complete"}
        assert "cancelled" in reasons, "every line was over before it could be cancelled"
        lines = [hear(client, "low", seed=seed) for seed in range(OPTIONS.slots)]
        assert all(done.reason == "complete" for _, _, done in await asyncio.gather(*lines))


def test_the_plain_call_speaks_with_this_family_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path / "voices"))
    with IndexTTSModel.from_pretrained(FAMILY, consent="noise agrees") as model:
        free = model.synthesize(TEXT)
        held = model.synthesize(text=TEXT, ref_audio=good_recording(), duration_ratio=1.1, ensure_alignment=True)
        count_emotion = model.synthesize(TEXT, emotion_ref=good_recording(seed=1), emotion_intensity=0.8)
        told = model.synthesize(TEXT, emotion_text="sad")
    assert free.target_samples is None
    assert held.error_samples == 0
    assert not any(np.array_equal(free.pcm, other.pcm) for other in (held, count_emotion, told))
    with wave.open(str(held.export(tmp_path / "x.wav", format="wav"))) as file:
        assert (file.getframerate(), file.getnframes()) == (held.sample_rate, held.target_samples)
