"""The guard over the notebooks works, and what pytest cannot see in a notebook is checked here."""

import copy
import os
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.course import ROOT, lessons, notebooks

LESSONS = [lesson.notebook for lesson in lessons()]
each_lesson = pytest.mark.parametrize(
    "lesson", LESSONS, ids=[f"{path.parent.name}/{path.stem}" for path in LESSONS]
)


class TestGuard:
    """What `make test` does to a notebook, done to notebooks broken on purpose."""

    GOOD = new_notebook(
        cells=[
            new_code_cell(
                "x = 1 + 1\nprint(x)",
                execution_count=1,
                outputs=[new_output("stream", name="stdout", text="2\n")],
            ),
            new_code_cell(
                "x + 1",
                execution_count=2,
                outputs=[new_output("execute_result", {"text/plain": "3"}, execution_count=2)],
            ),
        ]
    )

    def run(self, notebook, tmp_path):
        """Run the project's own pytest settings over one notebook; return the exit code."""
        path = tmp_path / "lesson.ipynb"
        nbformat.write(notebook, path)
        outside = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        command = ["-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "-n", "0"]
        command += ["-p", "conftest", "-p", "no:cacheprovider", path]
        return subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=outside, capture_output=True, text=True
        )

    def test_a_sound_notebook_passes(self, tmp_path):
        result = self.run(self.GOOD, tmp_path)
        assert result.returncode == 0, result.stdout
        assert "3 passed" in result.stdout

    def broken(self, kind):
        notebook = copy.deepcopy(self.GOOD)
        first, second = notebook.cells
        if kind == "wrong number in a print":
            first.outputs[0].text = "3\n"
        elif kind == "wrong result":
            second.outputs[0].data["text/plain"] = "4"
        elif kind == "outputs and counts stripped":
            for cell in notebook.cells:
                cell.outputs, cell.execution_count = [], None
        elif kind == "outputs stripped, counts kept":
            for cell in notebook.cells:
                cell.outputs = []
        elif kind == "one output missing":
            second.outputs = []
        elif kind == "one output too many":
            second.outputs.append(new_output("stream", name="stdout", text="4\n"))
        elif kind == "wrong solution":
            notebook.cells.append(new_markdown_cell("```python\nassert x == 3\n```"))
        elif kind == "raises":
            second.source = "raise ValueError('no')"
        elif kind == "cells run out of order":
            first.execution_count, second.execution_count = 2, 1
        elif kind == "warns":
            second.source = "import warnings\nwarnings.warn('old')\nx + 1"
        elif kind == "output hidden":
            second.metadata.tags = ["remove-output"]
        else:
            second.outputs[0].data["image/png"] = "iVBORw0KGgo="
        return notebook

    @pytest.mark.parametrize(
        ("kind", "says"),
        [
            ("wrong number in a print", "Cell outputs differ"),
            ("wrong result", "Cell outputs differ"),
            ("outputs and counts stripped", "execution counts must be 1 to 2"),
            ("outputs stripped, counts kept", "Cell outputs differ"),
            ("one output missing", "Cell outputs differ"),
            ("one output too many", "Cell outputs differ"),
            ("raises", "Cell execution caused an exception"),
            ("wrong solution", "Folded solution 1"),
            ("cells run out of order", "execution counts must be 1 to 2"),
            ("warns", "Cell outputs differ"),
            ("output hidden", "hides its output by ['remove-output']"),
            ("figure without alt text", "needs alt text"),
        ],
    )
    def test_a_broken_notebook_fails(self, kind, says, tmp_path):
        result = self.run(self.broken(kind), tmp_path)
        assert result.returncode == 1, result.stdout
        assert says in result.stdout


def test_no_output_is_skipped_or_rewritten_before_it_is_compared():
    """Only pictures are not compared; CONTRIBUTING.md says why."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    options = settings["tool"]["pytest"]["ini_options"]["addopts"].split()
    assert "--nbval" in options
    assert not [o for o in options if o.startswith(("--nbval-sanitize", "--sanitize"))]
    for lesson in LESSONS:
        for cell in nbformat.read(lesson, as_version=4).cells:
            tags = cell.metadata.get("tags", [])
            assert not [tag for tag in tags if tag.startswith("nbval")], lesson.name
            assert "NBVAL_" not in cell.source, lesson.name


def markdown(lesson):
    cells = nbformat.read(lesson, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@each_lesson
def test_folded_solutions_assert_something(lesson):
    """The conftest.py of the project runs them; here, that there is something to run."""
    solutions = re.findall(r"```python\n(.*?)```", markdown(lesson), flags=re.S)
    assert solutions
    assert all("assert" in solution for solution in solutions)


@each_lesson
def test_every_lesson_has_its_parts(lesson):
    text = markdown(lesson)
    assert re.match(r"# .+\n\n\*Reading: \d+ minutes\. Running: \d+ seconds\.\*\n", text)
    for heading in ("What people ask", "Summary", "Self-check", "Exercises"):
        assert f"\n## {heading}\n" in text
    assert text.count("After it you can") == 1
    assert text.count('<details class="predict">') >= 2
    assert text.count("<details") == text.count("</details>") >= 6


@each_lesson
def test_long_code_of_figures_is_folded(lesson):
    """A reader wants the picture; the code that draws it is one click away."""
    for cell in nbformat.read(lesson, as_version=4).cells:
        pictures = [out for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
        if pictures and len(cell.source.splitlines()) > 15:
            assert "hide-input" in cell.metadata.get("tags", []), cell.source[:60]


def test_every_notebook_is_in_the_table_of_contents():
    assert set((ROOT / "chapters").glob("*/*.ipynb")) == {page.notebook for page in notebooks()}


def test_every_reference_is_cited_and_every_citation_resolves():
    bib = (ROOT / "chapters/reference/references.bib").read_text()
    entries = re.findall(r"^@\w+\{(\w+),", bib, flags=re.M)
    notebooks = (ROOT / "chapters").glob("*/*.ipynb")
    cited = re.findall(r"\{cite(?::t)?\}`([\w,]+)`", "\n".join(map(markdown, notebooks)))
    assert {key for keys in cited for key in keys.split(",")} == set(entries)
