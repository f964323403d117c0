"""Numbers for the pages."""

from torch import Tensor


def rounded(values: Tensor, digits: int = 4) -> list:
    """Return a tensor of any shape as nested lists, with few digits so that pages load fast."""
    if values.ndim > 1:
        return [rounded(row, digits) for row in values]
    return [round(value, digits) + 0.0 for value in values.tolist()]
