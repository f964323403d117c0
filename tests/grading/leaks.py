"""What must not be seen of a homework: the distinctive lines of its solutions and hidden tests."""

import re
from functools import cache

import nbformat

from book import course
from book.search.sections import plain
from grading import trial
from grading.course import SOURCES
from tests.grading import harness

REGION = re.compile(
    r"BEGIN (?P<kind>SOLUTION|HIDDEN TESTS)\n(?P<text>.*?)[^\n]*END (?P=kind)", re.DOTALL
)


def secrets(chapter: str) -> list[str]:
    """Return lines of solutions and hidden tests that occur nowhere in what students may see.

    Short lines, such as `return x`, say nothing. Lines that the visible parts, the lessons or `src`
    also have are no secret.
    """
    text = "\n".join(cell.source for cell in trial.source(chapter).cells)
    hidden = "\n".join(match["text"] for match in REGION.finditer(text))
    lines = {squeeze(line) for line in hidden.splitlines()}
    return sorted(line for line in lines if len(line) >= 20 and line not in visible())


@cache
def visible() -> str:
    """Return what students may see: lessons, `src`, and the homework without what is hidden.

    Formulas also as the search's index writes them, in which some read like code.
    """
    read = [page.notebook for page in course.notebooks()] + sorted(
        (harness.ROOT / SOURCES).glob("*/*.ipynb")
    )
    cells = [c.source for p in read for c in nbformat.read(p, as_version=4).cells]
    formulas = (plain(tex) for text in cells for tex in re.findall(r"\$([^$]+)\$", text))
    helpers = (path.read_text("utf8") for path in sorted((harness.ROOT / "src").rglob("*.py")))
    return squeeze(REGION.sub("", "\n".join([*cells, *formulas, *helpers])))


def squeeze(text: str) -> str:
    """Return the text with single blanks and no blanks at its ends."""
    return re.sub(r"\s+", " ", text).strip()
