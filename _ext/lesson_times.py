"""The table of the status page: what each lesson promises, and what its last run took.

`{lesson-times}` makes a table from the top lines of the lessons and `chapters/run_times.csv`, in
the order of the table of contents. `tools/run_notebooks.py` writes that file.
"""

import sys
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

# Sphinx looks for extensions only, not for the project's tools.
sys.path.append(str(Path(__file__).resolve().parent.parent))

from tools.run_times import RECORD, ROOT, RunTime, promised, read_run_times  # noqa: E402

HEADS = ("Lesson", "Reading, minutes", "Run, seconds", "Date", "Machine")


class LessonTimes(SphinxDirective):
    """The directive; it has no options and no content."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        self.env.note_dependency(str(RECORD))
        return [table(self.lessons(), read_run_times())]

    def lessons(self) -> list[tuple[str, int]]:
        """Return page and reading minutes of each lesson, in the book's order."""
        found = []
        for page in self.env.external_site_map:
            path = ROOT / f"{page}.ipynb"
            if path.exists() and (times := promised(first_cell(path))):
                self.env.note_dependency(str(path))
                found.append((page, times[0]))
        return found


def first_cell(path: Path) -> str:
    """Return the text at the top of a notebook."""
    return nbformat.read(path, as_version=4).cells[0].source


def table(lessons: list[tuple[str, int]], runs: dict[str, RunTime]) -> nodes.table:
    """Lay the lessons out, one a row, and their sums last."""
    known = {page: runs.get(f"{page}.ipynb") for page, _ in lessons}
    lines = []
    for page, minutes in lessons:
        run = known[page]
        measures = (f"{run.seconds:.0f}", run.date, machine(run)) if run else ("not run", "", "")
        lines.append((link(page), str(minutes), *measures))
    total = sum(run.seconds for run in known.values() if run)
    reading = sum(minutes for _, minutes in lessons)
    lines.append(("All", str(reading), f"{total:.0f}", "", ""))

    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in HEADS), cols=len(HEADS))
    group += nodes.thead("", row(HEADS))
    group += nodes.tbody("", *map(row, lines))
    return nodes.table("", group, classes=["lesson-times"])


def row(cells: tuple) -> nodes.row:
    """Make a row of texts and nodes."""
    entries = []
    for cell in cells:
        paragraph = nodes.paragraph("")
        paragraph += nodes.Text(cell) if isinstance(cell, str) else cell
        entries.append(nodes.entry("", paragraph))
    return nodes.row("", *entries)


def machine(run: RunTime) -> str:
    """Name what it ran on."""
    cores = f"{run.cores} core" + ("s" if run.cores != 1 else "")
    return f"{cores}, Python {run.python}, PyTorch {run.torch}"


def link(page: str) -> addnodes.pending_xref:
    """Link a page by its title."""
    return addnodes.pending_xref(
        "",
        nodes.inline(),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{page}",
        refexplicit=False,
        refwarn=True,
    )


def setup(app):
    """Register the directive."""
    app.add_directive("lesson-times", LessonTimes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
