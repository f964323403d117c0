"""Figures in the book's colours: what is blue, where is orange, their combination green.

Every helper takes ``ax=None`` and returns the axes it drew on; none changes global settings. In
Jupyter, figures are shown as SVG once this module is imported.
"""

import io
import sys
from collections.abc import Callable, Mapping, Sequence

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import torch
from jaxtyping import Num
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

# Each is told from the others with any colour vision and has a contrast of 3 or more to white and
# to the dark theme's background; tests/test_plotting.py computes both.
COLOURS = {
    "token": "#0072B2",
    "position": "#CC6600",
    "combination": "#009E73",
    "neutral": "#6F6F6F",
}
# Text on a light patch that stays light on a dark page; black text turns light there.
ON_WHITE = "#010101"


def new_axes(width: float = 6.4, height: float = 3.2, **subplots: object) -> Axes | np.ndarray:
    """Make a figure in the book's style and return its axes.

    Args:
        width: of the figure in inches.
        height: of the figure in inches.
        **subplots: passed to ``plt.subplots``; with ``ncols=2`` an array of axes comes back.

    Returns:
        The axes, or an array of them.

    Source:
        The book's style, used in every lesson.
    """
    figure, axes = plt.subplots(
        figsize=(width, height), dpi=110, facecolor="white", layout="constrained", **subplots
    )
    for ax in figure.axes:
        ax.spines[["top", "right"]].set_visible(False)
    return axes


def as_svg(figure: Figure) -> str:
    """Return a figure as SVG whose text is text; the same figure gives the same SVG each time.

    Source:
        The book's style, used in every lesson.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "what and where"}):
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    return buffer.getvalue()


def show_as_svg(draw: Callable[[Figure], str | tuple[str, dict]] = as_svg) -> None:
    """Let Jupyter show figures as SVG, sharp at any size; without Jupyter do nothing.

    Args:
        draw: returns the SVG of a figure, or the SVG and the output's metadata.

    Source:
        The book's style, used in every lesson.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or not hasattr(shell, "kernel"):
        return
    plt.switch_backend(matplotlib.get_backend())  # as it is loaded, it chooses PNG
    formatters = shell.display_formatter.formatters
    formatters["image/png"].pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, draw)


def describe(ax: Axes, *, title: str, xlabel: str, ylabel: str) -> Axes:
    """Say what a figure shows: its finding as the title, and both axes with their units.

    Returns:
        The axes.

    Source:
        The book's style, used in every lesson.
    """
    ax.set_title(title, loc="left", fontsize=11, fontweight="bold")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    return ax


def colour_map(kind: str) -> LinearSegmentedColormap:
    """Return the map for signed numbers: dark grey below 0, white at 0, the kind's colour above.

    Raises:
        ValueError: ``kind`` is not one of ``COLOURS``.

    Source:
        The book's style, used in every lesson.
    """
    if kind not in COLOURS:
        raise ValueError(f"kind must be one of {', '.join(COLOURS)}, but got {kind!r}.")
    return LinearSegmentedColormap.from_list(kind, ["#3B3B3B", "#FFFFFF", COLOURS[kind]])


def ink_on(colour: str | Sequence[float]) -> str:
    """Return the colour of letters on a colour: white or nearly black, what has more contrast.

    Args:
        colour: as matplotlib writes it, such as ``"#CC6600"`` or (red, green, blue) from 0 to 1.

    Source:
        WCAG 2.2, relative luminance; at 0.179 both have the same contrast.
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return "white" if np.dot(linear, [0.2126, 0.7152, 0.0722]) < 0.179 else ON_WHITE


def heat_map(
    values: Num[Tensor, "rows columns"],
    kind: str,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    numbers: str | None = None,
    limit: float | None = None,
    bar: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a matrix as coloured cells, white at 0.

    Args:
        values: the matrix, shape (rows, columns).
        kind: ``"token"``, ``"position"``, ``"combination"`` or ``"neutral"``: the colour above 0.
        title: the finding, as a sentence.
        xlabel: what the columns are, with the unit.
        ylabel: what the rows are, with the unit.
        rows: a label per row.
        columns: a label per column.
        numbers: format of the number printed in each cell, such as ``".2f"``; none if not given.
        limit: the value of full colour; the largest absolute value if not given.
        bar: label of the colour bar; no bar if not given.
        ax: where to draw; a new figure if not given.

    Returns:
        The axes.

    Raises:
        ValueError: ``kind`` is unknown, or the labels do not match the matrix in number.

    Source:
        The book's style, used in every lesson.
    """
    values = values.detach().cpu()
    cells = (values.float() if values.dtype == torch.bfloat16 else values).numpy()  # it has none
    for name, labels, count in (
        ("rows", rows, cells.shape[0]),
        ("columns", columns, cells.shape[1]),
    ):
        if labels is not None and len(labels) != count:
            raise ValueError(f"{name} must have {count} labels, but got {len(labels)}.")
    ax = new_axes() if ax is None else ax
    limit = float(np.abs(cells).max()) if limit is None else limit
    scale = Normalize(-limit, limit)
    image = ax.imshow(cells, cmap=colour_map(kind), norm=scale, aspect="auto", interpolation="none")
    for axis, labels in ((ax.yaxis, rows), (ax.xaxis, columns)):
        if labels is None:
            axis.set_major_locator(MaxNLocator("auto", integer=True))
        else:
            axis.set_ticks(range(len(labels)), labels)
    if numbers is not None:
        for (r, c), value in np.ndenumerate(cells):
            ink = ink_on(image.cmap(scale(value)))
            ax.text(c, r, f"{value:{numbers}}", ha="center", va="center", color=ink, fontsize=8)
    if bar is not None:
        ax.figure.colorbar(image, ax=ax, label=bar)
    return describe(ax, title=title, xlabel=xlabel, ylabel=ylabel)


def word_map(
    places: Num[Tensor, "words 2"],
    words: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw words at their places in the plane; labels that overlap are moved apart, up and down.

    Args:
        places: where each word lies, shape (words, 2). A small dot marks the place of a word that
            was moved away from it.
        words: one for each place.
        title: the finding, as a sentence.
        xlabel: what the first axis is, with the unit.
        ylabel: what the second axis is, with the unit.
        ax: where to draw; a new figure, large enough for 120 words, if not given.

    Returns:
        The axes.

    Raises:
        ValueError: words and places differ in number.

    Source:
        Lesson: A real table.
    """
    if len(words) != len(places):
        raise ValueError(f"words must have {len(places)} labels, but got {len(words)}.")
    ax = new_axes(6.8, 6.4) if ax is None else ax
    places = places.detach().cpu().float()
    size = places.max(dim=0).values - places.min(dim=0).values
    label = places / size  # both axes from 0 to 1
    width = torch.tensor([0.006 + 0.0066 * len(word) for word in words])
    itself = torch.eye(len(words), dtype=torch.bool)
    for _ in range(300):
        gap = label.unsqueeze(1) - label.unsqueeze(0)  # (words, words, 2)
        beside = gap[..., 0].abs() < width.unsqueeze(1) + width.unsqueeze(0)
        overlap = beside & (gap[..., 1].abs() < 0.019) & ~itself
        label[:, 1] += (torch.where(gap[..., 1] > 0, 0.001, -0.001) * overlap).sum(dim=1)
    moved = (label - places / size)[:, 1].abs() > 0.012  # clear of their places
    ax.scatter(*places.T, s=4 * moved, color="#9CC9E3")
    for word, (x, y) in zip(words, (label * size).tolist(), strict=True):
        ax.text(x, y, word, ha="center", va="center", fontsize=7, color=COLOURS["token"])
    ax.set_xticks([])
    ax.set_yticks([])
    ax.margins(0.06)
    return describe(ax, title=title, xlabel=xlabel, ylabel=ylabel)


def label_ends(
    ax: Axes,
    ends: Mapping[str, tuple[float, float, str]],
    *,
    x: float,
    gap: float,
    top: float = float("inf"),
) -> Axes:
    """Write each line's name beside its end, the names far enough apart to be read.

    Args:
        ax: the axes with the lines.
        ends: name -> where its line ends (x, y), and its colour.
        x: where the names begin; thin lines lead to them.
        gap: the least distance between two names, on the y axis.
        top: no name is higher than this.

    Returns:
        The axes.

    Source:
        The book's style. Lesson: The position lab.
    """
    names = sorted(ends, key=lambda name: ends[name][1])
    heights = [ends[name][1] for name in names]
    for _ in range(200):  # push neighbours apart, a little at a time
        heights[-1] = min(heights[-1], top)
        for low in range(len(heights) - 1):
            short = max(0.0, gap - (heights[low + 1] - heights[low]))
            heights[low] -= short / 2
            heights[low + 1] += short / 2
    for name, height in zip(names, heights, strict=True):
        end, y, colour = ends[name]
        ax.annotate(
            "",
            (end, y),
            (x, height),
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#8A8A8A", "shrinkB": 3},
        )
        ax.text(x, height, name, va="center", fontsize=8, color=colour)
    return ax


show_as_svg()
