from __future__ import annotations

from dataclasses import replace

import numpy as np

from oncue.model.text.phones import INDEX
from oncue.model.tiny.layout import VOICE_DIM
from oncue.model.training.data.served import script_of, voice_of
from tests.model.training.lines import line


def test_a_line_keeps_its_tokens_and_lengths_and_a_voice_its_melody() -> None:
    item = replace(line(), phones=np.array([INDEX["h"], INDEX["ao"], INDEX["."]]), tones=np.array([0, 3, 0]))
    script = script_of(replace(item, word_starts=np.array([1, 0, 0])), (1.0, 2.5, 3.0))
    assert script.tokens == ((INDEX["h"], 0, 1), (INDEX["ao"], 3, 0), (INDEX["."], 0, 0))
    assert script.natural_codes == 6.5
    assert {unit.kind for unit in script.units} == {"phone"}
    voice = voice_of(np.ones(VOICE_DIM, np.float32), 5.0, 1.5)
    assert {name: float(array[0]) for name, array in voice.arrays.items()} == {
        "vector": 1.0, "mean_log_f0": 5.0, "pitch_scale": 1.5,
    }  # fmt: skip
