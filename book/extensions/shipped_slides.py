"""The slides of each chapter stand beside the pages: `slides/<chapter>.html` (`book/slides.py`)."""

from pathlib import Path

from docutils import nodes

from book.course import chapters
from book.slides import make

LINK = '<a href="../../slides/'


def on_finished(app, error):
    """Write the slides when all pages are done: what makes pages lighter does not know them."""
    if error is None and app.builder.name == "html":
        for name, lessons in chapters().items():
            make(name, lessons, Path(app.outdir) / "slides")


def on_resolved(app, document, page):
    """Leave the words of links to slides where there are none, as in the PDF."""
    if app.builder.name == "html":
        return
    for start in [raw for raw in document.findall(nodes.raw) if LINK in raw.astext()]:
        inside = start.parent.children[start.parent.index(start) :]
        end = next(part for part in inside if part.astext() == "</a>")
        start.parent.remove(end)
        start.parent.remove(start)


def setup(app):
    """Register the two moments at which something is done."""
    app.connect("doctree-resolved", on_resolved)
    app.connect("build-finished", on_finished, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
