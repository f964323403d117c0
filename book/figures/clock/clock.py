"""The clock hands of the sinusoidal encoding, beside the table they come from."""

import math

from matplotlib.axes import Axes
from matplotlib.patches import Circle

from src.plotting import COLOURS, describe, heat_map, new_axes
from src.positional_embeddings import sinusoidal_table

CAPTION = (
    "One row of the table is D/2 hands, each slower than the one before. A hand points right by "
    "its sine and up by its cosine. With D = 16 and base 100 every hand makes a full turn within "
    "these 512 positions; with base 100,000 the last ones hardly move."
)
ALT = (
    "Eight clock hands at position 100, and a heat map of positions 64 to 127 by 16 columns with "
    "the row of position 100 marked. Stripes are narrow on the left and wide on the right."
)
HEIGHT = (530, 755)


def still(position: int = 100, dim: int = 16) -> Axes:
    """Draw the hands of a position and 64 rows of the table.

    Returns:
        The axes of the table.
    """
    start = position - position % 64
    table = sinusoidal_table(start + 64, dim)
    axes = new_axes(7.0, 3.6, ncols=2)
    columns = math.ceil(math.sqrt(dim / 2))
    for i, (right, up) in enumerate(table[position].view(-1, 2).tolist()):
        x, y = 2.4 * (i % columns), -2.4 * (i // columns)
        axes[0].plot([x, x + right], [y, y + up], color=COLOURS["position"], linewidth=2.5)
        axes[0].add_patch(Circle((x, y), 1, fill=False, color=COLOURS["neutral"]))
        axes[0].text(x - 1.1, y + 0.9, f"{i}", fontsize=8, ha="center")
    axes[0].set(aspect="equal", xticks=[], yticks=[])
    axes[0].spines[:].set_visible(False)
    describe(axes[0], title=f"The hands at position {position}", xlabel="", ylabel="")
    heat_map(
        table[start:],
        "position",
        title="Its row in the table",
        xlabel="column (even: sine, odd: cosine)",
        ylabel="position (tokens)",
        ax=axes[1],
    )
    axes[1].set_yticks([0, position - start, 63], [start, position, start + 63])
    axes[1].set_xticks([0, dim // 2, dim - 1])
    axes[1].axhline(position - start, color="black", linewidth=1)
    return axes[1]
