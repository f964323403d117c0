"""A course with one tiny homework, and a class of students who do all that students do."""

import copy
import json
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grading.course import SOURCES
from grading.sandbox import why_not

CHAPTER = "tiny"
UNPROTECTED = ["--unprotected"] if why_not() else []
POINTS = 10.0
ANSWERS = {
    "double": "def double(x):\n    return x + x",
    "halve": "def halve(x):\n    return x / 2",
    "why": "Because two halves make one.",
}


def labelled(make, label, text, **settings):
    """Return a cell with nbgrader's settings."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return make(text, metadata={"nbgrader": full | {"grade_id": label} | settings})


def item(name, body, visible, hidden):
    """Return the four cells of an item: 1 point for the visible test, 3 for the hidden one."""
    hidden = f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    solution = f"def {name}(x):\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"
    test = {"grade": True, "locked": True}
    return [
        new_markdown_cell(f"### {name}"),
        labelled(new_code_cell, name, solution, solution=True),
        labelled(new_code_cell, f"{name}_test", visible, points=1, **test),
        labelled(new_code_cell, f"{name}_hidden", hidden, points=3, **test),
    ]


def source():
    """Return the instructor's notebook: two items of 4 points, a written answer of 2."""
    visible = "assert float({0}(4)) == {1}, 'is it {0}?'"
    cells = [new_markdown_cell("# Tiny"), new_code_cell("import math")]
    cells += item(
        "double",
        "return 2 * x",
        visible.format("double", 8),
        "assert float(double(math.pi)) > 6.28",
    )
    cells += item(
        "halve", "return x / 2", visible.format("halve", 2), "assert float(halve(7)) == 3.5"
    )
    written = {"grade": True, "solution": True, "points": 2}
    text = "### BEGIN SOLUTION\nSecret reason.\n### END SOLUTION"
    cells.append(new_markdown_cell("### Why?\n\nRubric: 2 points for a reason."))
    cells.append(labelled(new_markdown_cell, "why", text, **written))
    for number, cell in enumerate(cells):
        cell.id = f"tiny-{number}"
    return new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )


def make_course(root: Path) -> Path:
    """Write the instructor's notebook into a new course."""
    folder = root / SOURCES / CHAPTER
    folder.mkdir(parents=True)
    nbformat.write(source(), folder / "homework.ipynb")
    return root


def label(cell):
    """Return a cell's grade_id."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def place(notebook, name):
    """Return where a labelled cell stands."""
    return next(i for i, cell in enumerate(notebook.cells) if label(cell) == name)


def answered(released, **answers):
    """Return the student's version with answers, good ones where none are given."""
    notebook = copy.deepcopy(released)
    for name, text in (ANSWERS | answers).items():
        if text is not None:
            notebook.cells[place(notebook, name)].source = text
    return notebook


def hand_in(root: Path, student: str, content, name="homework.ipynb") -> Path:
    """Put a notebook, or any text, in the student's folder."""
    folder = root / "submitted" / student / CHAPTER
    folder.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else nbformat.writes(content)
    (folder / name).write_text(text, encoding="utf8")
    return folder / name


def with_code(released, code):
    """Return good answers where one of the student's own cells runs some code first."""
    notebook = answered(released)
    notebook.cells.insert(place(notebook, "double"), new_code_cell(code))
    return notebook


def colab(released):
    """Return good answers as Colab saves them: its metadata, format 4.0, no cell ids."""
    notebook = json.loads(nbformat.writes(answered(released)))
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook["cells"]):
        cell.pop("id", None)
        cell["metadata"] |= {"id": f"Xy{number}", "outputId": "0"}
    return json.dumps(notebook)


def stripped(released):
    """Return good answers from which a program removed all metadata of cells."""
    notebook = answered(released)
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"new-{number}"
    return notebook


def without(released, *names):
    """Return good answers in which cells were deleted."""
    notebook = answered(released)
    notebook.cells = [cell for cell in notebook.cells if label(cell) not in names]
    return notebook


def edited_tests(released):
    """Return wrong answers with tests that were made to pass."""
    notebook = answered(released, double="def double(x):\n    return 0")
    for name in ("double_test", "double_hidden"):
        cell = notebook.cells[place(notebook, name)]
        cell.source = "assert True"
        cell.metadata.nbgrader.points = 100
    return notebook


def duplicated(released, edit):
    """Return good answers with a solution cell twice, the second one changed by `edit`."""
    notebook = answered(released)
    where = place(notebook, "double")
    second = copy.deepcopy(notebook.cells[where])
    second.source, second.id = edit(released.cells[place(released, "double")].source), "again"
    notebook.cells.insert(where + 1, second)
    return notebook


def reordered(released):
    """Return good answers with the cells upside down."""
    notebook = answered(released)
    notebook.cells = notebook.cells[::-1]
    return notebook


def other_kernel(released):
    """Return good answers saved with a kernel that nobody else has."""
    notebook = answered(released)
    notebook.metadata.kernelspec = {"display_name": "Mine", "name": "my-env", "language": "python"}
    return notebook


READS_TESTS = """
import inspect, linecache
def double(x):
    texts = [str(value) for value in list(globals().values())]
    texts += [line for entry in list(linecache.cache.values()) for line in map(str, entry)]
    for frame in inspect.stack():
        texts += frame.code_context or []
    if not any("6." + "28" in text for text in texts):
        raise RuntimeError("no text of the hidden test")
    return 2 * x
"""


def half_emoji(released):
    """Return good answers with lone surrogates in code and text, as some editors leave them."""
    notebook = answered(released, why="half \N{GRINNING FACE}")
    notebook.cells.insert(2, new_code_cell("# \N{GRINNING FACE}"))
    return nbformat.writes(notebook, ensure_ascii=True).replace("\\ude00", "")


def elsewhere(released):
    """Return good answers of which one stands in a place where nobody asked for it."""
    reason, code = ANSWERS["why"], ANSWERS["double"]

    def blank(**answers):
        return answered(released, **answers)

    def with_cell(cell, after, **answers):
        notebook = blank(**answers)
        notebook.cells.insert(place(notebook, after) + 1, cell)
        return notebook

    picture = new_markdown_cell(
        "![](attachment:a.png)", attachments={"a.png": {"image/png": "eA=="}}
    )
    found = {
        "why-in-a-new-cell": with_cell(new_markdown_cell(reason), "why", why=None),
        "why-in-a-raw-cell": with_cell(new_raw_cell(reason), "why", why=None),
        "why-in-a-comment": with_cell(new_code_cell(f"# {reason}"), "halve_hidden", why=None),
        "why-goes-on": with_cell(new_markdown_cell(reason), "why", why="To begin with:"),
        "why-as-a-picture-below": with_cell(picture, "why", why=None),
        "double-at-the-end": with_cell(new_code_cell(code), "why", double=None),
        "double-in-a-text": with_cell(
            new_markdown_cell(f"```python\n{code}\n```"), "why", double=None
        ),
        "double-in-halve": blank(double=None, halve=f"{ANSWERS['halve']}\n\n\n{code}"),
        "double-renamed": with_cell(
            new_code_cell(code.replace("double", "twice")), "double", double=None
        ),
        "double-in-a-module": blank(double="from answers import double"),
    }
    asked = found["why-in-the-question"] = blank(why=None)
    asked.cells[place(asked, "why") - 1].source += f"\n\n{reason}"
    tested = found["why-in-a-test"] = blank(why=None)
    tested.cells[place(tested, "halve_test")].source += f"\n# {reason}"
    merged = found["double-in-its-test"] = blank(double=None)
    test = merged.cells[place(merged, "double_test")]
    test.source = f"{code}\n\n{test.source}"
    drawn = found["why-as-a-picture"] = blank(why=None)
    drawn.cells[place(drawn, "why")].attachments = picture.attachments
    return found


def spoilt(text):
    """Cut a notebook's text off in the middle."""
    return text[: len(text) // 2]


def solution_from(paths):
    """Return code that searches files for solutions and marks, and keeps what it finds."""
    return (
        "found = []\nimport os, glob\n"
        f"for path in {paths!r}:\n"
        "    for name in glob.glob(path, recursive=True):\n"
        "        found.append(name)\n"
        "def double(x):\n"
        "    if not found:\n        raise RuntimeError('nothing found')\n"
        "    return 2 * x"
    )


def flags_of(output: str) -> dict[str, str]:
    """Return the lines of the summary by student."""
    return dict(re.findall(r"^  ([\w-]+): (.+)$", output, flags=re.M))
