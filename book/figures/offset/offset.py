"""Words in front of a sentence: what its pairs of words get from four schemes, before and after."""

import torch
from matplotlib.axes import Axes

from book.figures.biases.biases import T5_DISTANCE, minilm_position_scores, t5_bias
from book.figures.numbers import rounded
from src.drawing import draw_offsets, draw_rows
from src.plotting import new_axes
from src.positional_embeddings import alibi_bias, t5_relative_buckets

CAPTION = (
    "Places change, offsets stay. With the offsets stay T5's bucket and bias, and ALiBi's bias; a "
    "learned table's term changes. Outlined: numbers that have changed. <strong>T5</strong>: "
    "a small decoder trained for this book, 16 buckets. <strong>ALiBi</strong>: slope 1/2. Both "
    "mask the keys after the query (–). <strong>Learned</strong>: the position-position term of "
    "the scores in MiniLM's first layer, an encoder. All are of one head; each row has its own "
    "tint."
)
ALT = (
    "Arcs from man to the four words before it, at offsets −1 to −4. Below, what each pair gets "
    "with no word and with twelve in front. T5's bias and ALiBi's are the same. The learned term "
    "is another number for each pair: for bites and man 20.9, then 25.2."
)
HEIGHT = (415, 510)

FRONT = "You know that I hear that she says that they think that".split()
WORDS = "the dog bites the man".split()
HEAD = 2  # of 12, in T5 and in MiniLM: it looks near by
SLOPES = 8  # ALiBi's heads, as in the lesson; the first has the slope 1/2


def data() -> dict:
    """Return the words, and what each pair gets.

    Returns:
        ``front`` and ``words``; ``buckets``, ``t5`` and ``alibi``: a number per distance, from 0;
        ``learned``: a number per query and key place, of the whole text.

    Source:
        Lesson: Relative.
    """
    t5, T, longest = t5_bias(), len(WORDS), len(FRONT) + len(WORDS)
    settings = {"num_buckets": len(t5.weight), "max_distance": T5_DISTANCE}
    buckets = t5_relative_buckets(T, T, bidirectional=False, **settings)
    return {
        "front": FRONT,
        "words": WORDS,
        "buckets": buckets[-1].flip(0).tolist(),
        "t5": rounded(t5(T, T)[HEAD, -1].flip(0)),
        "alibi": rounded(alibi_bias(SLOPES, T, T)[0, -1].flip(0)),
        "learned": rounded(minilm_position_scores()[HEAD, :longest, :longest], 1),
    }


def still() -> Axes:
    """Draw the offsets from the last word, and what its pairs get without and with words in front.

    Returns:
        The axes of the numbers.
    """
    found, T, more = data(), len(WORDS), len(FRONT)
    learned = torch.tensor(found["learned"])
    t5, alibi = (torch.tensor(found[name]).flip(0) for name in ("t5", "alibi"))
    rows = [learned[T - 1, :T], learned[more + T - 1, more:]]
    axes = new_axes(4.2, 4.7, nrows=3, height_ratios=(2.4, 1, 1))
    draw_offsets(WORDS, query=T - 1, title="Words in front: the offsets stay", ax=axes[0])
    title = f"T5, ALiBi: the same with {more} in front"
    both = torch.stack([t5, alibi])
    draw_rows(both, "position", rows=["T5 bias", "ALiBi bias"], title=title, ax=axes[1])
    draw_rows(
        torch.stack(rows),
        "position",
        numbers=".1f",
        rows=["0 in front", f"{more} in front"],
        title="A learned table: other numbers",
        ax=axes[2],
    )
    return axes[2]
