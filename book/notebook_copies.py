"""Copy the book's notebooks, each with a first cell that installs the course where it is missing.

Colab and a JupyterHub open a notebook alone, so `src` is missing there. The notebooks of the
repository stay as they are: their cell counts and outputs are tested. The publish workflow puts the
copies on the branch `notebooks`; a release ships them as a zip.

    python -m book.notebook_copies https://github.com/owner/name <commit or tag>

Makes: `_build/notebooks`, anew.
"""

import argparse
import json
import re
import shutil
from pathlib import Path

from book.course import ROOT, pages

TARGET = ROOT / "_build" / "notebooks"
CELL = """\
# Installs the course, with its data, where it is missing, as in Colab: once, a minute or two.
# A mere folder `src` is no package, and counts as missing; another project's package hides ours.
import importlib.util
from pathlib import Path


def course_file():
    spec = importlib.util.find_spec("src")
    return spec and spec.origin


if not course_file():
    %pip install --quiet "what-and-where[notebooks] @ git+{repository}@{version}"
    importlib.invalidate_caches()
if not course_file():
    raise RuntimeError(
        "The course is not installed. pip says why above: no network? If not, restart the kernel."
    )
if not Path(course_file()).with_name("pretrained.py").exists():
    raise RuntimeError(
        "Another project hides the course's `src`: " + course_file() + ". Rename its folder or "
        "take it off sys.path, restart the kernel, and run this cell again."
    )"""
README = """\
# Notebooks that install the course

Copies of the notebooks of <{repository}> at `{version}`. Their first cell installs the course where
it is missing, as in Colab. A program writes them: change the originals instead.
"""


def with_install_cell(notebook: dict, repository: str, version: str) -> dict:
    """Return a notebook with the first cell put in front, not yet run."""
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "install-the-course",
        "metadata": {},
        "outputs": [],
        "source": CELL.format(repository=repository, version=version).splitlines(keepends=True),
    }
    return notebook | {"cells": [cell, *map(folded_in_colab, notebook["cells"])]}


def folded_in_colab(cell: dict) -> dict:
    """Return a cell that Colab folds too, if it is folded in Jupyter; it has a name of its own."""
    if cell["metadata"].get("jupyter", {}).get("source_hidden"):
        return cell | {"metadata": cell["metadata"] | {"cellView": "form"}}
    return cell


def write_copies(repository: str, version: str, target: Path = TARGET) -> list[Path]:
    """Write the copies to an empty folder, at the same paths as in the repository.

    Args:
        repository: its address, `https://github.com/owner/name`; `file://` serves for tests.
        version: the commit or tag whose `src` belongs to the notebooks.
        target: the folder; what was in it is deleted.

    Returns:
        The files written.

    Raises:
        ValueError: a value that could break out of the cell.
    """
    if not re.fullmatch(r"(https|file)://[\w./~:-]+", repository):
        raise ValueError(
            f"repository must look like https://github.com/owner/name, but is {repository!r}."
        )
    if not re.fullmatch(r"[\w./-]+", version):
        raise ValueError(f"version must be a commit or a tag, but is {version!r}.")
    shutil.rmtree(target, ignore_errors=True)
    written = []
    for page in pages():
        if page.is_notebook:
            notebook = json.loads(page.notebook.read_text(encoding="utf8"))
            copy = target / f"{page.name}.ipynb"
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(
                with_install_cell(notebook, repository, version), indent=1, ensure_ascii=False
            )
            copy.write_text(text + "\n", encoding="utf8", newline="\n")
            written.append(copy)
    text = README.format(repository=repository, version=version)
    (target / "README.md").write_text(text, encoding="utf8", newline="\n")
    return written


def main() -> None:
    """Read the command line and write the copies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository", help="https://github.com/owner/name")
    parser.add_argument("version", help="commit or tag to install")
    arguments = parser.parse_args()
    try:
        written = write_copies(arguments.repository, arguments.version)
    except ValueError as error:
        parser.error(str(error))
    print(f"{TARGET}: {len(written)} notebooks")


if __name__ == "__main__":
    main()
