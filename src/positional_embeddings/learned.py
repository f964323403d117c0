"""Learned positional embeddings: a table with one trained row per position."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.types import Device

from src._checks import (
    has_readable_values,
    position_ids_tensor,
    positive,
    sequence_length,
    whole_number,
)


class LearnedPositions(nn.Module):
    """A table of ``max_len`` trainable rows; row ``p`` is the vector of position ``p``.

    Args:
        max_len: how many positions exist; there is nothing beyond.
        dim: D, the width of a row.
        std: standard deviation of the random start. BERT starts both tables at 0.02; GPT-2 starts
            positions at 0.01 and tokens at 0.02. Keep it near the token embeddings' own standard
            deviation, or positions drown in the sum.

    Attributes:
        weight: the table, shape (max_len, D), a parameter.

    Source:
        Gehring et al. 2017, Convolutional Sequence to Sequence Learning, section 3.1; Devlin et al.
        2019, BERT. Lesson: Learned.
    """

    def __init__(self, max_len: int, dim: int, *, std: float = 0.02) -> None:
        super().__init__()
        max_len, dim = (
            whole_number("max_len", max_len, minimum=1),
            whole_number("dim", dim, minimum=1),
        )
        self.weight = nn.Parameter(torch.empty(max_len, dim))
        nn.init.normal_(self.weight, std=positive("std", std))

    def extra_repr(self) -> str:
        """Return the settings that a printed model shows."""
        return f"{self.max_len}, {self.dim}"

    @property
    def max_len(self) -> int:
        """How many positions the table has."""
        return len(self.weight)

    @property
    def dim(self) -> int:
        """D, the width of a row."""
        return self.weight.shape[1]

    def _check_limit(self, needed: int, what: str) -> None:
        if needed > self.max_len:
            raise ValueError(
                f"{what} needs {needed} positions, but this learned table has {self.max_len} rows "
                f"(positions 0 to {self.max_len - 1}) and no rule for more. Shorten the input to "
                f"{self.max_len} tokens, train with max_len={needed}, or use a scheme without a "
                "limit."
            )

    def forward(self, seq_len: int, *, device: Device = None) -> Float[Tensor, "1 T D"]:
        """Return the rows of positions 0 to ``seq_len - 1``, shape (1, T, D).

        Args:
            seq_len: T.
            device: where the result goes; to the table's own if not given.

        Raises:
            ValueError: ``seq_len`` is larger than ``max_len``.
        """
        T = sequence_length(seq_len)
        self._check_limit(T, f"a sequence of length {T}")
        return self.weight[:T].unsqueeze(0).to(device)

    def at(self, position_ids: Int[Tensor, "*B T"]) -> Float[Tensor, "*B T D"]:
        """Return the rows of the given positions, shape (T, D) or (B, T, D).

        Raises:
            ValueError: a position is negative or past the last row.
        """
        ids = position_ids_tensor(position_ids)
        if has_readable_values(ids):
            self._check_limit(int(ids.max()) + 1, f"position {int(ids.max())}")
        return self.weight[ids]
