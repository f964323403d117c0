"""The table of the status page: what each lesson promises, and what its last run took.

`{lesson-times}` makes a table from the top lines of the lessons and `book/run_times.csv`, in
the order of the table of contents. `book/run_notebooks.py` writes that file.
"""

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from book.course import Page, chapters, lessons, pages
from book.run_times import RECORD, RunTime, read_run_times

HEADS = ("Lesson", "Reading, minutes", "Run, seconds", "Date", "Machine")


class LessonTimes(SphinxDirective):
    """The directive; it has no options and no content."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        timed = [page for page in pages(Path(self.env.srcdir)) if page.is_notebook and page.promise]
        for file in (RECORD, *(page.notebook for page in timed)):
            self.env.note_dependency(str(file))
        return [table(timed, read_run_times())]


def table(timed: list[Page], runs: dict[str, RunTime]) -> nodes.table:
    """Lay the notebooks that promise a time out, one a row, and their sums last."""
    known = {page.name: runs.get(f"{page.name}.ipynb") for page in timed}
    lines = []
    for page in timed:
        run = known[page.name]
        measures = (f"{run.seconds:.0f}", run.date, machine(run)) if run else ("not run", "", "")
        lines.append((link(page.name), str(page.promise[0]), *measures))
    total = sum(run.seconds for run in known.values() if run)
    reading = sum(page.promise[0] for page in timed)
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


def reading_time(timed: list[Page]) -> str:
    """Say how many lessons these are and how long they take, to the half hour."""
    hours = round(sum(page.promise[0] for page in timed) / 30) / 2
    count = f"{len(timed)} lesson" + ("s" if len(timed) != 1 else "")
    return f"{count}, {hours:g} hour" + ("s" if hours != 1 else "")


def on_config(app, config) -> None:
    """Let pages say `{{ lessons }}`, or `{{ combining }}` for a chapter: number and hours."""
    found = {name: reading_time(own) for name, own in chapters(Path(app.srcdir)).items()}
    config.myst_substitutions |= found | {"lessons": reading_time(lessons(Path(app.srcdir)))}


def setup(app):
    """Register the directive, and the moment at which pages learn how long lessons take."""
    app.add_directive("lesson-times", LessonTimes)
    app.connect("config-inited", on_config)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
