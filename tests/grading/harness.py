"""What the homework's tests share: where it is, which chapters have one, the students' stubs."""

import os

import nbformat

from grading.course import PROJECT as ROOT
from grading.course import Course
from grading.trial import graded, source

CHAPTERS = Course().chapters
EVERY_ANSWER = bool(os.environ.get("EVERY_ANSWER"))
"""Whether to try all that the gate has no time for: half an hour, each night."""


def released(chapter: str) -> nbformat.NotebookNode:
    """Read the students' notebook of a chapter."""
    return nbformat.read(ROOT / "homework" / chapter / "homework.ipynb", as_version=4)


def stubs(chapter: str) -> dict[str, str]:
    """Return what stands in the students' notebook in place of each solution in code."""
    return {
        graded(cell)["grade_id"]: cell.source
        for cell in released(chapter).cells
        if graded(cell).get("solution") and cell.cell_type == "code"
    }


def solutions(chapter: str) -> dict[str, str]:
    """Return the source's own answers, by item."""
    cells = source(chapter).cells
    return {graded(x)["grade_id"]: x.source for x in cells if graded(x).get("solution")}


def answered(notebook: nbformat.NotebookNode, answers: dict[str, str]) -> nbformat.NotebookNode:
    """Write answers into a student's notebook, and return it."""
    for cell in notebook.cells:
        cell.source = answers.get(graded(cell).get("grade_id"), cell.source)
    return notebook
