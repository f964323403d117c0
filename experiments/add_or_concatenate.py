"""Combine token and position in five ways: `python -m experiments.add_or_concatenate`.

Why: the lessons Adding and Why adding works compare ways to combine token and position, and need
several seeds and held-out text. Two layers, 500 steps on the King James Bible.
Makes: src/data/add_or_concatenate.csv, a row per way, learning rate and seed: parameters, the loss
before training and the loss on held-out text after it, in nats per character. It takes some
minutes on an idle core. The digits differ a little between machines and versions of torch.
"""

import torch
from torch import Tensor, nn

from experiments.data_files import write_data
from src.positional_embeddings import LearnedPositions
from src.pretrained import load_corpus
from src.transformer import DecoderConfig, TinyDecoder, text_batches, train

STEPS, WIDTH, BATCH, SEEDS = 500, 64, 16, (0, 1, 2)
RATES = (6e-3, 3e-3)  # for the three ways that are compared with each other
WAYS = {
    "none": RATES[:1],
    "wrong axis": RATES[:1],
    "add 64 + 64": RATES,
    "concatenate 48 | 16": RATES,
    "concatenate 32 | 22, project": RATES,
}


class Concatenated(nn.Module):
    """Token and position side by side, (B, T, token_dim + position_dim), or projected to WIDTH."""

    def __init__(self, vocab_size: int, token_dim: int, position_dim: int, project: bool) -> None:
        super().__init__()
        self.token = nn.Embedding(vocab_size, token_dim)
        nn.init.normal_(self.token.weight, std=0.3)  # as TinyDecoder's own tables
        self.position = LearnedPositions(32, position_dim, std=0.3)
        self.project = nn.Identity()
        if project:
            self.project = nn.Linear(token_dim + position_dim, WIDTH, bias=False)
            nn.init.normal_(self.project.weight, std=token_dim**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids (B, T) to vectors (B, T, WIDTH)."""
        where = self.position(ids.shape[1]).expand(len(ids), -1, -1)
        return self.project(torch.cat([self.token(ids), where], dim=-1))


class WrongAxis(nn.Module):
    """The mistake of the lesson Adding: the row of the batch serves as the position."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids (B, T) to vectors (B, T, WIDTH)."""
        rows = torch.arange(len(ids)).unsqueeze(1)  # (B, 1)
        return self.layer(ids, rows.expand_as(ids))


def make_model(way: str, vocab_size: int, seed: int) -> TinyDecoder:
    """Return an untrained decoder that combines token and position in one of WAYS."""
    torch.manual_seed(seed)
    position = "none" if way == "none" else "learned"
    model = TinyDecoder(DecoderConfig(vocab_size, position, dim=WIDTH))
    if way == "wrong axis":
        model.embedding = WrongAxis(model.embedding)
    if way == "concatenate 48 | 16":
        model.embedding = Concatenated(vocab_size, 48, 16, project=False)
    if way == "concatenate 32 | 22, project":
        model.embedding = Concatenated(vocab_size, 32, 22, project=True)
    return model


def main() -> None:
    """Train every way with every rate and seed, and write a row for each."""
    torch.set_num_threads(1)
    text = load_corpus("king_james")[:1_000_000]
    characters = {character: n for n, character in enumerate(sorted(set(text)))}
    ids = torch.tensor([characters[character] for character in text])
    seen, held_out = ids[:900_000], ids[900_000:]
    runs = [(way, lr, seed) for lr in RATES for seed in SEEDS for way in WAYS if lr in WAYS[way]]
    rows = ["way,rate,seed,parameters,before,after"]
    for way, lr, seed in runs:
        model = make_model(way, len(characters), seed)
        batches = text_batches(seen, steps=STEPS, batch_size=BATCH, seed=seed)
        before = train(model, batches, lr=lr)[0]
        with torch.no_grad():
            losses = [
                nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
                for x, y in text_batches(held_out, steps=120, batch_size=BATCH, seed=99)
            ]
        after = sum(losses) / len(losses)
        size = sum(p.numel() for p in model.parameters())
        rows.append(f'"{way}",{lr},{seed},{size},{before:.3f},{after:.4f}')
        print(rows[-1], flush=True)
    write_data("add_or_concatenate.csv", "\n".join([*rows, ""]).encode())


if __name__ == "__main__":
    main()
