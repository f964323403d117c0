"""Grading end to end with real nbgrader: a class in which everything that can go wrong does.

One run grades them all, so that each accident has the chance to spoil the others' marks.
"""

import csv
import json
import socket
import sqlite3

import nbformat
import pytest

from grading.course import SOURCES
from tests.grading import harness, tiny

LIMITS = ["--cell-seconds=3", "--student-seconds=40", "--megabytes=1024", "--jobs=2"]
UP_TO_HAND = 8.0  # all but the written answer, which a person marks

WAITS = ""  # nothing to look at; only the written answer waits for a mark

# What a class hands in: the student, then the points of the tests (None: no mark), and words that
# the summary must say of the student.
EXPECTED = {
    "good": (UP_TO_HAND, WAITS),
    "blank": (0.0, "blank: nothing was filled in"),
    "syntax-error": (4.0, WAITS),
    "infinite-loop": (4.0, "cell(s) stopped after 3 s"),
    "stubborn-loop": (None, "failed run: a cell could not be stopped after 3 s"),
    "memory-hog": (4.0, WAITS),
    "huge-output": (UP_TO_HAND, WAITS),
    "os-exit": (None, "failed run: the notebook ended its own Python"),
    "test-deleted": (UP_TO_HAND, "missing cells: double_hidden"),
    "solution-deleted": (4.0, "missing cells: double"),
    "why-deleted": (UP_TO_HAND, "missing cells: why"),
    "set-up-deleted": (UP_TO_HAND, "set-up cell missing or edited"),
    "tests-edited": (4.0, "edited test: double_hidden; the original counts"),
    "duplicated": (UP_TO_HAND, "duplicated cell: double"),
    "copied-and-mended": (UP_TO_HAND, "duplicated cell: double"),
    "reordered": (UP_TO_HAND, "cells in another order: put back"),
    "stripped": (UP_TO_HAND, "labels stripped: found again"),
    "warns": (UP_TO_HAND, WAITS),
    "asks-input": (4.0, "something is missing here"),
    "other-kernel": (UP_TO_HAND, WAITS),
    "colab": (UP_TO_HAND, WAITS),
    "cut-off": (None, "unreadable file: not a notebook, or cut off"),
    "no-json": (None, "unreadable file"),
    "empty-file": (None, "unreadable file: the file is empty"),
    "renamed": (UP_TO_HAND, "renamed file: graded homework (3).ipynb"),
    "missing": (None, "missing notebook"),
    "late": (UP_TO_HAND, "late"),
    "equals-all": (4.0, WAITS),
    "reads-files": (4.0, WAITS),
    "uses-network": (4.0, "something is missing here"),
    "ends-others": (UP_TO_HAND, WAITS),
    "reads-hidden-test": (4.0, WAITS),
    "half-emoji": (UP_TO_HAND, WAITS),
    "line-separators": (UP_TO_HAND, WAITS),
    # An answer that stands where nobody asked for it is a person's to mark.
    "why-in-a-new-cell": (UP_TO_HAND, "the answer to why is in other cells"),
    "why-in-the-question": (UP_TO_HAND, "the answer to why is in other cells"),
    "why-in-a-raw-cell": (UP_TO_HAND, "the answer to why is in other cells"),
    "why-in-a-comment": (UP_TO_HAND, "the answer to why is in other cells"),
    "why-in-a-test": (UP_TO_HAND, "the answer to why is in other cells"),
    "why-goes-on": (UP_TO_HAND, "the answer to why goes on in another cell"),
    "why-as-a-picture": (UP_TO_HAND, "a picture is part of why"),
    "why-as-a-picture-below": (UP_TO_HAND, "a picture is part of why"),
    "why-in-a-file": (UP_TO_HAND, "why may be in another file"),
    "double-at-the-end": (4.0, "an answer to double stands in another cell"),
    "double-in-a-text": (4.0, "an answer to double stands in another cell"),
    "double-in-its-test": (4.0, "an answer to double stands in another cell"),
    "double-in-halve": (UP_TO_HAND - 4, "an answer to double stands in another cell"),
    "double-renamed": (4.0, "double is blank, and own cells stand below it"),
    "double-in-a-module": (4.0, "something is missing here: No module named 'answers'"),
}
IN_DOUBT = {name: "double" for name in EXPECTED if name.startswith("double-")}
IN_DOUBT |= {name: "why" for name in EXPECTED if name.startswith("why-")}


def answer(released, code):
    """Return good answers but for `double`."""
    return tiny.answered(released, double=code)


def hand_in_all(root, released, port):
    """Fill submitted/ with the class of EXPECTED."""

    def give(student, notebook, name="homework.ipynb"):
        return tiny.hand_in(root, student, notebook, name)

    good = tiny.answered(released)
    stub = "def double(x):\n    "
    give("good", good)
    give("blank", released)
    give("syntax-error", answer(released, "def double(x)\n    return 2 * x"))
    give("infinite-loop", answer(released, "while True:\n    pass"))
    forever = "while True:\n  try:\n    while True:\n      pass\n  except BaseException:\n    pass"
    give("stubborn-loop", answer(released, forever))
    give("memory-hog", answer(released, stub + "return [x] * 10**10"))
    give("huge-output", answer(released, "print('x' * 50_000_000)\n" + tiny.ANSWERS["double"]))
    give("os-exit", answer(released, "import os\nos._exit(0)"))
    give("test-deleted", tiny.without(released, "double_hidden"))
    give("solution-deleted", tiny.without(released, "double"))
    give("why-deleted", tiny.without(released, "why"))
    shorter = tiny.answered(released)
    shorter.cells = [cell for cell in shorter.cells if cell.source != "import math"]
    give("set-up-deleted", shorter)
    give("tests-edited", tiny.edited_tests(released))
    give("duplicated", tiny.duplicated(released, lambda stub: stub))
    give("copied-and-mended", tiny.duplicated(released, lambda stub: "double = lambda x: x * 2"))
    give("reordered", tiny.reordered(released))
    give("stripped", tiny.stripped(released))
    warn = "import sys\nprint('UserWarning: old', file=sys.stderr)\n    return 2 * x".split("\n")
    give("warns", answer(released, stub + "\n    ".join(warn[:2]) + "\n" + warn[2]))
    give("asks-input", answer(released, "n = input()\n" + stub + "return 2 * n"))
    give("other-kernel", tiny.other_kernel(released))
    give("colab", tiny.colab(released))
    give("cut-off", tiny.spoilt(nbformat.writes(good)))
    give("no-json", "[1, 2]")
    give("empty-file", "")
    give("renamed", good, "homework (3).ipynb")
    (root / "submitted" / "missing").mkdir()
    give("late", good).with_name("timestamp.txt").write_text("2026-12-01 08:00:00 UTC")
    equal = "class All(float):\n    def __eq__(self, other):\n        return True\n"
    give("equals-all", answer(released, equal + stub + "return All(0)"))
    files = [
        f"{root}/gradebook.db",
        f"{root}/**/*.ipynb",
        "/home/*",
        "/etc/passwd",
        str(harness.ROOT / SOURCES),
    ]
    give("reads-files", answer(released, tiny.solution_from(files)))
    reach = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\n"
    give("uses-network", answer(released, reach + tiny.ANSWERS["double"]))
    end = "import os\nown = {int(thread) for thread in os.listdir('/proc/self/task')}\n"
    end += "for n in {*range(1, 70_000)} - own:\n  try:\n    os.kill(n, 9)\n"
    end += "  except OSError:\n    pass"
    give("ends-others", tiny.with_code(released, end))
    give("reads-hidden-test", answer(released, tiny.READS_TESTS))
    give("half-emoji", tiny.half_emoji(released))
    give("line-separators", tiny.answered(released, why="one\u2028two\x85three\x0cfour"))
    for name, notebook in tiny.elsewhere(released).items():
        give(name, notebook)
    folder = give("why-in-a-file", tiny.answered(released, why=None)).parent
    (folder / "also").mkdir()
    (folder / "also" / "why.pdf").write_text("Because.")
    about = {"name": "", "id": "", "late": False, "flags": []}
    (folder / "handed_in.json").write_text(json.dumps(about))


@pytest.fixture(scope="module")
def graded(tmp_path_factory, command, shut_in):
    """The course after `make grade`, and what that printed."""
    root = tiny.make_course(tmp_path_factory.mktemp("course"))
    command(root, "homework")
    released = nbformat.read(root / "homework" / tiny.CHAPTER / "homework.ipynb", as_version=4)
    with socket.create_server(("127.0.0.1", 0)) as server:  # students must not reach it
        hand_in_all(root, released, server.getsockname()[1])
        before = {p: p.read_bytes() for p in (root / "submitted").rglob("*") if p.is_file()}
        output = command(root, "grade", "--chapter=tiny", "--due=2026-11-30 23:59", *LIMITS)
    after = {p: p.read_bytes() for p in (root / "submitted").rglob("*") if p.is_file()}
    assert after == before, "grading changed what was handed in"
    return root, output


def points(root, student):
    """Return the sum of the tests' points in the gradebook, None if there are none."""
    with sqlite3.connect(root / "gradebook.db") as base:
        rows = base.execute(
            "select g.auto_score, c.name from grade g join base_cell c on c.id = g.cell_id "
            "join submitted_notebook n on n.id = g.notebook_id "
            "join submitted_assignment a on a.id = n.assignment_id where a.student_id = ?",
            [student],
        ).fetchall()
    scores = [score for score, name in rows if name != "why"]
    return None if not scores or None in scores else sum(scores)


@pytest.mark.parametrize("student", EXPECTED)
def test_each_has_the_expected_mark_and_flag(student, graded):
    root, output = graded
    expected, says = EXPECTED[student]
    flags = tiny.flags_of(output)
    if says == WAITS:
        assert student not in flags, output
    else:
        assert says in flags.get(student, ""), output
    assert points(root, student) == expected


@pytest.mark.parametrize("student", IN_DOUBT)
def test_no_mark_is_final_where_an_answer_may_be_elsewhere(student, graded):
    """The table to fill in has a row for it, with what the student wrote."""
    root, _ = graded
    path = root / "marking" / "tiny" / "by_hand.csv"
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = {r["item"]: r for r in csv.DictReader(file) if r["student"] == student}
    item = IN_DOUBT[student]
    assert {"why", item, f"{item}_hidden"} & set(rows) >= {
        "why" if item == "why" else f"{item}_hidden"
    }
    if student.startswith("why-") and student != "why-deleted":
        says = rows["why"]["answer"]
        assert any(word in says for word in ("two halves", "picture", "why.pdf")), says


def test_summary_counts_the_answers_that_wait(graded):
    marks = [mark for mark, _ in EXPECTED.values()]
    waiting = len(EXPECTED) - marks.count(None) - 1  # the blank one has a mark, 0
    assert f"\n{waiting} wait for marks by hand" in graded[1]


def table(path):
    """Read a table of marks."""
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_tables_print_no_zero_for_what_is_open(graded, command):
    root, _ = graded
    command(root, "marks", "--chapter=tiny")
    plain = table(root / "marking" / "tiny" / "marks.csv")
    assert [row[0] for row in plain[1:]] == sorted(EXPECTED)
    for student, *_, mark, _, state, why, late, _ in [[row[0], *row[1:]] for row in plain[1:]]:
        if student == "blank":
            assert (mark, state) == ("0", "graded")
        else:
            assert mark == ""
            assert state in ("pending", "failed run", "unreadable file", "missing notebook")
            assert why
        assert late == ("late" if student == "late" else "")
    for name, column in (("canvas.csv", 5), ("moodle.csv", 3)):
        rows = table(root / "marking" / "tiny" / name)[1:]
        rows = [row for row in rows if "Points Possible" not in row[0]]
        assert [row[column] for row in rows].count("0") == 1
        assert [row[column] for row in rows].count("") == len(EXPECTED) - 1


def test_feedback_is_written_for_all_who_ran(graded, command):
    root, _ = graded
    command(root, "feedback", "--chapter=tiny")
    pages = {p.parent.parent.name for p in (root / "feedback").rglob("homework.html")}
    ran = {name for name, (mark, _) in EXPECTED.items() if mark is not None}
    assert pages == ran


def test_same_command_again_grades_nobody_and_says_the_same(graded, command):
    root, output = graded
    again = command(root, "grade", "--chapter=tiny", "--due=2026-11-30 23:59", *LIMITS)
    assert tiny.flags_of(again) == tiny.flags_of(output)
