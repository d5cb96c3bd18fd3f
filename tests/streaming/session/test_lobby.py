from __future__ import annotations

from oncue.streaming.session.lobby import Lobby


def test_a_guest_may_come_back_once_until_the_time_is_over() -> None:
    lobby = Lobby[str](30.0, 4)
    assert lobby.leave("a", "anna", now=100.0) == []
    assert lobby.take("a") == "anna"
    assert lobby.take("a") is None
    assert lobby.take("b") is None


def test_the_time_is_over_at_its_second_and_not_before() -> None:
    lobby = Lobby[str](30.0, 4)
    lobby.leave("a", "anna", now=100.0)
    lobby.leave("b", "bo", now=110.0)
    assert lobby.next_at == 130.0
    assert lobby.expire(129.9) == []
    assert lobby.expire(130.0) == ["anna"]
    assert lobby.take("a") is None
    assert lobby.next_at == 140.0
    assert lobby.expire(200.0) == ["bo"]
    assert lobby.next_at is None
    assert len(lobby) == 0


def test_a_guest_who_came_back_is_handed_out_in_time_too_for_what_it_did_not_take_up() -> None:
    lobby = Lobby[str](30.0, 4)
    lobby.leave("a", "anna", now=100.0)
    lobby.take("a")
    assert lobby.expire(130.0) == ["anna"]


def test_a_guest_who_leaves_again_has_all_of_the_time_again() -> None:
    lobby = Lobby[str](30.0, 4)
    lobby.leave("a", "anna", now=100.0)
    lobby.take("a")
    lobby.leave("a", "anna", now=120.0)
    assert lobby.expire(149.0) == []
    assert lobby.take("a") == "anna"


def test_those_who_left_first_make_room() -> None:
    lobby = Lobby[str](30.0, 2)
    assert [lobby.leave(name, name, now) for now, name in enumerate("abcd")] == [[], [], ["a"], ["b"]]
    assert len(lobby) == 2


def test_when_the_house_closes_everybody_goes() -> None:
    lobby = Lobby[str](30.0, 2)
    lobby.leave("a", "anna", now=0.0)
    assert lobby.clear() == ["anna"]
    assert len(lobby) == 0
