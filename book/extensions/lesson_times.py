"""The table of the status page: what each page asks of its reader, and what its last run took.

`{lesson-times}` makes a table of the notebooks' own measures (`book/limits.py`) and of
`book/run_times.csv`, which `book/run_notebooks.py` writes, in the order of the table of contents.
"""

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from book.course import Page, chapters, lessons, pages
from book.limits import measure
from book.run_times import RECORD, RunTime, read_run_times

HEADS = ("Page", "Depth", "Words", "Minutes", "Longest cell, lines", "Run, seconds", "Measured")


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
    measures = {page.name: measure(page) for page in timed}
    lines = []
    for page in timed:
        run, has = known[page.name], measures[page.name]
        ran = (f"{run.seconds:.0f}", measured(run)) if run else ("not run", "")
        asks = (page.depth, f"{has.words:,}", str(has.minutes), str(has.longest))
        lines.append((link(page.name), *asks, *ran))
    total = sum(run.seconds for run in known.values() if run)
    words = sum(has.words for has in measures.values())
    reading = sum(has.minutes for has in measures.values())
    longest = max((has.longest for has in measures.values()), default=0)
    lines.append(("All", "", f"{words:,}", str(reading), str(longest), f"{total:.0f}", ""))

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


def measured(run: RunTime) -> str:
    """Say when it ran, and on what."""
    cores = f"{run.cores} core" + ("s" if run.cores != 1 else "")
    return f"{run.date}, {cores}, Python {run.python}, PyTorch {run.torch}"


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
    """Say how many lessons these are and how long they take, to the quarter of an hour."""
    hours, minutes = divmod(15 * round(sum(page.promise[0] for page in timed) / 15), 60)
    times = [(hours, "hour"), (minutes, "minute")]
    time = " ".join(counted(n, unit) for n, unit in times if n) or "no time"
    return f"{counted(len(timed), 'lesson')}, {time}"


def counted(number: int, unit: str) -> str:
    """Return "1 hour" or "3 hours"."""
    return f"{number} {unit}" + ("s" if number != 1 else "")


def on_config(app, config) -> None:
    """Let pages say `{{ core }}` or `{{ combining }}`: the number of lessons, and their hours.

    A chapter's name stands for its core lessons; `core`, `deeper` and `lessons` for all of a kind.
    """
    root = Path(app.srcdir)
    every = lessons(root)
    kinds = {depth: [p for p in every if p.depth == depth] for depth in ("core", "deeper")}
    of_chapters = {
        name: [p for p in own if p.depth == "core"] for name, own in chapters(root).items()
    }
    found = {**of_chapters, **kinds, "lessons": every}
    config.myst_substitutions |= {name: reading_time(own) for name, own in found.items()}


def setup(app):
    """Register the directive, and the moment at which pages learn how long lessons take."""
    app.add_directive("lesson-times", LessonTimes)
    app.connect("config-inited", on_config)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
