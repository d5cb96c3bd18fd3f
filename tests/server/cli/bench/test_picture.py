from __future__ import annotations

from pathlib import Path

import pytest

from oncue.clients.bench.stalls import Stall, Stalls
from oncue.server.cli.bench import picture
from oncue.server.cli.bench.runs import Capacity, Compared
from oncue.server.cli.common import CommandError
from tests.clients.listeners import heard
from tests.server.cli.bench.test_command import LATE, measured

PNG = b"\x89PNG"


def test_lines_are_drawn(tmp_path: Path) -> None:
    picture.draw_lines([heard(), LATE], Stalls((Stall(0.2, 0.5),)), 0.2, tmp_path / "new" / "a.png")
    assert (tmp_path / "new" / "a.png").read_bytes().startswith(PNG)


def test_a_search_and_a_comparison_are_drawn(tmp_path: Path) -> None:
    tried = (measured(heard()), measured(LATE, 2.0))
    picture.draw_capacity(Capacity(tried), tmp_path / "a.png")
    picture.draw_compared(Compared(tried, tried, (), ()), tmp_path / "b.png")
    assert all((tmp_path / name).read_bytes().startswith(PNG) for name in ("a.png", "b.png"))


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        picture.draw_lines([heard()], Stalls(), 0.2, tmp_path)
