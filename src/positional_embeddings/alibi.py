"""ALiBi: the score falls with the distance of the key, at a fixed slope per head."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.types import Device

from src._checks import whole_number
from src.positional_embeddings._pairs import lengths, offsets, spread


def alibi_slopes(num_heads: int, *, device: Device = None) -> Float[Tensor, "H"]:
    """Return the slope of each head: how fast its attention falls with distance.

    For a power of two, head ``h`` (counted from 1) has ``2**(-8h/H)``. For other numbers, the
    slopes of the next lower power of two come first, then every second one of the next higher.

    Returns:
        Slopes per position, shape (H,), float32.

    Source:
        Press et al. 2022, Train Short, Test Long, section 3 and its published code. Lesson:
        Relative.
    """
    H = whole_number("num_heads", num_heads, minimum=1)
    lower = 2 ** (H.bit_length() - 1)
    slopes = _geometric(lower) + _geometric(2 * lower)[::2][: H - lower]
    return torch.tensor(slopes, dtype=torch.float32, device=device)


def _geometric(count: int) -> list[float]:
    return [2.0 ** (-8 * h / count) for h in range(1, count + 1)]


def alibi_bias(
    num_heads: int, q_len: int, k_len: int, *, query_start: int = 0, device: Device = None
) -> Float[Tensor, "H Tq Tk"]:
    """Return ``-slope * |key position - query position|`` for every head and pair of positions.

    Under a causal mask only keys before the query count, and this is the bias of the paper. Without
    a mask the bias is symmetric and cannot tell a sentence from its reverse.

    Args:
        num_heads: H; any number.
        q_len: Tq, how many queries.
        k_len: Tk, how many keys.
        query_start: position of the first query; ``k_len - q_len`` with a key-value cache.
        device: where it is made; on torch's default device if not given.

    Returns:
        The bias, shape (H, Tq, Tk), float32: 0 at the query's own position, negative elsewhere.

    Source:
        Press et al. 2022, section 3. Lesson: Relative.
    """
    slopes = alibi_slopes(num_heads, device=device)
    q_len, k_len, query_start = lengths(q_len, k_len, query_start)
    distance = offsets(q_len, k_len, query_start, device).abs()
    return spread(torch.outer(-slopes, distance.float()), q_len, k_len)


def alibi_key_row(num_heads: int, k_len: int, *, device: Device = None) -> Float[Tensor, "H 1 Tk"]:
    """Return ``slope * key position``: all of ALiBi that a causal mask leaves to the softmax.

    The softmax cancels what is constant along a row of scores. So under a causal mask, and only
    there, this row gives every query the weights that :func:`alibi_bias` gives, for a fraction of
    the memory. Far from position 0 it is large: add it in float32.

    Args:
        num_heads: H; any number.
        k_len: Tk, how many keys.
        device: where it is made; on torch's default device if not given.

    Returns:
        One row per head for all queries, shape (H, 1, Tk), float32.

    Source:
        The published code of Press et al. 2022. Lesson: Relative.
    """
    slopes = alibi_slopes(num_heads, device=device).view(-1, 1, 1)
    k_len = whole_number("k_len", k_len)
    return slopes * torch.arange(k_len, dtype=torch.float32, device=device)


class AlibiBias(nn.Module):
    """:func:`alibi_bias` for a fixed number of heads, as a layer: nothing to train or to save.

    Args:
        num_heads: H.

    Source:
        Press et al. 2022, section 3. Lesson: Relative.
    """

    def __init__(self, num_heads: int) -> None:
        super().__init__()
        self.num_heads = whole_number("num_heads", num_heads, minimum=1)

    def extra_repr(self) -> str:
        """Return the setting that a printed model shows."""
        return f"{self.num_heads}"

    def forward(
        self, q_len: int, k_len: int, *, query_start: int = 0, device: Device = None
    ) -> Float[Tensor, "H Tq Tk"]:
        """Return :func:`alibi_bias` of these lengths, shape (H, Tq, Tk)."""
        return alibi_bias(self.num_heads, q_len, k_len, query_start=query_start, device=device)
