"""Change a trained rotary model's speeds, layout and length: `python -m experiments.rotary`.

Why: the lesson on rotary embedding says what each change costs, over seeds. Two sizes of model: the
lesson's own, in which no pair turns often enough for YaRN's upper threshold, and one with wider
heads and longer texts, which has pairs on both sides of both thresholds. The small one is also
trained further at the longer length. On one core of a laptop
it takes about ten minutes.
Makes: src/data/rotary_results.csv. The digits differ a little from one machine or version of torch
to the next.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from experiments.data_files import write_table
from src.position_lab import Lab, measure
from src.positional_embeddings import Rotary, apply_rotary, rotary_frequencies
from src.transformer import DecoderConfig, TinyDecoder, train

COLUMNS = ("model", "change", "extra_steps", "seed", "factor", "value")
FACTORS = (2, 4)
EXTRA_STEPS = 50  # of further training at 4 times the length, at a tenth of the learning rate
FURTHER = ("nothing", "interpolation", "NTK-aware", "YaRN")  # what is trained further


@dataclass(frozen=True)
class Model:
    """A size of model, its training and its seeds."""

    lab: Lab
    head: int  # width of a head
    seeds: range


MODELS = {
    "small": Model(Lab("text", length=32, steps=200, lr=1e-2), 16, range(5)),
    "long": Model(
        Lab("text", length=256, steps=300, batch_size=4, model={"num_heads": 2}), 32, range(3)
    ),
}


class Changed(Rotary):
    """A rotary embedding with any speeds (D/2,), and with YaRN's temperature or any other."""

    def __init__(self, speeds: Tensor, heat: float = 1.0) -> None:
        """Keep the speeds and the temperature."""
        super().__init__(2 * len(speeds))
        self.speeds, self.heat = speeds, heat

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        """Turn x, shape (..., T, D), and multiply it by the temperature."""
        positions = torch.arange(x.shape[-2]) if positions is None else positions
        return self.heat * apply_rotary(x, positions, frequencies=self.speeds)


def yarn_by_turns(head: int, length: int, factor: float) -> Tensor:
    """Return YaRN's speeds (D/2,) as its paper defines them: a ramp in turns from 1 to 32."""
    speeds = rotary_frequencies(head)
    turns = length * speeds / (2 * math.pi)
    keep = ((turns - 1) / (32 - 1)).clamp(0, 1)
    return keep * speeds + (1 - keep) * speeds / factor


def changes(head: int, length: int, factor: float) -> dict[str, Rotary]:
    """Return what is put in place of the model's rotary embedding at `factor` times its length."""
    yarn = {"rope_type": "yarn", "factor": factor, "original_max_position_embeddings": length}
    by_index = rotary_frequencies(head, scaling=yarn)
    by_turns = yarn_by_turns(head, length, factor)
    heat = 0.1 * math.log(factor) + 1
    return {
        "nothing": Rotary(head),
        "temperature": Changed(rotary_frequencies(head), heat),
        "interpolation": Rotary(head, scaling={"rope_type": "linear", "factor": factor}),
        "NTK-aware": Rotary(head, scaling={"rope_type": "ntk", "factor": factor}),
        "ramp in turns": Changed(by_turns),
        "ramp in turns + temperature": Changed(by_turns, heat),
        "ramp in index": Changed(by_index),
        "YaRN": Rotary(head, scaling=yarn),  # the code's ramp, in index, and the temperature
    }


def slowed(head: int) -> Iterator[tuple[str, Rotary]]:
    """Yield a rotary embedding with one pair at half its speed, for each pair."""
    for pair in range(head // 2):
        speeds = rotary_frequencies(head)
        speeds[pair] = speeds[pair] / 2
        yield f"pair {pair} halved", Changed(speeds)


def with_rotary(model: TinyDecoder, rotary: Rotary) -> TinyDecoder:
    """Return a copy of the model with another rotary embedding."""
    model = copy.deepcopy(model)
    model.rotary = rotary
    return model


def trained(which: Model, seed: int) -> TinyDecoder:
    """Train a model on texts of its length."""
    torch.manual_seed(seed)
    model = TinyDecoder(DecoderConfig(62, "rotary", **which.lab.model))
    train(model, which.lab.batches(seed), lr=which.lab.lr)
    return model


def rows() -> Iterator[tuple]:
    """Yield every measurement, in the order of ``COLUMNS``."""
    runs = [(name, seed) for name, which in MODELS.items() for seed in which.seeds]
    for name, seed in tqdm(runs, unit="model"):
        which = MODELS[name]
        lab, head = which.lab, which.head
        model = trained(which, seed)
        yield name, "nothing", 0, seed, 1, measure(model, lab, 1)
        if name == "small":
            others = [("other layout", Rotary(head, layout="half")), *slowed(head)]
            for change, rotary in others:
                yield name, change, 0, seed, 1, measure(with_rotary(model, rotary), lab, 1)
        for factor in FACTORS:
            for change, rotary in changes(head, lab.length, factor).items():
                value = measure(with_rotary(model, rotary), lab, factor)
                yield name, change, 0, seed, factor, value
        longest = FACTORS[-1]
        for change in FURTHER if name == "small" else ():
            longer = with_rotary(model, changes(head, lab.length, longest)[change])
            batches = lab.batches(100 + seed, length=longest * lab.length, steps=EXTRA_STEPS)
            train(longer, batches, lr=lab.lr / 10)
            yield name, change, EXTRA_STEPS, seed, longest, measure(longer, lab, longest)


def main() -> None:
    """Write the results file, with the settings in a comment above it."""
    torch.set_num_threads(1)
    write_table(
        "rotary_results.csv",
        COLUMNS,
        ((*row[:-1], f"{row[-1]:.4g}") for row in rows()),
        "Made by experiments/rotary.py. Nats per character of held-out text at factor",
        "times the training length, after a change to the rotary embedding.",
        f"torch {torch.__version__}",
        *(f"{name}: heads of {which.head}, {which.lab}" for name, which in MODELS.items()),
    )


if __name__ == "__main__":
    main()
