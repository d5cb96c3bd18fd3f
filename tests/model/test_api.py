from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import Script, Unit, Voice


def test_a_script_at_a_speakers_pace_is_longer_in_every_unit_and_otherwise_the_same() -> None:
    units = tuple(Unit(symbol, "phone", 0, 1, 0, length, 0.1, 1.0) for symbol, length in (("a", 2.0), ("o", 3.0)))
    script = Script("ao", "zh", units, (), ((1,), (2,)))
    slow = script.paced(1.2)
    assert [unit.mean_codes for unit in slow.units] == pytest.approx([2.4, 3.6])
    assert slow.natural_codes == pytest.approx(1.2 * script.natural_codes)
    assert (slow.text, slow.tokens, slow.units[0].symbol) == (script.text, script.tokens, "a")
    assert script.paced(1.0) is script


def test_a_pause_whose_length_is_written_keeps_it_at_any_pace() -> None:
    units = (Unit("a", "phone", 0, 1, 0, 2.0, 0.1, 1.0), Unit(",", "pause", 1, 9, None, 12.5, 0.05, 0.0, fixed=True))
    script = Script("a[pause 500ms]", "zh", units, (), ((1,), (2,)))
    assert [unit.mean_codes for unit in script.paced(1.2).units] == pytest.approx([2.4, 12.5])


def test_a_voice_has_a_pace_and_one_that_says_nothing_of_it_the_common_one() -> None:
    assert Voice("f", {"pace": np.array(1.3, np.float32)}).pace == pytest.approx(1.3)
    assert Voice("f", {}).pace == 1.0
