"""Fixtures of the homework's tests."""

import os
import subprocess
import sys

import pytest

from grading.sandbox import why_not
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
    """Run `python -m grading` as the Makefile does; return what it printed, or fail."""

    def run(course, *arguments, code=0, project=ROOT):
        done = subprocess.run(
            [sys.executable, "-m", "grading", *arguments, f"--course={course}"],
            cwd=project,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def pytest_terminal_summary(terminalreporter):
    """Print how many of the wrong answers lose their points."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", []):
                if name == "kill rate" and report.when == "call":
                    terminalreporter.write_line(f"kill rate, {value}")
