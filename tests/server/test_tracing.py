"""What a collector of traces is told of a line: its stages one after another, ids and lengths, and never what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from oncue.clients.client import Client, Refusal
from oncue.model.api import Voice
from oncue.server.config import Config, ConfigError
from oncue.server.engines.pool import EnginePool
from oncue.server.engines.spoken_lines import SpokenLines
from oncue.server.from_config import engine_options, engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from oncue.server.tracing import Tracing, tracing_to
from oncue.streaming.engine import events

VOICE = Voice("scripted", {"pitch": np.array([1.0])})
STAGES = ["admission", "queue", "prefill", "first sound", "speaking"]
SECRET = "Gisela whispers the password in the corner."


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def line_of(spans: Sequence[ReadableSpan]) -> ReadableSpan:
    (line,) = [span for span in spans if span.name == "line"]
    return line


def stages_of(spans: Sequence[ReadableSpan]) -> list[ReadableSpan]:
    line = line_of(spans)
    stages = [span for span in spans if span is not line]
    assert all(span.parent is not None and span.parent.span_id == line.context.span_id for span in stages)
    return stages


async def test_a_lines_stages_follow_each_other_from_its_asking_to_its_end(
    config: Config, exporter: InMemorySpanExporter
) -> None:
    pool = EnginePool(engine_options(config), process=False, tracing=Tracing(exporter, at_once=True))
    await pool.start()
    async with listening(Server(config, pool)) as url, await Client.connect(url) as client:
        line = await client.speak(SECRET, seed=1)
        await line.pcm()
    await pool.stop()
    spans = exporter.get_finished_spans()
    whole, stages = line_of(spans), stages_of(spans)
    assert [stage.name for stage in stages] == STAGES
    assert stages[0].start_time == whole.start_time
    assert [stage.end_time for stage in stages] == [*(stage.start_time for stage in stages[1:]), whole.end_time]
    assert line.done is not None
    assert whole.attributes is not None
    assert whole.attributes["oncue.samples"] == line.done.samples
    assert whole.attributes["oncue.characters"] == len(SECRET)
    assert whole.attributes["oncue.end"] == "complete"
    told = " ".join(span.to_json() for span in spans)
    assert not any(word in told for word in SECRET.split() if len(word) > 3)


async def test_a_line_that_is_refused_says_why_and_has_no_stages_it_never_reached(
    config: Config, exporter: InMemorySpanExporter
) -> None:
    pool = EnginePool(engine_options(config), process=False, tracing=Tracing(exporter, at_once=True))
    await pool.start()
    async with listening(Server(config, pool)) as url, await Client.connect(url) as client:
        with pytest.raises(Refusal):
            await (await client.speak("... ...")).pcm()
    await pool.stop()
    spans = exporter.get_finished_spans()
    assert [stage.name for stage in stages_of(spans)] == ["admission"]
    whole = line_of(spans)
    assert whole.attributes is not None
    assert whole.attributes["oncue.end"] == "refused"
    assert whole.attributes["oncue.error"]
    assert whole.status.status_code is StatusCode.ERROR


def test_times_never_run_backwards_also_where_an_end_is_told_without_one(exporter: InMemorySpanExporter) -> None:
    lines = SpokenLines(None, tracing=Tracing(exporter, at_once=True))
    lines.revoke(VOICE.key)
    assert lines.begin(events.Speak(1, "Hello", VOICE), lambda _event, _at: None) is None
    whole = line_of(exporter.get_finished_spans())
    assert whole.start_time is not None
    assert whole.end_time is not None
    assert whole.end_time >= whole.start_time
    assert whole.attributes is not None
    assert whole.attributes["oncue.error"] == "voice_revoked"


async def test_a_collector_is_sent_the_lines_over_http(config: Config) -> None:
    got: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        got.put_nowait(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector = f"http://127.0.0.1:{runner.addresses[0][1]}"
    tracing = tracing_to(collector)
    lines = SpokenLines(None, tracing=tracing)
    watched = lines.begin(events.Speak(7, "Hello", VOICE), lambda _event, _at: None)
    assert watched is not None
    watched(events.Finished(7, "complete", 0, None, 0, {}), 0.0)
    await asyncio.to_thread(tracing.close)
    async with asyncio.timeout(60):
        told = ExportTraceServiceRequest.FromString(await got.get())
    await runner.cleanup()
    (spans,) = told.resource_spans
    assert {span.name for span in spans.scope_spans[0].spans} == {"line", "admission"}
    assert any(
        entry.key == "service.name" and entry.value.string_value == "oncue" for entry in spans.resource.attributes
    )


async def test_a_collector_that_is_away_costs_the_line_nothing(config: Config) -> None:
    pool = engine_pool(msgspec.structs.replace(config, traces="http://127.0.0.1:9"), process=False)
    await pool.start()
    async with listening(Server(config, pool)) as url, await Client.connect(url) as client:
        assert await (await client.speak("Hello.")).pcm()
    await pool.stop()


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(ConfigError, match="collector"):
        tracing_to("localhost:4318")
