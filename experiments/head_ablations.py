"""Silence heads or rotary pairs of SmolLM2: `python -m experiments.head_ablations`.

Why: the lesson What heads do with positions says what each costs beside random heads of the same
layers, or other pairs. About five minutes of one core.
Makes: src/data/head_ablations.csv, nats per token. The last digit may differ between machines.
"""

import random
from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from experiments.data_files import write_table
from src.heads import load_four_texts
from src.language_model import next_token_losses
from src.positional_embeddings import Rotary, rotary_frequencies
from src.smollm2 import load_language_model

COLUMNS = ("change", "draw", "text", "length", "loss")
LENGTH = 64  # tokens of a text, and of repeated random tokens
DRAWS, PAIR_DRAWS = 20, 5
HEADS = {  # as the lesson finds them
    "previous-token": ((16, 0), (11, 1), (1, 2), (2, 1), (19, 3)),
    "sink": ((18, 8), (18, 7), (18, 6), (20, 6), (23, 2)),
    "induction": ((18, 6), (17, 3), (17, 4), (17, 5), (18, 7)),
}
GROUPS = {f"pairs {n} to {n + 3}": range(n, n + 4) for n in range(0, 32, 4)}
HALVES = {"fast half": range(16), "slow half": range(16, 32)}


class Deleted(Rotary):
    """A rotary embedding that turns as ever, then sets the features of some pairs to zero."""

    def __init__(self, pairs: list[int]) -> None:
        """Keep the pairs."""
        super().__init__(64, base=100000.0)
        self.pairs = list(pairs)

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        """Turn x, shape (..., T, Dh), without the pairs."""
        turned = super().forward(x, positions).unflatten(-1, (32, 2)).clone()
        turned[..., self.pairs, :] = 0.0
        return turned.flatten(-2)


def stilled(pairs: list[int]) -> Rotary:
    """Return a rotary embedding in which some pairs do not turn."""
    speeds = rotary_frequencies(64, base=100000.0)
    speeds[list(pairs)] = 0.0
    return Rotary(64, frequencies=speeds)


def random_heads(chosen: tuple, seed: int) -> list[tuple[int, int]]:
    """Draw as many heads in each layer as were chosen there, none of them in HEADS."""
    draw, special = random.Random(seed), {head for heads in HEADS.values() for head in heads}
    found = []
    for layer in sorted({layer for layer, _ in chosen}):
        free = [(layer, head) for head in range(9) if (layer, head) not in special]
        found += draw.sample(free, sum(at == layer for at, _ in chosen))
    return found


def repeated_tokens() -> dict[str, Tensor]:
    """Return three rows of random tokens said twice."""
    draw = torch.Generator().manual_seed(0)
    half = torch.randint(1000, 20000, (3, LENGTH // 2), generator=draw)
    return {f"repeated {n}": row.repeat(2) for n, row in enumerate(half)}


def measure(model: torch.nn.Module, rows: dict[str, Tensor], **without: object) -> Iterator[tuple]:
    """Yield each text, its length and its loss; of repeated tokens, that of the second time."""
    ids = torch.stack(list(rows.values()))
    losses = next_token_losses(model(ids, **without), ids)
    for text, loss in zip(rows, losses, strict=True):
        if text.startswith("repeated"):
            loss = loss[LENGTH // 2 :]
        yield text, ids.shape[1], f"{loss.mean():.4f}"


def head_lines(model: torch.nn.Module, ids: dict[str, Tensor]) -> Iterator[tuple]:
    """Yield what silent heads cost, of the kinds of HEADS and of random ones."""
    rows = {name: row[:LENGTH] for name, row in ids.items()} | repeated_tokens()
    trials = [("nothing", 0, ())]
    for kind, chosen in HEADS.items():
        trials.append((kind, 0, chosen))
        trials += [(f"as {kind}", seed, random_heads(chosen, seed)) for seed in range(DRAWS)]
    for change, draw, without in tqdm(trials):
        for found in measure(model, rows, without=without):
            yield change, draw, *found


def pair_lines(model: torch.nn.Module, ids: dict[str, Tensor]) -> Iterator[tuple]:
    """Yield what still and deleted pairs cost, on short and on long stretches."""
    own = model.rotary
    groups = [(f"still {name}", 0, stilled(pairs)) for name, pairs in GROUPS.items()]
    halves = [("nothing", 0, own)]
    for name, pairs in HALVES.items():
        halves += [(f"still {name}", 0, stilled(pairs)), (f"delete {name}", 0, Deleted(pairs))]
    drawn = [
        (f"{kind} random half", seed, change(random.Random(seed).sample(range(32), 16)))
        for seed in range(PAIR_DRAWS)
        for kind, change in (("still", stilled), ("delete", Deleted))
    ]
    long = {name: ids[name][:512] for name in ("Bible", "glosses")}
    short = {name: row[:LENGTH] for name, row in ids.items()}
    one = {"Bible": long["Bible"]}
    for stretch, given in ((short, halves + groups + drawn), (long, halves), (one, groups)):
        for change, draw, rotary in tqdm(given):
            model.rotary = rotary
            for found in measure(model, stretch):
                yield change, draw, *found
    model.rotary = own


def main() -> None:
    """Measure and write."""
    model = load_language_model()
    ids = {name: model.token_ids(text)[0] for name, text in load_four_texts().items()}
    lines = [*head_lines(model, ids), *pair_lines(model, ids)]
    write_table(
        "head_ablations.csv",
        COLUMNS,
        dict.fromkeys(lines),  # each trial once
        "Made by experiments/head_ablations.py. Nats per token, SmolLM2-135M.",
        f"torch {torch.__version__}",
        *(
            f"{kind}: {' '.join(f'{layer}.{head}' for layer, head in heads)}"
            for kind, heads in HEADS.items()
        ),
    )


if __name__ == "__main__":
    main()
