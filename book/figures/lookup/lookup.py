"""Rows looked up in a table of six, and moved by a training step."""

import torch
from matplotlib.axes import Axes
from torch import Tensor, nn

from book.figures.numbers import rounded
from src.drawing import draw_rows
from src.plotting import new_axes

TOKENS = ["i", "love", "ai", "cat", "dog", "."]
TABLE = [  # the invented numbers of the lesson
    [0.1, 0.9, 0.0],
    [0.8, 0.2, 0.5],
    [0.3, 0.4, 0.9],
    [0.9, 0.1, 0.1],
    [0.8, 0.2, 0.1],
    [0.0, 0.0, 0.2],
]
PLACES = 6  # the longest sentence
RATE = 0.1

CAPTION = (
    "A lookup copies rows, and a training step moves the rows that were copied and no others. The "
    "six rows are the lesson's, the step is its plain SGD step: rate 0.1, and the sum of all "
    "outputs as loss. A row that stands at two places moves twice as far."
)
ALT = (
    "Left, the table of six rows and three columns, with the rows of i and love outlined. Right, "
    "the output of the sentence i love i: row 0, row 1 and row 0 again."
)
HEIGHT = (450, 490)


def step(ids: list[int]) -> tuple[Tensor, Tensor]:
    """Look ids up in the lesson's table and take one step of SGD on the sum of the outputs.

    Args:
        ids: of a sentence, T of them.

    Returns:
        The table after the step, (6, 3), and what each place adds to the row that it was copied
        from, (T, 3).

    Source:
        Lesson: The embedding table, section "Random at first, then trained".
    """
    layer = nn.Embedding.from_pretrained(torch.tensor(TABLE), freeze=False)
    outputs = layer(torch.tensor(ids))
    outputs.retain_grad()
    outputs.sum().backward()
    torch.optim.SGD(layer.parameters(), lr=RATE).step()
    return layer.weight.detach(), -RATE * outputs.grad


def data() -> dict:
    """Return the table, and where a step takes each row.

    Returns:
        ``tokens``; ``table`` (6, 3); ``after`` (places + 1, 6, 3): each row after a step, by the
        number of places where it stands; ``pull``: what one place adds to each number of its row.
    """
    rows = range(len(TOKENS))
    pull = step([0])[1]
    assert (pull == pull[0, 0]).all()  # the loss is a sum: every column moves alike
    after = [torch.stack([step([(row + 1) % 6])[0][row] for row in rows])]  # stands nowhere
    for times in range(1, PLACES + 1):
        after.append(torch.stack([step([row] * times)[0][row] for row in rows]))
    return {
        "tokens": TOKENS,
        "table": TABLE,
        "after": [rounded(table) for table in after],
        "pull": rounded(pull[0])[0],
    }


def still() -> Axes:
    """Draw the table, and the three rows that "i love i" takes.

    Returns:
        The axes of the output.
    """
    table, ids = torch.tensor(TABLE), [0, 1, 0]
    axes = new_axes(7.0, 3.3, ncols=2)
    columns = ["dim 0", "dim 1", "dim 2"]
    draw_rows(
        table,
        "token",
        rows=[f"{n}  {token}" for n, token in enumerate(TOKENS)],
        columns=columns,
        numbers=".1f",
        strong=sorted(set(ids)),
        title="The table",
        ax=axes[0],
    )
    return draw_rows(
        table[ids],
        "token",
        rows=[f"{n}  {TOKENS[n]}" for n in ids],
        columns=columns,
        numbers=".1f",
        limit=0.9,
        title='"i love i" takes 0, 1, 0',
        ax=axes[1],
    )
