"""Three words in any order: what self-attention gives each of them, without and with positions."""

from itertools import permutations

import torch
from matplotlib.axes import Axes

from book.figures.numbers import rounded
from src.attention import attention
from src.drawing import draw_rows
from src.plotting import new_axes
from src.positional_embeddings import sinusoidal_table

CAPTION = (
    "Without positions the same rows come out, only swapped; with positions they change. Each word "
    "has the same two numbers at each place. First they go through self-attention alone, then "
    "with the sinusoidal row of the word's place added. Outlined: numbers that are not those of "
    "“dog bites man”."
)
ALT = (
    "The output rows of dog, bites and man for two orders, dog bites man and man bites dog. "
    "Without positions each word has the same two numbers in both. With positions all rows differ: "
    "that of dog is 1.67 and 1.28 in front, and 2.88 and −0.38 at the end."
)
HEIGHT = (275, 520)

WORDS = ("dog", "bites", "man")
VECTORS = torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])


def outcome(order: tuple[int, ...], positions: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Send the words through self-attention in some order.

    Args:
        order: which word stands at each place.
        positions: whether the sinusoidal table is added.

    Returns:
        The output rows, shape (3, 2), and the weights, shape (3, 3), both by word, not by place:
        the first row is that of "dog", wherever it stands.
    """
    places = torch.tensor(order)
    x = VECTORS[places]
    if positions:
        x = x + sinusoidal_table(*x.shape)
    rows, weights = attention(x, x, x)
    back = places.argsort()  # where each word stands
    return rows[back], weights[back][:, back]


def data() -> dict:
    """Return ``"words"`` and ``"orders"``: for "012", "210", … the rows and weights by word.

    Each has two of both: without positions and with them.

    Source:
        Lesson: Why order needs help.
    """
    orders = {}
    for order in permutations(range(len(WORDS))):
        both = [outcome(order, positions) for positions in (False, True)]
        rows, weights = ([rounded(one, 5) for one in kind] for kind in zip(*both, strict=True))
        orders["".join(map(str, order))] = {"rows": rows, "weights": weights}
    return {"words": list(WORDS), "orders": orders}


def still() -> Axes:
    """Draw the output rows of two orders, without and with positions.

    Returns:
        The axes of the last one.
    """
    axes = new_axes(5.0, 3.2, nrows=2, ncols=2)
    found = data()["orders"]
    for positions, name in enumerate(("Without positions", "With positions")):
        for ax, order in zip(axes[positions], ((0, 1, 2), (2, 1, 0)), strict=True):
            rows = torch.tensor(found["".join(map(str, order))]["rows"][positions])
            draw_rows(
                rows[list(order)],
                ("token", "combination")[positions],
                rows=[WORDS[word] for word in order],
                strong=[order.index(0)],
                limit=3.0,
                title=name if order == (0, 1, 2) else " ",
                ax=ax,
            )
    return axes[-1, -1]
