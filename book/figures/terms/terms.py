"""One word on its way through MiniLM: what there is at each stage, its shape and its names."""

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor

from book.figures.numbers import rounded
from src.drawing import draw_rows
from src.pretrained import load_minilm

TEXT, WORD = "I love AI", "love"
SHOWN = 4  # of the 384 numbers

CAPTION = (
    "From the fourth stage on all are vectors of 384 numbers: embeddings, whatever people call "
    "them. The word “love” of “I love AI” in all-MiniLM-L6-v2, with the first four numbers of each "
    "vector. Encodings are the rules that lead from one thing to the next."
)
ALT = (
    "The word love has id 2293 and position 2. Below, the first four numbers of four vectors: its "
    "token embedding in blue, the positional embedding of position 2 in orange, their sum and its "
    "contextual embedding in green."
)
HEIGHT = (370, 580)


def vectors() -> tuple[int, int, Float[Tensor, "4 D"]]:
    """Return the word's place, its id, and its vectors: what, where, sum, after six layers."""
    minilm = load_minilm()
    tokens, states = minilm.contextual(TEXT)
    place, row = tokens.index(WORD), minilm.table.row(WORD)
    what, where = minilm.table.vectors[row], minilm.position_vectors[place]
    return place, row, torch.stack((what, where, what + where, states[place]))


def data() -> dict:
    """Return the shapes to guess from and the stages.

    Returns:
        ``shapes``: the offers; ``stages``: for each its ``name``, the ``kind`` whose colour it
        has, the number of its ``shape``, the ``object`` itself, numbers or text, what people call
        it (``called``), and the lesson's ``verdict``.

    Source:
        ``src/data/minilm.safetensors``. Lesson: The terms.
    """
    place, row, four = vectors()
    V, (_, D) = len(load_minilm().table.tokens), four.shape
    what, where, total, contextual = rounded(four[:, :SHOWN], 3)
    spelled = ", ".join(map(str, WORD.encode()))
    stages = (
        (
            "Text",
            "neutral",
            0,
            f"“{WORD}” in “{TEXT}”",
            f"a word, a piece of text; its character encoding, UTF-8, is the bytes {spelled}",
            "Neither. The rule from characters to bytes is an encoding.",
        ),
        (
            "Id",
            "neutral",
            1,
            str(row),
            "token id, input id; it comes from tokenizer.encode",
            "Neither: a whole number, that of a row. The rule from text to ids is an encoding.",
        ),
        (
            "One-hot vector",
            "neutral",
            3,
            f"0 at 0 to {row - 1:,}, 1 at {row:,}, 0 at {row + 1:,} to {V - 1:,}",
            "one-hot encoding",
            f"Encoding, for the rule. The vector times the table is row {row:,}.",
        ),
        (
            "Token embedding",
            "token",
            2,
            what,
            "word embedding, token embedding, input embedding",
            f"Embedding: the vector for what, row {row:,} of the table.",
        ),
        (
            "Positional embedding",
            "position",
            2,
            where,
            "position embedding, positional embedding, positional encoding",
            f"Embedding: the vector for where, learned. The way from position {place} to it is the "
            "positional encoding.",
        ),
        (
            "Sum",
            "combination",
            2,
            total,
            "input embedding, input representation",
            "Embedding: still a vector, what plus where. (MiniLM also adds a token type row, and "
            "norms.)",
        ),
        (
            "Contextual embedding",
            "combination",
            2,
            contextual,
            "contextual embedding, hidden state, output of the encoder",
            "Embedding: an output vector, and a row of no table. The layers have mixed in its "
            "neighbours and its position.",
        ),
    )
    names = ("name", "kind", "shape", "object", "called", "verdict")
    return {
        "shapes": [f"{len(WORD)} letters", "1 number", f"({D},)", f"({V},)"],
        "stages": [dict(zip(names, stage, strict=True)) for stage in stages],
    }


def still() -> Axes:
    """Draw the word's id and position, and the four vectors.

    Returns:
        The axes.
    """
    place, row, four = vectors()
    ax = draw_rows(
        four[:, :SHOWN],
        ("token", "position", "combination", "combination"),
        rows=("token embedding", "positional embedding", "their sum", "contextual embedding"),
        numbers=".3f",
        more=True,
        limit=0.1,
    )
    rows = (("word", WORD), ("its id", row), ("its position", place))
    room, (bottom, _) = 0.64 * len(rows), ax.get_ylim()  # three lines above
    width, height = ax.figure.get_size_inches()
    ax.figure.set_size_inches(width, height + 0.52 * room + 0.25)
    ax.set_position((0.018, 0.02, 0.964, 0.86))
    ax.set_ylim(bottom, -room)
    box = {"boxstyle": "round,pad=0.25", "fc": "#E8E8E8", "ec": "none"}
    for line, (name, value) in enumerate(rows):
        y = 0.28 - room + 0.64 * line
        ax.text(0, y, name, va="center", fontsize=10)
        ax.text(ax.get_xlim()[1] - 4.35, y, value, va="center", fontsize=9, bbox=box)
    title = "The id finds what, the position finds where"
    ax.set_title(title, loc="left", fontsize=11, fontweight="bold")
    return ax
