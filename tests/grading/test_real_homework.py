"""Real nbgrader gives the real homework the marks of the quick trial of all answers.

With EVERY_ANSWER=1, which takes a quarter of an hour, all right and wrong answers are tried; else
the source's own, and a wrong one for every second item.
"""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from grading import trial
from grading.course import SOURCES
from tests.grading import harness, tiny
from tests.grading.test_answers import items


def classes(chapter):
    """Return the answers of each student that differ from the source's."""
    if not harness.EVERY_ANSWER:
        wrong = {name: item.wrong[0].code for name, item in list(items(chapter).items())[::2]}
        return {"right": {}, "mixed": wrong}
    codes = {
        name: [*item.right, *(wrong.code for wrong in item.wrong)]
        for name, item in items(chapter).items()
    }
    most = max(map(len, codes.values()))
    return {f"s{k}": {x: of[k % len(of)] for x, of in codes.items()} for k in range(most)}


@pytest.mark.parametrize("chapter", harness.CHAPTERS)
def test_nbgrader_gives_the_marks_of_the_trial(chapter, tmp_path, command):
    folder = tmp_path / SOURCES / chapter
    folder.mkdir(parents=True)
    shutil.copy(harness.ROOT / SOURCES / chapter / "homework.ipynb", folder)
    students = classes(chapter)
    for student, answers in students.items():
        given = harness.solutions(chapter) | answers
        place = tmp_path / "submitted" / student / chapter
        place.mkdir(parents=True)
        notebook = harness.answered(harness.released(chapter), given)
        nbformat.write(notebook, place / "homework.ipynb")
    limits = ["--cell-seconds=60", "--student-seconds=600", *tiny.UNPROTECTED]
    command(tmp_path, "grade", f"--chapter={chapter}", *limits)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        for student, answers in students.items():
            grades = book.find_submission_notebook("homework", chapter, student).grades
            marks = trial.mark(trial.source(chapter), answers)
            by_nbgrader = {g.name: g.auto_score for g in grades if g.name in marks.possible}
            assert by_nbgrader == marks.points, student
