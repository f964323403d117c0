"""Tables small enough for a page: the bytes of numbers as text."""

import base64

from torch import Tensor


def packed(numbers: Tensor) -> str:
    """Return the bytes of a tensor, row by row, little-endian, in base64.

    ``tools.decode`` of ``book/figures/tools.js`` reads them back.
    """
    array = numbers.detach().contiguous().numpy()
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
