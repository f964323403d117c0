"""Grade a chapter's homework for a class, each student in a process of its own."""

import contextlib
import hashlib
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from pathlib import Path

import nbformat
from tqdm import tqdm

from grading.course import PROJECT, SOURCES, Course, HomeworkError
from grading.marks_by_hand import is_written, sync
from grading.submission import MISSING_CELLS, Submission, UnreadableError, find, mend, read

FAILED, UNREADABLE, MISSING, GRADED = "failed run", "unreadable file", "missing notebook", "graded"


def grade(course: Course, chapter: str, *, again: bool = False, due: str = "") -> dict[str, dict]:
    """Grade every student of submitted/ whose work is new or changed.

    What is finished is written down student by student, so a run that was stopped goes on where it
    was. Returns the status of every student, by student.

    Args:
        course: the course.
        chapter: the homework.
        again: grade also what was graded and has not changed.
        due: date and time after which work is late, such as "2026-11-30 23:59"; "" for none.
    """
    students = find(course.root / "submitted", chapter)
    if not students:
        raise HomeworkError(
            f"nothing to grade: put notebooks at submitted/<student>/{chapter}/homework.ipynb, or "
            f"give FROM= the zip of downloads"
        )
    marking = course.marking(chapter)
    marking.mkdir(parents=True, exist_ok=True)
    with alone(marking / "lock"):
        template = nbformat.reads(course.generate(chapter, database=True), as_version=4)
        sync(course, chapter)
        status = load(marking)
        key = fingerprint(course, chapter)
        todo = []
        for student in students:
            note_late(student, due)
            old, mine = status.get(student.student, {}), f"{student.digest}-{key}"
            if again or old.get("key") != mine or not in_gradebook(course, chapter, student):
                todo.append(student)
            else:
                old["late"] = student.late
        for student, entry in grade_all(course, chapter, todo, template):
            status[student.student] = entry | {"key": f"{student.digest}-{key}"}
            save(marking, status)
        save(marking, status)
        for line in sync(course, chapter):
            print(f"by_hand.csv: {line}; it is to be marked anew")
        present = {student.student for student in students}
        return {name: entry for name, entry in status.items() if name in present}


def grade_all(course: Course, chapter: str, students: list[Submission], template):
    """Grade students, `course.jobs` at a time; yield each with the status when it is done."""
    with (
        ThreadPoolExecutor(course.jobs) as pool,
        tqdm(total=len(students), desc=f"grading {chapter}", unit="student") as bar,
    ):
        runs = {pool.submit(grade_one, course, chapter, s, template): s for s in students}
        try:
            for run in as_completed(runs):
                bar.update()
                bar.set_postfix_str(runs[run].name[:20])
                yield runs[run], run.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def grade_one(course: Course, chapter: str, student: Submission, template) -> dict:
    """Grade one student; whatever goes wrong becomes that student's status."""
    start = time.perf_counter()
    entry = {"name": student.name, "lms_id": student.lms_id, "late": student.late}
    entry |= {"state": GRADED, "why": "", "flags": list(student.flags)}
    try:
        if student.path is None:
            entry |= {"state": MISSING, "why": "no notebook in the student's folder"}
        else:
            attempt(course, chapter, student, template, entry)
    except UnreadableError as error:
        entry |= {"state": UNREADABLE, "why": str(error)}
    except Exception as error:  # nothing a student does stops the class's run
        entry |= {"state": FAILED, "why": f"{type(error).__name__}: {error}"[:300]}
    if entry["state"] in (FAILED, UNREADABLE):
        unmark(course, chapter, student.student)
    return entry | {"seconds": round(time.perf_counter() - start, 1)}


def attempt(course, chapter: str, student: Submission, template, entry, second=False) -> None:
    """Mend the notebook and have nbgrader run and mark it."""
    mended, flags = mend(read(student.path), template)
    entry["flags"] = [*student.flags, *flags]
    marking = course.marking(chapter)
    staged = marking / "staged" / student.student / chapter
    graded = course.root / "autograded" / student.student / chapter
    for folder in (staged, graded):
        shutil.rmtree(folder, ignore_errors=True)
    staged.mkdir(parents=True)
    nbformat.write(mended, staged / "homework.ipynb")
    log = marking / "logs" / f"{student.student}.txt"
    code = course.nbgrader(
        "autograde",
        chapter,
        f"--student={student.student}",
        f"--CourseDirectory.submitted_directory=marking/{chapter}/staged",
        "--force",
        log=log,
        seconds=course.student_seconds,
    )
    text = log.read_text(encoding="utf8", errors="replace")
    if code == 0 and (graded / "homework.ipynb").exists():
        entry["flags"] += slow_cells(graded / "homework.ipynb", course.cell_seconds)
        settle(course, chapter, student.student, flags)
        return
    if "database is locked" in text and not second:
        attempt(course, chapter, student, template, entry, second=True)
        return
    entry["state"] = FAILED
    if code is None:
        entry["why"] = f"took longer than {course.student_seconds} s"
    elif "Kernel died before replying" in text:
        entry["why"] = f"Python could not be started; see {log.relative_to(course.root)}"
    elif "Timeout waiting for IOPub" in text:
        entry["why"] = f"a cell could not be stopped after {course.cell_seconds} s"
    elif "DeadKernelError" in text or "Kernel died" in text:
        entry["why"] = "the notebook ended its own Python, or it ran out of memory"
    elif "MemoryError" in text:
        entry["why"] = "the notebook sent more output than fits in memory"
    else:
        entry["why"] = f"nbgrader stopped; see {log.relative_to(course.root)}"


def slow_cells(path: Path, seconds: int) -> list[str]:
    """Return a flag if cells of the graded notebook were stopped for lack of time."""
    cells = nbformat.read(path, as_version=4).cells
    slow = [
        cell
        for cell in cells
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
    ]
    return [f"{len(slow)} cell(s) stopped after {seconds} s"] if slow else []


def settle(course: Course, chapter: str, student: str, flags: list[str]) -> None:
    """Let the tests' points count, and ask for a mark where a written answer was not found.

    Points that a person gave for an earlier run stand in the table by_hand.csv, and are entered
    again if they are for this work.
    """
    lists = [flag.removeprefix(MISSING_CELLS) for flag in flags if flag.startswith(MISSING_CELLS)]
    missing = {name for text in lists for name in text.split(", ")}
    with course.gradebook() as gradebook:
        for mark in gradebook.find_submission_notebook("homework", chapter, student).grades:
            if is_written(mark):
                if mark.name in missing:
                    mark.auto_score, mark.needs_manual_grade = None, True
            elif mark.auto_score is not None:
                mark.manual_score, mark.needs_manual_grade = None, False
        gradebook.db.commit()


def unmark(course: Course, chapter: str, student: str) -> None:
    """Enter a student without marks: an earlier, better run must not stand for this one."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(chapter, student)
        notebook = gradebook.find_submission_notebook("homework", chapter, student)
        for mark in notebook.grades:
            mark.auto_score, mark.needs_manual_grade = None, True
        gradebook.db.commit()


def in_gradebook(course: Course, chapter: str, student: Submission) -> bool:
    """Tell whether the gradebook knows the student's work (it may have been moved away)."""
    with course.gradebook() as gradebook:
        known = {found.student_id for found in gradebook.assignment_submissions(chapter)}
    return student.student in known or student.path is None


def note_late(student: Submission, due: str) -> None:
    """Mark work as late whose timestamp.txt is after the date due."""
    stamp = student.folder / "timestamp.txt"
    if due and stamp.exists():
        try:
            given = datetime.fromisoformat(stamp.read_text().strip().removesuffix(" UTC"))
            student.late |= given.replace(tzinfo=None) > datetime.fromisoformat(due)
        except ValueError:
            student.flags.append("timestamp.txt holds no date")


def fingerprint(course: Course, chapter: str) -> str:
    """Return what a mark depends on besides the student's file."""
    source = (course.root / SOURCES / chapter / "homework.ipynb").read_bytes()
    limits = f"{course.cell_seconds} {course.student_seconds} {course.megabytes} {course.isolate}"
    code = b"".join(sorted(p.read_bytes() for p in (PROJECT / "src").rglob("*.py")))
    return hashlib.sha256(source + limits.encode() + code).hexdigest()[:16]


def load(marking: Path) -> dict[str, dict]:
    """Read what is known of each student; {} before the first run."""
    path = marking / "status.json"
    return json.loads(path.read_text(encoding="utf8")) if path.exists() else {}


def save(marking: Path, status: dict) -> None:
    """Write what is known of each student, in one step."""
    temporary = marking / ".status.json"
    temporary.write_text(json.dumps(status, indent=1, ensure_ascii=False), encoding="utf8")
    os.replace(temporary, marking / "status.json")


@contextlib.contextmanager
def alone(path: Path):
    """Let one command at a time grade a chapter."""
    with path.open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass  # Windows
        except OSError:
            raise HomeworkError("another `make grade` of this chapter is running") from None
        yield
