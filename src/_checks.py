"""Argument checks shared by the package: each error says what came, what fits and what to do."""

import operator

import torch
from torch import Tensor

INTEGER_DTYPES = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def whole_number(name: str, value: object, *, minimum: int = 0) -> int:
    """Return ``value`` as an int of at least ``minimum``.

    Raises:
        TypeError: ``value`` is not a whole number.
        ValueError: ``value`` is smaller than ``minimum``.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be a whole number, but got {value!r} of type {type(value).__name__}. "
            f"Pass an int of at least {minimum}; for a tensor of ids, pass its length ids.shape[1]."
        ) from None
    if number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, but got {number}.")
    return number


def even_width(name: str, value: object) -> int:
    """Return ``value`` as an even int of at least 2.

    Raises:
        TypeError: ``value`` is not a whole number.
        ValueError: ``value`` is odd or smaller than 2.
    """
    number = whole_number(name, value, minimum=2)
    if number % 2:
        raise ValueError(
            f"{name} must be even, because its columns form pairs, but got {number}. "
            f"Use {number - 1} or {number + 1}."
        )
    return number


def positive(name: str, value: float) -> float:
    """Return ``value`` if it is a finite number above 0.

    Raises:
        ValueError: it is not.
    """
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a finite number above 0, but got {value!r}.")
    return value


def integer_tensor(name: str, value: object, ranks: tuple[int, ...], shape: str) -> Tensor:
    """Return ``value`` as an int64 tensor whose rank is one of ``ranks``.

    Raises:
        TypeError: ``value`` is not a tensor, or its dtype is not an integer one.
        ValueError: its rank is not one of ``ranks``; ``shape`` says in words what fits.
    """
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a torch tensor of integers of shape {shape}, "
            f"but got {type(value).__name__}. Wrap it: torch.tensor({name})."
        )
    if value.dtype not in INTEGER_DTYPES:
        raise TypeError(
            f"{name} must hold integers, because they number rows of a table, "
            f"but got dtype {value.dtype}. Convert with {name}.long() if the values are whole."
        )
    if value.ndim not in ranks:
        hint = f" Add the batch axis with {name}.unsqueeze(0)." if value.ndim + 1 in ranks else ""
        raise ValueError(
            f"{name} must have shape {shape}, but got rank {value.ndim}, "
            f"shape {tuple(value.shape)}.{hint}"
        )
    return value.long()


def not_negative(name: str, value: Tensor, what_to_do: str) -> None:
    """Check that no entry is below 0.

    Raises:
        ValueError: one is; ``what_to_do`` ends the message.
    """
    if value.numel() and value.min() < 0:
        raise ValueError(
            f"{name} must be 0 or more, but the smallest is {value.min().item()}. {what_to_do}"
        )
