"""Relative positions: a number for each pair of positions, added to the attention scores.

An offset is ``key position - query position`` throughout: negative offsets look back. Queries stand
at positions ``query_start``, ``query_start + 1``, …; keys at 0, 1, …. With a key-value cache pass
``query_start = k_len - q_len``.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from src._checks import whole_number


def _lengths(q_len: int, k_len: int, query_start: int) -> tuple[int, int, int]:
    return (
        whole_number("q_len", q_len),
        whole_number("k_len", k_len),
        whole_number("query_start", query_start),
    )


def _offsets(q_len: int, k_len: int, query_start: int) -> Int[Tensor, "N"]:
    """Every offset that occurs, from the last query with the first key upwards, once each."""
    return torch.arange(1 - q_len, k_len) - query_start


def _spread(per_offset: Tensor, q_len: int, k_len: int) -> Tensor:
    """Lay values per offset (..., Tq + Tk - 1) out as (..., Tq, Tk): row i starts one earlier."""
    if q_len == 0 or k_len == 0:
        return per_offset.new_empty(*per_offset.shape[:-1], q_len, k_len)
    return per_offset.unfold(-1, k_len, 1).flip(-2)


def t5_relative_buckets(
    q_len: int,
    k_len: int,
    *,
    bidirectional: bool,
    num_buckets: int = 32,
    max_distance: int = 128,
    query_start: int = 0,
) -> Int[Tensor, "Tq Tk"]:
    """Number the bucket of every (query, key) pair: near offsets alone, far ones in wide bins.

    Half of the buckets of a direction hold one offset each; the others widen logarithmically up to
    ``max_distance``, and everything beyond shares the last. With ``bidirectional`` one half of all
    buckets is for keys at or before the query and the other for keys after it; without, all keys
    after the query fall into bucket 0.

    Args:
        q_len: Tq, how many queries.
        k_len: Tk, how many keys.
        bidirectional: True in an encoder, False in a decoder.
        num_buckets: how many buckets in all.
        max_distance: sets the width of the logarithmic buckets: one more would begin at this
            offset, in positions. The last one begins before it, at 91 of 128 with both directions.
        query_start: position of the first query.

    Returns:
        Bucket numbers, shape (Tq, Tk), int64.

    Raises:
        TypeError: a length or count is not a whole number.
        ValueError: a length is negative, there are too few buckets, their number is odd with
            ``bidirectional``, or ``max_distance`` does not exceed the one-offset buckets.

    Source:
        Raffel et al. 2020, Exploring the Limits of Transfer Learning, section 2.1. Lesson:
        Relative.
    """
    q_len, k_len, query_start = _lengths(q_len, k_len, query_start)
    _check_buckets(bidirectional, num_buckets, max_distance)
    offsets = _offsets(q_len, k_len, query_start)
    buckets = _bucket_of(offsets, bidirectional, num_buckets, max_distance)
    return _spread(buckets, q_len, k_len).contiguous()


def _check_buckets(bidirectional: bool, num_buckets: int, max_distance: int) -> None:
    num_buckets = whole_number("num_buckets", num_buckets, minimum=4 if bidirectional else 2)
    if bidirectional and num_buckets % 2:
        raise ValueError(
            f"num_buckets must be even when bidirectional, one half for each direction, "
            f"but got {num_buckets}. Use {num_buckets - 1} or {num_buckets + 1}."
        )
    exact = num_buckets // (4 if bidirectional else 2)
    max_distance = whole_number("max_distance", max_distance, minimum=1)
    if max_distance <= exact:
        raise ValueError(
            f"max_distance must exceed the {exact} buckets that hold one offset each, "
            f"but got {max_distance}. Raise it above {exact}, or lower num_buckets={num_buckets}."
        )


def _bucket_of(offsets: Tensor, bidirectional: bool, num_buckets: int, max_distance: int) -> Tensor:
    if bidirectional:
        count = num_buckets // 2
        side = (offsets > 0) * count
        distance = offsets.abs()
    else:
        count = num_buckets
        side = 0
        distance = (-offsets).clamp(min=0)
    exact = count // 2
    # Same float32 steps as the published code: at exact powers the rounding decides the bucket.
    ratio = torch.log(distance.clamp(min=1).float() / exact) / math.log(max_distance / exact)
    far = (exact + (ratio * (count - exact)).long()).clamp(max=count - 1)
    return side + torch.where(distance < exact, distance, far)


class T5RelativeBias(nn.Module):
    """A learned bias per bucket and head, added to the attention scores of every layer.

    Args:
        num_heads: H.
        bidirectional: True in an encoder, False in a decoder.
        num_buckets: as in :func:`t5_relative_buckets`.
        max_distance: as in :func:`t5_relative_buckets`, in positions.

    Attributes:
        weight: the table, shape (num_buckets, H), a parameter; starts at standard deviation 0.02.

    Raises:
        TypeError: a count is not a whole number.
        ValueError: as :func:`t5_relative_buckets`, or ``num_heads`` is below 1.

    Source:
        Raffel et al. 2020, section 2.1: one table shared by all layers. Lesson: Relative.
    """

    def __init__(
        self,
        num_heads: int,
        *,
        bidirectional: bool = True,
        num_buckets: int = 32,
        max_distance: int = 128,
    ) -> None:
        super().__init__()
        num_heads = whole_number("num_heads", num_heads, minimum=1)
        _check_buckets(bidirectional, num_buckets, max_distance)
        self.bidirectional, self.max_distance = bidirectional, max_distance
        self.weight = nn.Parameter(torch.empty(num_buckets, num_heads))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, q_len: int, k_len: int, *, query_start: int = 0) -> Float[Tensor, "H Tq Tk"]:
        """Return the bias of every head and pair of positions, shape (H, Tq, Tk).

        Raises:
            TypeError: a length is not a whole number.
            ValueError: a length is negative.
        """
        q_len, k_len, query_start = _lengths(q_len, k_len, query_start)
        offsets = _offsets(q_len, k_len, query_start)
        buckets = _bucket_of(offsets, self.bidirectional, len(self.weight), self.max_distance)
        return _spread(self.weight.T[:, buckets], q_len, k_len)


def alibi_slopes(num_heads: int) -> Float[Tensor, "H"]:
    """Return the slope of each head: how fast its attention falls with distance.

    For a power of two, head ``h`` (counted from 1) has ``2**(-8h/H)``. For other numbers, the
    slopes of the next lower power of two come first, then every second one of the next higher.

    Returns:
        Slopes per position, shape (H,), float32.

    Raises:
        TypeError: ``num_heads`` is not a whole number.
        ValueError: ``num_heads`` is below 1.

    Source:
        Press et al. 2022, Train Short, Test Long, section 3 and its published code. Lesson:
        Relative.
    """
    H = whole_number("num_heads", num_heads, minimum=1)
    lower = 2 ** (H.bit_length() - 1)

    def geometric(count: int) -> list[float]:
        return [2.0 ** (-8 * h / count) for h in range(1, count + 1)]

    return torch.tensor(geometric(lower) + geometric(2 * lower)[::2][: H - lower])


def alibi_bias(
    num_heads: int, q_len: int, k_len: int, *, query_start: int = 0, causal: bool = False
) -> Float[Tensor, "H Tq_or_1 Tk"]:
    """Return ``-slope * |key position - query position|`` for every head and pair of positions.

    Under a causal mask only keys before the query count, and this is the bias of the paper. Without
    a mask the bias is symmetric and cannot tell a sentence from its reverse.

    Args:
        num_heads: H; any number.
        q_len: Tq, how many queries.
        k_len: Tk, how many keys.
        query_start: position of the first query.
        causal: promise a causal mask, and get one row per head, ``slope * key position``. The
            softmax cancels what is constant along a row of scores, so under the mask the weights
            are the same, for a fraction of the memory. Far from position 0 the row is large: add
            it in float32.

    Returns:
        The bias, shape (H, Tq, Tk), float32: 0 at the query's own position, negative elsewhere.
        With ``causal`` its shape is (H, 1, Tk).

    Raises:
        TypeError: a count is not a whole number.
        ValueError: a length is negative or ``num_heads`` below 1.

    Source:
        Press et al. 2022, section 3. Lesson: Relative.
    """
    slopes = alibi_slopes(num_heads)
    q_len, k_len, query_start = _lengths(q_len, k_len, query_start)
    if causal:
        return slopes.view(-1, 1, 1) * torch.arange(k_len, dtype=torch.float32)
    distance = _offsets(q_len, k_len, query_start).abs()
    return _spread(torch.outer(-slopes, distance.float()), q_len, k_len)


def shaw_relative_scores(
    q: Float[Tensor, "B H Tq D"],
    relative_table: Float[Tensor, "R D"],
    *,
    k_len: int | None = None,
    query_start: int = 0,
) -> Float[Tensor, "B H Tq Tk"]:
    """Score every query against a learned vector for the offset of every key.

    The table has ``2K + 1`` rows, for offsets -K to K; larger offsets share the outermost row. Add
    the result to ``q @ k.T`` and divide the sum by ``sqrt(D)``, as the paper does.

    Args:
        q: queries, shape (B, H, Tq, D).
        relative_table: vectors per offset, shape (2K + 1, D), shared by all heads.
        k_len: Tk; as many keys as queries if not given.
        query_start: position of the first query.

    Returns:
        Scores before division by ``sqrt(D)``, shape (B, H, Tq, Tk).

    Raises:
        TypeError: a length is not a whole number.
        ValueError: ranks or widths do not fit, or the table's number of rows is even.

    Source:
        Shaw et al. 2018, Self-Attention with Relative Position Representations, equations 2 and 4.
        Lesson: Relative.
    """
    if q.ndim != 4:
        raise ValueError(f"q must have shape (B, H, Tq, D), but got {tuple(q.shape)}.")
    if relative_table.ndim != 2 or relative_table.shape[1] != q.shape[-1]:
        raise ValueError(
            f"relative_table must have shape (2K + 1, {q.shape[-1]}), as wide as q, "
            f"but got {tuple(relative_table.shape)}."
        )
    rows = len(relative_table)
    if rows % 2 == 0:
        raise ValueError(
            f"relative_table must have an odd number of rows, offsets -K to K, but got {rows}."
        )
    q_len, k_len, query_start = _lengths(
        q.shape[-2], q.shape[-2] if k_len is None else k_len, query_start
    )
    limit = rows // 2
    row = _offsets(q_len, k_len, query_start).clamp(-limit, limit) + limit
    row = _spread(row, q_len, k_len).to(q.device)  # (Tq, Tk)
    per_row = q @ relative_table.T  # (B, H, Tq, R): each query meets each vector once
    return per_row.gather(-1, row.expand(*q.shape[:2], q_len, k_len))
