"""Train small vision transformers on digits: `python -m experiments.image_positions`.

Why: the lesson Beyond text trains two of them while you wait; all schemes, both learning rates,
more seeds, shuffled patches and finer grids come from here. About six minutes of one core.
Makes: src/data/image_positions.csv, right answers in percent on 897 images that no model has seen.
The digits differ a little from one machine or version of torch to the next.
"""

from collections.abc import Iterator

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from tqdm import tqdm

from experiments.data_files import write_table
from src.positional_embeddings import apply_rotary, rotary_frequencies
from src.transformer import DecoderConfig, TinyDecoder

COLUMNS = ("scheme", "pool", "patches", "lr", "seed", "test", "right")
DIM, HEADS, LAYERS, EPOCHS, BATCH, TRAINED_ON = 32, 4, 2, 10, 50, 900
SCHEMES = ("none", "learned", "sines 1-D", "sines 2-D", "rotary 2-D")
SHUFFLED = ("learned", "sines 2-D", "rotary 2-D")
ORDERS = ("in place", "one shuffle", "own shuffle")
RATES = (3e-3, 1e-2)
SEEDS = range(3)
RUNS = [
    *((scheme, "mean", "in place") for scheme in SCHEMES),
    *((scheme, "mean", order) for order in ORDERS[1:] for scheme in SHUFFLED),
    ("learned and rotary", "mean", "in place"),
    *((scheme, "class", "in place") for scheme in ("learned", "rotary 2-D")),
]


def load_images() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return images (N, 8, 8) from -1 to 1 and labels, to train and to test; as in the lesson."""
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32) / 8 - 1
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    images, labels = images[order], torch.tensor(digits.target)[order]
    return images[:TRAINED_ON], labels[:TRAINED_ON], images[TRAINED_ON:], labels[TRAINED_ON:]


def cut(images: Tensor, stride: int = 2) -> Tensor:
    """Cut images (N, side, side) into patches of 2 x 2, row by row: (N, T, 4)."""
    return nn.functional.unfold(images.unsqueeze(1), 2, stride=stride).transpose(1, 2)


def grid(side: int, step: float = 1.0, start: float = 0.0) -> Tensor:
    """Return row and column of each patch, (2, side * side)."""
    steps = start + step * torch.arange(side)
    return torch.stack([steps.repeat_interleave(side), steps.repeat(side)])


def sines(places: Tensor, dim: int) -> Tensor:
    """Return sines and cosines of places (T,) at dim / 2 speeds: (T, dim)."""
    angles = places.unsqueeze(1) * rotary_frequencies(dim, base=100.0)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Patches(nn.Module):
    """Patches times a matrix, plus positions; a class token in front if asked for."""

    def __init__(self, table: Tensor | None, pool: str = "mean") -> None:
        super().__init__()
        self.project = nn.Linear(4, DIM)
        self.table = table
        self.first = nn.Parameter(torch.randn(1, 1, DIM)) if pool == "class" else None

    def forward(self, patches: Tensor) -> Tensor:
        """Return vectors (B, T, D), or (B, 1 + T, D)."""
        x = self.project(patches)
        x = x if self.table is None else x + self.table
        return x if self.first is None else torch.cat([self.first.expand(len(x), -1, -1), x], dim=1)


def turned(x: Tensor, places: Tensor) -> Tensor:
    """Turn half of the pairs of x (B, H, T, Dh) by the row, half by the column."""
    speeds = rotary_frequencies(x.shape[-1] // 2, base=100.0)
    halves = zip(x.chunk(2, dim=-1), places, strict=True)
    return torch.cat([apply_rotary(half, place, frequencies=speeds) for half, place in halves], -1)


class Vision(nn.Module):
    """The transformer of the other lessons, without a mask, behind patches instead of a table."""

    def __init__(self, scheme: str, seed: int, pool: str = "mean") -> None:
        super().__init__()
        torch.manual_seed(seed)
        settings = {"dim": DIM, "num_heads": HEADS, "num_layers": LAYERS}
        self.body = TinyDecoder(DecoderConfig(10, "none", causal=False, **settings))
        self.places, self.rotary, self.pool = grid(4), "rotary" in scheme, pool
        table = None
        if "learned" in scheme:
            table = nn.Parameter(torch.randn(16, DIM))
        elif scheme == "sines 1-D":
            table = sines(torch.arange(16.0), DIM)
        elif scheme == "sines 2-D":
            table = two_axes(self.places)
        self.input = Patches(table, pool)

    def turn(self, x: Tensor) -> Tensor:
        """Turn all but a class token."""
        first = x.shape[-2] - self.places.shape[1]
        return torch.cat([x[..., :first, :], turned(x[..., first:, :], self.places)], dim=-2)

    def forward(self, patches: Tensor) -> Tensor:
        """Return the scores of the ten digits, (B, 10)."""
        x = self.input(patches)
        for block in self.body.blocks:
            x, _ = block(x, None, None, self.turn if self.rotary else None)
        x = x[:, 0] if self.pool == "class" else x.mean(dim=1)
        return self.body.head(self.body.norm(x))


def two_axes(places: Tensor) -> Tensor:
    """Return half of the width for the row, half for the column: (T, D)."""
    return torch.cat([sines(place, DIM // 2) for place in places], dim=1)


def train(model: nn.Module, patches: Tensor, labels: Tensor, lr: float, seed: int) -> None:
    """Train with AdamW, the rate rising at first and then falling to 0."""
    draw = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    steps = EPOCHS * -(-len(patches) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, 10 * (step + 1) / steps) * (1 - step / steps)
    )
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(patches), generator=draw).split(BATCH):
            loss = nn.functional.cross_entropy(model(patches[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


@torch.no_grad()
def right(model: nn.Module, patches: Tensor, labels: Tensor) -> float:
    """Return the percentage of right answers."""
    return 100 * (model(patches).argmax(dim=1) == labels).float().mean().item()


def shuffled(patches: Tensor, order: str, seed: int) -> Tensor:
    """Return patches in one other order for all images, or in one of its own for each."""
    draw = torch.Generator().manual_seed(seed)
    if order == "in place":
        return patches
    if order == "one shuffle":
        return patches[:, torch.randperm(16, generator=draw)]
    own = torch.rand(patches.shape[:2], generator=draw).argsort(dim=1)
    return patches.gather(1, own.unsqueeze(2).expand_as(patches))


def stretched(table: Tensor, side: int, **corners: bool) -> Tensor:
    """Return a table of 4 x 4 rows interpolated to side x side, bicubic."""
    image = table.detach().T.reshape(1, -1, 4, 4)
    larger = nn.functional.interpolate(image, size=side, mode="bicubic", **corners)
    return larger.flatten(2)[0].T


def more_patches(model: Vision, images: Tensor, labels: Tensor) -> Iterator[tuple[str, float]]:
    """Yield what a trained model gets right with 64 patches, or 49 that overlap, by coordinates."""
    enlarged = nn.functional.interpolate(images.unsqueeze(1), size=16, mode="bicubic")
    kinds = {
        "enlarged": (cut(enlarged.squeeze(1)), 8, grid(8, 0.5, -0.25), {}),
        "overlapping": (cut(images, stride=1), 7, grid(7, 0.5), {"align_corners": True}),
    }
    places, table = model.places, model.input.table
    for kind, (patches, side, within, corners) in kinds.items():
        for coordinates in ("within", "beyond"):
            model.places = within - within.min() if coordinates == "within" else grid(side)
            if isinstance(table, nn.Parameter):
                if coordinates == "beyond":
                    continue
                model.input.table = nn.Parameter(stretched(table, side, **corners))
            elif table is not None:
                model.input.table = two_axes(within if coordinates == "within" else grid(side))
            yield f"{kind}, {coordinates}", right(model, patches, labels)
    model.places, model.input.table = places, table


def measured(scheme: str, pool: str, order: str, lr: float, seed: int) -> Iterator[tuple]:
    """Train one model and yield its rows of the file."""
    images, labels, new_images, new_labels = load_images()
    model = Vision(scheme, seed, pool)
    train(model, shuffled(cut(images), order, seed), labels, lr, seed)
    new = cut(new_images)
    own = shuffled(new, "own shuffle", seed + 100)  # not the orders of the images to train on
    known = own if order == "own shuffle" else shuffled(new, order, seed)
    results = [("new", right(model, known, new_labels))]
    if order == "in place":
        results.append(("shuffled", right(model, own, new_labels)))
        if pool == "mean" and scheme != "sines 1-D":
            results += more_patches(model, new_images, new_labels)
    for test, value in results:
        yield scheme, pool, order, lr, seed, test, f"{value:.2f}"


def main() -> None:
    """Measure and write."""
    torch.set_num_threads(1)
    runs = [(*run, lr, seed) for run in RUNS for lr in RATES for seed in SEEDS]
    write_table(
        "image_positions.csv",
        COLUMNS,
        [row for run in tqdm(runs) for row in measured(*run)],
        "Made by experiments/image_positions.py. Right answers in percent.",
        f"torch {torch.__version__}",
    )


if __name__ == "__main__":
    main()
