"""The guard over the notebooks works, and what pytest cannot see in a notebook is checked here."""

import copy
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from xml.etree import ElementTree

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.course import ROOT, lessons, notebooks
from book.other_arithmetic import texts

LESSONS = [lesson.notebook for lesson in lessons()]


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
        new_code_cell(
            "print('loss', 0.5)\nprint('steps', 1000)",
            execution_count=3,
            outputs=[new_output("stream", name="stdout", text="loss 0.52\nsteps 980\n")],
            metadata={"tags": ["within_0.02", "within_3%"]},
        ),
    ]
)


FIGURE = new_code_cell(
    "from src.plotting import describe, new_axes\n"
    "ax = describe(new_axes(), title='It rises', xlabel='steps', ylabel='nats')",
    execution_count=4,
    outputs=[
        new_output(
            "display_data",
            {
                "image/svg+xml": "<svg><text>It falls</text></svg>",
                "text/plain": "<Figure size 704x352 with 1 Axes>",
            },
        )
    ],
    metadata={"mystnb": {"image": {"alt": "A line that rises."}}},
)


def broken() -> Iterator[tuple[str, NotebookNode, str]]:
    """Yield notebooks broken on purpose: a name, the notebook, and what the guard must say."""

    def notebook():
        copied = copy.deepcopy(GOOD)
        return copied, *copied.cells

    made, first, *_ = notebook()
    first.outputs[0].text = "3\n"
    yield "wrong_print", made, "Cell outputs differ"

    made, _, second, _ = notebook()
    second.outputs[0].data["text/plain"] = "4"
    yield "wrong_result", made, "Cell outputs differ"

    made, *cells = notebook()
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    yield "outputs_and_counts_stripped", made, "execution counts must be 1 to 3"

    made, first, second, _ = notebook()
    first.outputs = second.outputs = []
    yield "outputs_stripped", made, "Cell outputs differ"

    made, *_, about = notebook()
    about.outputs[0].text = "loss 0.53\nsteps 980\n"
    yield "outside_its_tolerance", made, "Cell outputs differ"

    made, *_, about = notebook()
    about.outputs[0].text = "gain 0.5\nsteps 1000\n"
    yield "other_word", made, "Cell outputs differ"

    made, *_, about = notebook()
    about.metadata.tags = ["within_50%"]
    yield "says_nothing", made, "20% is the most"

    made, _, second, _ = notebook()
    second.outputs = []
    yield "output_missing", made, "Cell outputs differ"

    made, _, second, _ = notebook()
    second.outputs.append(new_output("stream", name="stdout", text="4\n"))
    yield "output_too_many", made, "Cell outputs differ"

    made, _, second, _ = notebook()
    second.source = "raise ValueError('no')"
    yield "raises", made, "Cell execution caused an exception"

    made, *_ = notebook()
    made.cells.append(new_markdown_cell("```python\nassert x == 3\n```"))
    yield "wrong_solution", made, "Folded solution 1"

    made, first, second, _ = notebook()
    first.execution_count, second.execution_count = 2, 1
    yield "out_of_order", made, "execution counts must be 1 to 3"

    made, _, second, _ = notebook()
    second.source = "import warnings\nwarnings.warn('old')\nx + 1"
    yield "warns", made, "Cell outputs differ"

    made, _, second, _ = notebook()
    second.metadata.tags = ["remove-output"]
    yield "output_hidden", made, "hides its output by ['remove-output']"

    made, _, second, _ = notebook()
    second.outputs[0].data["image/svg+xml"] = "<svg></svg>"
    yield "figure_without_alt_text", made, "needs alt text"

    made, _, second, _ = notebook()
    second.outputs[0].data["image/png"] = "iVBORw0KGgo="
    yield "figure_of_pixels", made, "made of pixels"

    made, *_ = notebook()
    made.cells.append(FIGURE)
    yield "figure_says_another_thing", made, "Cell outputs differ"


def test_a_sound_notebook_passes_and_broken_ones_fail(tmp_path):
    """Notebooks broken on purpose, and a sound one, run with the project's own settings."""
    expected = {name: says for name, _, says in broken()}
    for name, made in [("sound", GOOD), *((name, made) for name, made, _ in broken())]:
        nbformat.write(made, tmp_path / f"{name}.ipynb")
    outside = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT]
    command += ["-p", "conftest", "-p", "no:cacheprovider", "--junitxml", tmp_path / "report.xml"]
    result = subprocess.run(
        [*command, tmp_path], cwd=ROOT, env=outside, capture_output=True, text=True
    )
    said = dict.fromkeys(["sound", *expected], "")
    for case in ElementTree.parse(tmp_path / "report.xml").iter("testcase"):
        notebook = re.search(r"(\w+)(?:\.ipynb)?$", case.get("classname"))[1]
        failures = [*case.iter("failure"), *case.iter("error")]
        said[notebook] += "".join(
            f"{case.get('name')}\n{f.get('message')}{f.text}" for f in failures
        )
    assert said.pop("sound") == "", result.stdout
    assert {name: says for name, says in expected.items() if says not in said[name]} == {}


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


def test_folded_solutions_assert_something():
    """The conftest.py of the project runs them; here, that there is something to run."""
    wrong = []
    for lesson in LESSONS:
        solutions = re.findall(r"```python\n(.*?)```", markdown(lesson), flags=re.S)
        if not solutions or not all("assert" in solution for solution in solutions):
            wrong.append(lesson.stem)
    assert wrong == []


CLOSING = ("Summary", "Self-check", "Exercises")


def test_every_lesson_has_its_parts():
    wrong = []
    for page in lessons():
        text = markdown(page.notebook)
        parts = {
            "idea": bool(page.idea),
            "times": bool(page.promise),
            "goals": text.count("After it you can") == 1,
            "predictions": text.count('<details class="predict">') >= 2,
            "closed folds": text.count("<details") == text.count("</details>") >= 6,
            "questions": "../questions/" in text,
        }
        for heading in CLOSING:
            parts[heading] = f"\n## {heading}\n" in text
        wrong += [f"{page.short} lacks {part}" for part, there in parts.items() if not there]
    assert wrong == []


def test_every_section_ends_with_its_conclusion():
    """The last paragraph of a section has a sentence in bold that settles its question."""
    wrong = []
    for page in lessons():
        plain = re.sub(r"<details.*?</details>", "", markdown(page.notebook), flags=re.S)
        for section in re.split(r"^## ", plain, flags=re.M)[1:]:
            heading, _, body = section.partition("\n")
            last = body.strip().rpartition("\n\n")[2]
            if heading not in CLOSING and not re.search(r"\*\*\S.{15,}?\*\*", last):
                wrong.append(f"{page.short}: {heading}")
    assert wrong == []


def test_long_code_of_figures_is_folded():
    """A reader wants the picture; the code that draws it is one click away."""
    wrong = [
        f"{lesson.stem}: {cell.source[:60]}"
        for lesson in LESSONS
        for cell in nbformat.read(lesson, as_version=4).cells
        if any("image/svg+xml" in output.get("data", {}) for output in cell.get("outputs", []))
        and len(cell.source.splitlines()) > 15
        and "hide-input" not in cell.metadata.get("tags", [])
    ]
    assert wrong == []


def printed(lesson):
    """Return the lines that a notebook prints or shows as text."""
    cells = nbformat.read(lesson, as_version=4).cells
    return [line for cell in cells for line in texts(cell).splitlines()]


def test_numbers_are_shown_and_verdicts_are_few():
    """A reader wants 0.37 rather than True; 60 lines of the course are for real yes or no."""
    verdict = re.compile(r"\b(true|false|yes|no)\W*$", re.IGNORECASE)
    found = [
        f"{page.name}: {line}"
        for page in notebooks()
        for line in printed(page.notebook)
        if verdict.search(line)
    ]
    assert len(found) <= 60, "\n".join(found)


def test_no_picture_is_followed_by_the_name_of_an_object():
    """A last line such as `ax.text(...)` would print `Text(49, 34, ...)` on the page."""
    wrong = [
        f"{page.short}: {text[:60]}"
        for page in notebooks()
        for cell in nbformat.read(page.notebook, as_version=4).cells
        if any("image/svg+xml" in output.get("data", {}) for output in cell.get("outputs", []))
        for output in cell.outputs
        if output.output_type == "execute_result"
        for text in [output.data.get("text/plain", "")]
    ]
    assert wrong == []


def test_every_notebook_is_in_the_table_of_contents():
    assert set((ROOT / "chapters").glob("**/[!.]*.ipynb")) == {
        page.notebook for page in notebooks()
    }
