"""Train the vocoder on codes that no longer change: by spectra, by who is heard to speak, and then against ears (`adversary`).

The ears begin when the spectra have little left to teach; they learn for a while before they are listened to. What they say
weighs less than the spectra, so the sound stays the speaker's and the phone's, and stops being a mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from oncue.model.training.data import encoded as codes
from oncue.model.training.data.dataset import build
from oncue.model.training.data.voices import Voices
from oncue.model.training.networks.speaker import SpeakerEncoder
from oncue.model.training.stages import runtime
from oncue.model.training.stages.adversary import Ears
from oncue.model.training.stages.codec import JITTER, Codec, Sampler, SpectralLoss, heard
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(1e-3, (0.8, 0.98), 0.01, 5.0)
EARS_RATE, EARS_BETAS = 4e-4, (0.8, 0.98)
EARS_ALONE = 150
"""Steps in which the ears learn and are not listened to."""
FOOLED, ALIKE = 0.4, 0.6
"""What the verdicts and the layers of the ears weigh beside the spectral loss."""
WHO = 1.0
"""What it weighs that the speaker encoder hears in a crop who it hears in the real one."""
WHO_EVERY = 3
"""Steps from one in which it listens to the next: it costs as much as the vocoder."""
CROP_SAMPLES = 16 * 960
"""What the ears are given of a crop."""


@dataclass(slots=True)
class Adversary:
    """The ears, how they learn, and since when."""

    ears: Ears
    optimiser: torch.optim.Optimizer
    steps: int = 0


def unlike(speaker: SpeakerEncoder, made: Tensor, wanted: Tensor) -> Tensor:
    """One less the cosine between who is heard in what was made and in what was wanted, [batch, samples] each."""
    with torch.no_grad():
        right = speaker.heard(wanted)
    return 1 - (speaker.heard(made) * right).sum(-1).mean()


def train(
    codec: Codec, sampler: Sampler, trainer: Trainer, speaker: SpeakerEncoder, ears: Ears, ears_from: float, batch: int
) -> None:
    """Train until the budget is used; the ears take part once `ears_from` of it is."""
    device = next(codec.parameters()).device
    criterion = SpectralLoss().to(device)
    against = Adversary(ears, torch.optim.AdamW(ears.parameters(), EARS_RATE, betas=EARS_BETAS))
    for progress in trainer:
        made, wanted = heard(codec, sampler.batch(batch, device), JITTER, criterion.reach)
        loss, mel = criterion(made, wanted)
        figures = {"loss": loss, "mel": mel}
        if trainer.step % WHO_EVERY == 0:
            figures["who"] = unlike(speaker, made, wanted)
            loss = loss + WHO * WHO_EVERY * figures["who"]
        if progress >= ears_from:
            first = int(torch.randint(0, made.shape[1] - CROP_SAMPLES + 1, ()))
            part, real = (x[:, first : first + CROP_SAMPLES] for x in (made, wanted))
            learned = against.ears.loss(part, real)
            against.optimiser.zero_grad(set_to_none=True)
            learned.backward()
            against.optimiser.step()
            against.steps += 1
            figures["ears"] = learned
            if against.steps > EARS_ALONE:
                fooled, alike = against.ears.judge(part, real)
                loss = loss + FOOLED * fooled + ALIKE * alike
                figures |= {"fooled": fooled, "alike": alike}
        trainer.learn(loss, figures)


def main() -> None:
    """Command line of this stage; it begins with the codec of `--start-from`, which may be one of an earlier run of it."""
    parser = runtime.options(__doc__)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--codes", type=Path, required=True)
    parser.add_argument("--speaker", type=Path, required=True, help="the checkpoint of the frozen speaker encoder")
    parser.add_argument("--ears-from", type=float, default=0.4, help="share of the minutes after which the ears begin")
    parser.add_argument("--ears-known", action="store_true", help="begin with the ears of that checkpoint too")
    parser.add_argument("--batch", type=int, default=6)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    device = runtime.pick_device(arguments.threads)
    torch.manual_seed(2)
    codec, ears = Codec().to(device), Ears().to(device)
    codec.encoder.requires_grad_(requires_grad=False)
    speaker = SpeakerEncoder().to(device).requires_grad_(requires_grad=False)
    speaker.load_state_dict(runtime.checkpoint(arguments.speaker)["speaker"])
    trainer = Trainer(
        {"codec": codec, "ears": ears}, arguments.out, RECIPE, arguments.minutes, device, learning=[codec]
    )
    trainer.start_from(arguments.start_from, *(("codec", "ears") if arguments.ears_known else ("codec",)))
    data = build(arguments.corpus)
    sampler = Sampler(data, Voices.load(arguments.voices, data), 2000 + trainer.step, codes.load(arguments.codes))
    train(codec, sampler, trainer, speaker, ears, arguments.ears_from, arguments.batch)


if __name__ == "__main__":
    main()
