from __future__ import annotations

from tests.clients.web.modules import evaluate


def test_a_pasted_script_names_its_characters_and_keeps_them() -> None:
    text = "Once upon a time.\n\nMira: Who is there?\r\nAnd who else?\n阿树：是我。\nhttps://example.org: no name\nO'Neil Jr.: Hello: you"
    assert evaluate("script.js", "return m.parseScript(given);", text) == [
        {"name": None, "text": "Once upon a time."},
        {"name": "Mira", "text": "Who is there?"},
        {"name": "Mira", "text": "And who else?"},
        {"name": "阿树", "text": "是我。"},
        {"name": "阿树", "text": "https://example.org: no name"},
        {"name": "O'Neil Jr.", "text": "Hello: you"},
    ]


def test_a_line_asks_for_what_is_not_default_only() -> None:
    got = evaluate(
        "script.js",
        """
        const line = m.newLine("c", " Hi. ");
        const plain = m.speakFields(line, "mei");
        Object.assign(line, { emotion: { preset: "happy" }, duration: { seconds: 2 }, seed: 3 });
        return [plain, m.speakFields(line, "mei", "zh")];
        """,
    )
    assert got == [
        {"text": "Hi.", "voice": "mei"},
        {
            "text": "Hi.",
            "voice": "mei",
            "emotion": {"preset": "happy"},
            "duration": {"seconds": 2},
            "seed": 3,
            "language": "zh",
        },
    ]


def test_what_storage_holds_is_taken_only_if_it_is_a_script() -> None:
    good = {
        "characters": [{"id": "c", "name": "A", "voice": "mei"}],
        "lines": [{"id": "l", "character": "c", "text": "", "emotion": None, "duration": {"free": True}, "seed": 0}],
    }
    bad: list[object] = [
        None,
        3,
        {},
        {"lines": [], "characters": []},
        good | {"characters": []},
        good | {"lines": [{"id": "l", "character": "x"}]},
    ]
    assert evaluate("script.js", "return given.map(m.isScript);", [good, *bad]) == [True] + [False] * len(bad)


def test_settings_of_another_kind_are_not_believed() -> None:
    got = evaluate(
        "settings.js",
        """
        const store = (text) => ({ getItem: () => text, setItem() {} });
        return [m.load(store('{"startMs": 250, "strict": "yes", "script": {}, "alien": 1}')), m.load(store("[")), m.load(null)];
        """,
    )
    assert got[0]["startMs"] == 250
    assert got[0]["strict"] is False
    assert got[0]["script"] is None
    assert "alien" not in got[0]
    assert got[1] == got[2]
