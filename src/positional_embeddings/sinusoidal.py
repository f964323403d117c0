"""Sinusoidal positional encoding: a fixed vector per position, made of sines and cosines."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.types import Device

from src._checks import even_width, position_ids_tensor, positive, sequence_length, whole_number

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
        ValueError: ``dim`` is odd or below 2, ``num_positions`` negative, ``base`` not above 0.

    Source:
        Vaswani et al. 2017, Attention Is All You Need, section 3.5. Lesson: Sinusoidal.
    """
    T = whole_number("num_positions", num_positions)
    D = even_width("dim", dim)
    frequencies = _frequencies(D, positive("base", base))
    angles = torch.outer(torch.arange(T, dtype=torch.float64), frequencies)  # (T, D/2)
    table = torch.empty(T, D)
    table[:, 0::2] = angles.sin()
    table[:, 1::2] = angles.cos()
    return table


def _frequencies(D: int, base: float, device: Device = None) -> Tensor:
    """Return the radians per position of every pair, shape (D/2,), float64."""
    return 1.0 / base ** (torch.arange(0, D, 2, dtype=torch.float64, device=device) / D)


def _table_by_blocks(T: int, D: int, base: float, device: Device = None) -> Tensor:
    """Compute :func:`sinusoidal_table` faster (``make bench``), for layers: (T, D), float64.

    Sines are slow and products fast: position a + b is position a turned by b, so the sines of
    every BLOCK-th position and of the first BLOCK are enough. Rounded to float32 it is the plain
    table, bit for bit, at 1,024 positions of width 512; at 100,000 positions of width 64 one number
    in 40,000 has another last bit.
    """
    frequencies = _frequencies(D, base, device)
    every = torch.arange(0, T, BLOCK, device=device)
    every = 1j * _turns(every, frequencies)  # i exp(-i angle) = sin + i cos
    first = _turns(torch.arange(BLOCK, device=device), frequencies)
    pairs = (every.unsqueeze(1) * first).flatten(0, 1)[:T]  # (T, D/2), complex
    return torch.view_as_real(pairs).flatten(1)


def _turns(positions: Tensor, frequencies: Tensor) -> Tensor:
    """Return exp(-i angle) for every position and frequency, complex128."""
    angles = torch.outer(positions.double(), frequencies)
    return torch.polar(torch.ones_like(angles), -angles)


class SinusoidalEncoding(nn.Module):
    """The sinusoidal table as a layer, for sequences of any length: nothing to train or to save.

    Vectors are computed anew at each call, so there is nothing that a conversion could round or a
    checkpoint could miss. They come in the dtype to which the layer was last converted.

    Args:
        dim: D, the width; even.
        base: as in :func:`sinusoidal_table`.

    Source:
        Vaswani et al. 2017, section 3.5. Lesson: Sinusoidal.
    """

    def __init__(self, dim: int, *, base: float = 10000.0) -> None:
        super().__init__()
        self.dim = even_width("dim", dim)
        self.base = positive("base", base)
        # Empty: it only remembers the dtype and device that .to() gave to the layer.
        self.register_buffer("like", torch.empty(0), persistent=False)

    def extra_repr(self) -> str:
        """Return the settings that a printed model shows."""
        return f"{self.dim}, base={self.base}"

    def forward(self, seq_len: int, *, device: Device = None) -> Float[Tensor, "1 T D"]:
        """Return the vectors of positions 0 to ``seq_len - 1``, shape (1, T, D).

        Args:
            seq_len: T.
            device: where they are made; where the layer is, if not given.
        """
        T = sequence_length(seq_len)
        device = self.like.device if device is None else torch.device(device)
        table = _table_by_blocks(T, self.dim, self.base, _with_float64(device))
        return table.unsqueeze(0).to(self.like.dtype).to(device)

    def at(self, position_ids: Int[Tensor, "*B T"]) -> Float[Tensor, "*B T D"]:
        """Return the vectors of the given positions, shape (T, D) or (B, T, D)."""
        ids = position_ids_tensor(position_ids)
        exact = _with_float64(ids.device)
        frequencies = _frequencies(self.dim, self.base, exact)
        angles = ids.to(exact).unsqueeze(-1) * frequencies  # (*B, T, D/2), float64
        vectors = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)
        return vectors.to(self.like.dtype).to(ids.device)


def _with_float64(device: torch.device) -> torch.device:
    """Return the device, or the processor instead of Apple's GPU, which has no float64."""
    return torch.device("cpu") if device.type == "mps" else device
