from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from oncue.model.api import Fault, Samples, SpeechModel, Window
from oncue.model.watermark.code import KEY_BYTES, Payload
from oncue.model.watermark.detect import Detector
from oncue.model.watermark.speech import MarkedSpeech, Watermark
from tests import contract
from tests.fakes import ScriptedModel, Speaker
from tests.streaming.test_contract_scripted import LAWS, TEXT

MARK = Watermark(bytes(range(KEY_BYTES)), 7)


@pytest.mark.parametrize("law", LAWS)
def test_a_family_keeps_every_law_when_it_is_marked(law: Callable[[SpeechModel, str], None]) -> None:
    law(MarkedSpeech(ScriptedModel(slots=3, speaker=Speaker(jitter=0.2)), MARK, lambda: 20_000), TEXT)


def test_the_laws_hold_for_a_code_that_is_no_whole_number_of_samples() -> None:
    rate = ScriptedModel(slots=2, sample_rate=22050, codes_per_second=Fraction(22050 * 25, 43 * 256))
    contract.check_model(MarkedSpeech(rate, MARK, lambda: 20_000))


class Noise(ScriptedModel):
    """Says noise, and where it is told to, fails."""

    failing = False

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        draw = np.random.default_rng(0)
        return [
            Fault(window.slot, "broken") if self.failing else draw.normal(0, 0.1, window.samples).astype(np.float32)
            for window in windows
        ]


def spoken(model: SpeechModel, slot: int, line_sample: int, samples: int) -> Samples:
    (sound,) = model.vocode([Window(slot, 0, (samples,), final=False, line_sample=line_sample)])
    assert not isinstance(sound, Fault)
    return sound


def test_the_mark_says_the_server_and_the_day_on_which_a_line_began() -> None:
    day = [20_000]
    model = MarkedSpeech(Noise(), MARK, lambda: day[0])
    rate = model.spec.sample_rate
    first = spoken(model, 0, 0, 4 * rate)
    day[0] += 1
    rest, another = spoken(model, 0, 4 * rate, 4 * rate), spoken(model, 1, 0, 4 * rate)
    detector = Detector(MARK.key)
    assert detector.detect(first, rate).payload == Payload(7, 20_000)
    assert detector.detect(rest, rate).payload == Payload(7, 20_000)
    assert detector.detect(another, rate).payload == Payload(7, 20_001)


def test_segments_of_a_line_are_one_mark() -> None:
    model = MarkedSpeech(Noise(), MARK, lambda: 20_000)
    rate = model.spec.sample_rate
    pieces = [spoken(model, slot, place * rate, rate) for slot, place in enumerate([0, 1, 2])]
    detector = Detector(MARK.key)
    together = detector.detect(np.concatenate(pieces), rate).z
    assert together > 1.3 * max(detector.detect(piece, rate).z for piece in pieces)


def test_a_fault_stays_a_fault() -> None:
    inner = Noise()
    inner.failing = True
    window = Window(0, 0, (960,), final=False)
    assert MarkedSpeech(inner, MARK, lambda: 20_000).vocode([window]) == [Fault(0, "broken")]
