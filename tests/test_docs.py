"""What the pages say is there is there: every path, module and page that they name."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("model", "streaming", "server", "clients", "tests", "docs", "oncue")
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").rglob("*.md")]
    if path.name != "CHANGELOG.md"  # it tells of what was
)
ENDINGS = ("py", "md", "png", "ogg", "json", "tsv", "npz", "toml")
NAME = re.compile(r"`([\w./*-]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MODULE = re.compile(r"\b(?:python -m |from |import )((?:oncue|tests)(?:\.\w+)*)")
FROM = re.compile(r"^from (oncue\S*) import (.+)$", re.MULTILINE)


def paths(page: Path) -> set[str]:
    """What stands in backticks and begins with a room, or is a file alone with one of our endings."""
    found = set()
    for name in NAME.findall(page.read_text("utf-8")):
        first, slash, _ = name.partition("/")
        if "NAME" in name:
            continue  # the reader's own
        if (slash and first in ROOMS) or (name.rpartition(".")[2] in ENDINGS and slash and not name.startswith("/")):
            found.add(name.rstrip("/."))
    return found


def there(name: str, page: Path) -> bool:
    """From the root, from the page, or from within a room that is spoken of."""
    return any(any(folder.glob(name)) for folder in (ROOT, page.parent, *(ROOT / room for room in ROOMS)))


def files_named(page: Path) -> set[str]:
    """Python files named without their folder."""
    return {name for name in NAME.findall(page.read_text("utf-8")) if re.fullmatch(r"\w+\.py", name)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    made_by_us = ("demo/", "runs/", "out/")
    missing = {name for name in paths(page) if not name.startswith(made_by_us) and not there(name, page)}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_python_file_that_a_page_names_without_its_folder_exists_somewhere(page: Path) -> None:
    known = {path.name for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert not files_named(page) - known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_module_that_a_page_names_can_be_found(page: Path) -> None:
    modules = set(MODULE.findall(page.read_text("utf-8")))
    assert not [name for name in sorted(modules) if importlib.util.find_spec(name) is None]


def test_the_readme_imports_only_from_the_front_door() -> None:
    import oncue

    lines = FROM.findall((ROOT / "README.md").read_text("utf-8"))
    assert lines
    for module, names in lines:
        assert module == "oncue"
        assert {name.strip() for name in names.split(",")} <= set(oncue.__all__)
