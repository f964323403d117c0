"""Mark one submission in Gradescope's container, where `run_autograder` calls this.

    python -m grading.gradescope

It reads /autograder/submission and writes /autograder/results/results.json, as Gradescope's
documentation has it (https://gradescope-autograders.readthedocs.io/en/latest/specs/). The marks are
those of `make grade`, by the same program.
"""

import argparse
import json
import tempfile
from pathlib import Path

import nbformat
from nbgrader.api import Grade

from grading.course import PROJECT, SOURCES, Course
from grading.grade import errors, grade, item_of
from grading.inbox import HandedIn, look, put
from grading.marks import collect
from grading.marks_by_hand import is_written
from grading.sandbox import why_not
from grading.submission import Recognizer, label_of
from src.homework import Homework

STUDENT = "student"


def mark(autograder: Path, course: Course, chapter: str) -> dict:
    """Mark the submission and return what goes into results.json.

    Args:
        autograder: Gradescope's folder, /autograder.
        course: an empty folder with the chapter's source, where marking leaves its files.
        chapter: the homework.
    """
    source = course.source(chapter)
    handed_in = [
        HandedIn(found, "Gradescope", STUDENT, "", "/".join(found.parts))
        for found in look(autograder / "submission")
    ]
    if handed_in:
        put(handed_in, course.root / "submitted" / STUDENT / chapter, Recognizer(source))
    else:
        (course.root / "submitted" / STUDENT / chapter).mkdir(parents=True)
    grade(course, chapter)
    (row,), _ = collect(course, chapter)
    path = course.root / "autograded" / STUDENT / chapter / "homework.ipynb"
    if not path.exists():
        for log in (course.marking(chapter) / "logs").glob("*.txt"):
            print(log.read_text(encoding="utf8", errors="replace"))  # Gradescope keeps it
        says = f"This could not be marked: {row['status']}: {row['why']}. Please hand in again."
        tests = [for_instructor([f"{row['status']}: {row['why']}", *row["flags"]])]
        return {"score": 0, "output": says, "tests": tests}
    said = {label_of(c): c for c in nbformat.read(path, as_version=4).cells if label_of(c)}
    titles = Homework.of(source.cells).titles
    tests, by_hand, unsure = [], [], []
    with course.gradebook() as gradebook:
        grades = gradebook.find_submission_notebook("homework", chapter, STUDENT).grades
        for given in sorted(grades, key=lambda g: list(said).index(g.name)):
            if is_written(given):
                by_hand.append(f"{given.name}: {given.max_score:g} points")
                continue
            unsure += [given.name] if given.needs_manual_grade else []
            tests.append(test(given, titles[item_of(given.name)], said[given.name]))
    notes = [f"a person must decide: {', '.join(unsure)}"] if unsure else []
    if notes + row["flags"]:
        tests.append(for_instructor([*notes, *row["flags"]]))
    says = f"Marked by a person: {'; '.join(by_hand)}." if by_hand else ""
    return {"score": sum(entry["score"] for entry in tests), "output": says, "tests": tests}


def test(given: Grade, title: str, cell) -> dict:
    """Return Gradescope's entry for a test; students see hidden ones when marks are published."""
    hidden = given.name.endswith("_hidden")
    return {
        "name": f"{title}: {'hidden' if hidden else 'visible'} check",
        "score": given.auto_score,
        "max_score": given.max_score,
        "status": "failed" if errors(cell) else "passed",
        "output": "\n".join(errors(cell).values()),
        "visibility": "after_published" if hidden else "visible",
    }


def for_instructor(lines: list[str]) -> dict:
    """Return an entry that only instructors see."""
    text = "\n".join(lines)
    about = {"name": "For the instructor", "score": 0, "max_score": 0, "visibility": "hidden"}
    return about | {"output": text}


def main(arguments: list[str] | None = None) -> int:
    """Mark what is in Gradescope's folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--autograder", type=Path, default=Path("/autograder"))
    options = parser.parse_args(arguments)
    (source,) = sorted((PROJECT / SOURCES).glob("*/homework.ipynb"))
    chapter = source.parent.name
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        (root / SOURCES / chapter).mkdir(parents=True)
        (root / SOURCES / chapter / source.name).write_bytes(source.read_bytes())
        isolate = not why_not()
        course = Course(root, isolate=isolate, as_nobody=not isolate)
        found = mark(options.autograder, course, chapter)
    target = options.autograder / "results" / "results.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=1), encoding="utf8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
