"""What the homework's checks of positional embeddings share: the form of an answer, and closeness.

The checks import these instead of repeating them in each cell, so that an answer which uses the
same names for something else cannot change them.
"""

import torch
from torch import Tensor


def checked(value: object, shape: tuple[int, ...]) -> Tensor:
    """Return an answer as a tensor in float64, or raise an AssertionError that says what it is."""
    assert type(value) in (Tensor, torch.nn.Parameter), (
        f"A torch tensor is asked for, but you return {type(value).__name__}."
    )
    assert tuple(value.shape) == shape, (
        f"The shape should be {shape}, but yours is {tuple(value.shape)}."
    )
    return value.detach().double()


def close(a: Tensor, b: Tensor, atol: float = 1e-4) -> bool:
    """Tell whether two tensors agree up to rounding."""
    return torch.allclose(a.double(), b.double(), rtol=1e-4, atol=atol)
