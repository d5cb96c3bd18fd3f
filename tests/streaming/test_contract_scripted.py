"""The scripted fake keeps the laws it is used to test others with."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from oncue.model.api import Fault, Samples, SpeechModel, Window
from tests import contract
from tests.fakes import ScriptedModel, Speaker

TEXT = "Hello there, you. 你好，今天很好。"
LAWS = [
    contract.check_split_invariance, contract.check_exact_samples, contract.check_slot_isolation,
    contract.check_seed, contract.check_release,
]  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
def test_the_scripted_model_keeps_every_law(law: Callable[[SpeechModel, str], None]) -> None:
    law(ScriptedModel(slots=3, speaker=Speaker(jitter=0.2)), TEXT)


def test_the_laws_hold_for_a_code_that_is_no_whole_number_of_samples() -> None:
    contract.check_model(ScriptedModel(slots=2, sample_rate=22050, codes_per_second=Fraction(22050 * 25, 43 * 256)))


@pytest.mark.parametrize("held_back", [100, 720, 3000])
def test_the_laws_hold_for_a_family_that_holds_sound_back(held_back: int) -> None:
    contract.check_model(ScriptedModel(slots=2, held_back=held_back))


def test_the_laws_leave_every_slot_free() -> None:
    model = ScriptedModel(slots=2)
    contract.check_model(model)
    assert not model.busy


class Broken(ScriptedModel):
    """A model that breaks one law in its vocoder."""

    def __init__(self, spoil: Callable[["Broken", Samples], Samples], *, forgets: bool = False) -> None:
        super().__init__()
        self._spoil, self._forgets = spoil, forgets

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """Sound as the law says, spoiled."""
        for window in windows if self._forgets else ():
            self._rows[window.slot].position = 0
        return [sound if isinstance(sound, Fault) else self._spoil(self, sound) for sound in super().vocode(windows)]


def test_a_model_whose_windows_forget_their_position_is_caught() -> None:
    with pytest.raises(AssertionError, match="dB"):
        contract.check_split_invariance(Broken(lambda _, sound: sound, forgets=True), TEXT)


def test_a_model_whose_slots_hear_each_other_is_caught() -> None:
    leaky = Broken(lambda model, sound: sound + np.float32(0.01) * len(model.busy))
    with pytest.raises(AssertionError, match="dB"):
        contract.check_slot_isolation(leaky, TEXT)


def test_a_model_that_makes_one_sample_too_few_is_caught() -> None:
    with pytest.raises(AssertionError, match="what it was asked"):
        contract.check_exact_samples(Broken(lambda _, sound: sound[:-1]), TEXT)
