"""Fixtures of the homework's tests."""

import contextlib
import io
import os
import subprocess
import sys

import nbformat
import pytest

from grading.__main__ import main
from grading.sandbox import why_not
from tests.grading import tiny
from tests.grading.harness import ROOT


@pytest.fixture(autouse=True)
def without_shape_checks(as_users_call):
    """Students run `src` without the shape checks of the tests."""


@pytest.fixture(scope="session")
def shut_in():
    """Skip where students' code cannot be shut in; CI must be able to."""
    if reason := why_not():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def command():
    """Do what `python -m grading` does; return what it printed, or fail.

    In this process, which imports nbgrader once; of another copy of the project as the Makefile
    does, in a new one.
    """

    def here(arguments):
        printed = io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            for name in [name for name in os.environ if name.startswith("PYTEST")]:
                patch.delenv(name)
            return main(arguments), printed.getvalue()

    def elsewhere(arguments, project):
        done = subprocess.run(
            [sys.executable, "-m", "grading", *arguments],
            cwd=project,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        return done.returncode, done.stdout

    def run(course, *arguments, code=0, project=ROOT):
        arguments = [*arguments, f"--course={course}"]
        found, said = here(arguments) if project == ROOT else elsewhere(arguments, project)
        assert found == code, said
        return said

    return run


@pytest.fixture(scope="session")
def released(tmp_path_factory, command):
    """The students' version of the tiny homework, as nbgrader makes it."""
    root = tiny.make_course(tmp_path_factory.mktemp("released"))
    command(root, "homework")
    return nbformat.read(root / "homework" / tiny.CHAPTER / "homework.ipynb", as_version=4)


def pytest_terminal_summary(terminalreporter):
    """Print how many of the wrong answers lose their points."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", []):
                if name == "kill rate" and report.when == "call":
                    terminalreporter.write_line(f"kill rate, {value}")
