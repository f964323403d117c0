"""What a whole language model loses by one change: `python -m experiments.language_model_changes`.

Why: the lesson changes SmolLM2's positions and rows on one sentence while you wait; its claims
should hold on five texts of 128 tokens. Three minutes on a laptop, after `python -m src.smollm2`.
Each row: the mean loss of the 127 tokens that have one before them, in nats; of "end" changes that
of the last 32. Changes that draw at random are made three times.
Makes: src/data/language_model_changes.csv.
"""

from collections import Counter
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from experiments.data_files import write_table
from src.language_model import LanguageModel, next_token_losses
from src.positional_embeddings import Rotary
from src.pretrained import load_corpus
from src.smollm2 import load_language_model

TOKENS, END, DRAWS = 128, 32, 3

COURSE = """A table has one row per token. To look a token up is to take its row: no product, no
search, only an index. The row is a list of numbers, and training has chosen them. Two tokens that
occur in the same places get similar rows, because the same errors have pushed them in the same
directions. Nothing in a row says where in the text its token stands. The word "dog" has the same
row at the start of a sentence as at its end, so a model that sees only rows cannot tell "dog bites
man" from "man bites dog". Something has to bring the order in. The first transformers added a
second row to each, the row of the position. Many newer models add nothing and turn the queries and
the keys instead, by an angle that grows with the position."""

STORY = """Marta had kept the bakery on the corner for thirty years. Every morning at four she lit
the oven, and every morning at five the old postman came in for a roll and a cup of coffee. They
never talked much. One Monday in March the postman did not come. Marta waited until six, then she
turned the sign on the door and walked down to the river, where he lived in a small house with green
shutters. He opened the door in his dressing gown and laughed when he saw her. "I am not ill," he
said. "I retired on Friday. I thought you knew." She held out the paper bag with the roll in it. "A
man has to eat," she said, "even if he has no letters to carry."""

CODE = '''def word_counts(path, minimum=2):
    """Count the words of a file, without case."""
    counts = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            for word in line.lower().split():
                word = word.strip(".,;:!?")
                if word:
                    counts[word] = counts.get(word, 0) + 1
    return {word: n for word, n in counts.items() if n >= minimum}


def most_frequent(counts, number=10):
    """Return the most frequent words, the first one first."""
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return ordered[:number]
'''


def texts(model: LanguageModel) -> dict[str, Tensor]:
    """Return the ids of each text, shape (1, 128)."""
    whole = {
        "course": COURSE.replace("\n", " "),
        "story": STORY.replace("\n", " "),
        "code": CODE,
        "King James": load_corpus("king_james")[300_000:303_000].partition("\n")[2],
        "glosses": load_corpus("wordnet_glosses")[2_000_000:2_003_000].partition("\n")[2],
    }
    return {name: model.token_ids(text)[:, :TOKENS] for name, text in whole.items()}


def exchanged(tokens: Tensor, with_these: Tensor, size: int) -> Tensor:
    """Return which row each token of the table gets."""
    rows = torch.arange(size)
    rows[tokens] = with_these
    return rows


def loss(model: LanguageModel, ids: Tensor, x: Tensor, positions: Tensor | None = None) -> float:
    """Nats per token of ids, if the model reads x."""
    return next_token_losses(model(x, positions), ids).mean().item()


def changes(model: LanguageModel, ids: Tensor) -> Iterator[tuple[str, int, float]]:
    """Yield each change, the number of its draw, and what the model then loses on the ids."""
    own, table, T = model.rotary, model.token, ids.shape[1]
    places = torch.arange(T)
    for name, positions in (
        ("nothing", places),
        ("positions + 5000", places + 5000),
        ("positions x 2", places * 2),
        ("positions reversed", places.flip(0)),
        ("positions all 0", places * 0),
    ):
        yield name, 0, loss(model, ids, ids, positions)
    for name, rotary in (
        ("no rotary", None),
        ("other layout", Rotary(model.head_width, base=model.config.base, layout="half")),
    ):
        model.rotary = rotary
        yield name, 0, loss(model, ids, ids)
    model.rotary = own

    distinct = ids.unique()
    two = torch.tensor([token for token, _ in Counter(ids[0].tolist()).most_common(2)])
    for seed in range(DRAWS):
        g = torch.Generator().manual_seed(seed)
        yield (
            "positions shuffled",
            seed,
            loss(model, ids, ids, places[torch.randperm(T, generator=g)]),
        )
        shuffled = ids[:, torch.randperm(T, generator=g)]
        yield "words shuffled", seed, loss(model, shuffled, shuffled)
        before = ids[:, : T - END][:, torch.randperm(T - END, generator=g)]
        mixed = torch.cat((before, ids[:, T - END :]), dim=1)
        yield "end, words before shuffled", seed, end(model, mixed)
        chosen = torch.randperm(len(distinct), generator=g)
        all_rows = exchanged(distinct, distinct[chosen], len(table))
        yield "all rows exchanged at the input", seed, loss(model, ids, all_rows[ids])
    yield "end", 0, end(model, ids)
    yield "end, nothing before", 0, end(model, ids[:, T - END - 1 :])

    rows = exchanged(two, two.flip(0), len(table))
    yield "two rows exchanged at the input", 0, loss(model, ids, model.rows(rows[ids]))
    model.token = nn.Parameter(table[rows], requires_grad=False)
    renamed = rows[ids]
    yield "two rows exchanged in the table", 0, loss(model, renamed, renamed)
    model.token = table


def end(model: LanguageModel, ids: Tensor) -> float:
    """Nats per token of the last 32."""
    return next_token_losses(model(ids), ids)[:, -END:].mean().item()


def main() -> None:
    """Make all changes on all texts and write the file."""
    model = load_language_model()
    rows = []
    for name, ids in texts(model).items():
        if ids.shape[1] < TOKENS:
            raise ValueError(f"{name} has {ids.shape[1]} tokens, fewer than {TOKENS}.")
        for change, draw, value in changes(model, ids):
            print(f"{name:12} {change:32} {draw} {value:.3f}", flush=True)
            rows.append((name, change, draw, f"{value:.3f}"))
    write_table(
        "language_model_changes.csv",
        ("text", "change", "draw", "loss"),
        rows,
        "Made by experiments/language_model_changes.py. Nats per token.",
        f"torch {torch.__version__}",
    )


if __name__ == "__main__":
    main()
