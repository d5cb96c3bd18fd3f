"""What a dub asks of an engine: voices of recordings, and lines spoken to their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from oncue.model.api import Voice
from oncue.server.engines.pool import EnginePool
from oncue.server.local_engine import LineCollector
from oncue.streaming.protocol import messages


class DubEngine(Protocol):
    """An engine of this process, or a server's with its limits and records."""

    @property
    def pool(self) -> EnginePool:
        """Where voices are made."""
        ...

    async def speak(
        self, line: messages.Speak, reference: Voice | None = None, named: Mapping[str, Voice] | None = None
    ) -> LineCollector:
        """A line to its end; the arguments are those of `LocalEngine.stream`. Raises Refusal."""
        ...
