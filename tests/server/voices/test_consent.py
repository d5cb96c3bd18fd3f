from __future__ import annotations

import getpass

import pytest

from oncue.server.voices.consent import ConsentMissing, Shown, demanded, stated, this_user


def test_a_calls_own_statement_goes_before_the_standing_one() -> None:
    own = stated("oncue say", "all agreed", agreed=True, shown=Shown("paper", "0" * 64, "Ada"))
    standing = stated("oncue say", "all agreed", agreed=False)
    assert own is not None
    assert standing is not None
    assert (own.how, own.evidence, own.speaker, own.statement) == ("paper", "0" * 64, "Ada", "")
    assert (standing.how, standing.evidence, standing.statement) == ("standing", "", "all agreed")


def test_without_either_no_voice_is_made_and_the_caller_is_told_how_to_say_it() -> None:
    assert stated("oncue say", "", agreed=False) is None
    with pytest.raises(ConsentMissing, match="write it here"):
        demanded(None, "write it here")


def test_where_nobody_knows_who_types_the_statement_is_still_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid 4711")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert this_user() == "unknown"
