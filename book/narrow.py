"""Draw each figure a second time for a phone, as notebooks are run (`book/run_notebooks.py`).

The narrow figure has the same type on less width: titles are broken into lines, and panels that
stand side by side stand below each other. It goes to the metadata of the cell's output, and the
book's page shows it where there is no room for the wide one. Where labels would touch, there is
none, and the page lets the reader move the wide one.
"""

import pickle
import warnings
from itertools import combinations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text

from src.plotting import as_svg, show_as_svg

WIDTH = 3.9  # inches: on a phone's 330 pixels, 8 points are 9 pixels
LEAST = 0.4  # of the figure's width: less is left where the labels beside the axes are long
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
    width, height = figure.get_size_inches()
    if figure.get_layout_engine() is None or width <= WIDTH:
        return None
    found = len(touching(figure))
    copy = pickle.loads(pickle.dumps(figure))  # noqa: S301, our own figure
    panels = [ax for ax in copy.axes if ax.get_subplotspec() is not None]
    rows = {ax.get_subplotspec().rowspan.start for ax in panels}
    if len(panels) > len(rows):
        grid = GridSpec(len(panels), 1, figure=copy)
        for place, ax in zip(grid, panels, strict=True):
            ax.set_subplotspec(place)
            ax.tick_params(labelleft=True)
        height *= STACKED * len(panels) / len(rows)
    copy.set_size_inches(WIDTH, height)
    with warnings.catch_warnings(record=True) as caught:
        copy.canvas.draw()
    # With warnings, matplotlib found no room for the axes at all.
    if caught or min((ax.get_position().width for ax in panels), default=1) < LEAST:
        return None
    for ax in copy.axes:
        for text in titles(ax):
            wrap(text, copy.bbox.width - 8)
    if copy._suptitle is not None:
        wrap(copy._suptitle, copy.bbox.width - 8)
    return copy if len(touching(copy)) <= found else None


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
    boxes = [(t, t.get_window_extent()) for t in texts if t.axes is None or in_view(t)]
    return [
        (a.get_text(), b.get_text())
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 1
        and min(one.y1, two.y1) - max(one.y0, two.y0) > 1
    ]


def in_view(text: Text) -> bool:
    """Tell whether a text is drawn: ticks outside of the limits are not."""
    ax = text.axes
    for axis, at in ((ax.xaxis, 0), (ax.yaxis, 1)):
        for tick in axis.get_major_ticks() + axis.get_minor_ticks():
            if text in (tick.label1, tick.label2):
                low, high = sorted(axis.get_view_interval())
                return low - 1e-9 <= text.get_position()[at] <= high + 1e-9
    return True


def use() -> None:
    """Show figures in this kernel with their narrow variant."""
    show_as_svg(both)
