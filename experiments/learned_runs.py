"""Train the small models of "Learned": `python -m experiments.learned_runs`.

Why: the lesson trains one model of each kind while you wait; what it says of all comes from here,
in five seeds. On one core of a laptop it takes four minutes.
Makes: src/data/learned_runs.csv, a row per experiment, model, seed and number of steps, with what
was measured and its value. It differs a little from one machine or version of torch to the next.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from experiments.data_files import write_table
from src.transformer import DecoderConfig, TinyDecoder, train

SEEDS = (0, 1, 2, 3, 4)
COLUMNS = ("experiment", "model", "seed", "steps", "what", "value")
STEPS, LR = 200, 6e-3
STARTS = {"1 and 0.02": (1.0, 0.02, 800), "1 and 1": (1.0, 1.0, 200)}  # of tokens, rows; steps
LOOKS = (10, 20, 50, 100, 200, 400, 800)  # steps after which a longer training is measured

A, B, QUESTION, LETTERS = 0, 1, 2, 10


def lines(
    steps: int, count: int = 64, length: int = 32, low: int = 1, high: int = 32, seed: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield lines with A and B in low..high-1; answer 1 if A is first; as in the lesson."""
    random = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        ids = torch.randint(3, LETTERS, (count, length), generator=random)
        spread = torch.rand(count, high - low, generator=random)
        places = spread.argsort(dim=1)[:, :2] + low
        ids.scatter_(1, places, torch.tensor([A, B]).expand(count, 2))
        ids[:, 0] = QUESTION
        targets = torch.full_like(ids, -100)  # -100: not asked
        targets[:, 0] = places[:, 0] < places[:, 1]
        yield ids, targets


def new_model(seed: int, position: str = "learned") -> TinyDecoder:
    """Return a small untrained encoder with a table of 64 positions; as in the lesson."""
    torch.manual_seed(seed)
    settings = {"dim": 32, "num_layers": 1, "max_len": 64, "causal": False}
    return TinyDecoder(DecoderConfig(LETTERS, position, std=0.1, **settings))


@torch.no_grad()
def test(model: nn.Module, **place: int) -> tuple[float, float]:
    """Return the share of right answers and the loss on new lines; as in the lesson."""
    ids, targets = next(lines(1, count=1000, seed=99, **place))
    scores, wanted = model(ids)[:, 0], targets[:, 0]
    right = (scores[:, :2].argmax(dim=1) == wanted).float().mean().item()
    return right, nn.functional.cross_entropy(scores, wanted).item()


def by_offset(rows: Tensor, offset: int) -> float:
    """Return the mean cosine of rows that are `offset` apart."""
    directions = nn.functional.normalize(rows, dim=1)
    return (directions @ directions.T).diagonal(offset).mean().item()


def stretch(rows: Tensor, count: int) -> Tensor:
    """Interpolate rows (T, D) linearly to `count` rows."""
    columns = rows.T.unsqueeze(0)  # (1, D, T)
    longer = nn.functional.interpolate(columns, size=count, mode="linear", align_corners=True)
    return longer[0].T


def fillings(old: Tensor, first: int) -> dict[str, Tensor]:
    """Make tables of 64 rows from 32; keep those before `first`; as in the lesson."""
    return {
        "random, as it was": old,
        "last row repeated": torch.cat([old[:32], old[31:32].expand(32, -1)]),
        "tiled": torch.cat([old[:32], old[:32]]),
        "interpolated": torch.cat([old[:first], stretch(old[first:32], 64 - first)]),
    }


def with_rows(model: TinyDecoder, rows: Tensor) -> TinyDecoder:
    """Return a copy of a model with another table of positions."""
    copy = TinyDecoder(model.config)
    copy.load_state_dict(model.state_dict() | {"embedding.position.weight": rows})
    return copy


def looked_at(model: TinyDecoder, most: int, seed: int, **place: int) -> list[tuple[int, float]]:
    """Train on "A before B"; return steps and share of right answers after each of ``LOOKS``."""
    looks = []

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for step, batch in enumerate(lines(most, seed=seed, **place)):
            if step in LOOKS:
                looks.append((step, test(model, **place)[0]))
            yield batch

    train(model, batches(), lr=LR)
    return [*looks, (most, test(model, **place)[0])]


def three_back(
    steps: int, length: int = 32, count: int = 32, seed: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield random ids; the target is the token three places back; as in the lesson."""
    random = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        ids = torch.randint(16, (count, length), generator=random)
        targets = torch.full_like(ids, -100)
        targets[:, 3:] = ids[:, :-3]
        yield ids, targets


@torch.no_grad()
def test_back(model: nn.Module, low: int, high: int) -> float:
    """Return the share of right tokens at places low..high-1 of 64."""
    ids, targets = next(three_back(1, length=64, count=200, seed=99))
    right = model(ids).argmax(dim=2) == targets
    return right[:, low:high].float().mean().item()


def rows(seed: int) -> Iterator[tuple]:
    """Yield the measurements of one seed, in the order of ``COLUMNS``."""
    for position in ("learned", "sinusoidal"):
        model = new_model(seed, position)
        train(model, lines(STEPS, seed=seed), lr=LR)
        places = {
            "1 to 31": {},
            "1 to 31 of 64": {"length": 64},
            "32 to 63": {"length": 64, "low": 32, "high": 64},
        }
        for name, place in places.items():
            right, loss = test(model, **place)
            yield "A before B", position, seed, STEPS, f"right, {name}", right
            yield "A before B", position, seed, STEPS, f"loss, {name}", loss
        if position == "learned":
            learned = model
    table = learned.embedding.position.weight.detach().clone()
    for offset in (1, 24):
        value = by_offset(table[1:32], offset)
        yield "A before B", "learned", seed, STEPS, f"cosine, {offset} apart", value
    whole = {"length": 64, "high": 64}
    for name, filled in fillings(table, first=1).items():
        right = test(with_rows(learned, filled), **whole)[0]
        yield "filled, A before B", name, seed, 0, "right", right
        if name in ("random, as it was", "interpolated"):
            longer = with_rows(learned, filled)
            for steps, right in looked_at(longer, 50, seed, **whole):
                yield "filled, A before B", name, seed, steps, "right", right

    torch.manual_seed(seed)
    settings = {"dim": 32, "num_layers": 1, "num_heads": 2, "max_len": 64}
    copier = TinyDecoder(DecoderConfig(16, "learned", **settings))
    train(copier, three_back(150, seed=seed), lr=1e-2)
    yield "three back", "learned", seed, 150, "right, 3 to 31", test_back(copier, 3, 32)
    table = copier.embedding.position.weight.detach().clone()
    for name, filled in fillings(table, first=0).items():
        right = test_back(with_rows(copier, filled), 36, 64)
        yield "filled, three back", name, seed, 0, "right", right

    for name, (token, position, most) in STARTS.items():
        model = new_model(seed)
        nn.init.normal_(model.embedding.token.weight, std=token)
        nn.init.normal_(model.embedding.position.weight, std=position)
        for steps, right in looked_at(model, most, seed):
            yield "start", name, seed, steps, "right", right


def main() -> None:
    """Write the file, with the settings in a comment above it."""
    torch.set_num_threads(1)
    measured = [row for seed in SEEDS for row in rows(seed)]
    write_table(
        "learned_runs.csv",
        COLUMNS,
        [(*row[:-1], f"{row[-1]:.4f}") for row in measured],
        "Made by experiments/learned_runs.py: shares of right answers, losses in nats and "
        "mean cosines of rows.",
        f"torch {torch.__version__}, width 32, one layer, AdamW at {LR}",
    )
    print(f"{len(measured)} measurements; put the size and the hash into src/data/README.md, too")


if __name__ == "__main__":
    main()
