"""What schemes with a number per pair of positions share: lengths, offsets and their layout.

An offset is ``key position - query position`` throughout: negative offsets look back. Queries stand
at positions ``query_start``, ``query_start + 1``, …; keys at 0, 1, …. With a key-value cache pass
``query_start = k_len - q_len``.
"""

import torch
from jaxtyping import Int
from torch import Tensor
from torch.types import Device

from src._checks import whole_number


def lengths(q_len: int, k_len: int, query_start: int) -> tuple[int, int, int]:
    """Return the three as whole numbers of at least 0."""
    return (
        whole_number("q_len", q_len),
        whole_number("k_len", k_len),
        whole_number("query_start", query_start),
    )


def offsets(
    q_len: int, k_len: int, query_start: int, device: Device = None
) -> Int[Tensor, "num_offsets"]:
    """Return every offset that occurs, from the last query with the first key upwards, once each.

    There are Tq + Tk - 1 of them, or none if there are no positions at all.
    """
    first = 1 - q_len
    return torch.arange(first, max(k_len, first), device=device) - query_start


def spread(per_offset: Tensor, q_len: int, k_len: int) -> Tensor:
    """Lay values per offset (..., Tq + Tk - 1) out as (..., Tq, Tk): row i starts one earlier."""
    if q_len == 0 or k_len == 0:
        return per_offset[..., :0].reshape(*per_offset.shape[:-1], q_len, k_len)
    return per_offset.unfold(-1, k_len, 1).flip(-2)
