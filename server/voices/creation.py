"""Clips to voices, each encoded once: from the disk, from memory, or by the engine; and a voice kept under a name.

Whoever wants a voice of a recording comes here: the command line, HTTP, and a reference given with a line. A voice that
was only tried out stays in memory and never reaches the disk.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from oncue.model.api import Voice
from oncue.server.engines.pool import EnginePool
from oncue.server.voices.clip import Clip
from oncue.server.voices.consent import now
from oncue.server.voices.quality import demand
from oncue.server.voices.store import (
    Consent,
    Provenance,
    Revocation,
    TakenBack,
    VoiceEntry,
    VoiceStore,
    VoiceStoreError,
)

_log = logging.getLogger(__name__)
_KEPT = 32


@dataclass(frozen=True, slots=True)
class EncodedVoice:
    """A voice, and whether the engine was spared."""

    voice: Voice
    cached: bool


@dataclass(frozen=True, slots=True)
class AddedVoice:
    """A voice that has a name now."""

    entry: VoiceEntry
    cached: bool


class Shared(Protocol):
    """What is asked of the place where servers share their voices."""

    async def demand(self) -> None:
        """A new voice could be shared. Raises SharedStoreAway."""
        ...

    async def publish(self, name: str, family: str) -> None:
        """Tell the others of a new name. Raises SharedStoreAway or NameTaken."""
        ...

    def soon(self) -> None:
        """Tell the others that something went."""
        ...


class VoiceCreator:
    """One for each engine. Clips are encoded one after another, and the last few voices are remembered."""

    def __init__(self, pool: EnginePool, shared: Shared | None = None) -> None:
        """`shared` is where servers share their voices."""
        self._pool = pool
        self._shared = shared
        self._made: dict[str, Voice] = {}
        self._turn = asyncio.Lock()

    async def try_out(self, clip: Clip, store: VoiceStore, consent: Consent) -> Voice:
        """A voice that nobody keeps; the consent to it is written down. Raises TakenBack, BadReference or EngineLost."""
        if any(gone.clip == clip.key for gone in await asyncio.to_thread(store.revocations)):
            raise TakenBack("The speaker took the consent to this voice back: it takes a new recording of them.")
        voice = (await self.voice_of(clip, store)).voice
        self._pool.audit.voice_tried(consent.stated_by, voice.key, consent)
        return voice

    async def voice_of(self, clip: Clip, store: VoiceStore) -> EncodedVoice:
        """Raises BadReference or EngineLost."""
        async with self._turn:
            revision = self._pool.spec.revision
            known = self._made.pop(clip.key, None) or await asyncio.to_thread(store.made_of, clip.key, revision)
            voice = known or await self._pool.make_voice(clip.pcm, clip.rate)
            self._remember(clip.key, voice)
        return EncodedVoice(voice, known is not None)

    async def add(
        self, clip: Clip, name: str, consent: Consent, store: VoiceStore, *, force: bool = False
    ) -> AddedVoice:
        """Keep the voice of a clip; with `force` also of one that is only doubtful.

        Raises Unfit, BadReference, EngineLost or VoiceStoreError.
        """
        store.check(name)
        demand(clip.report, force=force)
        if self._shared is not None:
            await self._shared.demand()
        made = await self.voice_of(clip, store)
        making = Provenance(clip.key, self._pool.spec.revision, consent, clip.report)
        entry = await asyncio.to_thread(store.add, name, made.voice, making)
        if self._shared is not None:
            try:
                await self._shared.publish(entry.name, made.voice.family)
            except VoiceStoreError:
                await asyncio.to_thread(store.remove, entry.name)
                raise
        self._pool.audit.voice_added(consent.stated_by, entry.key, consent)
        _log.info("voice %s added, of %.1f s of speech", entry.key, clip.report.figures.speech_s)
        return AddedVoice(entry, made.cached)

    async def remove(self, name: str, store: VoiceStore, by: str) -> None:
        """Forget a voice, also here. Raises UnknownVoice or VoiceStoreError."""
        key = await asyncio.to_thread(store.remove, name)
        self._changed(key)
        self._pool.audit.voice_removed(by, key)
        _log.info("voice %s removed", key)

    async def revoke(self, name: str, store: VoiceStore, by: str) -> Revocation:
        """Take a voice back: everything kept of it goes, and every line spoken with it ends now.

        Raises UnknownVoice or VoiceStoreError.
        """
        gone = await asyncio.to_thread(store.revoke, name, now(), by)
        self._changed(gone.key)
        lines = self._pool.revoke(gone.key)
        self._pool.audit.voice_revoked(by, gone.key, lines)
        _log.info("voice %s revoked, %d lines end", gone.key, lines)
        return gone

    def _changed(self, key: str) -> None:
        """A voice went."""
        self._made = {clip: voice for clip, voice in self._made.items() if voice.key != key}
        if self._shared is not None:
            self._shared.soon()

    def _remember(self, clip: str, voice: Voice) -> None:
        while len(self._made) >= _KEPT:
            del self._made[next(iter(self._made))]
        self._made[clip] = voice
