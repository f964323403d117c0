"""T5's relative bias: a learned number per head and bucket of offsets, added to the scores.

An offset is ``key position - query position``: negative offsets look back.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.types import Device

from src._checks import whole_number
from src.positional_embeddings._pairs import lengths, offsets, spread


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
        query_start: position of the first query; ``k_len - q_len`` with a key-value cache.

    Returns:
        Bucket numbers, shape (Tq, Tk), int64.

    Raises:
        ValueError: there are too few buckets, their number is odd with ``bidirectional``, or
            ``max_distance`` does not exceed the one-offset buckets.

    Source:
        Raffel et al. 2020, Exploring the Limits of Transfer Learning, section 2.1. Lesson:
        Relative.
    """
    q_len, k_len, query_start = lengths(q_len, k_len, query_start)
    _check_buckets(bidirectional, num_buckets, max_distance)
    occurring = offsets(q_len, k_len, query_start)
    buckets = _bucket_of(occurring, bidirectional, num_buckets, max_distance)
    return spread(buckets, q_len, k_len).contiguous()


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


def _bucket_of(offset: Tensor, bidirectional: bool, num_buckets: int, max_distance: int) -> Tensor:
    if bidirectional:
        count = num_buckets // 2
        side = (offset > 0) * count
        distance = offset.abs()
    else:
        count = num_buckets
        side = 0
        distance = (-offset).clamp(min=0)
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
        ValueError: as :func:`t5_relative_buckets`.

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

    def extra_repr(self) -> str:
        """Return the settings that a printed model shows."""
        buckets, heads = self.weight.shape
        return (
            f"{heads}, bidirectional={self.bidirectional}, num_buckets={buckets}, "
            f"max_distance={self.max_distance}"
        )

    def forward(
        self, q_len: int, k_len: int, *, query_start: int = 0, device: Device = None
    ) -> Float[Tensor, "H Tq Tk"]:
        """Return the bias of every head and pair of positions, shape (H, Tq, Tk).

        Args:
            q_len: Tq, how many queries.
            k_len: Tk, how many keys.
            query_start: position of the first query; ``k_len - q_len`` with a key-value cache.
            device: where the result goes; to the table's own if not given.
        """
        q_len, k_len, query_start = lengths(q_len, k_len, query_start)
        occurring = offsets(q_len, k_len, query_start, self.weight.device)
        buckets = _bucket_of(occurring, self.bidirectional, len(self.weight), self.max_distance)
        return spread(self.weight.T[:, buckets], q_len, k_len).to(device)
