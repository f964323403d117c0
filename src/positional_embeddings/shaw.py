"""Shaw's relative positions: a learned vector per clipped offset, met by every query."""

from jaxtyping import Float
from torch import Tensor

from src.positional_embeddings._pairs import lengths, offsets, spread


def shaw_relative_scores(
    q: Float[Tensor, "B H Tq D"],
    relative_table: Float[Tensor, "num_offsets D"],
    *,
    k_len: int | None = None,
    query_start: int = 0,
) -> Float[Tensor, "B H Tq Tk"]:
    """Score every query against a learned vector for the offset of every key.

    An offset is ``key position - query position``. The table has a row for each from -K to K, so
    2K + 1; larger ones share the outermost row. Add the result to ``q @ k.T`` and divide the sum by
    ``sqrt(D)``, as the paper does.

    Args:
        q: queries, shape (B, H, Tq, D).
        relative_table: vectors per offset, shape (2K + 1, D), shared by all heads.
        k_len: Tk; as many keys as queries if not given.
        query_start: position of the first query; ``k_len - q_len`` with a key-value cache.

    Returns:
        Scores before division by ``sqrt(D)``, shape (B, H, Tq, Tk), in the dtype of ``q``.

    Raises:
        ValueError: ranks or widths do not fit, or the table's number of rows is even.

    Source:
        Shaw et al. 2018, Self-Attention with Relative Position Representations, equations 2 and 4.
        Lesson: Transformer-XL and Shaw.
    """
    if q.ndim != 4:
        raise ValueError(f"q must have shape (B, H, Tq, D), but got {tuple(q.shape)}.")
    B, H, Tq, D = q.shape
    if relative_table.ndim != 2 or relative_table.shape[1] != D:
        raise ValueError(
            f"relative_table must have shape (2K + 1, {D}), as wide as q, "
            f"but got {tuple(relative_table.shape)}."
        )
    rows = len(relative_table)
    if rows % 2 == 0:
        raise ValueError(
            f"relative_table must have an odd number of rows, offsets -K to K, but got {rows}."
        )
    Tq, Tk, query_start = lengths(Tq, Tq if k_len is None else k_len, query_start)
    K = rows // 2
    row = offsets(Tq, Tk, query_start, q.device).clamp(-K, K) + K
    row = spread(row, Tq, Tk)  # (Tq, Tk)
    per_row = q @ relative_table.T.to(q.dtype)  # (B, H, Tq, 2K + 1): a query meets each row once
    return per_row.gather(-1, row.expand(B, H, Tq, Tk))
