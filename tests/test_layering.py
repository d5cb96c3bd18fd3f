"""Imports point one way and never in a circle; this reads every one of them and knows no exception."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("model", "streaming", "server", "clients")

NAMESPACE = "oncue"
MAY_USE: dict[str, tuple[str, ...]] = {
    "model": ("oncue.model", "oncue"),
    "streaming": ("oncue.streaming", "oncue.model.api"),
    "server": (
        "oncue.server",
        "oncue.streaming",
        "oncue.model.api",
        "oncue.model.registry",
        "oncue.model.install",
        "oncue.model.text",
        "oncue.model.watermark",
        "oncue.clients",
        "oncue",
    ),
    "clients": (
        "oncue.clients",
        "oncue.streaming.protocol.messages",
        "oncue.streaming.protocol.wire",
        "oncue.streaming.protocol.audio",
        "oncue.streaming.protocol.errors",
    ),
}
MUST_NOT_USE: dict[str, set[str]] = {
    "model": {"asyncio", "aiohttp", "websockets", "socket"},
    "streaming": {
        "asyncio",
        "threading",
        "multiprocessing",
        "queue",
        "time",
        "datetime",
        "random",
        "socket",
        "selectors",
        "torch",
        "aiohttp",
        "websockets",
        "logging",
    },
    "server": {"torch"},
    "clients": {"torch", "aiohttp"},
}


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Full dotted names; `from a import b` is a.b."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def modules() -> dict[str, Path]:
    """Every module of every room by its dotted name."""
    found = {}
    for path in (path for room in ROOMS for path in files(room)):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join((NAMESPACE, *(parts[:-1] if parts[-1] == "__init__" else parts)))] = path
    return found


def needs(tree: ast.AST) -> Iterator[str]:
    """What a module imports when it runs, also inside functions; what stands under TYPE_CHECKING is for the type checker."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield from needs(node)


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Closed ways through a graph, one for each place where a walk in depth comes back to where it is."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> None:
        if name in way:
            found.append([*way[way.index(name) :], name])
        elif name not in done:
            for following in sorted(edges[name]):
                walk(following, [*way, name])
            done.add(name)

    for name in sorted(edges):
        walk(name, [])
    return found


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == entry or name.startswith(entry + ".") for entry in allowed)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    for path in files(room):
        for name in imports(path):
            assert name.partition(".")[0] not in ROOMS, f"{path.relative_to(ROOT)} imports {name} without its namespace"
            if name.partition(".")[0] in {NAMESPACE, "tests"}:
                assert within(name, MAY_USE[room]), f"{path.relative_to(ROOT)} imports {name}"


def test_inside_streaming_imports_point_one_way_too() -> None:
    folders = ("protocol", "timing", "engine", "session")
    may_use = {folder: folders[: place + 1] for place, folder in enumerate(folders)}
    may_use |= {"dubbing": ("protocol", "dubbing"), "scenes": ("protocol", "scenes")}
    for folder, names in may_use.items():
        allowed = tuple(f"oncue.streaming.{name}" for name in names)
        for path in files(f"streaming/{folder}"):
            for name in imports(path):
                assert not within(name, ("oncue.streaming",)) or within(name, allowed), f"{path} imports {name}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_keeps_out_what_does_not_belong_in_it(room: str) -> None:
    for path in files(room):
        for name in imports(path):
            assert name.partition(".")[0] not in MUST_NOT_USE[room], f"{path.relative_to(ROOT)} imports {name}"


def test_torch_is_only_where_a_network_learns_and_in_the_family_that_needs_it() -> None:
    """What a newcomer installs has no torch, so nothing that serves the bundled family may want it."""
    parts = ("training", "indextts2", "graphs.py", "text/qwen.py")
    allowed = tuple(ROOT / "model" / part for part in parts)
    for path in (path for room in ROOMS for path in files(room)):
        if not any(path.is_relative_to(place) for place in allowed):
            assert not {"torch", "onnx"} & {name.partition(".")[0] for name in imports(path)}, path


def test_no_module_needs_itself_by_way_of_others() -> None:
    every = modules()
    edges = {}
    for module, path in every.items():
        names = needs(ast.parse(path.read_text("utf-8")))
        targets = {name if name in every else name.rpartition(".")[0] for name in names}
        edges[module] = (targets & every.keys()) - {module}
    assert not circles(edges)


def test_a_circle_is_found_also_when_it_closes_inside_a_function() -> None:
    names = needs(ast.parse("if TYPE_CHECKING:\n    import a\ndef f():\n    from b import c"))
    assert list(names) == ["b.c"]
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c", "b"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_serving_code_never_imports_the_training_room() -> None:
    for room in ROOMS:
        for path in files(room):
            if "training" not in path.parts:
                assert not any(within(name, ("oncue.model.training",)) for name in imports(path)), path


def test_no_family_imports_another() -> None:
    for family in ("tiny", "indextts2"):
        others = tuple(f"oncue.model.{other}" for other in ("tiny", "indextts2") if other != family)
        for path in files(f"model/{family}"):
            assert not any(within(name, others) for name in imports(path)), path


def test_nothing_is_unpickled_from_disk() -> None:
    for room in ROOMS:
        for path in files(room):
            names = set(imports(path))
            assert not {"pickle", "marshal", "shelve", "dill", "joblib"} & {n.partition(".")[0] for n in names}, path
            # A training run may read back its own checkpoint, and one file converts a publisher's; what is served is
            # safetensors only.
            calls = [line for line in path.read_text("utf-8").splitlines() if "torch.load(" in line]
            assert (
                "training" in path.parts
                or not calls
                or path == ROOT / "model" / "indextts2" / "checkpoints" / "pickles.py"
            ), path
            assert "training" in path.parts or all("weights_only=True" in line for line in calls), path
