"""Marks given by hand: a table that a person fills in, and its way into the gradebook.

The table marking/<chapter>/by_hand.csv has a row for each written answer, and a row for each test
of a student whose run failed. `make marks` reads the points and comments in it and writes it anew.
"""

import csv
import hashlib
import io
import os
import re
import unicodedata
from pathlib import Path

import nbformat
from nbgrader.api import Grade, MissingEntry

from grading.course import Course, HomeworkError
from grading.submission import label_of

COLUMNS = ["student", "item", "points", "out of", "comment", "answer", "version"]
LONGEST = 30_000
"""Characters of an answer that fit in a spreadsheet's cell."""
HOW = "made by the last `make grade` or `make marks`; run `make marks` and fill in the new table"


def sync(course: Course, chapter: str) -> list[str]:
    """Enter what is filled in, write the table anew, and return what could not be entered.

    What was typed in a row that could not be entered stays there; a row that is nobody's goes to
    refused.csv beside the table. Nothing that a person typed is lost.
    """
    refused = enter(course, chapter)
    write(course, chapter, {key: row for _, key, row in refused if key})
    strangers = [row for _, key, row in refused if not key]
    if strangers:
        target = course.marking(chapter) / "refused.csv"
        before = read(target)
        rows = [[row[name] for name in COLUMNS] for row in [*before, *strangers]]
        replace(target, [COLUMNS, *rows])
    return [line for line, _, _ in refused if line]


def enter(course: Course, chapter: str) -> list[tuple]:
    """Enter the filled-in points and comments in the gradebook.

    Returns:
        what was not entered: why; the student and item whose row keeps it, or None if it is
        nobody's or about earlier work; and the row. Without a reason, only a comment is kept: that
        on a test, which nbgrader has no place for.
    """
    table, refused = read(path(course, chapter)), []
    with course.gradebook() as gradebook:
        names = [found.student_id for found in gradebook.assignment_submissions(chapter)]
        for line, row in enumerate(table, start=2):
            text = row["points"].strip()
            if not text and not row["comment"].strip():
                continue
            where = f"row {line} ({row['student']}, {row['item']})"
            name = find_student(course, chapter, gradebook, names, row)
            try:
                notebook = gradebook.find_submission_notebook("homework", chapter, name)
                grade = next(g for g in notebook.grades if g.name == row["item"])
            except (MissingEntry, StopIteration):
                refused.append((f"{where} is nobody's; it is in refused.csv", None, row))
                continue
            if row["version"] != version(course, chapter, grade):
                why = f"{name}, {row['item']}: {text or 'the comment'} was for earlier work; "
                why += "it is to be marked anew, and stands in refused.csv"
                refused.append((why, None, row))
                continue
            if text:
                try:
                    points = number(text, grade.max_score)
                except ValueError as error:
                    refused.append((f"{where}: {error}", (name, row["item"]), row))
                    continue
                grade.manual_score, grade.needs_manual_grade = points, False
            comments = [x for x in notebook.comments if x.name == row["item"]]
            for comment in comments:
                comment.manual_comment = row["comment"].strip() or None
            if row["comment"].strip() and not comments:
                refused.append(("", (name, row["item"]), row))
        gradebook.db.commit()
    return refused


def find_student(
    course: Course, chapter: str, gradebook, names: list[str], row: dict[str, str]
) -> str:
    """Return whose row it is, also where a spreadsheet changed a number: 429 for 00429.

    A changed number is only taken where it can be one student's, whose work is the row's.
    """
    name = row["student"].removeprefix("'")
    if name in names:
        return name
    alike = []
    for other in names:
        if plain_number(other) == plain_number(name):
            notebook = gradebook.find_submission_notebook("homework", chapter, other)
            alike += [
                other
                for grade in notebook.grades
                if grade.name == row["item"] and version(course, chapter, grade) == row["version"]
            ]
    return alike[0] if len(alike) == 1 else name


def plain_number(name: str) -> str:
    """Return a name as a spreadsheet may write it back: without zeros before or blanks around."""
    name = unicodedata.normalize("NFC", name.strip())
    return name.lstrip("0") or "0"


def write(course: Course, chapter: str, typed: dict[tuple[str, str], dict] | None = None) -> None:
    """Write the table of what is marked by hand, with the marks and comments given so far.

    Args:
        course: the course.
        chapter: the homework.
        typed: rows that could not be entered, by student and item; they stay as they are.
    """
    rows = []
    with course.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions(chapter):
            name = submission.student_id
            notebook = gradebook.find_submission_notebook("homework", chapter, name)
            comments = {c.name: c.manual_comment or "" for c in notebook.comments}
            for grade in notebook.grades:
                if grade.needs_manual_grade or grade.manual_score is not None:
                    given = None if grade.needs_manual_grade else grade.manual_score
                    points = "" if given is None else f"{given:g}"
                    comment = comments.get(grade.name, "")
                    if row := (typed or {}).get((name, grade.name)):
                        points, comment = row["points"], row["comment"]
                    cells = [harmless(name), grade.name, points, f"{grade.max_score:g}"]
                    text = harmless(answer(course, chapter, grade))
                    if len(text) > LONGEST:
                        text = f"{text[:LONGEST]} ... (it goes on: see the notebook)"
                    rows.append([*cells, comment, text, version(course, chapter, grade)])
    rows.sort(key=lambda row: (row[1], row[-1]))
    replace(path(course, chapter), [COLUMNS, *rows])


def replace(target: Path, rows: list[list[str]]) -> None:
    """Write a table in one step."""
    temporary = target.with_name(f".{target.name}")
    with temporary.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(rows)
    os.replace(temporary, target)


def path(course: Course, chapter: str) -> Path:
    """Return where the table is."""
    return course.marking(chapter) / "by_hand.csv"


def read(table: Path) -> list[dict[str, str]]:
    """Read the table, also as a spreadsheet saved it: with semicolons, in an older encoding.

    Raises:
        HomeworkError: a column is missing.
    """
    if not table.exists():
        return []
    data = table.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = re.split(r"[\r\n]", text, maxsplit=1)[0]
    lines = io.StringIO(text, newline="")  # a line ends where the table says, not at U+2028
    rows = csv.DictReader(lines, delimiter=next((c for c in ";\t" if c in head), ","))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or [])]
    if missing:
        raise HomeworkError(f"{table} has no column {', '.join(missing)}; keep the columns {HOW}")
    return [{name: row[name] or "" for name in COLUMNS} for row in rows]


def number(text: str, most: float) -> float:
    """Return the points that a person wrote, such as "1.5" or "1,5".

    Raises:
        ValueError: they are no number from 0 to what the item gives.
    """
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = -1.0
    if not 0 <= points <= most:
        raise ValueError(f"points must be a number from 0 to {most:g}, got {text!r}")
    return points


def answer(course: Course, chapter: str, grade: Grade) -> str:
    """Return what the student wrote in a cell; "" if it was not run, or is a test."""
    graded = course.root / "autograded" / student(grade) / chapter / "homework.ipynb"
    if not is_written(grade) or not graded.exists():
        return ""
    cells = nbformat.read(graded, as_version=4).cells
    texts = [c.source.strip() for c in cells if label_of(c) == grade.name]
    return texts[0] if texts else ""


def version(course: Course, chapter: str, grade: Grade) -> str:
    """Return a short name of the work that points are for, which a spreadsheet takes for no number.

    A written answer's is that of its text; a test's is that of the whole notebook.
    """
    staged = course.marking(chapter) / "staged" / student(grade) / chapter / "homework.ipynb"
    work = b""
    if is_written(grade):
        work = answer(course, chapter, grade).encode()
    elif staged.exists():
        work = staged.read_bytes()
    return f"v-{hashlib.sha256(work).hexdigest()[:8]}"


def student(grade: Grade) -> str:
    """Return whose work is marked."""
    return grade.notebook.assignment.student_id


def is_written(grade: Grade) -> bool:
    """Tell whether the cell is a written answer, and not a test."""
    return grade.name in {cell.name for cell in grade.notebook.notebook.solution_cells}


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a student's text for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
