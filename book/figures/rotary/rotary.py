"""A query and a key, turned by their positions."""

import torch
from matplotlib.axes import Axes

from book.figures.numbers import rounded
from src.plotting import COLOURS, describe, new_axes
from src.positional_embeddings import apply_rotary

CAPTION = (
    "Both arrows turn and the score stays: it sees the offset alone. Query and key are the eight "
    "random numbers of the section on offsets, in four pairs of different speed. Arrows: one pair, "
    "dotted before it turns. Lines: the score of all four pairs as both move, and as only the "
    "query does."
)
ALT = (
    "Left, pair 0 of a query at position 12 and of a key at 5 as two arrows in the plane, and "
    "dotted as they were before they turned. Right, the score of all four pairs as they move: a "
    "level line if both move by the same number of tokens, a wild one if only the query moves."
)
HEIGHT = (530, 755)


def data() -> dict[str, list[float]]:
    """Return the query and the key of the lesson, 8 numbers each, before they are turned.

    Source:
        Lesson: Rotary, section "Only the offset is left".
    """
    random = torch.Generator().manual_seed(0)
    query, key = torch.randn(2, 8, dtype=torch.float64, generator=random)
    return {"query": rounded(query, 6), "key": rounded(key, 6)}


def still(query_at: int = 12, key_at: int = 5) -> Axes:
    """Draw the first pair of both, and the score as they move by 0 to 100 positions.

    Returns:
        The axes of the score.
    """
    query, key = (torch.tensor(data()[name]).expand(101, 8) for name in ("query", "key"))
    moved = torch.arange(101)
    q = apply_rotary(query, moved + query_at)  # (101, 8)
    k = apply_rotary(key, moved + key_at)
    axes = new_axes(7.0, 3.4, ncols=2)
    for name, turned, before, kind in (
        ("query", q[0, :2], query[0, :2], "position"),
        ("key", k[0, :2], key[0, :2], "neutral"),
    ):
        (x, y), (start_x, start_y) = turned.tolist(), before.tolist()
        axes[0].plot((0, start_x), (0, start_y), ":", color=COLOURS[kind], lw=1.5)
        axes[0].plot(start_x, start_y, "o", color=COLOURS[kind], ms=4)
        arrow = {"arrowstyle": "->", "color": COLOURS[kind], "linewidth": 2}
        axes[0].annotate("", (x, y), (0, 0), arrowprops=arrow)
        axes[0].text(x, y + 0.15, name, ha="center")
    axes[0].set(aspect="equal", xlim=(-2.7, 2.7), ylim=(-2.7, 2.7))
    describe(axes[0], title="Pair 0", xlabel="dimension 0", ylabel="dimension 1")
    alone, both = (q * k[:1]).sum(dim=1), (q * k).sum(dim=1)
    axes[1].plot(alone, color=COLOURS["neutral"], lw=1, label="only the query moves")
    axes[1].plot(both, color=COLOURS["position"], lw=3, label="both move")
    axes[1].legend(frameon=False, loc="upper left")
    axes[1].set_ylim(-11, 17)
    title = "The score sees the offset alone"
    return describe(axes[1], title=title, xlabel="moved by (tokens)", ylabel="score")
