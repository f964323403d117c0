"""Grade a chapter's homework for a class, each student in a process of its own."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from pathlib import Path

import nbformat
from tqdm import tqdm

from grading.course import PROJECT, SOURCES, Course, HomeworkError
from grading.dates import LOCAL, DateError, Zone, read_date
from grading.marks_by_hand import is_written, sync
from grading.submission import (
    MISSING_CELLS,
    Submission,
    UnreadableError,
    find,
    label_of,
    mend,
    read,
)

MISSING_HERE = {"ModuleNotFoundError", "ImportError", "FileNotFoundError", "LookupError", "OSError"}
MISSING_HERE |= {"URLError", "HTTPError", "ConnectionError", "LocalEntryNotFoundError", "gaierror"}
MISSING_HERE |= {"ConnectionRefusedError", "StdinNotImplementedError"}
ONE_AT_A_TIME = threading.Lock()
"""For what parses code: Python 3.11's ast fails in two threads at once (CPython's issue 106905)."""
NOT_HERE = re.compile(r"CUDA|NVIDIA|^File .* not found|Could not connect|couldn't connect")
FAILED, UNREADABLE, MISSING, GRADED = "failed run", "unreadable file", "missing notebook", "graded"


def grade(
    course: Course,
    chapter: str,
    *,
    again: bool = False,
    due: datetime | None = None,
    zone: Zone = LOCAL,
) -> dict[str, dict]:
    """Grade every student of submitted/ whose work is new or changed.

    What is finished is written down student by student, so a run that was stopped goes on where it
    was. Returns the status of every student, by student.

    Args:
        course: the course.
        chapter: the homework.
        again: grade also what was graded and has not changed.
        due: the moment after which work is late.
        zone: the zone of dates that name none.
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
        not_entered = sync(course, chapter)
        status = load(marking)
        key = fingerprint(course, chapter)
        todo = []
        for student in students:
            note_late(student, due, zone)
            old, mine = status.get(student.student, {}), f"{student.digest}-{key}"
            if again or old.get("key") != mine or not in_gradebook(course, chapter, student):
                todo.append(student)
            else:
                old["late"] = student.late
        for student, entry in grade_all(course, chapter, todo, template):
            status[student.student] = entry | {"key": f"{student.digest}-{key}"}
            save(marking, status)
        save(marking, status)
        for line in dict.fromkeys([*not_entered, *sync(course, chapter)]):
            print(f"by_hand.csv: {line}")
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
    entry["scheme"] = student.scheme
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
    with ONE_AT_A_TIME:
        mended = mend(read(student.path), template, student.also)
    entry["flags"] = [*student.flags, *mended.flags]
    marking = course.marking(chapter)
    staged = marking / "staged" / student.student / chapter
    graded = course.root / "autograded" / student.student / chapter
    for folder in (staged, graded):
        shutil.rmtree(folder, ignore_errors=True)
    staged.mkdir(parents=True)
    nbformat.write(mended.notebook, staged / "homework.ipynb")
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
        cells = nbformat.read(graded / "homework.ipynb", as_version=4).cells
        entry["flags"] += slow_cells(cells, course.cell_seconds)
        doubts = lacking(cells, mended.names) | mended.doubts
        entry["flags"] += settle(course, chapter, student.student, mended.flags, doubts)
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


def slow_cells(cells: list, seconds: int) -> list[str]:
    """Return a flag if cells of the graded notebook were stopped for lack of time."""
    slow = [cell for cell in cells if "CellTimeoutError" in errors(cell)]
    return [f"{len(slow)} cell(s) stopped after {seconds} s"] if slow else []


def errors(cell) -> dict[str, str]:
    """Return the errors that a cell ended with, and what they say."""
    outputs = cell.get("outputs", [])
    return {x["ename"]: x.get("evalue", "") for x in outputs if x.get("ename")}


def lacking(cells: list, names: set[str]) -> dict[str, str]:
    """Return the items for which the student's Python has what this one has not.

    A package, file, device or network that is missing here says nothing about the answer; nor does
    a name that the student defined in a cell that runs later. Where it is missing in a cell before
    all items, any of them may need it: the key is then "".

    Args:
        cells: the graded notebook's.
        names: those that the student's cells define.
    """
    doubts, item = {}, ""
    items = {item_of(label_of(cell)) for cell in cells if label_of(cell).endswith("_test")}
    for cell in cells:
        item = item_of(label_of(cell)) or item
        item = item if item in items else ""
        for name, says in errors(cell).items():
            later = re.fullmatch(r"name '(\w+)' is not defined.*", says, re.DOTALL)
            if name == "NameError" and later and later[1] in names:
                doubts.setdefault(item, f"{later[1]} is defined in another cell")
            elif "'src" not in says and (name in MISSING_HERE or NOT_HERE.search(says)):
                doubts.setdefault(item, f"something is missing here: {says[:80]}")
    return doubts


def item_of(label: str) -> str:
    """Return the item that a cell belongs to, by its label."""
    return label.removesuffix("_hidden").removesuffix("_test")


def settle(
    course: Course, chapter: str, student: str, flags: list[str], doubts: dict[str, str]
) -> list[str]:
    """Let the tests' points count, and ask for a mark where they are not sure.

    That is where a written answer was not found, and where points were lost although an answer may
    be right. Points that a person gave for an earlier run stand in the table by_hand.csv, and are
    entered again if they are for this work.

    Returns:
        flags for the answers in doubt.
    """
    lists = [flag.removeprefix(MISSING_CELLS) for flag in flags if flag.startswith(MISSING_CELLS)]
    missing, unsure = {name for text in lists for name in text.split(", ")}, []
    with course.gradebook() as gradebook:
        for mark in gradebook.find_submission_notebook("homework", chapter, student).grades:
            doubt = doubts.get(item_of(mark.name)) or doubts.get("")
            if is_written(mark):
                if mark.name in missing:
                    mark.auto_score, mark.needs_manual_grade = None, True
            elif mark.auto_score is not None:
                lost = mark.auto_score < mark.max_score
                mark.manual_score, mark.needs_manual_grade = None, bool(lost and doubt)
                unsure += [doubt] if lost and doubt else []
        gradebook.db.commit()
    return list(dict.fromkeys(unsure))


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


def note_late(student: Submission, due: datetime | None, zone: Zone) -> None:
    """Mark work as late that came after the date due.

    It came when its platform says: in the name of its file or folder, by the zone's clocks, or in
    nbgrader's timestamp.txt, in UTC if that names no zone.
    """
    stamp, came = student.folder / "timestamp.txt", []
    try:
        if stamp.exists():
            text = stamp.read_text(encoding="utf8", errors="replace")
            came.append(read_date(text, zone, unmarked=Zone("UTC")))
        if student.date:
            came.append(read_date(student.date, zone))
    except DateError as error:
        student.flags.append(f"when it came is not known: {error}")
    student.late |= due is not None and any(moment > due for moment in came)


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
