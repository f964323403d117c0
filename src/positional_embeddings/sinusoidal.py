"""Sinusoidal positional encoding: a fixed vector per position, made of sines and cosines."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from src._checks import even_width, integer_tensor, not_negative, positive, whole_number

BLOCK = 32


def sinusoidal_table(
    num_positions: int, dim: int, *, base: float = 10000.0
) -> Float[Tensor, "T D"]:
    """Compute the vectors of positions 0 to ``num_positions - 1``.

    Column ``2i`` holds ``sin(position / base**(2i/dim))`` and column ``2i + 1`` the cosine of the
    same angle: ``i`` numbers pairs of columns, not words. Angles are in radians. All is computed
    in float64 and rounded once, so that far positions are as exact as near ones.

    Args:
        num_positions: T, how many positions.
        dim: D, the width of a vector; even.
        base: sets the longest wavelength, ``2 pi base**((dim - 2)/dim)`` positions.

    Returns:
        The table, shape (T, D), float32; every row has length ``sqrt(dim / 2)``.

    Raises:
        TypeError: ``num_positions`` or ``dim`` is not a whole number.
        ValueError: ``dim`` is odd or below 2, ``num_positions`` negative, ``base`` not above 0.

    Source:
        Vaswani et al. 2017, Attention Is All You Need, section 3.5. Lesson: Sinusoidal.
    """
    T = whole_number("num_positions", num_positions)
    D = even_width("dim", dim)
    base = positive("base", base)
    pair = torch.arange(0, D, 2, dtype=torch.float64)  # 2i: (D/2,)
    frequencies = 1.0 / base ** (pair / D)  # radians per position: (D/2,)
    # Sines are slow and products fast: position a + b is position a turned by b, so the sines of
    # every BLOCK-th position and of the first BLOCK are enough.
    every = 1j * _turns(torch.arange(0, T, BLOCK), frequencies)  # i exp(-i angle) = sin + i cos
    first = _turns(torch.arange(BLOCK), frequencies)
    pairs = (every.unsqueeze(1) * first).flatten(0, 1)[:T]  # (T, D/2), complex
    return torch.view_as_real(pairs).flatten(1).float()  # (T, D)


def _turns(positions: Tensor, frequencies: Tensor) -> Tensor:
    """Return exp(-i angle) for every position and frequency, complex128."""
    angles = torch.outer(positions.double(), frequencies)
    return torch.polar(torch.ones_like(angles), -angles)


class SinusoidalEncoding(nn.Module):
    """The sinusoidal table as a layer without parameters, for sequences of any length.

    The table is a buffer outside the state dict (``persistent=False``): it follows the module's
    device and dtype, is never trained and is never saved. It grows when a longer sequence comes.

    Args:
        dim: D, the width; even.
        base: as in :func:`sinusoidal_table`.

    Raises:
        TypeError: ``dim`` is not a whole number.
        ValueError: ``dim`` is odd or below 2, or ``base`` is not above 0.

    Source:
        Vaswani et al. 2017, section 3.5. Lesson: Sinusoidal.
    """

    def __init__(self, dim: int, *, base: float = 10000.0) -> None:
        super().__init__()
        self.dim = even_width("dim", dim)
        self.base = base
        self.register_buffer("table", sinusoidal_table(0, dim, base=base), persistent=False)

    def extra_repr(self) -> str:
        """Return the settings that a printed model shows."""
        return f"{self.dim}, base={self.base}"

    def _rows(self, count: int) -> Tensor:
        if count > len(self.table):
            table = sinusoidal_table(max(count, 2 * len(self.table)), self.dim, base=self.base)
            self.table = table.to(self.table)
        return self.table[:count]

    def forward(self, seq_len: int) -> Float[Tensor, "1 T D"]:
        """Return the vectors of positions 0 to ``seq_len - 1``, shape (1, T, D).

        Raises:
            TypeError: ``seq_len`` is not a whole number.
            ValueError: ``seq_len`` is negative.
        """
        return self._rows(whole_number("seq_len", seq_len)).unsqueeze(0)

    def at(self, position_ids: Int[Tensor, "*B T"]) -> Float[Tensor, "*B T D"]:
        """Return the vectors of the given positions, shape (T, D) or (B, T, D).

        Raises:
            TypeError: ``position_ids`` is not an integer tensor.
            ValueError: its rank is not 1 or 2, or a position is negative.
        """
        ids = integer_tensor("position_ids", position_ids, (1, 2), "(T,) or (B, T)")
        not_negative("position_ids", ids, "Count positions from 0 at the first token.")
        return self._rows(int(ids.max()) + 1 if ids.numel() else 0)[ids]
