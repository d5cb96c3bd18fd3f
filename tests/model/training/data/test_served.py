from __future__ import annotations

from dataclasses import replace

import numpy as np

from oncue.model.text.phones import INDEX
from oncue.model.tiny.layout import SPEAKER_DIM, SPECTRUM_BANDS
from oncue.model.tiny.rows import voice_condition
from oncue.model.tiny.speaker import joined
from oncue.model.training.data.served import script_of, voice_of
from tests.model.training.lines import line


def test_a_line_keeps_its_tokens_and_lengths_and_a_voice_its_melody() -> None:
    item = replace(line(), phones=np.array([INDEX["h"], INDEX["ao"], INDEX["."]]), tones=np.array([0, 3, 0]))
    script = script_of(replace(item, word_starts=np.array([1, 0, 0])), (1.0, 2.5, 3.0))
    assert script.tokens == ((INDEX["h"], 0, 1), (INDEX["ao"], 3, 0), (INDEX["."], 0, 0))
    assert script.natural_codes == 6.5
    assert {unit.kind for unit in script.units} == {"phone"}
    known = joined(np.ones(SPEAKER_DIM, np.float32), np.linspace(-1, 1, SPECTRUM_BANDS, dtype=np.float32))
    voice = voice_of(known, 5.0, 1.5)
    assert np.allclose(voice_condition(voice), known)
    assert (float(voice.arrays["mean_log_f0"][0]), float(voice.arrays["pitch_scale"][0])) == (5.0, 1.5)
