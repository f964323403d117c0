"""The picture language of the book: vectors as rows of cells, rotations as clocks, offsets as arcs.

Every helper takes ``ax=None`` and returns the axes it drew on; none changes global settings. Left
to itself, a helper makes a figure of the size that its content needs, so that a cell and its type
have the same size in all pictures. On axes that are given, type shrinks with the cells.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from jaxtyping import Num
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Arc, Circle, FancyBboxPatch, Wedge
from matplotlib.textpath import text_to_path
from torch import Tensor

from src.plotting import COLOURS

CELL = 0.52  # inches; the unit of all lengths below
WIDE, HIGH = 0.93, 0.55  # a cell's box, in units: cells stand 1 apart, rows ROW
ROW = 0.64
ABOVE = 0.44  # the height of a row's label above it
PHONE = 4.5  # inches; wider type of 9 points gets smaller than 9 pixels on a phone
MORE = 0.42  # the width of "…"
HEAD = 0.46  # the height of a line of labels
MARGIN = 0.08  # inches
STRONGEST = 0.55  # opacity of the largest number's cell: its digits stay readable
DIGITS, LABELS, TITLE = 9.0, 10.0, 11.0  # points
SMALLEST = 6.5  # points; digits that need less do not fit
NARROW = 7.5  # points; heads that need less are turned
INK, GREY = "#1F2328", "#57606A"
KINDS = ("token", "position", "combination")


def draw_rows(
    values: Num[Tensor, "rows columns"],
    kind: str | Sequence[str],
    *,
    rows: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    numbers: str | None = ".2f",
    more: bool = False,
    strong: Sequence[int | tuple[int, int]] | None = None,
    limit: float | None = None,
    above: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw vectors as rows of cells, the tint stronger the larger the number, whatever its sign.

    Args:
        values: one vector a row, shape (rows, columns); up to 8 columns can be read on a phone.
        kind: ``"token"``, ``"position"``, ``"combination"`` or ``"neutral"``; or one for each row.
        rows: a label per row.
        columns: a label per column, such as ``"dim 0"``; labels wider than a cell are turned.
        numbers: format of the number in each cell; no numbers if None.
        more: draw "…" after the last cell, because the vector goes on.
        strong: rows, or pairs (row, column), to outline.
        limit: the absolute value of the strongest tint; the largest one there is if not given.
        above: the label of a row above it, for phones.
        title: the finding, as a sentence.
        ax: where to draw; a new figure if not given.

    Returns:
        The axes.

    Raises:
        ValueError: ``kind`` is unknown, labels or kinds do not match in number, ``strong`` names a
            cell that is not there, a value is not finite, or a number does not fit its cell.

    Source:
        The front page's drawing. Page: The picture language.
    """
    as_given = locals()
    cells = _numbers("values", values, 2, "(rows, columns)")
    R, C = cells.shape
    kinds = _kinds(kind, R)
    outlined = _strong(strong, R, C)
    limit = _limit(limit, cells)
    size = _digit_size(cells, numbers)
    names = _labels("rows", rows, R)
    heads = _labels("columns", columns, C)

    left, lift = (0, ABOVE) if above and names else (_margin(names), 0)
    top, head_size = _head_height(heads)
    ys = [top + lift + r * (ROW + lift) for r in range(R)]
    ax, scale = _canvas(ax, left + C + (MORE if more else 0), ys[-1] + HIGH + 0.04, title)
    _write_heads(ax, heads, left, top, head_size, scale)
    for r, y in enumerate(ys):
        if names:
            middle = y - lift / 2 if lift else y + HIGH / 2
            _write(ax, 0, middle, names[r], LABELS * scale, colour=_ink(kinds[r]))
        _draw_vector(ax, left, y, cells[r], kinds[r], limit, numbers, size * scale, more)
    for r, c in outlined:
        x, width = (left, C - 1 + WIDE) if c is None else (left + c, WIDE)
        _box(ax, x, ys[r], width, "none", edge=INK, line=1.8 * scale)
    _labels_above_on_a_phone(ax, draw_rows, as_given)
    return ax


def draw_sum(
    words: Sequence[str],
    what: Num[Tensor, "T D"],
    where: Num[Tensor, "T D"],
    *,
    total: Num[Tensor, "T D"] | None = None,
    columns: Sequence[str | int] | None = None,
    names: Sequence[str] = ("token", "position", "sum"),
    positions: Sequence[int] | None = None,
    stacked: bool = False,
    more: bool = True,
    numbers: str | None = ".2f",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what + where = sum for each word: a blue row, an orange row, a green row.

    Args:
        words: a label for each line.
        what: the token embeddings, shape (T, D): the few numbers to show, 2 to 4; a phone
            has room for 2, or for 8 if they are stacked.
        where: the positional embeddings, shape (T, D).
        total: the green rows, if they are not ``what + where``.
        columns: a label per column, above each block.
        names: the heads of the three blocks.
        positions: the number of each word's place; from 0 if not given.
        stacked: the three rows of a word below each other, for phones or more columns.
        more: draw "…" after each row.
        numbers: format of the number in each cell; no numbers if None.
        title: the finding, as a sentence.
        ax: where to draw; a new figure if not given.

    Returns:
        The axes.

    Raises:
        ValueError: shapes or labels do not match, a value is not finite, or a number does not fit
            its cell.

    Source:
        The front page's drawing. Page: The picture language.
    """
    as_given = locals()
    parts = [_numbers("what", what, 2, "(T, D)"), _numbers("where", where, 2, "(T, D)")]
    _same_shape("where", parts[1], "what", parts[0])
    parts.append(parts[0] + parts[1] if total is None else _numbers("total", total, 2, "(T, D)"))
    _same_shape("total", parts[2], "what", parts[0])
    T, D = parts[0].shape
    words = _labels("words", words, T)
    places = _labels("positions", range(T) if positions is None else positions, T)
    blocks = _labels("names", names, 3)
    heads = _labels("columns", columns, D)
    limit = _limit(None, np.stack(parts))
    size = _digit_size(np.stack(parts), numbers)
    row = D + (MORE if more else 0)
    top, head_size = _head_height(heads)
    left = _margin(words)

    if stacked:
        side = 0.4 + _margin(blocks, bold=True)  # sign, name, label, cells
        x = side + max(left, _margin(places))
        block = 3 * ROW + 0.22
        ax, scale = _canvas(ax, x + row, top + T * block - 0.22 - ROW + HIGH + 0.04, title)
        _write_heads(ax, heads, x, top, head_size, scale)
    else:
        wide = [max(row, _width(name, LABELS, bold=True)) for name in blocks]
        sign, place = 0.5, _margin(places)
        second = left + wide[0] + sign + place
        starts = (left, second, second + wide[1] + sign)
        named = top + HEAD
        ax, scale = _canvas(ax, starts[2] + wide[2], named + (T - 1) * ROW + HIGH + 0.04, title)
        for x, kind, name in zip(starts, KINDS, blocks, strict=True):
            _write(ax, x, HEAD / 2 - 0.06, name, LABELS * scale, colour=_ink(kind), bold=True)
            _write_heads(ax, heads, x, named, head_size, scale)
    for t in range(T):
        for part, (kind, mark) in enumerate(zip(KINDS, " +=", strict=True)):
            label = (words[t], places[t], "")[part]
            if stacked:
                y, at, label_at = top + t * block + part * ROW, x, side
                _write(
                    ax,
                    0.4,
                    y + HIGH / 2,
                    blocks[part],
                    LABELS * scale,
                    colour=_ink(kind),
                    bold=True,
                )
                mark_at = 0.16
            else:
                y, at = named + t * ROW, starts[part]
                label_at = 0 if part == 0 else at - place
                mark_at = at - (place if part == 1 else 0) - sign / 2
            middle = y + HIGH / 2
            if mark.strip():
                _write(ax, mark_at, middle, mark, 12 * scale, colour=GREY, across="center")
            if label:
                _write(ax, label_at, middle, label, LABELS * scale, colour=_ink(kind))
            _draw_vector(ax, at, y, parts[part][t], kind, limit, numbers, size * scale, more)
    if as_given["ax"] is None and not stacked:  # for phones: book/narrow.py
        ax.figure.narrow = partial(draw_sum, **{**as_given, "stacked": True})
    return ax


def draw_clocks(
    angles: Num[Tensor, " clocks"] | Num[Tensor, "rows clocks"],
    kind: str | Sequence[str] = "position",
    *,
    rows: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    numbers: str | None = None,
    ghosts: Num[Tensor, " clocks"] | Num[Tensor, "rows clocks"] | None = None,
    above: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw angles as clock hands: 0 points right, as (cos, sin), and hands turn counter-clockwise.

    The tinted part of the face is what the hand has turned, without whole turns.

    Args:
        angles: in radians, shape (clocks,) or (rows, clocks).
        kind: ``"token"``, ``"position"``, ``"combination"`` or ``"neutral"``; or one for each row.
        rows: a label per row.
        columns: a label per clock of a row.
        numbers: format of the angle in degrees below each clock, such as ``".0f"``, whole turns
            included; none if None.
        ghosts: angles of a faint second hand, from which the first has turned; shape of ``angles``.
        above: the label of a row above it, for phones.
        title: the finding, as a sentence.
        ax: where to draw; a new figure if not given.

    Returns:
        The axes.

    Raises:
        ValueError: ``kind`` is unknown, labels, kinds or ghosts do not match in number, or an angle
            is not finite.

    Source:
        Lessons: Sinusoidal, Rotary. Page: The picture language.
    """
    as_given = locals()
    hands = np.atleast_2d(_numbers("angles", angles, (1, 2), "(clocks,) or (rows, clocks)"))
    starts = np.zeros_like(hands)
    if ghosts is not None:
        starts = np.atleast_2d(_numbers("ghosts", ghosts, (1, 2), "(clocks,) or (rows, clocks)"))
        _same_shape("ghosts", starts, "angles", hands)
    R, C = hands.shape
    kinds = _kinds(kind, R)
    names = _labels("rows", rows, R)
    heads = _labels("columns", columns, C)

    radius, step = 0.52, 1.14 if above else 1.3
    lift = ABOVE if above and names else 0
    line = lift + 2 * radius + (0.42 if numbers else 0)  # a row with its label and numbers
    left = 0.03 if above else _margin(names) or 0.03
    top, head_size = _head_height(heads, step)
    width, height = left + (C - 1) * step + 2 * radius, top + R * (line + 0.22) - 0.22
    ax, scale = _canvas(ax, width + 0.04, height + 0.04, title)
    _write_heads(ax, heads, left + radius - WIDE / 2, top, head_size, scale, step)
    for (r, c), angle in np.ndenumerate(hands):
        x, y = left + radius + c * step, top + lift + radius + r * (line + 0.22)
        colour, start = COLOURS[kinds[r]], starts[r, c]
        tip = x + 0.82 * radius * math.cos(angle), y - 0.82 * radius * math.sin(angle)
        ax.add_patch(Circle((x, y), radius, facecolor="white", edgecolor="none", zorder=1))
        turn = math.degrees(math.fmod(angle - start, 2 * math.pi))
        ends = sorted((-math.degrees(start), -math.degrees(start) - turn))  # y grows downwards
        ax.add_patch(Wedge((x, y), radius, *ends, facecolor=_tint(kinds[r], 0.22), zorder=2))
        ax.add_patch(
            Circle((x, y), radius, facecolor="none", edgecolor="#9AA1A9", lw=scale, zorder=3)
        )
        for quarter in range(4):
            dx, dy = math.cos(quarter * math.pi / 2), math.sin(quarter * math.pi / 2)
            ends = [x + f * radius * dx for f in (0.9, 1)], [y + f * radius * dy for f in (0.9, 1)]
            ax.plot(*ends, color="#9AA1A9", lw=scale, zorder=3)
        if ghosts is not None:
            ghost = x + 0.82 * radius * math.cos(start), y - 0.82 * radius * math.sin(start)
            ax.plot(
                (x, ghost[0]),
                (y, ghost[1]),
                color=colour,
                alpha=0.45,
                lw=1.4 * scale,
                ls=(0, (3, 2)),
            )
        ax.plot((x, tip[0]), (y, tip[1]), color=colour, lw=2 * scale, zorder=4)
        ax.add_patch(Circle(tip, 0.075, facecolor=colour, edgecolor="none", zorder=5))
        ax.add_patch(Circle((x, y), 0.035, facecolor=colour, edgecolor="none", zorder=5))
        if numbers:
            words = f"{_number(math.degrees(angle), numbers)}°"
            _write(ax, x, y + radius + 0.25, words, DIGITS * scale, across="center")
        if names and c == 0:
            middle = y - radius - lift / 2 if lift else y
            _write(ax, 0, middle, names[r], LABELS * scale, colour=_ink(kinds[r]))
    _labels_above_on_a_phone(ax, draw_clocks, as_given)
    return ax


def draw_offsets(
    words: Sequence[str],
    scores: Num[Tensor, " T"] | None = None,
    *,
    query: int,
    kind: str = "position",
    labels: Sequence[str | int] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw words in a row and an arc from one place, the query's, to each other place.

    Each arc ends in a cell with its label above the word that it reaches.

    Args:
        words: T words, numbered from 0 in the picture.
        scores: a number per word, shape (T,): the larger without its sign, the stronger its arc and
            cell. All are alike if not given.
        query: the place that looks, i; the others are j.
        kind: ``"token"``, ``"position"``, ``"combination"`` or ``"neutral"``: the arcs' colour.
        labels: one for each word, the query included; the signed offset j - i if not given.
        title: the finding, as a sentence.
        ax: where to draw; a new figure if not given.

    Returns:
        The axes.

    Raises:
        ValueError: there is no word, ``query`` is not one of the places, ``kind`` is unknown, or
            labels or scores do not match the words in number or are not finite.

    Source:
        Lesson: Relative. Page: The picture language.
    """
    T = len(words)
    if not 0 <= query < T:
        raise ValueError(
            f"query must be the place of one of the {T} words, 0 to {T - 1}, but got {query}. "
            "Count from 0."
        )
    _kinds(kind, 1)
    words = _labels("words", words, T)
    offsets = [f"{j - query:+d}" if j != query else "0" for j in range(T)]
    tags = [_minus(label) for label in _labels("labels", labels, T) or offsets]
    strength = np.full(T, 0.5)
    if scores is not None:
        given = _numbers("scores", scores, 1, "(T,)")
        if len(given) != T:
            raise ValueError(f"scores must have {T} numbers, one per word, but got {len(given)}.")
        strength = np.abs(given) / _limit(None, given)

    widths = [
        max(WIDE, _width(word, LABELS) + 0.28, _width(tag, DIGITS) + 0.2)
        for word, tag in zip(words, tags, strict=True)
    ]
    edges = np.cumsum([0, *(width + 1 - WIDE for width in widths)])
    x = [edge + width / 2 for edge, width in zip(edges, widths, strict=False)]
    far = max(query, T - 1 - query)
    rise = min(0.62, max(0.4, 3.6 / max(far, 1)))
    high = 0.7 + rise * (far - 1) if far else 0
    base = high + 0.06
    word_y = base + ROW + 0.06
    ax, scale = _canvas(ax, edges[-1] - (1 - WIDE), word_y + HIGH + 0.44, title)
    for j in range(T):
        ink = _ink(kind) if j != query else INK
        if j != query:
            up = 0.7 + rise * (abs(j - query) - 1)
            middle, span = (x[j] + x[query]) / 2, abs(x[j] - x[query])
            ax.add_patch(
                Arc(
                    (middle, base),
                    span,
                    2 * up,
                    theta1=180,
                    theta2=360,  # upwards: y grows downwards
                    color=COLOURS[kind],
                    lw=(0.7 + 2.6 * strength[j] if scores is not None else 1.5) * scale,
                    alpha=0.3 + 0.7 * strength[j] if scores is not None else 0.85,
                )
            )
        _box(ax, x[j] - widths[j] / 2, base, widths[j], _tint(kind, _opacity(strength[j])))
        _write(ax, x[j], base + HIGH / 2, tags[j], DIGITS * scale, across="center")
        line = {"edge": INK, "line": 1.8 * scale} if j == query else {}
        _box(ax, x[j] - widths[j] / 2, word_y, widths[j], _tint("token", 0.22), **line)
        _write(ax, x[j], word_y + HIGH / 2, words[j], LABELS * scale, across="center")
        _write(
            ax,
            x[j],
            word_y + HIGH + 0.24,
            str(j),
            DIGITS * scale,
            colour=ink if j == query else _ink("position"),
            bold=j == query,
            across="center",
        )
    return ax


def _labels_above_on_a_phone(ax: Axes, draw: Callable[..., Axes], given: dict) -> None:
    """Let `book/narrow.py` draw a picture that is too wide for a phone again, labels above rows."""
    alone = given["ax"] is None and given["rows"] is not None and not given["above"]
    if alone and ax.figure.get_figwidth() > PHONE:
        ax.figure.narrow = partial(draw, **{**given, "above": True})


def _canvas(ax: Axes | None, width: float, height: float, title: str | None) -> tuple[Axes, float]:
    """Return axes of this many units, y downwards, and by how much type must shrink on them."""
    if ax is None:
        lines = _wrapped(title, max(width, 8.4)) if title else []
        inches = CELL * max([width, *(_width(line, TITLE, bold=True) for line in lines)])
        above = 0.21 * len(lines) + 0.07 if lines else 0
        size = inches + 2 * MARGIN, CELL * height + above + 2 * MARGIN
        figure = plt.figure(figsize=size, dpi=110, facecolor="white")
        ax = figure.add_axes(
            (
                MARGIN / size[0],
                MARGIN / size[1],
                CELL * width / size[0],
                CELL * height / size[1],
            )
        )
        scale = 1.0
    else:
        there = ax.get_window_extent()
        unit = CELL * ax.figure.dpi
        scale = min(1.0, there.width / unit / width, there.height / unit / height)
        lines = _wrapped(title, there.width / unit) if title else []
        width, height = (side / unit / scale for side in (there.width, there.height))
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal", anchor="NW")
    ax.set_axis_off()
    if lines:
        ax.set_title(
            "\n".join(lines), loc="left", fontsize=TITLE, fontweight="bold", parse_math=False
        )
    return ax, scale


def _wrapped(words: str, width: float) -> list[str]:
    """Break a title into lines no wider than this, where there are spaces."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, TITLE, bold=True) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _width(words: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in units."""
    font = FontProperties(size=size, weight="bold" if bold else "normal")
    points = text_to_path.get_text_width_height_descent(words, font, False)[0]
    return 1.05 * points / 72 / CELL  # letters are set on whole pixels, a little wider


def _margin(labels: list[str] | None, *, bold: bool = False) -> float:
    """Return the room that labels to the left of something need."""
    return max(_width(label, LABELS, bold=bold) for label in labels) + 0.22 if labels else 0.0


def _write(
    ax: Axes,
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    colour: str = INK,
    bold: bool = False,
    across: str = "left",
) -> None:
    """Write words, capitals and digits centred at this height whatever other letters there are."""
    scale = abs(ax.transData.transform((0, 1))[1] - ax.transData.transform((0, 0))[1])
    half = 0.365 * size / 72 * ax.figure.dpi / scale  # half the height of a capital, in units
    weight = "bold" if bold else "normal"
    ax.text(
        x, y + half, words, fontsize=size, color=colour, weight=weight, ha=across, parse_math=False
    )


def _head_height(heads: list[str] | None, step: float = 1.0) -> tuple[float, float]:
    """Return the height of labels above columns, and their points; 0 if they must be turned."""
    if not heads:
        return 0.02, DIGITS
    widest = max(_width(head, DIGITS) for head in heads)
    size = min(DIGITS, DIGITS * (step - 0.12) / max(widest, 0.01))
    return (HEAD, size) if size >= NARROW else (widest + 0.16, 0.0)


def _write_heads(
    ax: Axes,
    heads: list[str] | None,
    left: float,
    bottom: float,
    size: float,
    scale: float,
    step: float = 1.0,
) -> None:
    """Write a label above each column; the middle of the first is half a cell from ``left``."""
    for c, head in enumerate(heads or ()):
        x = left + WIDE / 2 + c * step
        if size:
            _write(ax, x, bottom - 0.24, head, size * scale, colour=GREY, across="center")
        else:
            at = {"ha": "center", "va": "bottom", "rotation": 90}
            size_turned = DIGITS * scale
            ax.text(x, bottom - 0.1, head, fontsize=size_turned, color=GREY, parse_math=False, **at)


def _draw_vector(
    ax: Axes,
    x: float,
    y: float,
    vector: np.ndarray,
    kind: str,
    limit: float,
    numbers: str | None,
    size: float,
    more: bool,
) -> None:
    """Draw one row of cells."""
    for c, value in enumerate(vector):
        _box(ax, x + c, y, WIDE, _tint(kind, _opacity(min(1.0, abs(value) / limit))))
        if numbers is not None:
            words = _number(value, numbers)
            _write(ax, x + c + WIDE / 2, y + HIGH / 2, words, size, across="center")
    if more:
        _write(
            ax,
            x + len(vector) - 1 + WIDE + 0.14,
            y + HIGH / 2,
            "…",
            LABELS * size / DIGITS,
            colour=GREY,
        )


def _box(
    ax: Axes,
    x: float,
    y: float,
    width: float,
    fill: str | tuple[float, float, float, float],
    *,
    edge: str = "none",
    line: float = 0,
) -> None:
    """Draw one rounded box of a cell's height; its outline stands a little outside."""
    out = 0.035 if line else 0
    shape = FancyBboxPatch(
        (x, y), width, HIGH, boxstyle=f"round,pad={out},rounding_size={0.09 + out}"
    )
    shape.set(facecolor=fill, edgecolor=edge, linewidth=line, zorder=3 if line else 2)
    shape.set_clip_on(False)
    ax.add_patch(shape)


def _opacity(share: float) -> float:
    """Return how strong the tint is for a number that is this share of the largest."""
    return STRONGEST * (0.15 + 0.85 * share)


def _tint(kind: str, opacity: float) -> tuple[float, float, float, float]:
    """Return the kind's colour, through which the page shines."""
    return to_rgba(COLOURS[kind], opacity)


def _ink(kind: str) -> str:
    """Return the kind's colour for text: darker, so that small type can be read."""
    return to_hex([0.75 * part for part in to_rgb(COLOURS[kind])])


def _number(value: float, numbers: str) -> str:
    """Write a number with a true minus sign, and none before a zero."""
    words = format(float(value), numbers)
    return _minus(words if any(digit in words for digit in "123456789") else words.lstrip("-"))


def _minus(words: str) -> str:
    """Put a true minus sign where a label begins with a hyphen before a digit."""
    return f"\N{MINUS SIGN}{words[1:]}" if words[:1] == "-" and words[1:2].isdigit() else words


def _digit_size(cells: np.ndarray, numbers: str | None) -> float:
    """Return the points at which every number fits its cell."""
    if numbers is None:
        return DIGITS
    widest = max((_number(value, numbers) for value in cells.flat), key=lambda w: _width(w, DIGITS))
    size = min(DIGITS, DIGITS * (WIDE - 0.09) / _width(widest, DIGITS))
    if size < SMALLEST:
        raise ValueError(
            f"A cell has room for about 7 characters, but numbers={numbers!r} gives {widest!r}. "
            "Use a shorter format, such as '.1f' or '.0e', or numbers=None."
        )
    return size


def _numbers(name: str, values: Tensor, ranks: int | tuple[int, ...], shape: str) -> np.ndarray:
    """Return finite numbers as float64."""
    ranks = (ranks,) if isinstance(ranks, int) else ranks
    if values.ndim not in ranks or values.numel() == 0:
        raise ValueError(
            f"{name} must have shape {shape}, none of them 0, but got {tuple(values.shape)}."
            f"{f' Add the axis: {name}.unsqueeze(0).' if values.ndim + 1 in ranks else ''}"
        )
    found = values.detach().cpu().to(torch.float64).numpy()
    wrong = int((~np.isfinite(found)).sum())
    if wrong:
        raise ValueError(
            f"{name} must be finite, but {wrong} of {found.size} numbers are NaN or infinite. "
            f"Leave them out, or replace them: {name}.nan_to_num()."
        )
    return found


def _limit(limit: float | None, cells: np.ndarray) -> float:
    """Return the absolute value of the strongest tint, above 0."""
    if limit is None:
        return float(np.abs(cells).max()) or 1.0
    if not 0 < limit < math.inf:
        raise ValueError(f"limit must be a finite number above 0, but got {limit!r}.")
    return float(limit)


def _kinds(kind: str | Sequence[str], count: int) -> list[str]:
    """Return a kind for each row."""
    kinds = [kind] * count if isinstance(kind, str) else list(kind)
    for name in kinds:
        if name not in COLOURS:
            raise ValueError(f"kind must be one of {', '.join(COLOURS)}, but got {name!r}.")
    if len(kinds) != count:
        raise ValueError(
            f"kind must be one name or {count}, one per row, but got {len(kinds)} names."
        )
    return kinds


def _labels(name: str, labels: Iterable[object] | None, count: int) -> list[str] | None:
    """Return the labels as text, if there are any."""
    if labels is None:
        return None
    found = [label if isinstance(label, str) else _minus(str(label)) for label in labels]
    if len(found) != count:
        raise ValueError(
            f"{name} must have {count} labels, but got {len(found)}. Give one for each."
        )
    return found


def _same_shape(name: str, values: np.ndarray, other: str, cells: np.ndarray) -> None:
    """Check that two arrays have one shape."""
    if values.shape != cells.shape:
        raise ValueError(
            f"{name} must have the shape of {other}, {cells.shape}, but got {values.shape}."
        )


def _strong(
    strong: Sequence[int | tuple[int, int]] | None, R: int, C: int
) -> list[tuple[int, int | None]]:
    """Return what to outline as (row, column), the column None for a whole row."""
    found = [(one, None) if isinstance(one, int) else tuple(one) for one in strong or ()]
    for r, c in found:
        if not (0 <= r < R and (c is None or 0 <= c < C)):
            raise ValueError(
                f"strong must name rows 0 to {R - 1} or pairs (row, column), columns 0 to {C - 1}, "
                f"but got {r if c is None else (r, c)}. Count from 0."
            )
    return found
