"""A language model's next word after one change: `python -m experiments.next_word`.

Why: the figure `next_word` of A whole language model lets a reader predict, on four short texts,
what a change of positions or rows does to the next word; the book is built without the model.
Seconds on a laptop, after `python -m src.smollm2`. Each row: what the model read, at which
positions, its loss per token of the text in nats, the five most probable next tokens, their
probabilities and those that the same tokens have with nothing changed. Shuffles are drawn five
times. Makes: src/data/next_word.csv.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from experiments.data_files import write_table
from experiments.language_model_changes import exchanged
from src.language_model import LanguageModel, next_token_losses
from src.smollm2 import load_language_model

DRAWS, WORDS = 5, 5

TEXTS = {  # text -> the two tokens whose rows are exchanged at the input
    "The capital of France is Paris. The capital of Italy is": (" France", " Italy"),
    "One, two, three, four, five,": (" two", " four"),
    "The lid of the pot is hot. Do not touch the": (" lid", " pot"),
    "The cat sat on the mat and the dog sat on the": (" cat", " dog"),
}


def changes(
    model: LanguageModel, ids: Tensor, pair: tuple[str, str]
) -> Iterator[tuple[str, int, Tensor, Tensor | None]]:
    """Yield each change, the number of its draw, and which ids are read at which positions.

    Positions are None where nothing is turned.
    """
    places = torch.arange(ids.shape[1])
    yield "as it is", 0, ids, places
    yield "moved by 5,000", 0, ids, places + 5000
    yield "times two", 0, ids, places * 2
    yield "reversed", 0, ids, places.flip(0)
    for seed in range(DRAWS):
        order = torch.randperm(len(places), generator=torch.Generator().manual_seed(seed))
        yield "shuffled", seed, ids, places[order]
    yield "no rotary", 0, ids, None
    two = torch.cat([model.token_ids(word)[0] for word in pair])
    if len(two) != 2 or not torch.isin(two, ids).all():
        raise ValueError(f"{pair} must be two tokens of the text.")
    yield "rows exchanged", 0, exchanged(two, two.flip(0), len(model.token))[ids], places


def main() -> None:
    """Make all changes on all texts and write the file."""
    model = load_language_model()
    rotary, rows = model.rotary, []
    for text, pair in TEXTS.items():
        ids, before = model.token_ids(text), None
        for change, draw, read, positions in changes(model, ids, pair):
            model.rotary = None if positions is None else rotary
            scores = model(read, positions)
            model.rotary = rotary
            chances = scores[0, -1].softmax(dim=-1)
            before = chances if before is None else before
            top = chances.topk(WORDS).indices
            rows.append(
                (
                    text,
                    change,
                    draw,
                    "|".join(model.decode([token]) for token in read[0]),
                    "" if positions is None else " ".join(map(str, positions.tolist())),
                    f"{next_token_losses(scores, ids).mean():.3f}",
                    "|".join(model.decode([token]) for token in top),
                    " ".join(f"{p:.3f}" for p in chances[top]),
                    " ".join(f"{p:.3f}" for p in before[top]),
                )
            )
            print(*rows[-1][1:3], *rows[-1][5:], sep="  ", flush=True)
    write_table(
        "next_word.csv",
        ("text", "change", "draw", "read", "positions", "loss", "words", "chances", "before"),
        rows,
        "Made by experiments/next_word.py. Nats per token; tokens stand between bars.",
        f"torch {torch.__version__}",
    )


if __name__ == "__main__":
    main()
