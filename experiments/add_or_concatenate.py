"""Add token and position, or put them side by side: held-out loss of a tiny decoder, three seeds.

    OMP_NUM_THREADS=1 python -m experiments.add_or_concatenate

Takes about two minutes. Prints, for each way and seed, the parameters and the loss in nats per
character on held-out King James text, after 500 steps with one untuned learning rate for all. The
numbers in the lesson Why adding works come from here: copy them there if they change.
"""

import torch
from torch import Tensor, nn

from src.positional_embeddings import LearnedPositions
from src.pretrained import load_corpus
from src.transformer import DecoderConfig, TinyDecoder, text_batches, train

STEPS, LR, WIDTH, SEEDS = 500, 6e-3, 64, (0, 1, 2)
WAYS = {  # name: widths of token and position, and whether a matrix follows; None: no position
    "no positions": None,
    "add 64 + 64": (64, 64, False),
    "concatenate 48 | 16": (48, 16, False),
    "concatenate 32 | 22, project": (32, 22, True),
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


def main() -> None:
    """Train every way with every seed and print one line each."""
    text = load_corpus("king_james")[:1_000_000]
    characters = {character: n for n, character in enumerate(sorted(set(text)))}
    ids = torch.tensor([characters[character] for character in text])
    seen, held_out = ids[:900_000], ids[900_000:]
    for seed in SEEDS:
        for name, widths in WAYS.items():
            torch.manual_seed(seed)
            position = "none" if widths is None else "learned"
            model = TinyDecoder(DecoderConfig(len(characters), position, dim=WIDTH))
            if widths and name.startswith("concatenate"):
                model.embedding = Concatenated(len(characters), *widths)
            train(model, text_batches(seen, steps=STEPS, seed=seed), lr=LR)
            with torch.no_grad():
                losses = [
                    nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
                    for x, y in text_batches(held_out, steps=30, batch_size=64, seed=99)
                ]
            size = sum(p.numel() for p in model.parameters())
            print(f"seed {seed}  {name:30} {size:7,} {sum(losses) / len(losses):.3f}", flush=True)


if __name__ == "__main__":
    main()
