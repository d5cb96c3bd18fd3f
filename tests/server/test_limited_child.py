from __future__ import annotations

from oncue.server import limited_child


def test_a_child_answers_on_its_output_and_one_that_fails_tells_nothing() -> None:
    assert limited_child.ask("json.tool", b'{"a": 1}', "--compact", wall_s=30).data == b'{"a":1}\n'
    failed = limited_child.ask("json.tool", b"{", wall_s=30)
    assert (failed.ok, failed.told, failed.late) == (False, "", False)


def test_a_child_that_takes_too_long_is_late() -> None:
    assert limited_child.ask("http.server", b"", "0", wall_s=0.5).late
