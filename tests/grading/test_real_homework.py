"""Real nbgrader gives the real homework the marks of the quick harness that tries the variants."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from grading import trial
from grading.course import SOURCES
from tests.grading import harness, tiny
from tests.grading.test_answers import items


@pytest.mark.parametrize("chapter", harness.CHAPTERS)
def test_nbgrader_gives_the_marks_of_the_harness(chapter, tmp_path, command):
    """The source's own answers, and for every second item a wrong one."""
    folder = tmp_path / SOURCES / chapter
    folder.mkdir(parents=True)
    shutil.copy(harness.ROOT / SOURCES / chapter / "homework.ipynb", folder)
    command(tmp_path, "homework")
    notebook = nbformat.read(tmp_path / "homework" / chapter / "homework.ipynb", as_version=4)
    solutions = {
        trial.graded(cell)["grade_id"]: cell.source
        for cell in trial.source(chapter).cells
        if trial.graded(cell).get("solution")
    }
    wrong = {name: item.wrong[0].code for name, item in list(items(chapter).items())[::2]}
    for student, answers in {"right": solutions, "mixed": solutions | wrong}.items():
        for cell in notebook.cells:
            name = trial.graded(cell).get("grade_id")
            cell.source = answers.get(name, cell.source)
        place = tmp_path / "submitted" / student / chapter
        place.mkdir(parents=True)
        nbformat.write(notebook, place / "homework.ipynb")
    command(tmp_path, "grade", f"--chapter={chapter}", "--cell-seconds=60", *tiny.UNPROTECTED)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        for student, answers in {"right": {}, "mixed": wrong}.items():
            grades = book.find_submission_notebook("homework", chapter, student).grades
            by_nbgrader = {g.name: g.auto_score for g in grades if not g.needs_manual_grade}
            assert by_nbgrader == trial.mark(trial.source(chapter), answers).points
