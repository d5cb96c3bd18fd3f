from __future__ import annotations

from pathlib import Path

from tests.clients.games.programs import CLIENTS, needs_mono, output_of
from tests.conftest import Running

UNITY = CLIENTS / "unity"


async def compiled(folder: Path, *sources: Path) -> Path:
    program = folder / "program.exe"
    code, lines = await output_of(
        "mcs", "-r:System.Net.Http.dll", "-warnaserror+", f"-out:{program}", *map(str, sources), home=folder
    )
    assert code == 0, lines
    return program


@needs_mono
async def test_the_file_for_unity_plays_a_line_to_its_exact_end(running: Running, tmp_path: Path) -> None:
    program = await compiled(tmp_path, UNITY / "OnCue.cs", UNITY / "Console.cs")
    code, lines = await output_of(
        "mono", str(program), running.url, 'Hello "there", I speak on cue.', "1.5", home=tmp_path
    )
    assert code == 0, lines
    assert lines[0] == "line 1 will be 1.500 s (exact)"
    assert [line.removeprefix("word: ") for line in lines if line.startswith("word: ")] == [
        "Hello",
        "there",
        "I",
        "speak",
        "on",
        "cue",
    ]
    assert lines[-1].startswith("line 1 complete after 1.500 s, mouth ")
    assert lines[-1].endswith(" and 0.00 now")
    assert "mouth 0.00 at most" not in lines[-1]


@needs_mono
async def test_a_line_that_is_refused_ends_with_the_servers_sentence(running: Running, tmp_path: Path) -> None:
    program = await compiled(tmp_path, UNITY / "OnCue.cs", UNITY / "Console.cs")
    code, lines = await output_of("mono", str(program), running.url, "...", home=tmp_path)
    assert code == 1
    assert len(lines) == 2
    assert lines[1].startswith("line 1 failed after 0.000 s")


@needs_mono
async def test_without_a_server_there_is_a_sentence(tmp_path: Path) -> None:
    program = await compiled(tmp_path, UNITY / "OnCue.cs", UNITY / "Console.cs")
    code, lines = await output_of("mono", str(program), "http://127.0.0.1:9", "Hello.", home=tmp_path)
    assert (code, lines) == (1, ["There is no OnCue server to talk to at http://127.0.0.1:9."])


@needs_mono
async def test_the_component_compiles_against_the_names_of_unity(tmp_path: Path) -> None:
    """Unity is not here; what the component uses of it is declared in a file beside this one."""
    source = tmp_path / "OnCue.cs"
    source.write_text("#define UNITY_5_3_OR_NEWER\n" + (UNITY / "OnCue.cs").read_text("utf-8"), "utf-8")
    code, lines = await output_of(
        "mcs",
        "-t:library",
        "-r:System.Net.Http.dll",
        f"-out:{tmp_path / 'component.dll'}",
        str(source),
        str(Path(__file__).parent / "unity_names.cs"),
        home=tmp_path,
    )
    assert code == 0, lines
