"""The slides of each chapter stand beside the pages: `slides/<chapter>.html` (`book/slides.py`)."""

from pathlib import Path

from book.course import chapters
from book.slides import make


def on_finished(app, error):
    """Write the slides when all pages are done: what makes pages lighter does not know them."""
    if error is None and app.builder.name == "html":
        for name, lessons in chapters().items():
            make(name, lessons, Path(app.outdir) / "slides")


def setup(app):
    """Register the moment at which the book is whole."""
    app.connect("build-finished", on_finished, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
