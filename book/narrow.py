"""Draw each figure a second time for a phone, as notebooks are run (`book/run_notebooks.py`).

The narrow figure has the same type on less width: titles and long names beside an axis are broken
into lines, every second number below it goes if they would touch, names there stand upright, and
panels that stand side by side stand below each other. It goes to the metadata of the cell's output,
and the book's page shows it where there is no room for the wide one. Where labels would touch,
there is none, and the page lets the reader move the wide one.
"""

import math
import pickle
import re
import warnings
from itertools import combinations, pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from src.plotting import as_svg, show_as_svg

WIDTH = 3.9  # inches: on a phone's 330 pixels, 8 points are 9 pixels
TYPE = 8  # points: the least, where there is room
LEAST = 0.4  # of the figure's width: less is left where the labels beside the axes are long
NAMES = 0.28  # of the figure's width, at most, for the names beside the y axis
NUMBER = re.compile(r"[−+-]?[\d.,]+[KM%]?|\$.*\$")
STACKED = 0.85  # of a panel's height, when panels stand below each other


def both(figure: Figure) -> tuple[str, dict]:
    """Return a figure's SVG, and the narrow one for its output's metadata."""
    wide = as_svg(figure)
    small = narrow(figure)
    return wide, {} if small is None else {"narrow": as_svg(small)}


def narrow(figure: Figure) -> Figure | None:
    """Return the figure drawn for a phone, or None if it is narrow already or labels would touch.

    Pictures without a layout engine (`src/drawing.py`) are made for phones as they are.
    """
    if hasattr(figure, "narrow"):  # src/drawing.py knows how to draw it
        small = figure.narrow().figure
        plt.close(small)  # or it would be shown as well
        return small
    if figure.get_layout_engine() is None or figure.get_size_inches()[0] <= WIDTH:
        return None
    found = len(touching(figure))
    copies = (narrower(figure, least) for least in (TYPE, 0))
    return next((copy for copy in copies if copy and len(touching(copy)) <= found), None)


def narrower(figure: Figure, least: float) -> Figure | None:
    """Return a copy of a figure on less width, or None if its axes have no room.

    Args:
        figure: the wide one.
        least: points; smaller type becomes so large.
    """
    height = figure.get_figheight()
    copy = pickle.loads(pickle.dumps(figure))  # noqa: S301, our own figure
    for text in copy.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), least))
    panels = [ax for ax in copy.axes if ax.get_subplotspec() is not None]
    rows = {ax.get_subplotspec().rowspan.start for ax in panels}
    columns = 2 if len(panels) > 3 and all(ax.get_aspect() == 1 for ax in panels) else 1
    if len(panels) > len(rows):
        below = math.ceil(len(panels) / columns)
        grid = GridSpec(below, columns, figure=copy)
        beside = {ax.get_subplotspec().rowspan.start: ax.get_ylabel() for ax in panels[::-1]}
        for place, ax in zip(grid, panels, strict=False):
            if not ax.get_ylabel() and ax.get_shared_y_axes().get_siblings(ax)[1:]:
                ax.set_ylabel(beside[ax.get_subplotspec().rowspan.start])
            ax.set_subplotspec(place)
            ax.tick_params(labelleft=True)
        height *= STACKED * below / len(rows)
    copy.set_size_inches(WIDTH, height)
    with warnings.catch_warnings(record=True) as caught:
        copy.canvas.draw()
        missing = max(map(fit_ticks, panels), default=0)
        copy.set_size_inches(WIDTH, height + missing * len(panels) / columns)
        copy.canvas.draw()
    # With warnings, matplotlib found no room for the axes at all.
    widths = [ax.get_position(original=True).width for ax in panels]
    if caught or min(widths, default=1) < LEAST / columns:
        return None
    for ax in copy.axes:
        bar = ax.images and ax.images[0].colorbar  # its numbers stand beside a title's second line
        for text in titles(ax):
            room = copy.bbox.width - (ax.bbox.x0 if text is ax._left_title else 0) - 8
            wrap(text, ax.bbox.width if bar else room)
    if copy._suptitle is not None:
        wrap(copy._suptitle, copy.bbox.width - 8)
    return copy


def fit_ticks(ax: Axes) -> float:
    """Break long names beside the y axis; thin numbers below the x axis, or turn names there.

    Returns:
        The height in inches that the broken names need and the axes have not.
    """
    names, missing = ax.get_yticklabels(), 0.0
    for name in names:
        wrap(name, NAMES * ax.figure.bbox.width)
    if any("\n" in name.get_text() for name in names):
        ax.set_yticks(ax.get_yticks(), [name.get_text() for name in names])
        heights = [name.get_window_extent().height + 9 for name in names]
        missing = max(0.0, max(heights) * len(names) - ax.bbox.height) / ax.figure.dpi
    while len(crowded(ax)) > 0:
        labels = [label.get_text() for label in ax.get_xticklabels()]
        if not all(NUMBER.fullmatch(label) for label in filter(None, labels)):
            ax.tick_params(axis="x", labelrotation=90)
            break
        kept = [n for n, label in enumerate(labels) if label][::2]
        ax.set_xticks(ax.get_xticks(), [x if n in kept else "" for n, x in enumerate(labels)])
        ax.figure.canvas.draw()
    return missing


def crowded(ax: Axes) -> list[Bbox]:
    """Return the labels below the x axis that are closer to the next than a letter is wide."""
    hidden = out_of_view(ax.figure)
    labels = [label for label in ax.get_xticklabels() if label.get_text() and label not in hidden]
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.x0)
    return [one for one, two in pairwise(boxes) if two.x0 - one.x1 < 4]


def titles(ax: Axes) -> list[Text]:
    """Return the three titles of axes, of which the book uses the left one, and the x label."""
    return [ax.title, ax._left_title, ax._right_title, ax.xaxis.label]


def wrap(text: Text, width: float) -> None:
    """Break a text into lines of at most this width, in dots, where there are spaces."""
    words, lines = text.get_text().split(" "), []
    for word in words:
        text.set_text(f"{lines[-1]} {word}" if lines else word)
        if lines and text.get_window_extent().width <= width:
            lines[-1] = text.get_text()
        else:
            lines.append(word)
    text.set_text("\n".join(lines))


def touching(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts whose boxes overlap by more than a dot both ways."""
    figure.canvas.draw()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    hidden = out_of_view(figure)
    boxes = [(t, t.get_window_extent()) for t in texts if t not in hidden]
    return [
        (a.get_text(), b.get_text())
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 1
        and min(one.y1, two.y1) - max(one.y0, two.y0) > 1
    ]


def out_of_view(figure: Figure) -> set[Text]:
    """Return the labels of ticks that are not drawn: outside of the limits, or of hidden axes."""
    found = set()
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks() + axis.get_minor_ticks():
            seen = low - 1e-9 <= tick.get_loc() <= high + 1e-9
            if not (seen and axis.axes.axison):
                found |= {tick.label1, tick.label2}
    return found


def use() -> None:
    """Show figures in this kernel with their narrow variant."""
    show_as_svg(both)
