"""Teach one layer the letter two back, in three seeds: `python -m experiments.two_back`.

Why: the lesson on relative schemes trains two models in one seed while you wait; four schemes, more
seeds and the heads and steps of ALiBi come from here. On one core of a laptop it takes about two
minutes.
Makes: src/data/two_back_results.csv, with the share of right answers in percent at the places where
the question was asked in training, and at those where it never was. The digits differ a little
from one machine or version of torch to the next.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from experiments.data_files import write_table
from src.transformer import DecoderConfig, TinyDecoder, train

COLUMNS = ("scheme", "num_heads", "steps", "seed", "place", "value")
LETTERS, LENGTH, DIM = 10, 20, 32
LEFT_OUT = torch.tensor([7, 11, 15, 19])  # positions at which training never asks
SEEDS = range(3)
RUNS = [
    *((scheme, 1, 120) for scheme in ("learned", "sinusoidal", "t5", "alibi")),
    ("alibi", 8, 250),
    ("alibi", 8, 1000),
    ("alibi", 1, 1000),
]


def lines(steps: int, seed: int, count: int = 32) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield ids and targets (B, T): the letter two back, or -100 where it is not asked."""
    g = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        ids = torch.randint(LETTERS, (count, LENGTH), generator=g)
        targets = torch.full_like(ids, -100)
        targets[:, 2:] = ids[:, :-2]
        targets[:, LEFT_OUT] = -100
        yield ids, targets


def rows() -> Iterator[tuple]:
    """Yield every measurement, in the order of ``COLUMNS``."""
    for (scheme, num_heads, steps), seed in tqdm([(r, s) for r in RUNS for s in SEEDS]):
        torch.manual_seed(seed)
        size = {"dim": DIM, "num_layers": 1, "num_heads": num_heads, "max_len": LENGTH}
        model = TinyDecoder(DecoderConfig(LETTERS, scheme, **size))
        train(model, lines(steps, seed), lr=1e-2)
        ids, _ = next(lines(1, seed=99, count=1000))
        with torch.no_grad():
            right = 100.0 * (model(ids).argmax(dim=-1)[:, 2:] == ids[:, :-2])
        never = torch.zeros(LENGTH, dtype=torch.bool)
        never[LEFT_OUT] = True
        for place, which in (("asked", ~never[2:]), ("never asked", never[2:])):
            yield scheme, num_heads, steps, seed, place, right[:, which].mean().item()


def main() -> None:
    """Write the results file, with the settings in a comment above it."""
    torch.set_num_threads(1)
    write_table(
        "two_back_results.csv",
        COLUMNS,
        ((*row[:-1], f"{row[-1]:.3g}") for row in rows()),
        "Made by experiments/two_back.py. Right answers in percent.",
        f"torch {torch.__version__}",
    )


if __name__ == "__main__":
    main()
