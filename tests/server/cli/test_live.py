from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from oncue.server.cli.main import main
from tests.clients.obs.fake import FakeObs, obs_studio
from tests.clients.vtube_studio.fake import FakeVTubeStudio, vtube_studio
from tests.conftest import Running


async def command(*words: str, said: str, home: Path, **environment: str) -> tuple[int, str, str]:
    """A verb in a process of its own, with lines on its standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "oncue.server.cli",
        *words,
        stdin=-1,
        stdout=-1,
        stderr=-1,
        env={**os.environ, "XDG_CONFIG_HOME": str(home), **environment},
    )
    async with asyncio.timeout(200):
        out, errors = await process.communicate(said.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


async def test_lines_are_spoken_with_a_mouth_in_vtube_studio(running: Running, tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with vtube_studio(FakeVTubeStudio(loop.time)) as studio:
        words = ("vtube", "--server", running.url, "--studio", studio.url, "--player", "none", "--json")
        code, out, errors = await command(*words, said="Hello there, how are you?\n", home=tmp_path)
    assert (code, errors.count("allow it there")) == (0, 1)
    told = [json.loads(line) for line in out.splitlines()]
    assert [line["event"] for line in told] == ["waits", "read", "LineStarted", "LineEnded"]
    opened = [values["MouthOpen"] for _, values in studio.history]
    assert max(opened) > 0
    assert opened[-1] == 0
    assert (tmp_path / "oncue" / "vtube_studio.token").exists()


async def test_a_user_who_says_no_ends_it_with_a_sentence(running: Running, tmp_path: Path) -> None:
    async with vtube_studio(FakeVTubeStudio(asyncio.get_running_loop().time, allow=False)) as studio:
        words = ("vtube", "--server", running.url, "--studio", studio.url, "--player", "none")
        code, _, errors = await command(*words, said="One line. " * 20, home=tmp_path)
    assert code == 2
    assert "not allowed" in errors
    assert "Traceback" not in errors


async def test_a_chat_is_read_with_its_people_and_words_and_shown_in_obs(running: Running, tmp_path: Path) -> None:
    people, blocked = tmp_path / "people.toml", tmp_path / "blocked.txt"
    people.write_text('[Bot]\nmute = true\n["Ann"]\nvoice = "hum"\n')
    blocked.write_text("darn\n")
    said = [
        {"user": "Bot", "text": "I am a bot"},
        {"user": "Ann", "text": "hello"},
        {"user": "Zed", "text": "darn it"},
    ]
    async with obs_studio(FakeObs(password="secret")) as obs:
        code, out, errors = await command(
            "chat",
            "--server",
            running.url,
            "--player",
            "none",
            "--json",
            "--obs",
            "--obs-url",
            obs.url,
            "--captions",
            "--people",
            str(people),
            "--blocked",
            str(blocked),
            "--pattern",
            "{user} says {text}",
            said="".join(json.dumps(line) + "\n" for line in said),
            home=tmp_path,
            OBS_PASSWORD="secret",
        )
    assert (code, errors) == (0, "")
    verdicts = {(line["user"], line["event"]) for line in map(json.loads, out.splitlines()) if "user" in line}
    assert verdicts == {("Bot", "muted"), ("Ann", "waits"), ("Ann", "read"), ("Zed", "empty")}
    assert obs.captions == ["Ann says hello"]
    assert "hello" not in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["chat", "--server", "http://127.0.0.1:9", "--player", "none"], "no OnCue server"),
        (["chat", "--no-stdin"], "nothing to read"),
        (["chat", "--captions"], "add --obs"),
        (["chat", "--pattern", "{who} says {text}"], "{user} and {text}"),
        (["chat", "--pattern", "somebody spoke"], "{user} and {text}"),
        (["chat", "--people", "/nowhere"], "people cannot be used"),
        (["chat", "--blocked", "/nowhere"], "blocked words cannot be read"),
    ],
)
def test_what_the_user_can_mend_is_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
