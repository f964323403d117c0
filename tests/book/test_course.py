"""A new chapter and a tenth lesson come into the book by lines of `_toc.yml` alone."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.course import ROOT, lessons

TENTH, FIFTH = "chapters/positional_embeddings/10_kernels", "chapters/decoding/01_sampling"
TITLES = {TENTH: "Kernels", FIFTH: "Sampling"}
NINTH = "chapters/positional_embeddings/9_windows"  # by its letters it would come after the tenth
OWN = ("book", "chapters", "tests", "homework", "_config.yml", "_toc.yml", "conftest.py")

ASKS = """from pathlib import Path
import json
from book import course, slides
from book.extensions import course_map, lesson_times
from book.notebook_copies import write_copies
from types import SimpleNamespace

config = SimpleNamespace(myst_substitutions={})
lesson_times.on_config(SimpleNamespace(srcdir="."), config)
print(json.dumps({
    "lessons": [page.name for page in course.lessons()],
    "chapters": {name: len(found) for name, found in course.chapters().items()},
    "run": [page.name for page in course.notebooks()],
    "map": course_map.draw(list(course.chapters().values()), [], str),
    "front page": config.myst_substitutions,
    "slides": slides.make("decoding", course.chapters()["decoding"], Path("s")).read_text("utf-8"),
    "copies": [p.as_posix() for p in write_copies("https://a.org/b", "v1", Path("copies"))],
}))
"""


def choice(kind: str, option: str) -> str:
    answer = {"right": "Yes", "wrong": "No"}[kind]
    return (
        f'<details class="choice {kind}">\n<summary>{option}</summary>\n\n'
        f"**{answer}.** Because of this and that and some other thing.\n\n</details>"
    )


def write_lesson(folder: Path, name: str) -> None:
    """Write the shortest notebook that has the parts of a lesson."""
    kinds = [("right", "wrong", "wrong"), ("wrong", "right", "wrong")] * 2
    check = [
        f"**{n}. Why?**\n\n" + "\n\n".join(map(choice, order, ("a little", "it", "that one")))
        for n, order in enumerate(kinds, start=1)
    ]
    predict = '<details class="predict">\n<summary>Predict: why?</summary>\n\nSo.\n\n</details>'
    text = [
        f"# {TITLES.get(name, 'Windows')}\n\n**One and one are two, always.**",
        "*Core. Reading: 30 minutes. Running: 5 seconds. Needs: nothing.*",
        "After it you can add.",
        f"## Why?\n\n{predict}\n\n{predict}\n\n**It is because one and one are two.**",
        "More: [questions about order](../questions/order.md).",
        "## Summary\n\nOne and one.",
        "## Self-check\n\n" + "\n\n".join(check),
        "## Exercises\n\n<details>\n<summary>Solution</summary>\n\n"
        "```python\nassert 1 + 1 == 2\n```\n\n</details>",
    ]
    sum_of_two = new_code_cell("1 + 1", execution_count=1)
    sum_of_two.outputs = [new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    language = {"name": "python", "pygments_lexer": "ipython3"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [new_markdown_cell("\n\n".join(text)), sum_of_two]
    metadata = {"kernelspec": kernel, "language_info": language}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)


def copy_of_the_project(folder: Path) -> None:
    """Copy what makes pages and tests, with the new lessons but not yet in the contents."""
    ignored = shutil.ignore_patterns("__pycache__", "_build", ".ipynb_checkpoints")
    for name in OWN:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copy(source, target)
    for name in ("pyproject.toml", "requirements.txt", "src"):
        (folder / name).symlink_to(ROOT / name)
    for name in (TENTH, FIFTH, NINTH):
        write_lesson(folder, name)


def start(folder: Path, *command: str) -> subprocess.Popen:
    """Start a Python in the copy, with the modules of the copy."""
    kept = {key: v for key, v in os.environ.items() if not key.startswith(("COURSE_", "PYTEST"))}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said(process: subprocess.Popen) -> str:
    """Wait for the end of a process; return its words."""
    words, _ = process.communicate(timeout=300)
    assert process.returncode == 0, words[-3000:]
    return words


@pytest.fixture(scope="module")
def longer(tmp_path_factory):
    """The project with three lessons more, one of them in a new chapter."""
    folder = tmp_path_factory.mktemp("longer")
    copy_of_the_project(folder)
    contents = yaml.safe_load((folder / "_toc.yml").read_text("utf-8"))
    parts = {part["caption"]: part["chapters"] for part in contents["parts"]}
    parts["Positional embeddings"][-1:-1] = [{"file": NINTH}, {"file": TENTH}]
    contents["parts"].insert(-1, {"caption": "Decoding", "chapters": [{"file": FIFTH}]})
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), "utf-8")
    return folder


@pytest.fixture(scope="module")
def answers(longer):
    """What the modules of the longer book say of it."""
    return json.loads(said(start(longer, "-c", ASKS)).splitlines()[-1])


def test_lessons_are_in_the_order_of_the_contents(answers):
    old, new = [lesson.name for lesson in lessons()], answers["lessons"]
    assert [name for name in new if name not in old] == [NINTH, TENTH, FIFTH]
    assert [name for name in new if name in old] == old
    assert new.index(TENTH) == new.index(NINTH) + 1
    assert list(answers["chapters"])[-1] == "decoding"


def test_all_that_lists_lessons_has_the_new_ones(answers):
    copies = {name.removeprefix("copies/").removesuffix(".ipynb") for name in answers["copies"]}
    for name, title in TITLES.items():
        assert name in answers["run"]
        assert name in copies
        assert re.search(rf'<a href="{name}"><rect .*?>{title}</tspan>', answers["map"])
    assert answers["map"].count("<rect") == len(answers["lessons"]) == len(lessons()) + 3
    assert answers["slides"].count("<section") == 5
    assert answers["front page"]["decoding"] == "1 lesson, 30 minutes"
    assert answers["front page"]["lessons"].startswith(f"{len(lessons()) + 3} lessons")


def test_the_checks_of_lessons_take_the_new_ones(longer):
    """They pass, cells included; a new lesson without one of its parts is named."""
    parts = "tests/chapters/test_notebooks.py::test_every_lesson_has_its_parts"
    order = "tests/chapters/test_self_checks.py::test_self_checks_are_in_order"
    pytest_here = ("-m", "pytest", "-n0", "-pno:cacheprovider", "-v")
    lines = said(start(longer, *pytest_here, parts, order, f"{FIFTH}.ipynb")).splitlines()
    for item in ("has_its_parts", "are_in_order", "Cell 0", "Folded solution 1", "stored run"):
        assert any(f"{item} PASSED" in line for line in lines), lines
    lesson = longer / f"{TENTH}.ipynb"
    whole = lesson.read_text("utf-8")
    lesson.write_text(whole.replace("## Summary", "## The end"), "utf-8")
    words, _ = start(longer, *pytest_here, parts).communicate(timeout=300)
    lesson.write_text(whole, "utf-8")
    assert "10_kernels lacks Summary" in words


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A book of the new lessons alone, with the settings and extensions of this one.

    It is built thrice: as pages, as the one page that is printed, and by Sphinx without Jupyter
    Book. Returns the folders of what was made.
    """
    folder = tmp_path_factory.mktemp("small")
    copy_of_the_project(folder)
    for figure in (folder / "book/figures").glob("*/__init__.py"):
        shutil.rmtree(figure.parent)
    for script in (folder / "book/figures").glob("*/*.js"):  # figures take long to compute
        if script.stem == script.parent.name:
            script.unlink()
    (folder / "intro.md").write_text("# The front\n\n**{{ lessons }}**, {{ decoding }}\n", "utf-8")
    reference = folder / "chapters/reference"
    (reference / "course_map.md").write_text(
        "# Map\n\n```{course-map}\n"
        "positional_embeddings/10_kernels -> decoding/01_sampling: a kernel\n```\n",
        "utf-8",
    )
    (reference / "glossary.md").write_text(
        "# Glossary\n\n```{glossary}\nkernel\n  A function of a difference.\n\n"
        "  Lesson: [Kernels](../positional_embeddings/10_kernels.ipynb)\n```\n",
        "utf-8",
    )
    (folder / "chapters/questions/order.md").write_text("# Questions: order\n", "utf-8")
    pages = ["course_map", "glossary", "status"]
    parts = {
        "Positional embeddings": [NINTH, TENTH],
        "Decoding": [FIFTH],
        "Questions": ["chapters/questions/order"],
        "Reference": [f"chapters/reference/{page}" for page in pages],
    }
    contents = {"format": "jb-book", "root": "intro"}
    contents["parts"] = [
        {"caption": caption, "chapters": [{"file": name} for name in names]}
        for caption, names in parts.items()
    ]
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), "utf-8")
    jupyter_book = [str(Path(sys.executable).with_name("jupyter-book"))]
    one_page = "from pathlib import Path; from book.pdf import build_one_page as b; b(Path('one'))"
    builds = [start(folder, *jupyter_book, "build", "--all", "-W", "--keep-going", ".")]
    builds.append(start(folder, "-c", one_page))
    for build in builds:
        said(build)
    said(start(folder, *jupyter_book, "config", "sphinx", "."))
    said(start(folder, "-m", "sphinx", "-b", "html", "-W", "--keep-going", ".", "plain/html"))
    return [folder / name for name in ("_build/html", "one/_build/singlehtml", "plain/html")]


def test_the_book_has_the_new_pages(built):
    pages, _, _ = built
    for name, title in TITLES.items():
        assert f"<h1>{title}" in (pages / f"{name}.html").read_text("utf-8")
    status = (pages / "chapters/reference/status.html").read_text("utf-8")
    drawn = (pages / "chapters/reference/course_map.html").read_text("utf-8")
    places = [f'href="../{name.removeprefix("chapters/")}.html"' for name in TITLES]
    assert drawn.count("<rect") == 3
    for place in places:
        assert re.search(rf"<td>.*{place}", status)
        assert f"<a {place}><rect" in drawn
    front = (pages / "intro.html").read_text("utf-8")
    assert "<strong>3 lessons, 1 hour 30 minutes</strong>, 1 lesson, 30 minutes" in front


def test_the_page_that_is_printed_has_the_new_lessons(built):
    _, printed, _ = built
    page = (printed / "intro.html").read_text("utf-8")
    for name, title in TITLES.items():
        assert f"<h2>{title}<" in page
        assert f'href="#document-{name}"' in page


def test_sphinx_alone_makes_the_same_book(built):
    """The way out of Jupyter Book 1: `jupyter-book config sphinx` and `sphinx-build`."""
    ours, _, plain = built
    names = [
        {path.relative_to(book) for path in book.rglob("*.*") if ".doctrees" not in path.parts}
        for book in (ours, plain)
    ]
    assert names[0] == names[1]
    files = [name for name in names[0] if (ours / name).is_file()]
    differing = [n for n in files if (ours / n).read_bytes() != (plain / n).read_bytes()]
    assert differing == []
    assert ours.joinpath(f"{TENTH}.html") in {ours / name for name in files}
