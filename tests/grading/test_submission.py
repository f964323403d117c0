"""Where students put right answers that no test looks at: each way is a doubt or a flag."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading.grade import lacking
from grading.submission import Recognizer, defined, is_answer, label_of, mend
from tests.grading import harness, tiny

DOUBLE, REASON = tiny.ANSWERS["double"], tiny.ANSWERS["why"]


@pytest.fixture
def released():
    """The students' version, as far as `mend` looks at it."""
    notebook = tiny.source()
    for cell in notebook.cells:
        if label_of(cell) in ("double", "halve"):
            cell.source = (
                f"def {label_of(cell)}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
            )
        elif label_of(cell) == "why":
            cell.source = "YOUR ANSWER HERE"
        elif label_of(cell).endswith("_hidden"):
            cell.source = "# More checks"
    return notebook


@pytest.mark.parametrize(
    "code",
    [
        DOUBLE,
        f"if True:\n    {DOUBLE.replace(chr(10), chr(10) + '    ')}",
        "double, halve = (lambda x: 2 * x), 1",
        "double: object = lambda x: 2 * x",
        "from answers import double",
        "for double in [1]:\n    pass",
    ],
)
@pytest.mark.parametrize("place", [1, -1])
def test_an_answer_in_an_own_cell(code, place, released):
    notebook = tiny.answered(released, double=None)
    notebook.cells.insert(place if place > 0 else len(notebook.cells), new_code_cell(code))
    assert "double" in mend(notebook, released).doubts


@pytest.mark.parametrize(
    "code",
    [
        DOUBLE.replace("double", "Double"),
        "\n".join(f"    {line}" for line in DOUBLE.splitlines()),
        "\n".join(f"{'...' if i else '>>>'} {x}" for i, x in enumerate(DOUBLE.splitlines())),
        f"```python\n{DOUBLE}\n```",
        DOUBLE.replace("    ", "\xa0\xa0\xa0\xa0"),
        f"{DOUBLE}\n\n\ndef double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    ],
)
def test_an_answer_that_nearly_runs(code, released):
    assert "double" in mend(tiny.answered(released, double=code), released).doubts


@pytest.mark.parametrize(
    "code", ["def double(x)\n    return 2 * x", "def double(x):\n    return x", "double = 3"]
)
def test_a_wrong_answer_is_no_doubt(code, released):
    found = mend(tiny.answered(released, double=code), released)
    assert (found.doubts, found.flags) == ({}, [])


@pytest.mark.parametrize(
    "double", [f"# Why: {REASON}\n{DOUBLE}", DOUBLE.replace(":\n", f':\n    """{REASON}"""\n')]
)
def test_a_written_answer_in_a_cell_for_code(double, released):
    mended = mend(tiny.answered(released, why=None, double=double), released)
    why = next(c for c in mended.notebook.cells if label_of(c) == "why")
    assert REASON in why.source
    assert "the answer to why is in other cells, if anywhere" in mended.flags


def test_what_is_missing_here_or_defined_elsewhere():
    def failed(name, says, label="double_test"):
        cell = new_code_cell("", metadata={"nbgrader": {"grade_id": label}})
        cell.outputs = [nbformat.v4.new_output("error", ename=name, evalue=says, traceback=[])]
        return [new_code_cell("", metadata={"nbgrader": {"grade_id": "double_test"}}), cell]

    for name, says in [
        ("ModuleNotFoundError", "No module named 'einops'"),
        ("ImportError", "cannot import name 'x' from 'y'"),
        ("LookupError", "Resource punkt not found"),
        ("AssertionError", "Torch not compiled with CUDA enabled"),
        ("RuntimeError", "Found no NVIDIA driver"),
        ("OSError", "We couldn't connect to the hub"),
        ("Exception", "File 'answers.py' not found."),
    ]:
        assert "double" in lacking(failed(name, says), set()), name
    helper = failed("NameError", "name 'helper' is not defined")
    assert lacking(helper, {"helper"}) == {"double": "helper is defined in another cell"}
    assert lacking(helper, set()) == {}
    assert lacking(failed("AssertionError", "is it double?"), set()) == {}
    missing = failed("ModuleNotFoundError", "No module named 'src.foo'")
    assert lacking(missing, set()) == {}
    assert set(lacking(failed("OSError", "x", label="imports"), set())) == {""}


@pytest.mark.parametrize("chapter", harness.CHAPTERS)
def test_each_answer_of_each_homework_defines_a_name_to_look_for(chapter):
    cells = [c for c in harness.released(chapter).cells if is_answer(c) and c.cell_type == "code"]
    assert len(cells) >= 8
    assert [label_of(cell) for cell in cells if not defined(cell)] == []


def test_a_notebook_is_known_by_labels_texts_or_names(released):
    ours = Recognizer(tiny.source())
    own = nbformat.v4.new_notebook(cells=[new_markdown_cell("# Mine"), new_code_cell("x = 1")])
    assert not ours(nbformat.writes(own).encode())
    own.cells.append(new_code_cell(DOUBLE))
    assert ours(nbformat.writes(own).encode())
    assert ours(tiny.stripped(released) and nbformat.writes(tiny.stripped(released)).encode())
    assert not ours(b"[1, 2]")
