"""The decoder of codes: a GPT-2 stack over conditions, text and codes, run over whole sequences or step by step.

The stack is told how to attend and does not know where keys and values are kept; that is `slots`. Its last hidden
states are the latents that flow matching reads. With contiguous positions the state that predicted a code is the
state a second pass over the finished line would give, so no second pass is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import GPTConfig

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""(layer, query, key, value), each [rows, heads, time, head_dim] -> what was attended to, of the query's shape."""

CodePositions = Literal["contiguous", "released"]
"""Which row of the position table the n-th code gets, n from 1: n as in training, or n + 1 as the release decodes."""

LengthSlot = Literal["untold", "before_last", "last"]
"""How the planned length is told, in the two positions after the speaker's latents.

`untold` puts both rows of the speed table there, as the release does. `before_last` puts the position row of the
length before row 0 of the speed table; `last` puts it after that row. Two groups report success with one each.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """What a line is decoded from: speaker [latents, dim], emotion [dim], text ids, and the length it should have."""

    speaker: Tensor
    emotion: Tensor
    text: tuple[int, ...]
    planned_codes: float | None = None


class TransposedLinear(nn.Module):
    """A linear layer with its matrix stored [in, out], as GPT-2's checkpoints have it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """x [..., in] -> [..., out]."""
        return torch.addmm(self.bias, x.flatten(0, -2), self.weight).unflatten(0, x.shape[:-1])


class Norm(nn.LayerNorm):
    """Layer norm in float32, its result in the type of the weights: the residual stream is always float32."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that nn.LayerNorm gives it
        """x [..., dim] float32 -> the same shape."""
        gain, bias = self.weight.float(), self.bias.float()
        return F.layer_norm(input, self.normalized_shape, gain, bias, self.eps).to(self.weight.dtype)


class GPTAttention(nn.Module):
    """Queries, keys and values of all heads in one matrix."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = TransposedLinear(dim, 3 * dim)
        self.c_proj = TransposedLinear(dim, dim)

    def forward(self, x: Tensor, layer: int, attend: Attend) -> Tensor:
        """x [rows, time, dim]."""
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.c_attn(x).chunk(3, dim=-1))
        attended: Tensor = self.c_proj(attend(layer, q, k, v).transpose(1, 2).flatten(2))
        return attended


class GPTFeedForward(nn.Module):
    """Four times as wide inside, with the GELU by tanh."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.c_fc = TransposedLinear(dim, 4 * dim)
        self.c_proj = TransposedLinear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """x [rows, time, dim]."""
        widened: Tensor = self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))
        return widened


class GPTBlock(nn.Module):
    """Pre-norm attention and feed-forward on a float32 residual stream."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.ln_1 = Norm(dim)
        self.attn = GPTAttention(dim, heads)
        self.ln_2 = Norm(dim)
        self.mlp = GPTFeedForward(dim)

    def forward(self, x: Tensor, layer: int, attend: Attend) -> Tensor:
        """x [rows, time, dim] float32."""
        x = x + self.attn(self.ln_1(x), layer, attend)
        widened: Tensor = x + self.mlp(self.ln_2(x))
        return widened


class GPTStack(nn.Module):
    """The blocks and the first of the two norms behind them."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.h = nn.ModuleList(GPTBlock(config.dim, config.heads) for _ in range(config.layers))
        self.ln_f = Norm(config.dim)

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """x [rows, time, dim] float32."""
        for layer, block in enumerate(self.h):
            x = block(x, layer, attend)
        normed: Tensor = self.ln_f(x)
        return normed


class LearnedPositions(nn.Module):
    """Learned rows by position."""

    def __init__(self, rows: int, dim: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(rows, dim)


class GPT(nn.Module):
    """The part of gpt.pth that speaks. Its keys are those of the file, without a prefix."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.speed_emb = nn.Embedding(2, config.dim)
        self.text_embedding = nn.Embedding(config.text_rows, config.dim)
        self.mel_embedding = nn.Embedding(config.codes, config.dim)
        self.text_pos_embedding = LearnedPositions(config.text_positions, config.dim)
        self.mel_pos_embedding = LearnedPositions(config.code_positions, config.dim)
        self.gpt = GPTStack(config)
        self.final_norm = Norm(config.dim)
        self.mel_head = nn.Linear(config.dim, config.codes)

    def condition(self, prompt: Prompt, length: LengthSlot) -> Tensor:
        """The positions before the text [condition_tokens, dim], float32.

        Raises ValueError when a length is to be told and none is planned.
        """
        if length == "untold":
            told = self.speed_emb.weight[[1, 0]]
        else:
            row, speed = self._length_row(prompt.planned_codes), self.speed_emb.weight[0]
            told = torch.stack([row, speed] if length == "before_last" else [speed, row])
        voice = prompt.speaker.float() + prompt.emotion.float()
        return torch.cat([voice, told.float()])

    def _length_row(self, planned_codes: float | None) -> Tensor:
        """The paper's duration embedding (arXiv 2506.21619, section 2.2): the position row of the number of codes."""
        if planned_codes is None:
            raise ValueError("This configuration tells the decoder its length: a number of planned codes is needed.")
        table = self.mel_pos_embedding.emb.weight
        return table[min(max(round(planned_codes), 1), table.shape[0] - 1)]

    def prefix(self, prompt: Prompt, length: LengthSlot = "untold") -> Tensor:
        """Everything before the first code [condition_tokens + text + 3, dim], float32: conditions, text, the start.

        Ids of start and stop inside the text are dropped, as the release does. Raises ValueError when the text is
        longer than its position table or a length is to be told and none is planned.
        """
        config = self.config
        kept = [token for token in prompt.text if token not in {config.start_text, config.stop_text}]
        if len(kept) > config.max_text:
            raise ValueError(f"A segment of {len(kept)} text tokens is over the model's {config.max_text}: split it.")
        device = self.text_embedding.weight.device
        ids = torch.tensor([config.start_text, *kept, config.stop_text], device=device)
        text = self.text_embedding(ids).float() + self.text_pos_embedding.emb.weight[: len(ids)].float()
        start = self.mel_embedding.weight[config.start_code].float() + self.mel_pos_embedding.emb.weight[0].float()
        return torch.cat([self.condition(prompt, length), text, start.unsqueeze(0)])

    def code_inputs(self, codes: Tensor, positions: Tensor) -> Tensor:
        """Codes and rows of their position table, of one shape [...], to inputs [..., dim] float32."""
        embedded: Tensor = self.mel_embedding(codes).float() + self.mel_pos_embedding.emb(positions).float()
        return embedded

    def heads(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """States after the stack [..., dim] to latents [..., dim] and logits [..., codes], both float32."""
        latents = self.final_norm(states.float())
        return latents.float(), self.mel_head(latents).float()


def code_positions(first: int, count: int, positions: CodePositions, device: torch.device) -> Tensor:
    """Rows of the position table for `count` codes from the `first`-th on, counted from 1."""
    skipped = 1 if positions == "released" else 0
    return torch.arange(first + skipped, first + skipped + count, device=device)
