"""A token vector plus a position vector, and which row of each table is nearest to the sum."""

import torch
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from torch import Tensor

from book.figures.numbers import rounded
from src.plotting import COLOURS, describe, new_axes

CAPTION = (
    "In two dimensions a sum says little about its parts; at 64 the nearest rows are the right "
    "ones. Two random tables of 32 rows, cut to their first D numbers. Make positions long or "
    "short: the longer part drowns the other, unless the width grows. Once you move a slider, a "
    "plane shows the first two numbers, and two lines the distance of the sum to every row."
)
ALT = (
    "Share of sums whose nearest token and nearest position are right, against the width from 2 "
    "to 128. The two shares start at 11 and 22 percent and reach 100 at 48 dimensions."
)
HEIGHT = (530, 715)

ROWS, WIDEST = 32, 128
WIDTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


def tables() -> Float[Tensor, "2 V D"]:
    """Return the token table and the position table, shape (2, 32, 128)."""
    return torch.randn(2, ROWS, WIDEST, generator=torch.Generator().manual_seed(0))


def data() -> dict[str, list]:
    """Return ``"token"`` and ``"position"``, each 32 rows of 128 numbers.

    Source:
        Lesson: Why adding works.
    """
    token, position = tables()
    return {"token": rounded(token, 3), "position": rounded(position, 3)}


def nearest(width: int, ratio: float) -> Int[Tensor, "2 V V"]:
    """Find the nearest row of either table for the sum of every token and position.

    Args:
        width: D, how many of the 128 numbers are used.
        ratio: what the position table is multiplied by.

    Returns:
        The nearest token of each sum, token by position, and the nearest position: (2, 32, 32).
    """
    token, position = tables()[:, :, :width].double().round(decimals=3)
    position = ratio * position
    sums = token.unsqueeze(1) + position  # (V, T, D)
    flat = sums.flatten(0, 1)
    found = [torch.cdist(flat, table).argmin(dim=1) for table in (token, position)]
    return torch.stack(found).unflatten(1, (ROWS, ROWS))


def still() -> Axes:
    """Draw how many sums are read back right, against the width.

    Returns:
        The axes.
    """
    right = torch.arange(ROWS)
    shares = []
    for width in WIDTHS:
        token, position = nearest(width, 1.0)
        hits = (token == right.unsqueeze(1)), (position == right)
        shares.append([100 * hit.double().mean().item() for hit in hits])
    ax = new_axes(6.4, 3.2)
    for kind, style, share in zip(
        ("token", "position"), ("o-", "s--"), zip(*shares, strict=True), strict=True
    ):
        ax.plot(WIDTHS, share, style, color=COLOURS[kind], label=kind)
    ax.set_xscale("log", base=2)
    ax.set_xticks([2, 4, 8, 16, 32, 64, 128], [2, 4, 8, 16, 32, 64, 128])
    ax.legend(frameon=False)
    title = "With the width, both parts of a sum are read back"
    return describe(ax, title=title, xlabel="width D (dimensions)", ylabel="right rows (%)")
