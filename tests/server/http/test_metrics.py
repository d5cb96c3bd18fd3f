from __future__ import annotations

import numpy as np

from oncue.server.http.metrics import Metrics
from oncue.streaming.engine import events


def test_events_are_counted_by_what_they_were() -> None:
    metrics = Metrics()
    refused = events.Refused(1, "busy", "Later.", retry=True, detail={})
    for event in (
        events.AudioChunk(1, 0, np.zeros(12000, np.float32), ()),
        refused,
        events.Finished(2, "complete", 0, None, 0, {}),
        events.Finished(3, "failed", 0, None, 0, {}, refused),
        events.Decoded(1, 1),
    ):
        metrics.count(event, 24000)
    text = metrics.text().decode()
    for line in (
        "oncue_audio_seconds_total 0.5",
        'oncue_errors_total{code="busy"} 2.0',
        'oncue_lines_total{reason="complete"} 1.0',
        'oncue_lines_total{reason="failed"} 1.0',
    ):
        assert line in text


def test_two_servers_of_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.slow.inc()
    assert "oncue_slow_consumers_total 0.0" in other.text().decode()
