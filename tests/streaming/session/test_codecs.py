from __future__ import annotations

import numpy as np

from oncue.streaming.protocol.audio import to_s16le
from oncue.streaming.protocol.wire import CODEC_PCM_S16LE, MAX_FRAME_SAMPLES
from oncue.streaming.session.codecs import PLAIN, Pcm


def test_pcm_is_every_sample_at_once_in_frames_the_wire_allows() -> None:
    sound = np.linspace(-1, 1, 2 * MAX_FRAME_SAMPLES + 5).astype(np.float32)
    payloads = list(Pcm().push(sound))
    assert b"".join(payload.data for payload in payloads) == to_s16le(sound)
    assert [payload.samples for payload in payloads] == [MAX_FRAME_SAMPLES, MAX_FRAME_SAMPLES, 5]
    assert list(Pcm().push(sound[:0], final=True)) == []


def test_every_server_has_pcm_at_any_rate() -> None:
    codec = PLAIN["pcm_s16le"]
    assert (codec.rates, codec.pre_skip, codec.make().codec) == (None, 0, CODEC_PCM_S16LE)
