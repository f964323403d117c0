"""Look inside the models of the position lab: `python -m experiments.position_lab_inside`.

Why: what the lesson says about *why* a scheme fails, and about other settings, should hold in three
seeds, too. All models are trained at the lab's own learning rate. On one core of a laptop it takes
six minutes.
Makes: src/data/position_lab_inside.csv, a row per measurement: the task, the scheme, the setting
that was changed (or nothing), the seed, what was measured, and the value.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace

import torch
from tqdm import tqdm

from experiments.data_files import write_table
from src.position_lab import (
    FACTORS,
    INSIDE,
    INSIDE_COLUMNS,
    LABS,
    SEEDS,
    Lab,
    effective_keys,
    measure,
    token_values,
    train_scheme,
    weights_by_distance,
)
from src.transformer import SCHEMES, TinyDecoder

EDGES = (0, 8, 32, 64, 128, 256)  # parts of a text of 256 characters
SCHEMES_OF = {"text": SCHEMES, "three back": SCHEMES[2:], "first token": ("learned", "t5")}
CHANGES = (  # name, task, schemes, settings
    ("4 heads, 120 steps", "text", ("alibi", "rotary"), {"steps": 120}),
    ("2 heads, 120 steps", "text", ("alibi", "rotary"), {"steps": 120, "model": {"num_heads": 2}}),
    ("largest distance 128", "three back", ("t5",), {"model": {"max_distance": 128}}),
    ("450 steps", "three back", ("alibi",), {"steps": 450}),
    ("std 0.02", "text", ("learned",), {"model": {"std": 0.02}}),
    ("length 32", "first token", ("rotary",), {"length": 32}),
)


def inside(model: TinyDecoder, lab: Lab, scheme: str) -> Iterator[tuple[str, float]]:
    """Yield what is measured in a trained model, and its value."""
    if lab.task == "text":
        by_place = token_values(model, lab, 8).mean(dim=0)  # (256,)
        for start, stop in zip(EDGES, EDGES[1:], strict=False):
            yield f"loss from {start} to {stop - 1}", by_place[start:stop].mean().item()
        for factor in (1, 8):
            yield f"effective keys at {factor}x", effective_keys(model, lab, factor)
    if lab.task == "three back":
        near, late = weights_by_distance(model, lab)
        yield "weight at 3 in training", near
        for distance in (1, 2, 3, 4, 22, 41, 60):
            yield f"weight at {distance}", late[distance].item()
        yield "strongest distance beyond 15", 16 + late[16:].argmax().item()
        yield "weight beyond 15", late[16:].sum().item()
    if (lab.task, scheme) == ("first token", "learned"):
        yield from swapped(model, lab)
    model.adjust(window=lab.length)
    yield "window, 8x", measure(model, lab, 8)
    model.adjust(window=None)


def swapped(model: TinyDecoder, lab: Lab) -> Iterator[tuple[str, float]]:
    """Copy row 0 of the learned table to row 40 and an untrained row to 0: who is named then?"""
    ids, _ = lab.held_out(8)
    fooled = copy.deepcopy(model)
    rows = fooled.embedding.position.weight
    with torch.no_grad():
        rows[40], rows[0] = rows[0].clone(), rows[50].clone()
        for when, asked in (("before", model), ("after", fooled)):
            answers = asked(ids).argmax(dim=-1)[:, 64:]
            for place in (0, 40):
                share = (answers == ids[:, place : place + 1]).double().mean()
                yield f"names {place} {when} the swap", 100 * share.item()


def rows() -> Iterator[tuple]:
    """Yield every measurement, in the order of ``INSIDE_COLUMNS``."""
    for seed in tqdm(SEEDS, unit="seed"):
        for task, schemes in SCHEMES_OF.items():
            for scheme in schemes:
                model = train_scheme(LABS[task], scheme, seed)
                for what, value in inside(model, LABS[task], scheme):
                    yield task, scheme, "", seed, what, value
        for name, task, schemes, settings in CHANGES:
            lab = replace(LABS[task], **settings)
            for scheme in schemes:
                model = train_scheme(lab, scheme, seed)
                for factor in FACTORS:
                    yield task, scheme, name, seed, f"{factor}x", measure(model, lab, factor)


def main() -> None:
    """Write the file."""
    measured = list(rows())
    write_table(
        INSIDE.name,
        INSIDE_COLUMNS,
        [(*row[:-1], f"{row[-1]:.4g}") for row in measured],
        "Made by experiments/position_lab_inside.py. Losses in nats per character,",
        "right answers in percent.",
        f"torch {torch.__version__}",
    )
    print(f"{len(measured)} measurements; put the size and the hash into src/data/README.md, too")


if __name__ == "__main__":
    main()
