from __future__ import annotations

from tests.clients.web.modules import evaluate


def test_options_are_read_from_the_address() -> None:
    got = evaluate(
        "overlay_options.js",
        "return m.overlayOptions(given);",
        "?captions=line&size=60&voice=mei&from=https://a.example,https://b.example&colour=%23fff&hold=0",
    )
    options = got["options"]
    assert got["problems"] == []
    assert (options["captions"], options["size"], options["voice"], options["hold"]) == ("line", 60, "mei", 0)
    assert options["from"] == ["https://a.example", "https://b.example"]
    assert (options["mouth"], options["audio"], options["label"]) == ("off", "on", "tr")


def test_what_is_not_understood_is_named_and_changes_nothing() -> None:
    got = evaluate(
        "overlay_options.js",
        "return m.overlayOptions(given);",
        "?captions=big&size=9999&size2=1&colour=red;x:url(a)&hold=",
    )
    assert got["options"] == evaluate("overlay_options.js", "return m.overlayOptions('').options;")
    assert [problem.partition(" ")[0] for problem in got["problems"]] == ["captions", "size", "size2", "colour", "hold"]


def test_a_message_becomes_a_line_with_the_overlays_voice_unless_it_names_one() -> None:
    got = evaluate(
        "overlay_options.js",
        "return given.map((message) => m.speakOf(message, { voice: 'mei', emotion: '' }));",
        [
            {"text": " Hi ", "token": "x"},
            {"text": "Hi", "voice": "bo", "emotion": {"preset": "sad"}, "duration": {"seconds": 1}},
            {"text": " "},
            {"text": 3},
            None,
        ],
    )
    assert got == [
        {"voice": "mei", "text": "Hi"},
        {"voice": "bo", "text": "Hi", "emotion": {"preset": "sad"}, "duration": {"seconds": 1}},
        None,
        None,
        None,
    ]
