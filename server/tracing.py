"""A line's life as OpenTelemetry spans, for operators who collect traces (extra `otel`): how long it waited for what.

One span `line` from the command to its end, and in it `admission` (its text is read), `queue` (it waits for a slot), `prefill`,
`first sound` (until there is some) and `speaking`. They hold numbers, ids, lengths and how the line ended; what was said is no
business of whoever watches machines. Events are seen in `engines/spoken_lines.py`; without a collector there is no tracing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from oncue.server.config import ConfigError
from oncue.streaming.engine import events

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

_NS = 1_000_000_000
_FLUSH_MS = 3000


class Tracing:
    """Where the spans of all lines go."""

    def __init__(self, exporter: SpanExporter, *, at_once: bool = False) -> None:
        """`at_once` exports each span when it ends, which only tests can wait for. Raises ImportError without the extra."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": "oncue"}), shutdown_on_exit=False)
        self._provider.add_span_processor(SimpleSpanProcessor(exporter) if at_once else BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("oncue")

    def begin(self, speak: events.Speak, caller: str) -> LineTrace:
        """A line was asked for, by the key of this id."""
        asked: dict[str, str | int] = {
            "oncue.line": speak.uid,
            "oncue.voice": speak.voice.key,
            "oncue.characters": len(speak.text),
        }
        if caller:
            asked["oncue.key"] = caller
        at = time.monotonic()
        # Lines are told times of the monotonic clock; collectors want those of the day.
        offset_ns = time.time_ns() - round(at * _NS)
        span = self._tracer.start_span("line", start_time=round(at * _NS) + offset_ns, attributes=asked)
        return LineTrace(self, span, at, offset_ns)

    def part(self, of: Span, name: str, begun_ns: int, ended_ns: int) -> None:
        """One stage of a line, which is over."""
        from opentelemetry.trace import set_span_in_context

        stage = self._tracer.start_span(name, context=set_span_in_context(of), start_time=begun_ns)
        stage.end(ended_ns)

    def close(self) -> None:
        """Send what was not sent, for a while; it blocks."""
        self._provider.force_flush(_FLUSH_MS)
        self._provider.shutdown()


class LineTrace:
    """One line: every stage ends where the next begins, and the last with the line."""

    def __init__(self, tracing: Tracing, span: Span, at: float, offset_ns: int) -> None:
        self._tracing, self._span, self._offset_ns = tracing, span, offset_ns
        self._stage, self._since = "admission", at
        self._samples = 0

    def see(self, event: events.Event, at: float) -> None:
        """An event of the line, in order."""
        match event:
            case events.Started():
                self._enter("queue", at)
            case events.Prefilled():
                self._enter("prefill", event.begun_at)
                self._enter("first sound", at)
            case events.AudioChunk():
                if self._stage != "speaking":
                    self._enter("speaking", at)
                self._samples = event.start + len(event.samples)
            case events.Finished():
                self._end(at, event.reason, "" if event.error is None else event.error.code)
            case events.Refused(terminal=True):
                self._end(at, "refused", event.code)

    def _enter(self, stage: str, at: float) -> None:
        """Times never run backwards, whoever says them: an end that is told without a time is now or never."""
        at = max(at, self._since)
        self._tracing.part(self._span, self._stage, self._ns(self._since), self._ns(at))
        self._stage, self._since = stage, at

    def _end(self, at: float, reason: str, code: str) -> None:
        from opentelemetry.trace import StatusCode

        self._enter("ended", at)
        self._span.set_attributes({"oncue.samples": self._samples, "oncue.end": reason})
        if code:
            self._span.set_attribute("oncue.error", code)
            self._span.set_status(StatusCode.ERROR)
        self._span.end(self._ns(self._since))

    def _ns(self, at: float) -> int:
        return round(at * _NS) + self._offset_ns


def tracing_to(collector: str) -> Tracing:
    """Spans for a collector that takes OTLP over HTTP at this URL. Raises ConfigError where the extra is missing."""
    if not collector.startswith(("http://", "https://")):
        raise ConfigError("traces is the URL of a collector that takes OTLP over HTTP, like http://127.0.0.1:4318.")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return Tracing(OTLPSpanExporter(endpoint=f"{collector.rstrip('/')}/v1/traces"))
    except ImportError:
        raise ConfigError("Traces need more packages: pip install 'oncue[otel]'.") from None
