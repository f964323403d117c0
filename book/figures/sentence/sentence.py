"""From a sentence to tokens, ids, rows, positions and sums: the input of MiniLM in real numbers."""

from matplotlib.axes import Axes
from safetensors import safe_open

from book.figures.packed import packed
from src.plotting import heat_map, new_axes
from src.pretrained import data_file, load_minilm

COLUMNS = 6  # of the 384 numbers of a vector: what fits on a phone

CAPTION = (
    "What plus where, in all-MiniLM-L6-v2: the token picks a row of one table, the position a row "
    "of another, and the model adds them. You see the first 6 of 384 numbers. Move a token: its "
    "own row stays, the sum does not. (The model also adds one and the same token type vector "
    "everywhere.)"
)
ALT = (
    "Three heat maps for the five tokens of I love AI and the first 6 of 384 numbers: token rows "
    "in blue, position rows in orange, and their sums in green, each number printed."
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
        The axes of the sums.
    """
    minilm = load_minilm()
    ids, _ = minilm.token_ids("I love AI")
    what = minilm.table.vectors[ids[0], :COLUMNS]  # (T, columns)
    where = minilm.position_vectors[: len(what), :COLUMNS]
    axes = new_axes(6.4, 6.4, nrows=3)
    parts = (
        ("token", what, "Token rows"),
        ("position", where, "Position rows"),
        ("combination", what + where, "Their sums"),
    )
    for ax, (kind, numbers, title) in zip(axes, parts, strict=True):
        heat_map(
            numbers,
            kind,
            title=title,
            xlabel="dimension (first 6 of 384)" if ax is axes[2] else "",
            ylabel="",
            rows=[f"{p} {minilm.table.tokens[n]} ({n})" for p, n in enumerate(ids[0].tolist())],
            columns=[str(n) for n in range(COLUMNS)],
            numbers=".3f",
            limit=0.2,
            ax=ax,
        )
    return axes[2]
