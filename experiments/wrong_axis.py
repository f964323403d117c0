"""What positions along the wrong axis cost: `python -m experiments.wrong_axis`.

Why: the bug clinic trains one seed while you wait; its claim should hold in five. Two minutes on a
laptop. Each row: the loss on held-out text, in nats per character and in batches of 16,
of a writer trained with the bug, of one trained without, and of the first with its code fixed.
Makes: src/data/wrong_axis.csv.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from tqdm import trange

from experiments.data_files import write_table
from src.positional_embeddings import sinusoidal_table
from src.pretrained import load_corpus
from src.transformer import DecoderConfig, TinyDecoder, text_batches, train

SEEDS = 5
STEPS = 120
TABLE = 0.3 * sinusoidal_table(512, 64)


def along_the_batch(x: Tensor) -> Tensor:
    """Add the positions of axis 0: the bug."""
    return x + TABLE[: x.size(0)].unsqueeze(1)


def along_the_text(x: Tensor) -> Tensor:
    """Add the positions of axis 1."""
    return x + TABLE[: x.size(1)]


class Input(nn.Module):
    """Tokens, and positions added by a function."""

    def __init__(self, token: nn.Module, add: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.token, self.add = token, add

    def forward(self, ids: Tensor) -> Tensor:
        """Return tokens plus positions, (B, T, D)."""
        return self.add(self.token(ids))


def trained(stream: Tensor, add: Callable[[Tensor], Tensor], seed: int) -> TinyDecoder:
    """Train a writer whose positions are added by a function."""
    torch.manual_seed(seed)
    writer = TinyDecoder(DecoderConfig(int(stream.max()) + 1, "none"))
    writer.embedding = Input(writer.embedding.token, add)
    train(writer, text_batches(stream[:-20_000], steps=STEPS, seed=seed), lr=1e-2)
    return writer


@torch.no_grad()
def loss(writer: TinyDecoder, stream: Tensor) -> float:
    """Nats per character of the last 16,384, in batches of 16 texts of 32."""
    held_out = stream[-64 * 16 * 16 - 1 :]
    inputs, targets = held_out[:-1].view(-1, 16, 32), held_out[1:]
    scores = torch.cat([writer(batch) for batch in inputs])
    return nn.functional.cross_entropy(scores.flatten(0, 1), targets).item()


def main() -> None:
    """Train with each seed and write the file."""
    bible = load_corpus("king_james")[:300_000]
    number = {c: n for n, c in enumerate(sorted(set(bible)))}
    stream = torch.tensor([number[c] for c in bible])
    rows = []
    for seed in trange(SEEDS):
        writer, right = (trained(stream, add, seed) for add in (along_the_batch, along_the_text))
        losses = [loss(writer, stream), loss(right, stream)]
        writer.embedding.add = along_the_text
        losses.append(loss(writer, stream))
        rows.append((seed, *(f"{x:.4f}" for x in losses)))
    write_table("wrong_axis.csv", ("seed", "bug", "right", "bug_then_fixed"), rows)


if __name__ == "__main__":
    main()
