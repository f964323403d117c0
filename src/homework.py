"""What the homework imports: how its checks look at an answer, and what of it is still open.

    python -m src.homework homework.ipynb

runs all visible checks of a notebook and says which items are still open. It gives no marks: those
come from hidden checks of the same kind. `--github` also says the points of the items whose
visible check passes, as a run on GitHub shows them.
"""

import argparse
import ast
import contextlib
import io
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # PyTorch takes seconds to import, and grading needs only what reads notebooks
    import torch

LAST = "what_is_open"
"""Label of a homework's last cell, which calls `show_open`."""

BEING_MARKED = "HOMEWORK_IS_BEING_MARKED"
"""Variable of the environment in which nobody reads what `show_open` prints."""


def checked(value: object, shape: tuple[int, ...]) -> "torch.Tensor":
    """Return an answer as a tensor in float64, or raise an AssertionError that says what it is."""
    import torch

    assert type(value) in (torch.Tensor, torch.nn.Parameter), (
        f"A torch tensor is asked for, but you return {type(value).__name__}."
    )
    assert tuple(value.shape) == shape, (
        f"The shape should be {shape}, but yours is {tuple(value.shape)}."
    )
    return value.detach().double()


def close(a: "torch.Tensor", b: "torch.Tensor", atol: float = 1e-4) -> bool:
    """Tell whether two tensors agree up to rounding."""
    import torch

    return torch.allclose(a.double(), b.double(), rtol=1e-4, atol=atol)


@dataclass
class Cell:
    """One code cell: its text, its label, and its points if its success gives any."""

    source: str
    label: str = ""
    is_test: bool = False
    points: float = 0

    @classmethod
    def of(cls, cell: dict) -> "Cell":
        """Read a cell of a notebook's file."""
        settings = cell.get("metadata", {}).get("nbgrader") or {}
        is_test = bool(settings.get("grade") and not settings.get("solution"))
        points = settings.get("points", 0) if is_test else 0
        return cls("".join(cell["source"]), settings.get("grade_id", ""), is_test, points)


def run(cells: Iterable[Cell], names: dict) -> dict[str, str]:
    """Run cells one by one; a cell that fails stops nothing, as when homework is marked.

    Args:
        cells: code cells, in order.
        names: the names that the cells share; what they define is added.

    Returns:
        the message of each labelled cell, "" if it ran.
    """
    said = {}
    for cell in cells:
        error = ""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                code = compile(ast.parse(cell.source), cell.label or "cell", "exec")
                exec(code, names)  # noqa: S102, a notebook's cells are there to be run
        except KeyboardInterrupt:
            raise
        except BaseException as caught:  # a student's exit() is no reason to stop
            error = f"{type(caught).__name__}: {caught}"
        if cell.label:
            said[cell.label] = error
    return said


@dataclass
class Check:
    """The visible check of an item: what it says, "" if nothing, and what the item is worth."""

    item: str
    title: str
    says: str = ""
    points: float = 0


@dataclass
class Homework:
    """A student's notebook: its code cells, its items with their titles."""

    cells: list[Cell] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> "Homework":
        """Read a notebook.

        Raises:
            ValueError: there is no such file, or it is no homework; the text says what to do.
        """
        path = Path(path)
        if not path.is_file():
            raise ValueError(
                f"there is no {path} in {Path.cwd()}; name your notebook, for example "
                "show_open('my homework.ipynb')"
            )
        try:
            homework = cls.of(json.loads(path.read_text(encoding="utf-8-sig"))["cells"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no notebook, or cut off: {error!r}") from None
        if not homework.titles:
            raise ValueError(f"{path} is no homework of this course: it has no labelled checks")
        return homework

    @classmethod
    def of(cls, cells: Iterable[dict]) -> "Homework":
        """Take what is needed of a notebook's cells."""
        homework, title = cls(), ""
        for cell in cells:
            if cell["cell_type"] == "code":
                homework.cells.append(Cell.of(cell))
                if homework.cells[-1].is_test:
                    item = homework.cells[-1].label.rpartition("_")[0]
                    homework.titles.setdefault(item, title or item)
            else:
                lines = "".join(cell["source"]).splitlines()
                title = next((x[3:] for x in lines if x.startswith("## ")), title)
        return homework

    def checks(self, names: dict | None = None) -> list[Check]:
        """Run the visible checks and return what they say.

        Args:
            names: what your kernel defines, to look at answers that it holds; without it all cells
                are run, in order.
        """
        cells = self.cells if names is None else [x for x in self.cells if x.is_test]
        visible = [x for x in cells if not x.label.endswith("_hidden") and x.label != LAST]
        said = run(visible, {"__name__": "__main__"} if names is None else names)
        points = {x.label.removesuffix("_hidden"): x.points for x in self.cells if x.points}
        return [
            Check(item, title, said[f"{item}_test"], points.get(item, 0))
            for item, title in self.titles.items()
        ]


def show_open(path: str | Path = "homework.ipynb") -> None:
    """Run all visible checks on the answers in your kernel and print what is still open.

    Args:
        path: your notebook; its checks are read from the file, your answers from the kernel.
    """
    if BEING_MARKED in os.environ:
        return
    try:
        homework = Homework.read(path)
    except ValueError as error:
        print(error)
        return
    names = sys.modules["__main__"].__dict__
    print(report(homework.checks(dict(names))))


def report(checks: list[Check]) -> str:
    """Return one line for each open item, with what its check says, and how many there are."""
    lines = []
    for check in checks:
        if check.says:
            says = check.says.removeprefix("AssertionError: ").removesuffix(": ")
            says = "not answered yet" if says.startswith("NotImplementedError") else says
            lines.append(f"{check.title}\n    {' '.join(says.split())[:300]}")
    done = len(checks) - len(lines)
    lines.append(f"{done} of {len(checks)} visible checks pass. They give no marks.")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print what of a notebook is still open; return 1 if anything is, 2 if it cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--github", action="store_true", help="also say the points, as GitHub does")
    options = parser.parse_args(arguments)
    try:
        checks = Homework.read(options.notebook).checks()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(report(checks))
    if options.github:
        got, most = sum(x.points for x in checks if not x.says), sum(x.points for x in checks)
        points = json.dumps({"totalPoints": got, "maxPoints": most})
        print(f"::notice title=Autograding complete::Points {got:g}/{most:g}")
        print(f"::notice title=Autograding report::{points}")
    return 1 if any(x.says for x in checks) else 0


if __name__ == "__main__":
    sys.exit(main())
