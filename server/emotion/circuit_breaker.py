"""When to leave somebody alone who keeps failing: arithmetic on the times of failures, with no clock."""

from __future__ import annotations

FAILURES = 3
"""So many in a row, and it is left alone."""
REST_S = 30.0
"""For so long; then one trial decides whether it is asked again."""


class CircuitBreaker:
    """Whoever asks `allows` and hears yes tells afterwards what came of it, by `succeeded` or `failed`."""

    def __init__(self, failures: int = FAILURES, rest_s: float = REST_S) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._failures = 0
        self._until = 0.0

    @property
    def resting(self) -> bool:
        """It failed too often, and no trial has succeeded since."""
        return self._failures >= self._limit

    def allows(self, now: float) -> bool:
        """Whether to ask now. Of those who come when the rest is over only the first may, until that one is judged."""
        if not self.resting:
            return True
        if now < self._until:
            return False
        self._until = now + self._rest_s
        return True

    def succeeded(self) -> None:
        """It works, or works again."""
        self._failures = 0

    def failed(self, now: float) -> None:
        """One more failure; the rest is counted from the last."""
        self._failures += 1
        self._until = now + self._rest_s
