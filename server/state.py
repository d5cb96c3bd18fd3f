"""What every part of a running server shares: its configuration, its engines, its figures, and whether it is going down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from oncue.server.config import Config
from oncue.server.engines.pool import EnginePool
from oncue.server.http.metrics import Metrics
from oncue.server.shared.sessions import SharedSessions
from oncue.server.shared.voices import SharedVoices
from oncue.server.voices.store import VoiceStore


@dataclass(slots=True)
class ServerState:
    """One for each server."""

    config: Config
    pool: EnginePool
    metrics: Metrics = field(default_factory=Metrics)
    draining: bool = False
    """No new connection and no new line is taken."""
    speaking: int = 0
    """Lines under way that belong to no WebSocket of ours."""
    sockets: int = 0
    """Open WebSockets of borrowed protocols."""
    farewells: set[Callable[[], Awaitable[None]]] = field(default_factory=set)
    """How each of those is told that the server goes down."""
    shared_voices: SharedVoices | None = None
    """Where servers share their voices; None for one alone."""
    shared_sessions: SharedSessions | None = None

    def voice_store(self) -> VoiceStore:
        """The voices as they are now; every name is looked up on the disk, so one added meanwhile is known at once."""
        complete = self.shared_voices is None or self.shared_voices.here
        return VoiceStore(self.config.voices_path, self.pool.spec.family, self.pool.voices, complete=complete)
