"""Train and measure all of the position lab: `python -m experiments.position_lab`.

Why: the lesson trains one seed while you wait; its bands, its second learning rate and the longer
training of the scaled rotary models come from here. It takes a
quarter of an hour on one core of a laptop.
Makes: src/data/position_lab_results.csv. The digits differ a little from one machine or
version of torch to the next; tests/test_position_lab.py repeats one point and says how much.
"""

import copy
import itertools
from collections.abc import Iterator
from dataclasses import replace

import torch
from tqdm import tqdm

from experiments.data_files import write_table
from src.position_lab import (
    COLUMNS,
    FACTORS,
    HYBRIDS,
    LABS,
    OTHER_LR,
    RESULTS,
    SEEDS,
    Lab,
    measure,
    scalings,
    train_scheme,
)
from src.transformer import SCHEMES, TinyDecoder, train

LENGTHENED = 4  # times the training length
EXTRA_STEPS = 50


def scaled(model: TinyDecoder, lab: Lab) -> Iterator[tuple[str, int, int, float]]:
    """Yield scaling, extra steps, factor and value of a rotary model, scaled and trained on."""
    for factor in FACTORS[1:]:
        for kind, scaling in scalings(lab, factor).items():
            model.adjust(rotary_scaling=scaling)
            yield kind, 0, factor, measure(model, lab, factor)
    if lab.task != "text":
        return
    for kind, scaling in {"none": None, **scalings(lab, LENGTHENED)}.items():
        longer = copy.deepcopy(model)
        longer.adjust(rotary_scaling=scaling)
        batches = lab.batches(seed=100, length=LENGTHENED * lab.length, steps=EXTRA_STEPS)
        train(longer, batches, lr=lab.lr / 10)  # as many tokens a step as before
        yield kind, EXTRA_STEPS, LENGTHENED, measure(longer, lab, LENGTHENED)


def rows() -> Iterator[tuple]:
    """Yield every measurement, in the order of ``COLUMNS``."""
    labs = [replace(lab, lr=lr) for lr in (LABS["text"].lr, OTHER_LR) for lab in LABS.values()]
    models = [*itertools.product(labs, SEEDS, SCHEMES), *itertools.product(labs, SEEDS, HYBRIDS)]
    for lab, seed, scheme in tqdm(models, unit="model"):
        name = (lab.task, scheme)
        model = train_scheme(lab, scheme, seed)
        for factor in FACTORS:
            yield *name, "none", lab.lr, 0, seed, factor, measure(model, lab, factor)
        if scheme == "rotary":
            for kind, extra, factor, value in scaled(model, lab):
                yield *name, kind, lab.lr, extra, seed, factor, value


def main() -> None:
    """Write the results file, with the settings in a comment above it."""
    measured = list(rows())
    write_table(
        RESULTS.name,
        COLUMNS,
        [(*row[:-1], f"{row[-1]:.4g}") for row in measured],
        "Made by experiments/position_lab.py. Nats per character for the text, else right",
        "answers in percent, at factor times the training length.",
        f"torch {torch.__version__}",
        *map(str, LABS.values()),
    )
    print(f"{len(measured)} measurements; put the size and the hash into src/data/README.md, too")


if __name__ == "__main__":
    main()
