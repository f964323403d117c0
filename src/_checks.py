"""Argument checks shared by the package: each error says what came, what fits and what to do.

A ``TypeError`` means the wrong kind of thing, a ``ValueError`` a wrong value or shape.
"""

import operator

import torch
from torch import Tensor

INTEGER_DTYPES = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def whole_number(name: str, value: object, *, minimum: int = 0, hint: str = "") -> int:
    """Return ``value`` as an int of at least ``minimum``; ``hint`` ends the TypeError's message."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be a whole number, but got {value!r} of type {type(value).__name__}. "
            f"Pass an int of at least {minimum}.{hint and ' ' + hint}"
        ) from None
    if number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, but got {number}.")
    return number


def sequence_length(value: object) -> int:
    """Return how many positions are asked for; many pass the ids themselves."""
    hint = "For a tensor of ids, pass its length ids.shape[1]."
    return whole_number("seq_len", value, hint=hint)


def even_width(name: str, value: object) -> int:
    """Return ``value`` as an even int of at least 2."""
    number = whole_number(name, value, minimum=2)
    if number % 2:
        raise ValueError(
            f"{name} must be even, because its columns form pairs, but got {number}. "
            f"Use {number - 1} or {number + 1}."
        )
    return number


def positive(name: str, value: float) -> float:
    """Return ``value`` if it is a finite number above 0."""
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a finite number above 0, but got {value!r}.")
    return value


def integer_tensor(name: str, value: object, ranks: tuple[int, ...], shape: str) -> Tensor:
    """Return ``value`` as int64, its rank one of ``ranks``; ``shape`` says in words what fits."""
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


def position_ids_tensor(value: object) -> Tensor:
    """Return position ids as an int64 tensor of shape (T,) or (B, T), none below 0."""
    exact_positions("position_ids", value)
    ids = integer_tensor("position_ids", value, (1, 2), "(T,) or (B, T)")
    not_negative("position_ids", ids, "Count positions from 0 at the first token.")
    return ids


def exact_positions(name: str, value: object) -> None:
    """Check that positions did not come in 16 bits (or 8), where neighbours share one number."""
    if isinstance(value, Tensor) and value.is_floating_point() and value.element_size() < 4:
        raise TypeError(
            f"{name} came as {value.dtype}, but bfloat16 holds every whole number only to 256 and "
            "float16 to 2,048: beyond, neighbours become one position. Pass integers, such as "
            "torch.arange(T), or float32."
        )


def not_negative(name: str, value: Tensor, what_to_do: str) -> None:
    """Check that no entry is below 0, if they can be read; ``what_to_do`` ends the message."""
    if has_readable_values(value) and value.min() < 0:
        raise ValueError(
            f"{name} must be 0 or more, but the smallest is {value.min().item()}. {what_to_do}"
        )


def has_readable_values(value: Tensor) -> bool:
    """Whether there are numbers to check: none on "meta", in fake tensors and while compiling.

    Checks of shapes go on there; checks of values ask this first.
    """
    if torch.compiler.is_compiling() or value.is_meta or hasattr(value, "fake_mode"):
        return False
    return value.numel() > 0
