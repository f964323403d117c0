"""Train the small models of "Why order needs help": `python -m experiments.order_runs`.

Why: the lesson trains two of them while you wait; what it says of all comes from here, in five
seeds. On one core of a laptop it takes five minutes.
Makes: src/data/order_runs.csv, a row per experiment, model, seed and place, length or number of
steps, with the share of right answers. It differs a little from one machine or version of torch to
the next.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from experiments.data_files import write_table
from src.positional_embeddings import sinusoidal_table
from src.transformer import SCHEMES, DecoderConfig, TinyDecoder, train

SEEDS = (0, 1, 2, 3, 4)
COLUMNS = ("experiment", "model", "seed", "at", "right")
SMALL = {"dim": 32, "num_layers": 1, "num_buckets": 32}
LR = 1e-2

A, B, ASK, LETTERS = 0, 1, 8, 9  # ids; 2 to 7 are other letters
LINE = 6  # tokens
TEXT = 24  # tokens that the four codes train on
SIZES = (6, 12, 24, 36)
PLACES = 12


def lines(
    steps: int, at_the_end: bool, count: int = 32, seed: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield ids and targets, each (B, T): 1 if A stands before B; as in the lesson."""
    random = torch.Generator().manual_seed(seed)
    room = LINE - 1 if at_the_end else LINE
    for _ in range(steps):
        ids = torch.randint(2, ASK, (count, LINE), generator=random)
        places = torch.rand(count, room, generator=random).argsort(dim=1)[:, :2]
        ids.scatter_(1, places, torch.tensor([A, B]).expand(count, 2))
        targets = (places[:, :1] < places[:, 1:]).long().repeat(1, LINE)
        if at_the_end:  # the last token is a question mark
            ids[:, -1] = ASK
            targets[:, :-1] = -100  # -100: not asked
        yield ids, targets


@torch.no_grad()
def share_right(model: nn.Module, at_the_end: bool) -> float:
    """Return how often it is right on 1000 new lines and their twins; as in the lesson."""
    ids, targets = next(lines(1, at_the_end, count=1000, seed=99))
    twins = torch.where(ids < 2, 1 - ids, ids) if at_the_end else ids.flip(1)
    opposite = torch.where(targets < 0, -100, 1 - targets)
    right = model(torch.cat([ids, twins])).argmax(dim=-1) == torch.cat([targets, opposite])
    return right[torch.cat([targets, opposite]) >= 0].float().mean().item()


def order(
    position: str, seed: int, *, at_the_end: bool = False, steps: int = 200, **settings: object
) -> float:
    """Train on "does A come before B?" and return the share of right answers."""
    torch.manual_seed(seed)
    model = TinyDecoder(DecoderConfig(LETTERS, position, **SMALL | settings))
    train(model, lines(steps, at_the_end, seed=seed), lr=LR)
    return share_right(model, at_the_end)


def texts(
    steps: int, letters: int, first: bool, count: int = 32, seed: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield ids and targets, each (B, 12): the target of each token is its own place."""
    random = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        ids = torch.randint(1, letters + 1, (count, PLACES), generator=random)
        if first:
            ids[:, 0] = 0  # a token that stands nowhere else
        yield ids, torch.arange(PLACES).expand(count, PLACES)


def counting(letters: int, first: bool, seed: int) -> Tensor:
    """Train one causal layer without positions to name places; return the share right at each."""
    torch.manual_seed(seed)
    model = TinyDecoder(DecoderConfig(PLACES, "none", dim=32, num_layers=1))
    train(model, texts(200, letters, first, seed=seed), lr=LR)
    ids, places = next(texts(1, letters, first, count=500, seed=99))
    with torch.no_grad():
        return (model(ids).argmax(dim=-1) == places).float().mean(dim=0)


def code(name: str, T: int) -> Tensor:
    """Return the codes of positions 0 to T - 1, a row each."""
    index = torch.arange(float(T)).unsqueeze(1)
    if name == "index":
        return index
    if name == "index / length":
        return index / T
    if name == "bits":
        return ((torch.arange(T).unsqueeze(1) >> torch.arange(6)) & 1) * 2.0 - 1
    return sinusoidal_table(T, 32)


class Coded(nn.Module):
    """Positions from a code, through a trained linear map."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.map = name, nn.Linear(code(name, 2).shape[1], 32)

    def forward(self, seq_len: int) -> Tensor:
        """Return the positional embeddings, (1, T, D)."""
        return self.map(code(self.name, seq_len)).unsqueeze(0)


def repeats(steps: int, T: int, count: int = 32, seed: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield ids (B, T) and as targets the token before each."""
    random = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        ids = torch.randint(8, (count, T), generator=random)
        targets = ids.roll(1, dims=1)
        targets[:, 0] = -100
        yield ids, targets


def one_back(name: str, seed: int) -> dict[int, Tensor]:
    """Train one layer with a code on texts of 24 tokens; return shares per place, by length."""
    torch.manual_seed(seed)
    model = TinyDecoder(DecoderConfig(8, "none", dim=32, num_layers=1, causal=False))
    model.embedding.position = Coded(name)
    train(model, repeats(160, TEXT, seed=seed), lr=LR)
    shares = {}
    for size in SIZES:
        ids, targets = next(repeats(1, size, count=300, seed=99))
        with torch.no_grad():
            hit = (model(ids).argmax(dim=-1) == targets).float()
        shares[size] = hit[:, 1:].mean(dim=0)  # from place 1
    return shares


def rows(seed: int) -> Iterator[tuple]:
    """Yield the measurements of one seed, in the order of ``COLUMNS``."""
    for name in SCHEMES:
        yield "every place", name, seed, 200, order(name, seed, causal=False)
    end = {"at_the_end": True}
    right = order("alibi", seed, causal=False, **end)
    yield "at the end", "symmetric alibi", seed, 200, right
    yield "at the end", "masked alibi", seed, 200, order("alibi", seed, **end)
    for steps in (30, 60, 120, 200):
        for num_layers in (1, 2):
            right = order("none", seed, steps=steps, num_layers=num_layers, **end)
            yield "at the end", f"masked none, layers {num_layers}", seed, steps, right
        yield (
            "at the end",
            "masked sinusoidal",
            seed,
            steps,
            order("sinusoidal", seed, steps=steps, **end),
        )
    kinds = {
        "eight letters": (8, False),
        "one letter, first token": (1, True),
        "eight letters, first token": (8, True),
    }
    for name, kind in kinds.items():
        for place, share in enumerate(counting(*kind, seed).tolist()):
            yield "place", name, seed, place, share
    for name in ("index", "index / length", "bits", "sinusoidal"):
        shares = one_back(name, seed)
        for place, share in enumerate(shares[TEXT].tolist(), start=1):
            yield "one back, by place", name, seed, place, share
        for size, share in shares.items():
            yield "one back, by length", name, seed, size, share.mean().item()


def main() -> None:
    """Write the file, with the settings in a comment above it."""
    torch.set_num_threads(1)
    measured = [row for seed in SEEDS for row in rows(seed)]
    write_table(
        "order_runs.csv",
        COLUMNS,
        [(*row[:-1], f"{row[-1]:.4f}") for row in measured],
        "Made by experiments/order_runs.py: shares of right answers.",
        f"torch {torch.__version__}, width 32, AdamW at {LR}",
    )
    print(f"{len(measured)} measurements; put the size and the hash into src/data/README.md, too")


if __name__ == "__main__":
    main()
