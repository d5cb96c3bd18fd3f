from __future__ import annotations

from oncue.server.sessions.send_queue import SendQueue
from oncue.streaming.session.line_output import OutgoingFrame


def test_a_send_queue_is_full_above_its_bytes_and_has_room_below_half() -> None:
    box = SendQueue(budget_bytes=100, budget_s=99.0)
    for _ in range(3):
        box.put(OutgoingFrame(b"x" * 40))
    assert box.full
    box.drop()
    assert not box.full
    assert not box.has_room
    box.drop()
    assert box.has_room


def test_a_send_queue_is_full_above_its_seconds_of_sound() -> None:
    box = SendQueue(budget_bytes=1000, budget_s=4.0)
    box.put(OutgoingFrame(b"x", audio_s=3.0))
    assert not box.full
    box.put(OutgoingFrame(b"x", audio_s=3.0))
    assert box.full


def test_what_was_put_comes_out_in_order_and_leaves_nothing_behind() -> None:
    box = SendQueue(10, 1.0)
    for index in range(5):
        box.put(OutgoingFrame("字" * index, audio_s=0.1))
    for index in range(5):
        assert box.first().data == "字" * index
        box.drop()
    assert len(box) == 0
    assert box.has_room
