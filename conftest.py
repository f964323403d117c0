"""Settings for every test process, and what is tested of a notebook besides its cells."""

import os
import re
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbval.plugin import IPyNbCell

from book.tolerance import agree, same_figure, tolerances

# Two test processes share two cores, and tiny tensors run best on one thread: set before torch.
os.environ["OMP_NUM_THREADS"] = "1"
# Progress bars are for people who wait; their times would differ from run to run.
os.environ["TQDM_DISABLE"] = "1"

# Not there for those who only run the notebooks: the extra `test` brings what these need.
if find_spec("beartype") and find_spec("playwright"):
    pytest_plugins = ["tests.fixtures", "tests.pages.fixtures"]


class StoredRun(pytest.File):
    """A notebook as a file, beside the cells that nbval runs."""

    def collect(self):
        """Yield the one check."""
        yield StoredRunCheck.from_parent(self, name="stored run")


class StoredRunCheck(pytest.Item):
    """Stored outputs come from one run of all cells, top to bottom; figures have alt text.

    nbval compares outputs only where a cell has an execution count, so a notebook stripped of both
    would pass it.
    """

    def runtest(self):
        """Raise AssertionError with what is wrong and how to mend it."""
        cells = nbformat.read(self.path, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        counts = [cell.execution_count for cell in code]
        assert counts == list(range(1, len(code) + 1)), (
            f"execution counts must be 1 to {len(code)}, one clean run, but are {counts}. "
            f"Run: python -m book.run_notebooks {self.path.name}"
        )
        for cell in code:
            kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
            assert not kinds & {"image/png", "image/jpeg"}, (
                f"the figure of cell {cell.execution_count} is made of pixels: import src.plotting "
                "before it is drawn, and Jupyter shows it as SVG"
            )
            if "image/svg+xml" in kinds:
                alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
                assert alt.strip(), (
                    f"the figure of cell {cell.execution_count} needs alt text that says its "
                    'finding, in the cell\'s metadata: {"mystnb": {"image": {"alt": "…"}}}'
                )
            tolerances(cell.metadata.get("tags", []))
            hiding = {"hide-output", "remove-output", "hide-cell", "remove-cell", "nbval-skip"}
            tags = hiding & set(cell.metadata.get("tags", []))
            assert not tags, f"cell {cell.execution_count} hides its output by {sorted(tags)}"

    def reportinfo(self):
        """Name the notebook and the check in pytest's report."""
        return self.path, None, f"{self.path.name}: stored run"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> StoredRun | None:
    """Check every notebook that is collected; nbval collects its cells besides."""
    if file_path.suffix == ".ipynb":
        return StoredRun.from_parent(parent, path=file_path)
    return None


def compare_within(cell: IPyNbCell) -> None:
    """Let nbval take numbers within a cell's tolerance (book/tolerance.py) for the stored ones.

    Of a figure the words and numbers are compared; how lines run differs in the last digits.
    """
    tags, compare = cell.cell.metadata.get("tags", []), cell.compare_outputs

    def compare_outputs(test, ref, skip_compare=None):
        for now, stored in zip(test, ref, strict=False):
            for key, new, old in (
                ("text", now, stored),
                ("text/plain", now.get("data", {}), stored.get("data", {})),
            ):
                if key in new and key in old and agree(old[key], new[key], tags):
                    new[key] = old[key]
            drawn = [output.get("data", {}).get("image/svg+xml") for output in (now, stored)]
            if all(drawn) and same_figure(*drawn[::-1], tags):
                now["data"]["image/svg+xml"] = drawn[1]
        return compare(test, ref, skip_compare)

    cell.compare_outputs = compare_outputs


def folded_solutions(path: Path) -> list[str]:
    """Return the code of the solutions that are folded away in a notebook's text."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.findall(r"```python\n(.*?)```", text, flags=re.S)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Compare cells by their tolerance; after them run folded solutions, in the same kernel."""
    ordered = []
    for parent, group in groupby(items, key=lambda item: item.parent):
        for last in group:
            ordered.append(last)
            if isinstance(last, IPyNbCell):
                compare_within(last)
        if isinstance(last, IPyNbCell):
            for number, code in enumerate(folded_solutions(parent.path), start=1):
                ordered.append(
                    IPyNbCell.from_parent(
                        parent,
                        name=f"Folded solution {number}",
                        cell_num=last.cell_num + number,
                        cell=new_code_cell(code),
                        options={"skip": False, "check": False, "check_exception": False},
                    )
                )
    items[:] = ordered
