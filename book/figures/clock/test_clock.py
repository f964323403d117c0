"""What the caption says is so."""

import math

from book.figures.clock import clock


def test_what_the_caption_says():
    assert 2 * math.pi * 100 ** (14 / 16) < 512  # every hand turns at base 100
    assert 511 * 100_000 ** (-14 / 16) < 0.03  # radians: hardly any move at base 100,000
    assert "base 100 every hand makes a full turn" in clock.CAPTION
