"""The copies of the notebooks install the course in an environment that lacks it, and then run."""

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from book.course import ROOT, lessons, pages
from book.notebook_copies import CELL, write_copies

REPOSITORY = "https://github.com/ada/course"
LOADERS = (
    "from src.pretrained import load_corpus, load_glove, load_minilm, load_wordsim\n"
    "from src.names import load_checked_names, load_names_in_code, load_names_in_papers\n"
    "from src.position_lab import load_results\n"
    "loaded = [load_minilm(), load_glove(), load_corpus(), load_corpus('king_james'),\n"
    "    load_wordsim(), load_checked_names(), load_names_in_code(), load_names_in_papers(),\n"
    "    load_results()]\n"
    "import src\n"
    "print(len(loaded), src.__file__)\n"
)


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """The folder of the copies, and the files in it."""
    folder = tmp_path_factory.mktemp("copies")
    return folder, write_copies(REPOSITORY, "v1.2", folder)


def test_every_notebook_of_the_book_is_copied(copies):
    folder, files = copies
    names = {file.relative_to(folder).with_suffix("").as_posix() for file in files}
    assert names == {page.name for page in pages() if page.is_notebook}
    assert {lesson.name for lesson in lessons()} < names
    assert f"<{REPOSITORY}> at `v1.2`" in (folder / "README.md").read_text(encoding="utf8")


def test_a_copy_is_the_notebook_after_one_cell(copies):
    folder, files = copies
    for file in files:
        copy = json.loads(file.read_text(encoding="utf8"))
        first, *others = copy["cells"]
        original = json.loads((ROOT / file.relative_to(folder)).read_text(encoding="utf8"))
        for cell in others:  # Colab has its own word for a folded cell
            folded = cell["metadata"].pop("cellView", None) == "form"
            assert folded == bool(cell["metadata"].get("jupyter", {}).get("source_hidden"))
        assert copy | {"cells": others} == original
        assert first["execution_count"] is None
        assert f"git+{REPOSITORY}@v1.2" in "".join(first["source"])


def test_the_cell_does_nothing_where_the_course_is(capsys):
    """Neither output nor installation: a magic would fail, for there is no IPython here."""
    cell = CELL.format(repository=REPOSITORY, version="v1.2")
    code = TransformerManager().transform_cell(cell)
    assert "get_ipython" in code
    exec(compile(ast.parse(code), "cell", "exec"), {})  # the very code
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "values", [('https://a.org/b"; x', "v1"), ("git@a.org:b/c", "v1"), (REPOSITORY, 'v1"\n!x')]
)
def test_a_value_that_breaks_out_of_the_cell(values, tmp_path):
    with pytest.raises(ValueError, match="must (look like|be a commit)"):
        write_copies(*values, tmp_path / "copies")
    assert not (tmp_path / "copies").exists()


def test_binder_installs_the_tested_versions():
    lines = (ROOT / ".binder/requirements.txt").read_text(encoding="utf8").splitlines()
    [included] = [line.removeprefix("-r ") for line in lines if line.startswith("-r ")]
    assert (ROOT / ".binder" / included).resolve() == ROOT / "requirements.txt"
    version = (ROOT / ".binder/runtime.txt").read_text(encoding="utf8").strip()
    assert f'python-version: "{version.removeprefix("python-")}"' in (
        ROOT / ".github/workflows/publish.yml"
    ).read_text(encoding="utf8")


def repository(folder: Path) -> str:
    """Make a git repository of what gets installed, as it is now; return its address."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run(["git", *author, *words], cwd=folder, check=True)
    return f"file://localhost{folder}"


def environment_without_the_course(folder: Path) -> Path:
    """Make a virtual environment with the libraries of this one, but no `src`; return its Python.

    Its packages are links to those of this one, so that nothing is downloaded.
    """
    venv.create(folder)
    python = folder / "bin/python"
    target = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        skip = package.name.startswith(("what_and_where", "__editable__", "__pycache__"))
        place = Path(target) / package.name
        if not skip and package.suffix not in (".pth", ".egg-link") and not place.exists():
            place.symlink_to(package)
    return python


@pytest.fixture(scope="module")
def open_alone(tmp_path_factory):
    """Run the first cell, then more code, where the course is not installed, as in Colab."""
    tmp_path = tmp_path_factory.mktemp("colab")
    source = tmp_path / "course"
    source.mkdir()
    cell = CELL.format(repository=repository(source), version="main")
    python = environment_without_the_course(tmp_path / "environment")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    # No network: setuptools is there, and so is what the course needs.
    clean |= {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_CONFIG_FILE": os.devnull}
    clean |= {"IPYTHONDIR": str(tmp_path / "ipython")}

    def run(place: Path) -> subprocess.CompletedProcess:
        (tmp_path / "cell.ipy").write_text(f"import sys\nsys.path.insert(0, '')\n{cell}\n{LOADERS}")
        command = [python, "-m", "IPython", "--no-banner", "--quick", str(tmp_path / "cell.ipy")]
        return subprocess.run(command, cwd=place, env=clean, capture_output=True, text=True)

    return run


LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


@LINKS
def test_the_first_cell_says_that_another_project_hides_the_course(open_alone, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/__init__.py").touch()
    run = open_alone(tmp_path)
    assert run.returncode == 1
    said = run.stdout + run.stderr
    assert f"hides the course's `src`: {tmp_path}/src/__init__.py" in said.replace("\n", "")


@LINKS
def test_the_first_cell_installs_the_course(open_alone, tmp_path):
    """In an environment without it, beside a mere folder `src`, it brings all data too."""
    (tmp_path / "src").mkdir()
    run = open_alone(tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    number, file = run.stdout.strip().splitlines()[-1].split(maxsplit=1)
    assert number == "9"
    assert "environment" in Path(file).parts
    assert "site-packages" in Path(file).parts
