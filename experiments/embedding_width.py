"""Train the bigram model at nine widths, three seeds each: `python -m experiments.embedding_width`.

Why: how wide a row should be depends on when training stops, so each width gets its own best step
and learning rate, chosen on lines that are neither trained on nor reported. On an idle core that
takes ten minutes.
Makes: src/data/embedding_width.csv, two rows per run: the best step, and the last one. The digits
differ a little from one machine or version of torch to the next.
"""

import itertools
from collections import Counter
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from tqdm import tqdm

from experiments.data_files import write_table
from src.pretrained import load_corpus
from src.token_embeddings import split_words

V = 1000  # the 999 most frequent words, and one token for all others
WIDTHS, SEEDS, RATES = (1, 2, 4, 8, 16, 32, 64, 128, 256), (0, 1, 2), (0.05, 0.02)
STEPS, EVERY = 200, 5  # the last step, and how often the model is measured
COLUMNS = ("width", "seed", "rate", "stop", "step", "seen", "chosen_on", "held_out")


def pair_counts(sentences: list[list[str]], vocab: dict[str, int]) -> Tensor:
    """Return (V, V): how often token j follows token i."""
    pairs = Counter(
        (vocab.get(a, 0), vocab.get(b, 0))
        for words in sentences
        for a, b in itertools.pairwise(words)
    )
    first, second = torch.tensor(list(pairs)).T
    counts = torch.zeros(V, V)
    counts[first, second] = torch.tensor(list(pairs.values())).float()
    return counts


def texts() -> list[Tensor]:
    """Return the pair counts of the lines to learn from, to choose the step on, and to report."""
    split = [split_words(line) for line in load_corpus("wordnet_glosses").splitlines()]
    tally = Counter(word for words in split for word in words)
    vocab = {word: n for n, (word, _) in enumerate(tally.most_common(V - 1), start=1)}
    learned = [words for n, words in enumerate(split) if n % 5]
    return [pair_counts(part, vocab) for part in (learned, split[5::10], split[::10])]


def train(D: int, seed: int, rate: float, counts: list[Tensor]) -> Iterator[tuple]:
    """Yield the step and the losses on the three texts, in nats per token."""
    torch.manual_seed(seed)
    E = nn.Parameter(torch.randn(V, D) / (2 * D**0.5))
    W = nn.Parameter(torch.randn(V, D) / (2 * D**0.5))
    b = nn.Parameter((counts[0].sum(dim=0) + 1).log())
    optimizer = torch.optim.Adam([E, W, b], lr=rate)
    for step in range(STEPS + 1):
        log_p = (E @ W.T + b).log_softmax(dim=1)
        loss = -(counts[0] * log_p).sum() / counts[0].sum()
        if step % EVERY == 0:
            yield step, *(-((c * log_p.detach()).sum() / c.sum()).item() for c in counts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main() -> None:
    """Write the file, with the settings in a comment above it."""
    torch.set_num_threads(1)
    counts = texts()
    rows = []
    for D, seed, rate in tqdm(list(itertools.product(WIDTHS, SEEDS, RATES)), unit="model"):
        history = list(train(D, seed, rate, counts))
        best = min(history, key=lambda measured: measured[2])
        for stop, (step, *losses) in (("best", best), ("last", history[-1])):
            rows.append([D, seed, rate, stop, step, *(f"{x:.4f}" for x in losses)])
    write_table(
        "embedding_width.csv",
        COLUMNS,
        rows,
        "Made by experiments/embedding_width.py. Losses in nats per token.",
        f"torch {torch.__version__}, measured every {EVERY} of {STEPS} steps",
    )
    print("put the size and the hash into src/data/README.md, too")


if __name__ == "__main__":
    main()
