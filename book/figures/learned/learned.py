"""A learned table of six positions: which rows a batch trains, and what happens past the last."""

import torch
from matplotlib.axes import Axes
from torch import nn

from book.figures.numbers import rounded
from src.drawing import draw_rows
from src.plotting import COLOURS, describe, new_axes
from src.positional_embeddings import LearnedPositions

CAPTION = (
    "A row learns only from texts that reach it, and past the last row there is an error. The "
    "table is that of the first section, 6 positions of 4 numbers, new and random. The loss is the "
    "sum of all real outputs, so a row's gradient counts the sentences that use it."
)
ALT = (
    "Three sentences of 1, 2 and 4 tokens use the first rows of a table of six. The gradient of "
    "rows 0 to 5 is 3, 2, 1, 1, 0 and 0: rows 4 and 5 learn nothing."
)
HEIGHT = (310, 510)

ROWS, WIDTH = 6, 4
LENGTHS = (1, 2, 4)
LONGEST = 8


def table() -> LearnedPositions:
    """Return the lesson's new table."""
    torch.manual_seed(0)
    start = nn.Embedding(ROWS, WIDTH)
    nn.init.normal_(start.weight, std=0.3)
    ready = LearnedPositions(ROWS, WIDTH)
    ready.load_state_dict({"weight": start.weight})
    return ready


def gradient(lengths: tuple[int, ...]) -> torch.Tensor:
    """Return what a batch teaches the table, shape (ROWS, WIDTH).

    Args:
        lengths: tokens of each sentence; the loss is the sum of all real outputs.

    Raises:
        ValueError: a sentence is longer than the table.
    """
    ready = table()
    longest = max(lengths)
    real = torch.arange(longest) < torch.tensor(lengths).unsqueeze(1)  # (B, T), False: padding
    where = ready(longest).expand(len(lengths), longest, WIDTH)
    where[real].sum().backward()
    return ready.weight.grad


def data() -> dict:
    """Return the table, the lengths to start with, and what is said past the last row.

    Returns:
        ``table``: 6 rows of 4 numbers; ``lengths``; ``errors``: the message of
        ``LearnedPositions`` for each number of tokens that is too large; ``pytorch``: that of
        ``nn.Embedding``.

    Source:
        Lesson: Learned.
    """
    errors = {}
    for length in range(ROWS + 1, LONGEST + 1):
        try:
            gradient((length,))
        except ValueError as error:
            errors[length] = str(error)
    try:
        nn.Embedding(ROWS, WIDTH)(torch.tensor([ROWS]))
    except IndexError as error:
        pytorch = str(error)
    rows = rounded(table().weight.detach(), 2)
    return {"table": rows, "lengths": LENGTHS, "errors": errors, "pytorch": pytorch}


def still() -> Axes:
    """Draw the table and the gradient of its rows for three short sentences.

    Returns:
        The axes of the gradient.
    """
    axes = new_axes(6.4, 2.9, ncols=2)
    learned = gradient(LENGTHS)[:, 0]
    draw_rows(
        table().weight.detach(),
        "position",
        rows=[f"row {row}" for row in range(ROWS)],
        strong=[row for row in range(ROWS) if learned[row] > 0],
        title="Outlined: rows in use",
        ax=axes[0],
    )
    axes[1].barh(range(ROWS), learned, color=COLOURS["position"])
    axes[1].invert_yaxis()
    axes[1].set_xticks(range(len(LENGTHS) + 1))
    title = "Texts of 1, 2 and 4 tokens"
    return describe(axes[1], title=title, xlabel="gradient (times used)", ylabel="row")
