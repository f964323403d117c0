"""Try answers on a homework without nbgrader: a notebook's cells, with any solution cell replaced.

All cells run in one namespace, and a failing cell does not stop the run, as in nbgrader. This is
quick enough to try hundreds of right and wrong answers; tests/grading/test_real_homework.py shows
that real nbgrader gives the same marks.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from grading.course import PROJECT, SOURCES
from src.homework import Cell, run

ANSWERS = Path(__file__).parent / "answers"


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


def answers(chapter: str) -> dict[str, Item]:
    """Read the answers to a chapter's items from `answers/<chapter>.txt`.

    `# item` begins an item, `## right` a right answer, `## wrong: mistake => says` a wrong one. An
    answer is code, or a change of the item's first right answer: lines that go (`-`), each time
    followed by the lines that come (`+`).
    """
    items: dict[str, Item] = {}
    text = (ANSWERS / f"{chapter}.txt").read_text(encoding="utf-8")
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        name, *given = re.split(r"^## ", part, flags=re.MULTILINE)
        item = items[name.strip()] = Item()
        for answer in given:
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


def source(chapter: str, root: Path = PROJECT) -> nbformat.NotebookNode:
    """Read the instructor's notebook of a chapter."""
    return nbformat.read(root / SOURCES / chapter / "homework.ipynb", as_version=4)


def graded(cell: nbformat.NotebookNode) -> dict:
    """Return the cell's nbgrader settings, {} if it has none."""
    return cell.metadata.get("nbgrader", {})


def mark(
    notebook: nbformat.NotebookNode, answers: dict[str, str] | None = None, item: str = ""
) -> Marks:
    """Run a notebook, with some solution cells replaced, and count the points.

    Args:
        notebook: an instructor's, a released or a student's notebook.
        answers: grade_id of a solution cell to the code to put in its place.
        item: run the tests of this item only, and no cell after them, which is quicker.
    """
    cells = [Cell.of(cell) for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        if not cell.is_test:
            cell.source = (answers or {}).get(cell.label, cell.source)
    if item:
        last = max(i for i, cell in enumerate(cells) if belongs(cell.label, item))
        cells = [x for x in cells[: last + 1] if not x.is_test or belongs(x.label, item)]
    said = run(cells, {"__name__": "__main__"})
    marks = Marks()
    for cell in cells:
        if cell.is_test:
            error = said[cell.label]
            marks.possible[cell.label] = cell.points
            marks.points[cell.label] = 0 if error else cell.points
            if error:
                marks.messages[cell.label] = error
    return marks


@dataclass
class Trial:
    """What came of trying all answers: how many wrong ones lost, and what went otherwise."""

    wrong: int = 0
    right: int = 0
    survived: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def try_all(notebook: nbformat.NotebookNode, items: dict[str, Item]) -> Trial:
    """Try all answers: wrong ones must lose their points and be told why, right ones get all."""
    trial = Trial()
    for name, item in items.items():
        for wrong in item.wrong:
            trial.wrong += 1
            marks = mark(notebook, {name: wrong.code}, name)
            if marks.of(name):
                trial.survived.append(f"{name}: {wrong.mistake}: {marks.of(name)} points")
            if wrong.says not in marks.message_of(name):
                trial.unsaid.append(f"{name}: {wrong.mistake}: {marks.message_of(name)!r:.160}")
        for number, code in enumerate(item.right, start=1):
            trial.right += 1
            marks = mark(notebook, {name: code}, name)
            if marks.of(name) != marks.possible_of(name):
                said = f"{marks.message_of(name)!r:.160}"
                trial.lost.append(f"{name}, right answer {number}: {said}")
    return trial
