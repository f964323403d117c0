"""Tables of marks, for people and for Canvas and Moodle.

A mark that is not final is never printed as a number: a pending mark by hand or a failed run leaves
its place empty, and the status says why.
"""

import csv
from pathlib import Path

from nbgrader.api import MissingEntry

from grading.course import Course, HomeworkError
from grading.grade import GRADED, load
from grading.marks_by_hand import harmless

DONE = "graded"
PENDING = "pending"


def collect(course: Course, chapter: str) -> tuple[list[dict], float]:
    """Return one row per student, and the points that can be had.

    Raises:
        HomeworkError: nothing was graded yet.
    """
    status = load(course.marking(chapter))
    if not status:
        raise HomeworkError(f"nothing is graded yet: run `make grade CHAPTER={chapter}` first")
    with course.gradebook() as gradebook:
        try:
            most = gradebook.find_assignment(chapter).max_score
        except MissingEntry:
            raise HomeworkError(
                f"the gradebook knows no {chapter}: run `make grade CHAPTER={chapter}` again"
            ) from None
        rows = [row(gradebook, chapter, student, status[student]) for student in sorted(status)]
    return rows, most


def row(gradebook, chapter: str, student: str, entry: dict) -> dict:
    """Return a student's mark, or why there is none yet."""
    mark, why = None, entry["why"]
    state = entry["state"]
    try:
        grades = gradebook.find_submission_notebook("homework", chapter, student).grades
    except MissingEntry:
        grades = []
    by_hand = bool(grades) and all(
        g.manual_score is not None and not g.needs_manual_grade for g in grades
    )
    open_cells = sorted(g.name for g in grades if g.needs_manual_grade or score(g) is None)
    if by_hand or (state == GRADED and grades and not open_cells):
        mark, state = sum(score(g) + (g.extra_credit or 0) for g in grades), DONE
    elif state == GRADED:
        state, why = "no marks", "grade it again with AGAIN=1"
        if open_cells:
            state, why = PENDING, f"to be marked by hand: {', '.join(open_cells)}"
    return {
        "student": student,
        "name": entry["name"],
        "lms_id": entry["lms_id"],
        "scheme": entry.get("scheme", ""),
        "mark": mark,
        "status": state,
        "why": why,
        "late": entry["late"],
        "flags": entry["flags"],
    }


def summary(rows: list[dict], most: float, table: Path) -> str:
    """Return how many have a mark, how many answers wait for one, and who else needs a person."""
    done = [row for row in rows if row["mark"] is not None]
    waiting = [row for row in rows if row["status"] == PENDING]
    text = [f"\n{len(rows)} students, {len(done)} with a final mark (of {most:g})."]
    if waiting:
        text.append(f"{len(waiting)} wait for marks by hand: fill in the points in {table}.")
    look = []
    for row in rows:
        final = row["mark"] is not None or row["status"] == PENDING
        reasons = [] if final else [f"{row['status']}: {row['why']}"]
        reasons += [*row["flags"], *(["late"] if row["late"] else [])]
        if reasons:
            look.append(f"  {row['student']}: {'; '.join(reasons)}")
    text += [f"{len(look)} need a look:", *look] if look else ["Nobody needs a look."]
    return "\n".join(text)


def score(grade) -> float | None:
    """Return the points of a cell: those given by hand before those of the tests."""
    return grade.auto_score if grade.manual_score is None else grade.manual_score


def write(course: Course, chapter: str) -> tuple[list[Path], list[dict]]:
    """Write marks.csv, canvas.csv and moodle.csv; return their paths, and the rows."""
    rows, most = collect(course, chapter)
    tables = {"marks.csv": plain, "canvas.csv": canvas, "moodle.csv": moodle}
    paths = []
    for name, make in tables.items():
        path = course.marking(chapter) / name
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerows(make(rows, most, chapter))
        paths.append(path)
    return paths, rows


def shown(mark: float | None) -> str:
    """Return a mark as text, "" for none."""
    return "" if mark is None else f"{mark:g}"


def plain(rows: list[dict], most: float, chapter: str) -> list[list]:
    """Return the table for people."""
    table = [["student", "name", "mark", "out of", "status", "why", "late", "flags"]]
    for r in rows:
        late = "late" if r["late"] else ""
        cells = [r["student"], r["name"], shown(r["mark"]), f"{most:g}", r["status"], r["why"]]
        table.append([harmless(cell) for cell in [*cells, late, "; ".join(r["flags"])]])
    return table


def canvas(rows: list[dict], most: float, chapter: str) -> list[list]:
    """Return the table that Canvas imports, which takes further columns for assignments."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title(chapter)]
    table = [head, ["    Points Possible", "", "", "", "", f"{most:g}"]]
    for r in rows:
        number = r["lms_id"] if r["scheme"] in ("Canvas", "") else ""
        cells = [r["name"], number, "", "" if number else r["student"], ""]
        table.append([*map(harmless, cells), shown(r["mark"])])
    return table


def moodle(rows: list[dict], most: float, chapter: str) -> list[list]:
    """Return the table that Moodle's grading worksheet and its gradebook import."""
    table = [["Identifier", "Full name", "Status", "Grade", "Maximum Grade", "Feedback comments"]]
    for r in rows:
        number = r["lms_id"] if r["scheme"] in ("Moodle", "") else ""
        who = f"Participant {number}" if number else r["student"]
        cells = [harmless(who), harmless(r["name"]), harmless(note(r))]
        table.append([*cells, shown(r["mark"]), f"{most:g}", ""])
    return table


def title(chapter: str) -> str:
    """Return the name of the assignment."""
    return f"Homework: {chapter.replace('_', ' ')}"


def note(r: dict) -> str:
    """Return why there is no mark, "" if there is one."""
    return "" if r["mark"] is not None else f"{r['status']}: {r['why']}"
