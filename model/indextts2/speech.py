"""The full family behind the seam: text to script, recordings to voices, steps to codes, windows to samples.

The decoder of codes keeps its lines in slots (`slots.py`), the second stage its own in a value (`second_stage.py`); a row
joins the two. Every slot is computed in every step and prefixes are filled one by one, so what a row says depends on
nothing beside it. Progress through the text is not known to this family, and declared so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from oncue.model.api import (
    PLAIN,
    Code,
    EmotionConditioning,
    EmotionSource,
    Fault,
    ModelSpec,
    ReadingOptions,
    Samples,
    Script,
    Start,
    Step,
    Voice,
    Window,
    WindowSpec,
)
from oncue.model.indextts2 import voice as voices
from oncue.model.indextts2.emotion import Prototypes, emotion_vector, make_emotion
from oncue.model.indextts2.networks.assembly import IndexNetworks
from oncue.model.indextts2.networks.gpt import Prompt
from oncue.model.indextts2.options import SpeechOptions
from oncue.model.indextts2.streaming.sampling import dice
from oncue.model.indextts2.streaming.second_stage import LineState, SecondStage, VoicePrompt, WindowRequest
from oncue.model.indextts2.streaming.slots import DecoderSlots, Draw, Drawn, Fill
from oncue.model.indextts2.text.reader import TextReader
from oncue.model.indextts2.text.reading import make_script

if TYPE_CHECKING:  # it needs onnx, which is there only where that runtime is chosen
    from oncue.model.indextts2.onnx.serving import Serving

Listen = Callable[[Samples, int], Voice]
"""Mono PCM and its rate to a voice. Raises ValueError with a sentence."""
_MARKERS = 3
"""Positions for the start and the stop of the text and the start of the codes."""
RATIO = (0.6, 1.6)
"""Lengths that a line can be brought to, as factors of its likely one."""


@dataclass(slots=True)
class SlotLine:
    """A line in its slot."""

    start: Start
    emotion: EmotionConditioning
    line: LineState
    content: Tensor  # [codes, features], of the codes that were needed so far
    codes: list[int] = field(default_factory=list)
    stopped: bool = False
    told: bool = False
    """The line has a target: only then is the planner's length held against the decoder's own end."""


class IndexSpeech:
    """Implements `oncue.model.api.SpeechModel`; all state of a line is in its `SlotLine` and its slot."""

    def __init__(
        self,
        networks: IndexNetworks,
        reader: TextReader,
        listen: Listen,
        prototypes: Prototypes,
        options: SpeechOptions,
        revision: str,
        builtin: Mapping[str, Voice],
        serving: Serving | None = None,
    ) -> None:
        """`serving` are the networks that speak where another runtime than torch runs them."""
        self._networks, self._reader, self._listen = networks, reader, listen
        self._prototypes, self._options, self._voices = prototypes, options, dict(builtin)
        step = None if serving is None else serving.step
        self._slots = DecoderSlots(
            networks.gpt,
            options.slots,
            options.capacity,
            sampling=options.sampling,
            groups=options.groups,
            network=step,
        )
        self._slots.capture()
        flow = networks.flow if serving is None else networks.flow.served(serving.estimate)
        vocoder = networks.vocoder if serving is None else serving.vocoder
        self._stage = SecondStage(networks.regulator, flow, vocoder, options.stream)
        self._rows: list[SlotLine | None] = [None] * options.slots
        told = f"torch {torch.__version__}, {networks.device}" if serving is None else serving.told
        self._spec = replace(make_spec(networks, options, revision), runtime=told)

    @property
    def spec(self) -> ModelSpec:
        """What the engine may assume."""
        return self._spec

    @property
    def voices(self) -> Mapping[str, Voice]:
        """The built-in voices, the default first."""
        return self._voices

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> Script:
        """Text to script; ValueError when nothing can be spoken or it is too long for a slot."""
        config = self._networks.config
        script = make_script(self._reader, text, language, config.codes_per_second, options)
        tokens = len(script.tokens[0])
        room = self._options.capacity - config.gpt.condition_tokens - tokens - _MARKERS
        if tokens > config.gpt.max_text or script.natural_codes > room:
            raise ValueError("This sentence is too long to be said in one go: put a full stop into it.")
        return script

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """Mono PCM to a voice; ValueError when it is shorter than a second, silent, or cannot be read here."""
        return self._listen(pcm, sample_rate)

    def emotion(self, source: EmotionSource) -> EmotionConditioning:
        """A vector or another voice's feeling; ValueError when it is out of range."""
        return make_emotion(source)

    def prefill(self, starts: Sequence[Start]) -> None:
        """Fill slots with who speaks, how, and the text."""
        for start in starts:
            assert self._rows[start.slot] is None, f"slot {start.slot} is taken"
            line = self._stage.begin(self._prompt(start.voice), start.seed, self._networks.config.mel_frames_per_code)
            content = torch.zeros(0, self._networks.config.codec.hidden, device=self._networks.device)
            row = SlotLine(start, start.emotion, line, content)
            self._slots.prefill([Fill(start.slot, self._prefix(row))])
            self._rows[start.slot] = row

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        """The next code of each slot named."""
        rows = [self._row(step.slot) for step in steps]
        for row, step in zip(rows, steps, strict=True):
            row.told = row.told or not step.may_stop
            if step.emotion is not None and step.emotion.key != row.emotion.key:
                row.emotion = step.emotion
                self._slots.prefill([Fill(step.slot, self._prefix(row), tuple(row.codes))])
        drawn = self._slots.step([self._draw(row, step) for row, step in zip(rows, steps, strict=True)])
        return [self._take(row, step, each) for row, step, each in zip(rows, steps, drawn, strict=True)]

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """The windows' sound, all in one batch."""
        rows = [self._row(window.slot) for window in windows]
        asks = [
            WindowRequest(row.line, self._content(row), window.spans, row.stopped)
            for row, window in zip(rows, windows, strict=True)
        ]
        with torch.inference_mode():
            rendered = self._stage.render(asks)
        sounds: list[Samples | Fault] = []
        for row, (line, samples) in zip(rows, rendered, strict=True):
            row.line = line
            sound = samples.float().cpu().numpy()
            bad = not np.isfinite(sound).all()
            sounds.append(Fault(row.start.slot, "the vocoder produced a value that is not a number") if bad else sound)
        return sounds

    def release(self, slot: int) -> None:
        """Forget the slot to the bit."""
        self._rows[slot] = None
        self._slots.release(slot)

    def _row(self, slot: int) -> SlotLine:
        row = self._rows[slot]
        assert row is not None, f"slot {slot} is free"
        return row

    def _prefix(self, row: SlotLine) -> Tensor:
        """Everything before the first code [positions, dim]."""
        arrays = row.start.voice.arrays
        emotion = emotion_vector(row.start.voice, row.emotion, self._prototypes)
        prompt = Prompt(
            speaker=self._tensor(arrays[voices.SPEAKER_LATENTS]),
            emotion=self._tensor(emotion),
            text=row.start.script.tokens[0],
            planned_codes=row.start.planned_codes,
        )
        with torch.inference_mode():
            return self._networks.gpt.prefix(prompt, self._options.length)

    def _prompt(self, voice: Voice) -> VoicePrompt:
        """What the second stage is told of a voice."""
        arrays = voice.arrays
        return VoicePrompt(
            mel=self._tensor(arrays[voices.PROMPT_MEL]).t().contiguous(),
            condition=self._tensor(arrays[voices.PROMPT_CONDITION]),
            moments=self._tensor(arrays[voices.REGULATOR_MOMENTS]),
            style=self._tensor(arrays[voices.STYLE]),
        )

    def _draw(self, row: SlotLine, step: Step) -> Draw:
        bias = 0.0 if not row.told else self._options.stop_bias.at(step.codes_left)
        return Draw(step.slot, *dice(row.start.seed, len(row.codes)), bias if step.may_stop else None)

    def _take(self, row: SlotLine, step: Step, drawn: Drawn) -> Code | Fault:
        """A row says what was drawn for it. A slot that is full must end."""
        if drawn.code is None:
            return Fault(step.slot, "the decoder produced a value that is not a number")
        row.codes.append(drawn.code)
        wants = step.may_stop and drawn.stop
        row.stopped = step.must_stop or wants or self._slots.room(step.slot) < 1
        return Code(step.slot, drawn.code, None, row.stopped)

    def _content(self, row: SlotLine) -> Tensor:
        """What the second stage reads of all codes so far [codes, features]."""
        done, said = len(row.content), len(row.codes)
        if said > done:
            codes = torch.tensor(row.codes[done:], device=self._networks.device)
            fresh = self._networks.semantic(codes, self._slots.latents(row.start.slot, done, said))
            row.content = torch.cat([row.content, fresh])
        return row.content

    def _tensor(self, array: Samples) -> Tensor:
        return torch.tensor(array, dtype=torch.float32, device=self._networks.device)


def make_spec(networks: IndexNetworks, options: SpeechOptions, revision: str) -> ModelSpec:
    """What is declared of the family; samples per code are mel frames per code times the vocoder's hop, exactly."""
    config, stream = networks.config, options.stream
    frames_per_code = config.mel_frames_per_code
    heard = max(stream.context_frames, stream.vocoder_context_frames)
    return ModelSpec(
        family=voices.FAMILY,
        revision=revision,
        sample_rate=config.mel.sample_rate,
        codes_per_second=Fraction(config.mel.sample_rate) / (frames_per_code * networks.vocoder.hop),
        slots=options.slots,
        window=WindowSpec(
            context=math.ceil(heard / frames_per_code),
            lookahead=stream.lookahead(frames_per_code),
            snr_db=options.snr_db,
        ),
        tracks_progress=False,
        follows_codes_left=options.length != "untold",
        stretch=stream.stretch,
        ratio=RATIO,
        languages=("zh", "en"),
    )
