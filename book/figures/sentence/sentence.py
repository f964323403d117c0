"""From a sentence to tokens, ids, rows, positions and sums: the input of MiniLM in real numbers."""

from matplotlib.axes import Axes
from safetensors import safe_open

from book.figures.packed import packed
from src.drawing import draw_sum
from src.pretrained import data_file, load_minilm

COLUMNS = 6  # of the 384 numbers of a vector: what fits on a phone
SHOWN = 2  # in the still picture, where the three vectors stand side by side

CAPTION = (
    "What plus where, in all-MiniLM-L6-v2: the token picks a row of one table, the position a row "
    "of another, and the model adds them. You see the first of its 384 numbers. Move a token: its "
    "own row stays, the sum does not. (The model also adds one and the same token type vector "
    "everywhere.)"
)
ALT = (
    "For each of the five tokens of I love AI a line with the first 2 of 384 numbers: its token "
    "row in blue, plus the position's row in orange, is their sum in green."
)
HEIGHT = (420, 400)


def data() -> dict:
    """Return MiniLM's vocabulary and the first numbers of its two tables.

    Returns:
        ``tokens``: the 30522 tokens joined by line ends; ``columns``: how many numbers of a row;
        in base64 ``rows``, int8 of shape (30522, columns), ``scales``, float32 of shape (30522,),
        whose products are the token rows, and ``positions``, float32 of shape (512, columns).

    Source:
        ``src/data/minilm.safetensors``. Lesson: Adding what and where.
    """
    minilm = load_minilm()
    name = "embeddings.word_embeddings.weight"
    with safe_open(data_file("minilm.safetensors"), framework="pt") as file:
        rows, scales = file.get_tensor(name), file.get_tensor(f"{name}.scale")
    return {
        "tokens": "\n".join(minilm.table.tokens),
        "columns": COLUMNS,
        "rows": packed(rows[:, :COLUMNS]),
        "scales": packed(scales[:, 0]),
        "positions": packed(minilm.position_vectors[:, :COLUMNS]),
    }


def still() -> Axes:
    """Draw the rows, positions and sums of "I love AI".

    Returns:
        The axes.
    """
    minilm = load_minilm()
    ids, _ = minilm.token_ids("I love AI")
    what = minilm.table.vectors[ids[0], :SHOWN]  # (T, SHOWN)
    return draw_sum(
        [minilm.table.tokens[n] for n in ids[0].tolist()],
        what,
        minilm.position_vectors[: len(what), :SHOWN],
        names=("token row", "position row", "their sum"),
        numbers=".3f",
        title="A row for what, a row for where: the model adds them",
    )
