"""What a page may ask of its reader: words, minutes, seconds, lines of code.

    python -m book.limits        prints every notebook's measures beside its limits

The status page shows the same numbers; `tests/chapters/test_limits.py` holds them.
"""

import re
from dataclasses import dataclass

import nbformat

from book.course import Page, notebooks

LONGEST_CELL = 25
"""Lines of code that a reader sees in one piece; what is longer is folded or cut."""


@dataclass(frozen=True)
class Limit:
    """The most that a page of one depth may have."""

    words: int
    minutes: int
    seconds: int
    code: int | None = None
    """Lines of code of the whole page, if they are limited."""


LIMITS = {
    "": Limit(words=1400, minutes=10, seconds=5, code=80),  # the page "In ten minutes"
    "core": Limit(words=2000, minutes=15, seconds=10),
    "deeper": Limit(words=2500, minutes=20, seconds=60),
}
CORE_MINUTES = 4 * 60
"""All core lessons together."""


@dataclass(frozen=True)
class Measure:
    """What a page has."""

    words: int
    minutes: int
    seconds: int
    code: int
    """Lines of code outside of folds."""
    longest: int
    """Lines of the longest cell outside of folds."""


def words(markdown: str) -> int:
    """Count the words of prose: folded answers count, code does not, a formula is one word."""
    text = re.sub(r"```.*?```", " ", markdown, flags=re.S)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " x ", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)", " ", text)
    text = re.sub(r"<[^>]+>", " ", text)
    return len(re.findall(r"\w[\w'’.,%-]*", text))


def is_folded(cell: nbformat.NotebookNode) -> bool:
    """Tell whether a reader sees a cell's code only after a click, in the book and in Jupyter."""
    in_book = "hide-input" in cell.metadata.get("tags", [])
    return in_book and bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def measure(page: Page) -> Measure:
    """Measure a notebook that promises its times at the top."""
    cells = nbformat.read(page.notebook, as_version=4).cells
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    seen = [
        len(cell.source.splitlines())
        for cell in cells
        if cell.cell_type == "code" and not is_folded(cell)
    ]
    minutes, seconds = page.promise
    return Measure(words(prose), minutes, seconds, sum(seen), max(seen, default=0))


def excess(page: Page, has: Measure) -> list[str]:
    """Return in words what of a page's measures is beyond its limits."""
    limit = LIMITS[page.depth]
    pairs = {
        "words": (has.words, limit.words),
        "minutes": (has.minutes, limit.minutes),
        "seconds": (has.seconds, limit.seconds),
        "lines of code": (has.code, limit.code or has.code),
        "lines in one cell": (has.longest, LONGEST_CELL),
    }
    return [
        f"{page.short}: {value} {what}, at most {most}"
        for what, (value, most) in pairs.items()
        if value > most
    ]


def limited() -> list[Page]:
    """Return the pages that have limits: lessons, and the page of ten minutes."""
    return [p for p in notebooks() if p.is_lesson or p.notebook.stem == "in_ten_minutes"]


def main() -> None:
    """Print the table."""
    print(f"{'page':60} depth   words  minutes  seconds  code  longest cell")
    measures = {page: measure(page) for page in limited()}
    for page, has in measures.items():
        print(
            f"{page.short:60} {page.depth or 'first':6} {has.words:6} {has.minutes:8}"
            f" {has.seconds:8} {has.code:5} {has.longest:13}"
        )
    print(f"{sum(has.words for has in measures.values())} words")
    for page, has in measures.items():
        for beyond in excess(page, has):
            print(beyond)


if __name__ == "__main__":
    main()
