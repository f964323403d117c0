"""Printed numbers that differ a little between machines, and how far they may.

A cell with the tag `within_0.02` may print each number up to 0.02 from the stored one, a cell with
`within_5%` up to 5 per cent of it; with both tags, either will do. Words must be the same. pytest
(`conftest.py`) and `python -m book.other_arithmetic` compare by this; a cell without such a tag
prints the same on all machines.
"""

import re

TAG = re.compile(r"within_(?P<size>\d+(?:\.\d+)?)(?P<percent>%?)")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
WIDEST = 0.2
FIGURES = ["within_2%", "within_0.02"]


def tolerances(tags: list[str]) -> tuple[float, float]:
    """Return how far a cell's numbers may be off: by a share of the stored one, and absolutely.

    Raises:
        ValueError: if a tag begins with "within" and says nothing, or allows more than a fifth.
    """
    share = distance = 0.0
    for tag in tags:
        if not tag.startswith("within"):
            continue
        found = TAG.fullmatch(tag)
        if not found:
            raise ValueError(f"the tag {tag!r} should be like within_0.02 or within_5%")
        if found["percent"]:
            share = float(found["size"]) / 100
        else:
            distance = float(found["size"])
    if share > WIDEST:
        raise ValueError(f"within_{share:.0%} says nothing; {WIDEST:.0%} is the most")
    return share, distance


def agree(stored: str, now: str, tags: list[str]) -> bool:
    """Tell whether a cell's text is the stored one, but for numbers within its tolerance."""
    share, distance = tolerances(tags)
    if stored == now or not (share or distance):
        return stored == now
    words, values = zip(*(_parts(text) for text in (stored, now)), strict=True)
    return words[0] == words[1] and all(
        abs(a - b) <= max(share * abs(a), distance) * (1 + 1e-9)
        for a, b in zip(*values, strict=True)
    )


def same_figure(stored: str, now: str, tags: list[str]) -> bool:
    """Tell whether the SVG of a figure says what the stored one does, in words and numbers.

    Its numbers may be off as those of the cell's text, and by 2 per cent or 0.02 in any case: what
    is rounded for a cell of a heat map may be rounded the other way on another processor.
    """
    words = [words_of(svg) for svg in (stored, now)]
    return agree(*words, tags) or agree(*words, FIGURES)


def words_of(svg: str) -> str:
    """Return what a figure says: its title, labels and ticks, one a line."""
    return "\n".join(re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", svg))


def _parts(text: str) -> tuple[list[str], list[float]]:
    """Split a text into words, whatever the space between them, with # for numbers; numbers."""
    values = [float(number.replace(",", "")) for number in NUMBER.findall(text)]
    return NUMBER.sub(" # ", text).split(), values
