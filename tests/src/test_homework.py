"""What of the homework is still open: as a command, in a kernel, and for files that are none."""

import json
import os
import subprocess
import sys

import pytest

from book import course
from src import homework

NOTEBOOKS = sorted((course.ROOT / "homework").glob("*/homework.ipynb"))


def notebook(path, **answers):
    """Write a homework of two items; return its path."""
    cells = [{"cell_type": "code", "metadata": {}, "source": ["import math\n"]}]
    for name, stub in {
        "double": "def double(x):\n    raise NotImplementedError()",
        "n": "n = 0",
    }.items():
        test = {"double": "assert double(2) == 4, 'is it twice?'", "n": "assert n == 7, 'guess'"}[
            name
        ]
        for kind, code, about in (
            ("", answers.get(name, stub), {"solution": True, "grade": False}),
            ("_test", test, {"solution": False, "grade": True, "points": 0}),
            ("_hidden", "# hidden", {"solution": False, "grade": True, "points": 3}),
        ):
            label = {"nbgrader": about | {"grade_id": name + kind}}
            cells.append({"cell_type": "code", "metadata": label, "source": code})
        cells.insert(-3, {"cell_type": "markdown", "metadata": {}, "source": f"## Item {name}"})
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf8")
    return path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.parent.name)
def test_a_homework_as_it_is_given_out_is_open_in_every_item(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    checks = homework.Homework.read(path).checks()
    assert len(checks) >= 8
    assert [check.item for check in checks if not check.says] == []
    assert all(check.title[0].isdigit() and check.points for check in checks)


def test_the_command_names_what_is_open_and_why(tmp_path, capsys):
    path = notebook(tmp_path / "homework.ipynb")
    assert homework.main([str(path)]) == 1
    said = capsys.readouterr().out
    assert said == (
        "Item double\n    not answered yet\nItem n\n    guess\n"
        "0 of 2 visible checks pass. They give no marks.\n"
    )
    path = notebook(path, double="double = lambda x: x", n="n = 7")
    assert homework.main([str(path), "--github"]) == 1
    said = capsys.readouterr().out
    assert "Item double\n    is it twice?\n1 of 2" in said
    assert "::notice title=Autograding complete::Points 3/6" in said
    assert homework.main([str(notebook(path, double="double = lambda x: 2 * x", n="n = 7"))]) == 0


def test_in_a_kernel_the_answers_are_those_that_it_holds(tmp_path):
    """The file has the checks, the kernel the answers, saved or not."""
    path = notebook(tmp_path / "homework.ipynb")
    code = "n = 7\ndouble = lambda x: 2 * x\nfrom src.homework import show_open\n"
    code += f"show_open({str(path)!r})\nshow_open('other.ipynb')\nprint('assert' in str(globals()))"
    run = [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONPATH": str(course.ROOT)}
    done = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert lines[0] == "2 of 2 visible checks pass. They give no marks."
    assert lines[1].startswith("there is no other.ipynb in")
    assert "show_open('my homework.ipynb')" in lines[1]
    environment[homework.BEING_MARKED] = "1"
    done = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout.splitlines() == ["False"], done.stderr


@pytest.mark.parametrize(
    ("text", "says"), [("{", "is no notebook, or cut off"), ('{"cells": []}', "is no homework of")]
)
def test_a_file_that_is_no_homework_is_an_error(text, says, tmp_path, capsys):
    (tmp_path / "x.ipynb").write_text(text)
    assert homework.main([str(tmp_path / "x.ipynb")]) == 2
    assert says in capsys.readouterr().err
