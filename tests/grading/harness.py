"""Marks homework without nbgrader: a notebook's cells, with any solution cell replaced.

A chapter's assignment is run cell by cell in one namespace. Failing cells do not stop the run, as
in nbgrader. This is quick enough to try hundreds of wrong answers; test_course.py shows that real
nbgrader gives the same marks.
"""

import ast
import contextlib
import io
import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from grading.course import PROJECT as ROOT
from grading.course import SOURCES, Course

CHAPTERS = Course().chapters
VARIANTS = Path(__file__).parent / "variants"


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that a student really gives, and words of the message it must get."""

    mistake: str
    code: str
    says: str


@dataclass
class Item:
    """What is tried on one graded item: wrong answers and correct ones written differently."""

    wrong: list[Wrong] = field(default_factory=list)
    right: list[str] = field(default_factory=list)


def variants(chapter: str) -> dict[str, Item]:
    """Read the answers to a chapter's items from `variants/<chapter>.txt`.

    `# item` begins an item, `## right` a right answer, `## wrong: mistake => says` a wrong one. An
    answer is code, or a change of the item's first right answer: lines that go (`-`), each time
    followed by the lines that come (`+`).
    """
    items: dict[str, Item] = {}
    text = (VARIANTS / f"{chapter}.txt").read_text(encoding="utf-8")
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        name, *answers = re.split(r"^## ", part, flags=re.MULTILINE)
        item = items[name.strip()] = Item()
        for answer in answers:
            heading, code = answer.rstrip().split("\n", 1)
            if code.startswith("-"):
                code = changed(item.right[0], code)
            if heading == "right":
                item.right.append(code)
            else:
                mistake, says = heading.removeprefix("wrong: ").split(" => ")
                item.wrong.append(Wrong(mistake, code, says))
    return items


def changed(answer: str, change: str) -> str:
    """Return an answer with lines replaced; each group of them must stand in it once."""
    for hunk in re.findall(r"(?:^-.*\n?)+(?:^\+.*\n?)*", change, flags=re.MULTILINE):
        old, new = ([f"{x[1:]}\n" for x in hunk.split("\n") if x[:1] == sign] for sign in "-+")
        pieces = f"\n{answer}\n".split("\n" + "".join(old))
        assert len(pieces) == 2, f"stands {len(pieces) - 1} times: {old}"
        answer = ("\n" + "".join(new)).join(pieces).strip("\n")
    return answer


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
