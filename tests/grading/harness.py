"""Marks homework without nbgrader: a notebook's cells, with any solution cell replaced.

A chapter's assignment is run cell by cell in one namespace. Failing cells do not stop the run, as
in nbgrader. This is quick enough to try hundreds of wrong answers; test_course.py shows that real
nbgrader gives the same marks.
"""

import ast
import contextlib
import io
import traceback
from dataclasses import dataclass, field

import nbformat

from grading.course import PROJECT as ROOT
from grading.course import SOURCES, Course

CHAPTERS = Course().chapters


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that a student really gives, and words of the message it must get."""

    mistake: str
    code: str
    says: str


@dataclass(frozen=True)
class Item:
    """What is tried on one graded item: wrong answers and correct ones written differently."""

    wrong: list[Wrong]
    right: list[str]


@dataclass
class Marks:
    """Points per test cell, and the messages of those that failed."""

    points: dict[str, float] = field(default_factory=dict)
    possible: dict[str, float] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)

    def of(self, item: str) -> float:
        """Return the points of an item: of its visible and its hidden tests."""
        return sum(p for name, p in self.points.items() if belongs(name, item))

    def possible_of(self, item: str) -> float:
        """Return how many points an item has."""
        return sum(p for name, p in self.possible.items() if belongs(name, item))

    def message_of(self, item: str) -> str:
        """Return the message of the first of the item's tests that failed."""
        return next((m for name, m in self.messages.items() if belongs(name, item)), "")


def belongs(test: str, item: str) -> bool:
    """Tell whether a test cell marks an item."""
    return test in (f"{item}_test", f"{item}_hidden")


def source(chapter: str) -> nbformat.NotebookNode:
    """Read the instructor's notebook of a chapter."""
    return nbformat.read(ROOT / SOURCES / chapter / "homework.ipynb", as_version=4)


def graded(cell: nbformat.NotebookNode) -> dict:
    """Return the cell's nbgrader settings, {} if it has none."""
    return cell.metadata.get("nbgrader", {})


def is_test(cell: nbformat.NotebookNode) -> bool:
    """Tell whether a cell's success gives points."""
    return bool(graded(cell).get("grade") and not graded(cell).get("solution"))


def mark(
    notebook: nbformat.NotebookNode, answers: dict[str, str] | None = None, item: str = ""
) -> Marks:
    """Run a notebook, with some solution cells replaced, and count the points.

    Args:
        notebook: an instructor's, a released or a student's notebook.
        answers: grade_id of a solution cell to the code to put in its place.
        item: run the tests of this item only, and no cell after them, which is quicker.
    """
    answers = answers or {}
    marks, names = Marks(), {"__name__": "__main__"}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if item:
        names_of_cells = [graded(cell).get("grade_id", "") for cell in cells]
        last = max(i for i, name in enumerate(names_of_cells) if belongs(name, item))
        cells = [
            cell
            for cell, name in zip(cells[: last + 1], names_of_cells, strict=False)
            if not is_test(cell) or belongs(name, item)
        ]
    for cell in cells:
        settings = graded(cell)
        name = settings.get("grade_id", "")
        code = answers.get(name, cell.source) if settings.get("solution") else cell.source
        error = ""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(ast.parse(code), name or "cell", "exec"), names)
        except BaseException as caught:  # a student's exit() is no reason to stop
            error = f"{type(caught).__name__}: {caught}" or traceback.format_exc()
        if is_test(cell):
            marks.possible[name] = settings["points"]
            marks.points[name] = 0 if error else settings["points"]
            if error:
                marks.messages[name] = error
    return marks
