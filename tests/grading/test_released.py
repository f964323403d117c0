"""The students' notebooks in homework/ are those that the sources make, and give nothing away."""

import re

import nbformat
import pytest

from grading import trial
from tests.grading import harness
from tests.grading.leaks import secrets, squeeze


def test_committed_versions_are_those_of_the_sources(command):
    output = command(harness.ROOT, "homework", "--check")
    assert f"All {len(harness.CHAPTERS)}" in output


@pytest.mark.parametrize("chapter", harness.CHAPTERS)
def test_released_version_gives_nothing_away(chapter):
    text = (harness.ROOT / "homework" / chapter / "homework.ipynb").read_text(encoding="utf8")
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)", text)
    cells = nbformat.reads(text, as_version=4).cells
    shown = "\n".join(cell.source for cell in cells)
    lines = {squeeze(line) for line in shown.splitlines()}
    assert len(secrets(chapter)) >= 10
    assert [secret for secret in secrets(chapter) if secret in lines] == []


@pytest.mark.parametrize("chapter", harness.CHAPTERS)
def test_sources_have_no_outputs(chapter):
    for cell in trial.source(chapter).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
