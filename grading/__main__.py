"""Homework, from the instructor's notebook to a table of marks: `python -m grading --help`.

The Makefile has a command for each part: make homework, release, grade, feedback, marks.
"""

import argparse
import os
import sys
import time
import warnings
import zipfile
from pathlib import Path

from tqdm import tqdm

from grading.course import PROJECT, SOURCES, Course, HomeworkError, edition_folder
from grading.dates import FORM, DateError, Zone, read_date, shown
from grading.inbox import unpack
from grading.sandbox import why_not
from grading.submission import Recognizer

HAND_IN = """How to hand in: {title}

1. Put homework.ipynb where the course runs (its environment is all you need), and open it in
   JupyterLab, for example with `make lab`. Do not rename it.
2. Write your answers where it says YOUR CODE HERE or YOUR ANSWER HERE. You may add cells. Leave the
   cells with checks as they are; edited ones are put back before marking.
3. At the end choose Kernel > Restart Kernel and Run All Cells, and save. Jupyter stops at an item
   that you left open; you may hand in all the same, for all cells are run when it is marked. A cell
   may take {seconds} seconds. Hidden checks, too, are run on your answers.
4. Hand in the one file homework.ipynb. If you hand in again, the last one counts.

Your notebook is run without network and without files of your own.
"""


def homework(course: Course, options: argparse.Namespace) -> int:
    """Make the students' notebooks of all chapters, or check those that are there."""
    differ = []
    if not course.chapters:
        raise HomeworkError(f"there is no {SOURCES}/*/homework.ipynb in {course.root}")
    for chapter in tqdm(course.chapters, desc="students' notebooks", unit="chapter"):
        new = course.generate(chapter, database=False)
        old = course.root / "homework" / chapter / "homework.ipynb"
        if not old.exists() or old.read_bytes() != new:
            differ.append(str(old.relative_to(course.root)))
            if not options.check:
                old.parent.mkdir(parents=True, exist_ok=True)
                old.write_bytes(new)
    stale = {p.parent.name for p in course.root.glob("homework/*/homework.ipynb")}
    differ += [f"homework/{name} (its source is gone)" for name in stale - set(course.chapters)]
    for name in differ:
        print(f"{'differs from its source' if options.check else 'made anew'}: {name}")
    if not differ:
        print(f"All {len(course.chapters)} students' notebooks agree with their sources.")
    elif options.check:
        print("Run `make homework` and commit what it makes.")
    return 1 if differ and options.check else 0


def release(course: Course, options: argparse.Namespace) -> int:
    """Make the zip for students."""
    chapter = course.chapter(options.chapter)
    target = course.root / "_build" / "homework" / f"{chapter}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = course.generate(chapter, database=False)
    how = HAND_IN.format(title=chapter.replace("_", " "), seconds=course.cell_seconds)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{chapter}/homework.ipynb", notebook)
        archive.writestr(f"{chapter}/README.txt", how)
    print(f"For the students: {target}")
    return 0


def gradescope(course: Course, options: argparse.Namespace) -> int:
    """Make the zip that Gradescope takes as an autograder."""
    from grading import export

    print(f"Upload as the autograder: {export.gradescope(course, course.chapter(options.chapter))}")
    return 0


def github(course: Course, options: argparse.Namespace) -> int:
    """Make the folder of a template repository on GitHub."""
    from grading import export

    folder = export.github(course, course.chapter(options.chapter))
    print(f"Push as a template repository: {folder}")
    return 0


def variant(course: Course, options: argparse.Namespace) -> int:
    """Make a private edition of all homework and try every answer on it."""
    from grading.edition import write

    if not options.seed:
        raise HomeworkError('give a seed that nobody guesses: SEED="some words of your own"')
    faults = 0
    public = Course()
    for chapter in [public.chapter(options.chapter)] if options.chapter else public.chapters:
        lines, wrong = write(course.root, chapter, options.seed)
        print("\n".join(lines))
        faults += wrong
    print(f"The edition: {course.root}. Use the other commands with the same SEED.")
    return 1 if faults else 0


def grade(course: Course, options: argparse.Namespace) -> int:
    """Grade a class and say who needs a person."""
    from grading.grade import grade as grade_class
    from grading.marks import collect, summary

    chapter = course.chapter(options.chapter)
    zone, due, unknown = Zone(options.zone), None, []
    if options.due:
        try:
            due = read_date(options.due, zone)
        except DateError as error:
            raise HomeworkError(f"DUE: {error}") from None
        print(f"Due {shown(due, zone)}. Dates without a zone are taken for this one's.")
    if options.downloads:
        ours = Recognizer(course.source(chapter))
        count, unknown = unpack(options.downloads, course.root / "submitted", chapter, ours)
        print(f"{count} students handed in.")
    reason = why_not()
    course.isolate = not reason
    if reason and not options.unprotected:
        ask(reason)
    start = time.perf_counter()
    status = grade_class(course, chapter, again=options.again, due=due, zone=zone)
    rows, most = collect(course, chapter)
    spent = time.perf_counter() - start
    print(f"{len(status)} students took {spent / 60:.1f} minutes, {course.jobs} at a time.")
    table = course.marking(chapter) / "by_hand.csv"
    print(summary([row for row in rows if row["student"] in status], most, table))
    for name in unknown:
        print(f"  handed in, but to be given to nobody, or not to be read: {name}")
    if reason:
        print(f"NOT PROTECTED: students' code ran with your rights and network ({reason}).")
    print(f"Next: make marks CHAPTER={chapter}")
    return 0


def ask(reason: str) -> None:
    """Ask before students' code runs with the instructor's rights.

    Raises:
        HomeworkError: nobody is there to ask, or the answer is no.
    """
    print(f"Students' code cannot be shut in on this machine: {reason}.")
    print("Unprotected, it can read and change all your files and use the network.")
    if not sys.stdin.isatty():
        raise HomeworkError("to grade all the same, add UNPROTECTED=1")
    if input("Grade unprotected? [y/N] ").strip().lower() not in ("y", "yes"):
        raise HomeworkError("nothing was graded")


def feedback(course: Course, options: argparse.Namespace) -> int:
    """Write a page for each graded student."""
    chapter = course.chapter(options.chapter)
    log = course.marking(chapter) / "feedback.txt"
    if not any(course.root.glob(f"autograded/*/{chapter}/homework.ipynb")):
        raise HomeworkError(f"nothing is graded yet: run `make grade CHAPTER={chapter}` first")
    code = course.nbgrader("generate_feedback", chapter, "--force", log=log, seconds=3600)
    pages = list(course.root.glob(f"feedback/*/{chapter}/homework.html"))
    print(f"{len(pages)} pages: {course.root / 'feedback'}/<student>/{chapter}/homework.html")
    print("They show the hidden tests: send them after the last student has handed in.")
    if code:
        print(f"Some could not be made; see {log}")
    return 1 if code else 0


def marks(course: Course, options: argparse.Namespace) -> int:
    """Enter the marks that were given by hand, and write the tables of all marks."""
    from grading.marks import write
    from grading.marks_by_hand import sync

    chapter = course.chapter(options.chapter)
    not_entered = sync(course, chapter) if course.marking(chapter).is_dir() else []
    for line in not_entered:
        print(f"by_hand.csv: {line}")
    paths, rows = write(course, chapter)
    print("\n".join(map(str, paths)))
    empty = [row for row in rows if row["mark"] is None]
    for row in empty:
        print(f"  no mark for {row['student']}: {row['status']}: {row['why']}")
    return 1 if not_entered else 0


COMMANDS = {
    f.__name__: f for f in (homework, release, gradescope, github, variant, grade, feedback, marks)
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--chapter", default="", help="folder of the chapter")
    parser.add_argument("--check", action="store_true", help="homework: change nothing, only tell")
    parser.add_argument(
        "--from", dest="downloads", default="", help="grade: what a platform gave, zip or folder"
    )
    parser.add_argument("--due", default="", help=f"grade: {FORM}; later work is late")
    parser.add_argument("--zone", default="", help="grade: such as Europe/Berlin")
    parser.add_argument("--again", action="store_true", help="grade: also what has not changed")
    parser.add_argument("--unprotected", action="store_true", help="grade: do not ask")
    parser.add_argument("--course", type=Path, default=PROJECT, help="folder of the course")
    parser.add_argument("--seed", default="", help="of a private edition: see `make variant`")
    parser.add_argument("--cell-seconds", type=int, default=30)
    parser.add_argument("--student-seconds", type=int, default=300)
    parser.add_argument("--megabytes", type=int, default=4096, help="memory for each student")
    jobs = min(4, os.cpu_count() or 1)
    parser.add_argument("--jobs", type=int, default=jobs, help="grade: students at a time")
    options = parser.parse_args(arguments)
    root = options.course.resolve()
    course = Course(
        edition_folder(root, options.seed) if options.seed else root,
        options.cell_seconds,
        options.student_seconds,
        options.megabytes,
        options.jobs,
        isolate=options.command == "grade",
    )
    try:
        return COMMANDS[options.command](course, options)
    except (HomeworkError, ValueError) as error:
        print(f"make {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a name may have letters that Windows' output has not
        stream.reconfigure(errors="backslashreplace")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warnings.filterwarnings("ignore", module="nbgrader")  # how it calls SQLAlchemy
    sys.exit(main())
