"""Twelve words of a table that skip-gram trains, in the plane, after each pass over its text."""

from functools import cache

import torch
from matplotlib.axes import Axes
from torch import Tensor

from book.figures.numbers import rounded
from src.plotting import COLOURS, describe, label_ends, new_axes
from src.pretrained import load_corpus
from src.skipgram import SkipGram, train_skipgram
from src.token_embeddings import split_words

WORDS = """tea coffee milk sugar piano violin orchestra song court judge jury law""".split()
PASSES = 24

CAPTION = (
    "Noise at first; then words that keep the same company gather. Skip-gram with two columns "
    "reads the 1,744 glosses of WordNet that hold one of these twelve words, 24 times. From ten "
    "random starts, 10 to 12 of the 12 words ended nearest to one of their kind; chance gives 3."
)
ALT = (
    "Twelve words as points in the plane. Left, before training, they lie in one heap at the "
    "origin. Right, after 24 passes, in three groups: court, judge, jury and law; piano, violin, "
    "orchestra and song; tea, coffee, milk and sugar."
)
HEIGHT = (330, 540)


@cache
def glosses() -> list[list[str]]:
    """Return the glosses of WordNet that hold one of the words, cut into words."""
    lines = load_corpus("wordnet_glosses").splitlines()
    some = (split_words(line) for line in lines if any(word in line for word in WORDS))
    return [line for line in some if not set(WORDS).isdisjoint(line)]


@cache
def run(seed: int = 0) -> Tensor:
    """Train a table of two columns, and return the words' rows before it and after each pass.

    Args:
        seed: of the random start.

    Returns:
        The rows, shape (passes + 1, words, 2).

    Source:
        :func:`src.skipgram.train_skipgram`. Lesson: Learning meaning.
    """
    found = []

    def note(tables: SkipGram) -> None:
        rows = [tables.centre.row(word) for word in WORDS]
        found.append(tables.centre.vectors[rows])  # a copy

    settings = {"dim": 2, "window": 8, "subsample": 1e-3, "seed": seed, "after_epoch": note}
    train_skipgram(glosses(), epochs=1, lr=1e-12, **settings)  # the start, as good as unmoved
    train_skipgram(glosses(), epochs=PASSES, lr=0.2, **settings)
    return torch.stack(found)


def data() -> dict:
    """Return the words, their rows after each pass, and how often two of them meet.

    Returns:
        ``words``; ``rows`` (passes + 1, words, 2); ``glosses``: how many there are; ``together``
        (words, words): in how many of them two words stand together.
    """
    lines = [set(line) for line in glosses()]
    there = torch.tensor([[word in line for word in WORDS] for line in lines]).long()
    return {
        "words": WORDS,
        "rows": rounded(run(), 3),
        "glosses": len(lines),
        "together": (there.T @ there).tolist(),
    }


def still() -> Axes:
    """Draw the words before training and after the last pass.

    Returns:
        The axes of the words after it.
    """
    rows = run()
    axes = new_axes(7.2, 3.8, ncols=2, sharey=True)
    low, high = rows.amin(dim=(0, 1)).tolist(), rows.amax(dim=(0, 1)).tolist()
    for ax, places, title in zip(
        axes, (rows[0], rows[-1]), ("Before training", "After 24 passes"), strict=True
    ):
        ax.scatter(*places.T, s=22, color=COLOURS["token"], zorder=3)
        ax.plot(0, 0, "+", color=COLOURS["neutral"], ms=10)
        ends = {
            word: (x, y, COLOURS["token"])
            for word, (x, y) in zip(WORDS, places.tolist(), strict=True)
        }
        label_ends(ax, ends, x=high[0] + 0.15, gap=(high[1] - low[1]) / 13)
        ax.set(xlim=(low[0] - 0.1, high[0] + 0.95), ylim=(low[1] - 0.3, high[1] + 0.2))
        ax.set_aspect("equal")
        describe(ax, title=title, xlabel="column 0", ylabel="column 1" if ax is axes[0] else "")
    return axes[1]
