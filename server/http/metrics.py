"""What an operator can watch, as Prometheus has it. No label carries a name, a text or a voice."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from oncue.streaming.engine import events


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections = Gauge("oncue_connections", "Open connections", registry=self.registry)
        self.lines = Counter("oncue_lines", "Lines ended, by reason", ["reason"], registry=self.registry)
        self.errors = Counter("oncue_errors", "Refusals and failures, by code", ["code"], registry=self.registry)
        self.slow = Counter("oncue_slow_consumers", "Connections cut off for not reading", registry=self.registry)
        self.silent = Counter(
            "oncue_silent_connections", "Connections closed for not saying open", registry=self.registry
        )
        self.restarts = Gauge("oncue_engine_restarts", "Engines started again", registry=self.registry)
        self.respoken = Gauge(
            "oncue_lines_respoken",
            "Lines that went on with another engine when theirs had died",
            registry=self.registry,
        )
        self.ready = Gauge("oncue_ready", "1 when a line could be spoken now", registry=self.registry)
        self.audio_s = Counter("oncue_audio_seconds", "Sound made", registry=self.registry)
        self.emotions = Counter(
            "oncue_feelings",
            "Feelings in words, where a back-end is asked, by who read them",
            ["reader"],
            registry=self.registry,
        )
        buckets = (0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1.0, 2.0, 5.0)
        self.first_audio_s = Histogram(
            "oncue_first_audio_seconds", "From speak to the first sound", registry=self.registry, buckets=buckets
        )
        self.loop_lag_s = Histogram(
            "oncue_loop_lag_seconds",
            "How late the loop that serves all sockets is",
            registry=self.registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        )

    def count(self, event: events.Event, sample_rate: int) -> None:
        """Take note of an engine event."""
        match event:
            case events.AudioChunk():
                self.audio_s.inc(len(event.samples) / sample_rate)
            case events.Refused():
                self.errors.labels(event.code).inc()
            case events.Finished():
                self.lines.labels(event.reason).inc()
                if event.error is not None:
                    self.errors.labels(event.error.code).inc()

    def count_emotion(self, reader: str) -> None:
        """Take note of who read a feeling in words."""
        self.emotions.labels(reader).inc()

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
