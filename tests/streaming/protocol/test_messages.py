from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage

NUMBER = st.floats(allow_nan=False, allow_infinity=False, width=32)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
IDENTIFIER = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
SCENE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=15)
COUNT = st.integers(0, 2**53)
SHARE = st.floats(0, 1)
KINDS = st.sampled_from(("word", "phone", "viseme"))
TRACKS = st.sampled_from(("word", "phone", "viseme", "mouth"))
DURATION = st.one_of(
    st.just(messages.Duration(free=True)),
    st.builds(messages.Duration, ratio=st.floats(0.1, 10)),
    st.builds(messages.Duration, seconds=st.floats(0.1, 100)),
    st.builds(messages.Duration, end_at=st.floats(0.1, 100)),
)
EMOTION = st.one_of(
    st.builds(messages.Emotion, preset=IDENTIFIER, intensity=SHARE),
    st.builds(messages.Emotion, vector=st.tuples(*[SHARE] * 8), intensity=SHARE),
    st.builds(messages.Emotion, text=IDENTIFIER, intensity=SHARE),
    st.builds(messages.Emotion, voice=IDENTIFIER, intensity=SHARE),
)
FORMAT = st.builds(messages.AudioFormat, rate=st.sampled_from(messages.RATES))
DETAIL = st.dictionaries(TEXT, st.one_of(NUMBER, TEXT), max_size=3)
OPTIONAL_COUNT = st.none() | COUNT
MARK = st.builds(
    messages.MarkItem, KINDS, TEXT, char_start=COUNT, char_end=COUNT, start=COUNT, end=COUNT, value=st.none() | NUMBER
)
FAILURE = st.builds(messages.Failure, TEXT, TEXT, st.booleans(), DETAIL)
TIMES = st.lists(NUMBER, max_size=4).map(tuple)

CLIENT = {
    messages.Open: st.builds(
        messages.Open,
        audio=FORMAT,
        marks=st.lists(TRACKS, max_size=4).map(tuple),
        mode=st.sampled_from(("binary", "json")),
        lead_ms=st.integers(100, 600_000),
        trace=st.booleans(),
    ),
    messages.Speak: st.builds(
        messages.Speak,
        id=IDENTIFIER,
        text=TEXT,
        final=st.booleans(),
        voice=st.none() | IDENTIFIER,
        emotion=st.none() | EMOTION,
        duration=st.none() | DURATION,
        strict=st.booleans(),
        language=st.sampled_from(("auto", "zh", "en")),
        seed=COUNT,
        priority=st.integers(-100, 100),
    ),
    messages.Append: st.builds(messages.Append, IDENTIFIER, TEXT),
    messages.Finish: st.builds(messages.Finish, IDENTIFIER),
    messages.Update: st.builds(messages.Update, IDENTIFIER, st.none() | DURATION, st.none() | EMOTION),
    messages.Cancel: st.builds(messages.Cancel, IDENTIFIER, st.integers(0, 2000), st.sampled_from(("now", "word"))),
    messages.Played: st.builds(messages.Played, IDENTIFIER, COUNT),
    messages.Resume: st.builds(messages.Resume, IDENTIFIER, IDENTIFIER, COUNT),
    messages.Close: st.just(messages.Close()),
    messages.Scene: st.builds(
        messages.Scene,
        SCENE,
        st.dictionaries(TEXT, st.one_of(NUMBER, TEXT, st.lists(TEXT, max_size=2)), max_size=3),
        st.dictionaries(TEXT, TEXT, max_size=2),
        st.dictionaries(TEXT, st.floats(0, 100), max_size=2),
    ),
    messages.Choose: st.builds(messages.Choose, SCENE, IDENTIFIER, IDENTIFIER),
    messages.Cue: st.builds(messages.Cue, SCENE, IDENTIFIER, st.none() | st.floats(0, 100)),
}
PROMISE = (IDENTIFIER, COUNT, OPTIONAL_COUNT, st.none() | TEXT)
SERVER = {
    messages.Ready: st.builds(
        messages.Ready,
        TEXT,
        COUNT,
        st.builds(messages.ModelInfo, TEXT, TEXT, TEXT, COUNT, st.lists(TEXT, max_size=2).map(tuple)),
        st.just(messages.Limits()),
        st.lists(TEXT, max_size=2).map(tuple),
        st.builds(messages.AudioInfo, st.sampled_from(("pcm_s16le", "opus")), COUNT, COUNT),
    ),
    messages.Started: st.builds(messages.Started, IDENTIFIER, COUNT, *PROMISE[1:]),
    messages.Plan: st.builds(messages.Plan, *PROMISE),
    messages.Marks: st.builds(
        messages.Marks,
        IDENTIFIER,
        st.lists(MARK, max_size=3).map(tuple),
        st.none() | st.builds(messages.MouthTrack, COUNT, COUNT, st.lists(SHARE, max_size=4).map(tuple)),
    ),
    messages.Audio: st.builds(messages.Audio, IDENTIFIER, COUNT, COUNT, COUNT, st.binary(max_size=9)),
    messages.Done: st.builds(
        messages.Done,
        IDENTIFIER,
        st.sampled_from(("complete", "cancelled", "failed")),
        COUNT,
        OPTIONAL_COUNT,
        COUNT,
        st.none() | NUMBER,
        st.dictionaries(TEXT, NUMBER, max_size=3),
        st.none() | FAILURE,
        st.none() | st.builds(messages.Trace, TIMES, TIMES),
    ),
    messages.ScenePlan: st.builds(
        messages.ScenePlan,
        SCENE,
        NUMBER,
        st.lists(
            st.builds(
                messages.ScenePlace,
                TEXT,
                st.just("planned"),
                *[st.none() | NUMBER] * 4,
                late=NUMBER,
            ),
            max_size=2,
        ).map(tuple),
    ),
    messages.SceneDone: st.builds(
        messages.SceneDone, SCENE, st.sampled_from(("complete", "cancelled")), st.lists(TEXT, max_size=2).map(tuple)
    ),
    messages.Error: st.builds(messages.Error, st.none() | IDENTIFIER, TEXT, TEXT, st.booleans(), DETAIL, st.booleans()),
}


def test_every_message_class_of_the_protocol_has_its_round_trip() -> None:
    assert set(CLIENT) == set(get_args(messages.ClientMessage))
    assert set(SERVER) == set(get_args(messages.ServerMessage))


@pytest.mark.parametrize("kind", CLIENT, ids=lambda kind: kind.__name__)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_client_message_survives_the_wire(kind: type[messages.FromClient], data: st.DataObject) -> None:
    message = data.draw(CLIENT[kind])
    assert wire.decode_client(wire.encode(message)) == message


@pytest.mark.parametrize("kind", SERVER, ids=lambda kind: kind.__name__)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_server_message_survives_the_wire(kind: type[messages.FromServer], data: st.DataObject) -> None:
    message = data.draw(SERVER[kind])
    assert wire.decode_server(wire.encode(message)) == message


@pytest.mark.parametrize("kind", CLIENT, ids=lambda kind: kind.__name__)
@settings(max_examples=5, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_field_that_is_not_in_the_protocol_is_refused_by_name(
    kind: type[messages.FromClient], data: st.DataObject
) -> None:
    fields = msgspec.to_builtins(data.draw(CLIENT[kind])) | {"bogus": 1}
    with pytest.raises(BadMessage, match="bogus"):
        wire.decode_client(msgspec.json.encode(fields).decode())


@pytest.mark.parametrize(
    "duration", ["{}", '{"free":false}', '{"ratio":1,"seconds":2}', '{"free":true,"end_at":2}', '{"cues":[]}']
)
def test_a_duration_is_exactly_one_thing(duration: str) -> None:
    with pytest.raises(BadMessage, match="duration"):
        wire.decode_client(f'{{"type":"update","id":"a","duration":{duration}}}')


def test_an_emotion_has_one_source() -> None:
    with pytest.raises(BadMessage, match="only one of"):
        wire.decode_client('{"type":"update","id":"a","emotion":{"preset":"happy","text":"glad"}}')
