"""Other ways through the commands: a stopped run, zips of downloads, a folder of any name."""

import csv
import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading import marks_by_hand
from grading.__main__ import ask
from grading.course import HomeworkError
from grading.sandbox import why_not
from tests.grading import harness, tiny

LIMITS = ["--cell-seconds=5", "--megabytes=2048", *tiny.UNPROTECTED]


def gradebook(root):
    """Return what the gradebook says of each student and cell, without times and numbers."""
    with sqlite3.connect(root / "gradebook.db") as base:
        return sorted(
            base.execute(
                "select a.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade "
                "from grade g join base_cell c on c.id = g.cell_id "
                "join submitted_notebook n on n.id = g.notebook_id "
                "join submitted_assignment a on a.id = n.assignment_id"
            ).fetchall(),
            key=str,
        )


def test_a_run_that_was_killed_and_repeated_gives_the_same_gradebook(tmp_path, released, command):
    whole, broken = (tiny.make_course(tmp_path / name) for name in ("whole", "broken"))
    wrong = tiny.answered(released, double="def double(x):\n    return x")
    for root in (whole, broken):
        for number, notebook in enumerate([tiny.answered(released), wrong, released]):
            tiny.hand_in(root, f"student-{number}", notebook)
    command(whole, "grade", "--chapter=tiny", *LIMITS)
    process = subprocess.Popen(
        [sys.executable, "-m", "grading", "grade", "--chapter=tiny", *LIMITS]
        + [f"--course={broken}"],
        cwd=harness.ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        log = broken / "marking" / "tiny" / "logs" / "student-1.txt"
        for _ in range(3000):
            if log.exists() and "Autograding" in log.read_text():
                break
            time.sleep(0.1)
        assert log.exists()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert len(gradebook(broken)) < len(gradebook(whole))
    command(broken, "grade", "--chapter=tiny", *LIMITS)
    assert gradebook(broken) == gradebook(whole)


def zip_of(path, files):
    """Write a zip of texts by name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def table(root):
    """Read the table of marks by hand, by student and item."""
    with (root / "marking" / "tiny" / "by_hand.csv").open(newline="", encoding="utf-8-sig") as file:
        return {(row["student"], row["item"]): row for row in csv.DictReader(file)}


def fill_in(root, student, item, points, comment="", delimiter=","):
    """Write points in the table of marks by hand, as a person does."""
    rows = table(root)
    rows[student, item] |= {"points": points, "comment": comment}
    store(root, rows, delimiter)


def store(root, rows, delimiter=","):
    """Write the table of marks by hand as a spreadsheet does."""
    with (root / "marking" / "tiny" / "by_hand.csv").open("w", newline="", encoding="utf8") as file:
        writer = csv.DictWriter(file, next(iter(rows.values())), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows.values())


def mark_of(root, command, student, code=0):
    """Return a student's mark as `make marks` writes it."""
    command(root, "marks", "--chapter=tiny", code=code)
    path = root / "marking" / "tiny" / "marks.csv"
    with path.open(newline="", encoding="utf-8-sig") as file:
        return next(row["mark"] for row in csv.DictReader(file) if row["student"] == student)


def test_marks_by_hand(tmp_path, released, command):
    """Points, comments, mistakes; a new run of the same work keeps them, other work does not."""
    root = tiny.make_course(tmp_path / "course")
    formula = '=HYPERLINK("x")\nIt is half.'
    tiny.hand_in(root, "ada", tiny.answered(released, why=formula))
    tiny.hand_in(root, "bob", tiny.answered(released, double="import os\nos._exit(0)"))
    command(root, "grade", "--chapter=tiny", *LIMITS)
    tests = ["double_test", "double_hidden", "halve_test", "halve_hidden"]
    assert set(table(root)) == {("ada", "why"), *(("bob", name) for name in [*tests, "why"])}
    assert table(root)["ada", "why"]["answer"] == f"'{formula}"
    for wrong in ("3", "-1", "two", "nan"):
        fill_in(root, "ada", "why", wrong)
        says = command(root, "marks", "--chapter=tiny", code=1)
        assert f"points must be a number from 0 to 2, got '{wrong}'" in says
    fill_in(root, "ada", "why", "1,5", "-0.5: half of what?", delimiter=";")
    assert mark_of(root, command, "ada") == "9.5"
    command(root, "grade", "--chapter=tiny", "--again", *LIMITS)
    assert mark_of(root, command, "ada") == "9.5"
    command(root, "feedback", "--chapter=tiny")
    assert "half of what?" in (root / "feedback/ada/tiny/homework.html").read_text()
    for name in [*tests, "why"]:
        assert mark_of(root, command, "bob") == ""
        fill_in(root, "bob", name, "0.5")
    assert mark_of(root, command, "bob") == "2.5"
    for student in ("ada", "bob"):
        tiny.hand_in(root, student, tiny.answered(released))
    says = command(root, "grade", "--chapter=tiny", *LIMITS)
    assert "ada, why: 1.5 was for earlier work" in says
    assert set(table(root)) == {("ada", "why"), ("bob", "why")}
    assert mark_of(root, command, "ada") == mark_of(root, command, "bob") == ""
    for student in ("ada", "bob"):
        fill_in(root, student, "why", "2")
    assert mark_of(root, command, "ada") == mark_of(root, command, "bob") == "10"


def test_a_spreadsheet_that_spoils_numbers_costs_no_other_row(tmp_path, released, command):
    """It drops zeros before a number; one row is wrong, one nobody's: the others are entered."""
    root = tiny.make_course(tmp_path / "course")
    for student in ("00429", "0017", "ada"):
        tiny.hand_in(root, student, tiny.answered(released, why=f"I am {student}."))
    command(root, "grade", "--chapter=tiny", *LIMITS)
    rows = {key: row | {"points": "1"} for key, row in table(root).items()}
    for key in rows:
        rows[key]["student"] = rows[key]["student"].lstrip("0")
    rows["ada", "why"]["points"] = "eleven"
    rows["eve", "why"] = rows["ada", "why"] | {"student": "eve", "comment": "who is it?"}
    store(root, rows)
    says = command(root, "marks", "--chapter=tiny", code=1)
    assert "(ada, why): points must be a number from 0 to 2, got 'eleven'" in says
    assert "(eve, why) is nobody's; it is in refused.csv" in says
    assert [mark_of(root, command, name, code=1) for name in ("00429", "0017", "ada")] == [
        "9",
        "9",
        "",
    ]
    assert table(root)["ada", "why"]["points"] == "eleven", "what was typed is still there"
    rows = table(root) | {("ada", "why"): table(root)["ada", "why"] | {"version": "v-0"}}
    store(root, {key: row | {"comment": "kept"} for key, row in rows.items()})
    command(root, "marks", "--chapter=tiny", code=1)
    refused = (root / "marking" / "tiny" / "refused.csv").read_text(encoding="utf-8-sig")
    assert "who is it?" in refused
    assert "ada,why,eleven,2,kept" in refused


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_texts_of_any_kind_survive_the_table(tmp_path_factory, texts):
    path = tmp_path_factory.getbasetemp() / "table.csv"
    rows = [["ada", "why", "1", "2", "", text, "v-1"] for text in texts]
    marks_by_hand.replace(path, [marks_by_hand.COLUMNS, *rows])
    assert [row["answer"] for row in marks_by_hand.read(path)] == texts


def test_zip_from_canvas_and_marks_by_hand(tmp_path, released, command):
    root = tiny.make_course(tmp_path / "course")
    good = nbformat.writes(tiny.answered(released))
    files = {
        "doejane_11_201_homework.ipynb": nbformat.writes(released),
        "doejane_11_201_homework-2.ipynb": good,
        "doejane_11_201_homework-1.ipynb": nbformat.writes(released),
        "roemax_LATE_12_202_homework.ipynb": good,
        "../../outside_13_203_homework.ipynb": good,
        "readme.txt": "no submission",
    }
    archive = zip_of(tmp_path / "submissions.zip", files)
    output = command(root, "grade", "--chapter=tiny", f"--from={archive}", *LIMITS)
    flags = tiny.flags_of(output)
    assert set(flags) == {"doejane-11", "roemax-12"}
    assert "3 students, 0 with a final mark" in output
    assert "3 notebooks: graded homework-2.ipynb" in flags["doejane-11"]
    assert flags["roemax-12"] == "late"
    assert "readme.txt" in output
    fill_in(root, "doejane-11", "why", "1.5")
    command(root, "marks", "--chapter=tiny")
    canvas = (root / "marking/tiny/canvas.csv").read_text(encoding="utf-8-sig").splitlines()
    assert canvas[2] == "doejane,11,,,,9.5"
    assert canvas[4] == "roemax,12,,,,"
    newer = zip_of(tmp_path / "newer.zip", {"doejane_11_209_homework.ipynb": good + "\n"})
    command(root, "grade", "--chapter=tiny", f"--from={newer}", *LIMITS)
    command(root, "grade", "--chapter=tiny", f"--from={archive}", *LIMITS)  # the old one again
    folder = root / "submitted" / "doejane-11" / "tiny"
    assert (folder / "homework.ipynb").read_text() == good + "\n"
    assert (folder / "earlier" / "1-homework.ipynb").read_text() == good


def test_zip_from_moodle(tmp_path, released, command):
    root = tiny.make_course(tmp_path / "course")
    files = {
        "Zoë O'Hara_77_assignsubmission_file/homework.ipynb": nbformat.writes(released),
        "Max Roe_78_assignsubmission_file_homework.ipynb": "{",
        "Li Wu_79_assignsubmission_file/answers.pdf": "no notebook",
    }
    archive = zip_of(tmp_path / "moodle.zip", files)
    output = command(root, "grade", "--chapter=tiny", f"--from={archive}", *LIMITS)
    assert "Max Roe-78: unreadable file" in output
    assert "Li Wu-79: missing notebook" in output
    command(root, "marks", "--chapter=tiny")
    moodle = (root / "marking/tiny/moodle.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "Participant 77,Zoë O'Hara,,0,10," in moodle
    assert any(line.startswith('Participant 78,Max Roe,"unreadable') for line in moodle)


def test_exchange_of_a_jupyterhub(tmp_path, command):
    """Given out, fetched, handed in and collected by nbgrader's exchange, then graded."""
    root = tiny.make_course(tmp_path / "course")
    command(root, "homework")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    for home in ("teacher", "student"):
        (tmp_path / home).mkdir()
    (tmp_path / "teacher" / "nbgrader_config.py").symlink_to(
        harness.ROOT / "grading" / "nbgrader_config.py"
    )
    scripts = [str(Path(sys.executable).parent), os.environ["PATH"]]
    path = os.pathsep.join(scripts)  # as in an activated environment
    outside = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def nbgrader(app, who, *more):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "nbgrader", app, "tiny", "--course=what-and-where"]
            + [f"--Exchange.root={tmp_path / 'exchange'}", *more],
            cwd=tmp_path / who,
            env=outside | {"PATH": path, "JUPYTER_CONFIG_DIR": str(tmp_path / who)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    nbgrader("release_assignment", "teacher", f"--CourseDirectory.root={root}")
    nbgrader("fetch_assignment", "student")
    mine = tmp_path / "student" / "tiny" / "homework.ipynb"
    nbformat.write(tiny.answered(nbformat.read(mine, as_version=4)), mine)
    nbgrader("submit", "student")
    nbgrader("collect", "teacher", f"--CourseDirectory.root={root}")
    output = command(root, "grade", "--chapter=tiny", "--due=2020-01-01", *LIMITS)
    (flags,) = tiny.flags_of(output).values()
    assert flags == "late"
    assert "1 wait for marks by hand" in output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade"], "which chapter?; give CHAPTER= one of: tiny"),
        (["release", "--chapter=nose"], "there is no homework for 'nose'; give CHAPTER="),
        (["marks", "--chapter=tiny"], "nothing is graded yet"),
        (["feedback", "--chapter=tiny"], "nothing is graded yet"),
        (["grade", "--chapter=tiny", *tiny.UNPROTECTED], "nothing to grade: put notebooks at"),
        (["grade", "--chapter=tiny", "--from=none.zip"], "there is no file none.zip"),
        (["grade", "--chapter=tiny", "--due=11/30/2026"], "DUE: '11/30/2026' is no date"),
        (["grade", "--chapter=tiny", "--zone=Berlin"], "ZONE='Berlin' is no time zone"),
    ],
)
def test_errors_say_what_to_do(arguments, says, tmp_path, command):
    assert says in command(tiny.make_course(tmp_path / "course"), *arguments, code=2)


def test_release_has_the_notebook_and_how_to_hand_in(tmp_path, released, command):
    root = tiny.make_course(tmp_path / "course")
    command(root, "release", "--chapter=tiny")
    with zipfile.ZipFile(root / "_build" / "homework" / "tiny.zip") as archive:
        assert archive.namelist() == ["tiny/homework.ipynb", "tiny/README.txt"]
        assert nbformat.reads(archive.read("tiny/homework.ipynb"), as_version=4) == released


def test_a_changed_student_version_is_named(tmp_path, command):
    root = tiny.make_course(tmp_path / "course")
    command(root, "homework")
    path = root / "homework" / "tiny" / "homework.ipynb"
    path.write_text(path.read_text().replace("import math", "import cmath"))
    assert "homework/tiny/homework.ipynb" in command(root, "homework", "--check", code=1)


def test_a_folder_of_any_name_and_output_without_its_letters(tmp_path, command, monkeypatch):
    """The whole project lies there; Windows takes no ? in a name, and prints in cp1252."""
    root = tmp_path / ("course (1) [x] 100% #2 {y} Ж" + ("" if os.name == "nt" else " ?*"))
    program = harness.ROOT / "grading"
    shutil.copytree(program, root / "grading", ignore=shutil.ignore_patterns("sources"))
    (root / "src").mkdir()
    shutil.copy(harness.ROOT / "src" / "homework.py", root / "src")
    tiny.make_course(root)
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    command(root, "homework", project=root)
    path = root / "homework" / "tiny" / "homework.ipynb"
    released = nbformat.read(path, as_version=4)
    tiny.hand_in(root, "Łukasz", tiny.answered(released))
    output = command(root, "grade", "--chapter=tiny", *LIMITS, project=root)
    assert "1 wait for marks by hand" in output
    fill_in(root, "Łukasz", "why", "2")
    assert mark_of(root, command, "Łukasz") == "10"
    command(root, "feedback", "--chapter=tiny", project=root)
    assert (root / "feedback" / "Łukasz" / "tiny" / "homework.html").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system is the reason")
def test_why_code_cannot_be_shut_in(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install the package bubblewrap" in why_not()
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho bwrap: No permissions >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o700)
    assert why_not().endswith("let bubblewrap do it: bwrap: No permissions")


@pytest.mark.parametrize(("reply", "goes_on"), [("y", True), ("no", False), ("", False)])
def test_unprotected_grading_is_asked_for(reply, goes_on, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{reply}\n"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    if goes_on:
        ask("no bubblewrap")
    else:
        with pytest.raises(HomeworkError, match="nothing was graded"):
            ask("no bubblewrap")
    assert "cannot be shut in on this machine: no bubblewrap" in capsys.readouterr().out


def test_nobody_there_to_ask_is_a_no(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(HomeworkError, match="add UNPROTECTED=1"):
        ask("no bubblewrap")
