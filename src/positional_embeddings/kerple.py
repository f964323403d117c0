"""KERPLE's logarithmic bias: like ALiBi, but far keys lose less the farther they are.

ALiBi takes as much for the thousandth step away as for the first. Here the score falls with the
logarithm of the distance, and each head learns how fast.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.types import Device

from src._checks import whole_number
from src.positional_embeddings._pairs import lengths, offsets, spread


class KerpleBias(nn.Module):
    """``-r1 * log(1 + r2 * |key position - query position|)``, with r1 and r2 learned per head.

    Near 0 it falls by ``r1 * r2`` per position, as ALiBi does with that slope; far away each
    doubling of the distance costs ``r1 * log(2)``. One layer may serve all layers of a model, or
    each have its own. It is symmetric, so without a mask it cannot tell a sentence from its
    reverse.

    Args:
        num_heads: H.

    Attributes:
        log_r1: logarithm of r1, shape (H,), a parameter; r1 starts at random between 0 and 2.
        log_r2: logarithm of r2, shape (H,), a parameter; r2 starts between 0 and 1.

    Source:
        Chi et al. 2022, KERPLE, the logarithmic variant, and its published code for the start. Both
        numbers must stay above 0: the published code clips them at 0.01, here they are
        exponentials.
    """

    def __init__(self, num_heads: int) -> None:
        super().__init__()
        num_heads = whole_number("num_heads", num_heads, minimum=1)
        r1, r2 = 2 * torch.rand(num_heads), torch.rand(num_heads)
        self.log_r1 = nn.Parameter(r1.clamp(min=0.01).log())
        self.log_r2 = nn.Parameter(r2.clamp(min=0.01).log())

    def extra_repr(self) -> str:
        """Return the setting that a printed model shows."""
        return f"{len(self.log_r1)}"

    def forward(
        self, q_len: int, k_len: int, *, query_start: int = 0, device: Device = None
    ) -> Float[Tensor, "H Tq Tk"]:
        """Return the bias of every head and pair of positions, shape (H, Tq, Tk).

        Args:
            q_len: Tq, how many queries.
            k_len: Tk, how many keys.
            query_start: position of the first query; ``k_len - q_len`` with a key-value cache.
            device: where the result goes; to the parameters' own if not given.

        Returns:
            0 at the query's own position, negative elsewhere; float32 or better.
        """
        q_len, k_len, query_start = lengths(q_len, k_len, query_start)
        exact = torch.promote_types(self.log_r1.dtype, torch.float32)
        r1, r2 = (log.to(exact).exp().unsqueeze(1) for log in (self.log_r1, self.log_r2))  # (H, 1)
        distance = offsets(q_len, k_len, query_start, self.log_r1.device).abs()
        per_offset = -r1 * torch.log1p(r2 * distance)  # (H, num_offsets)
        return spread(per_offset, q_len, k_len).to(device)
