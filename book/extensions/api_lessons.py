"""Link the pages that a docstring names as its source, on the page of the API.

Authors write their titles, "Lesson: Relative." or "Lessons: Sinusoidal, Rotary.", so that a
docstring also reads well in an editor. Other names, such as those of papers, stay as they are.
"""

import re
from pathlib import Path

from book.course import notebooks

NAMED = re.compile(r"\b(?:Lessons?|Page):\s+[^.]+")


def linked(text: str, titles: dict[str, str]) -> str:
    """Return a docstring with each title that follows "Lesson:" or "Page:" as a link.

    Args:
        text: of the docstring, lines and all.
        titles: title -> name of the page.
    """
    words = (r"\s+".join(map(re.escape, title.split())) for title in titles)
    title = re.compile("|".join(sorted(words, key=len, reverse=True)))

    def link(match: re.Match) -> str:
        words = " ".join(match[0].split())
        return f":doc:`{words} </{titles[words]}>`"

    return NAMED.sub(lambda match: title.sub(link, match[0]), text)


def on_builder(app) -> None:
    """Read the titles once."""
    app.lesson_titles = {page.title: page.name for page in notebooks(Path(app.srcdir))}


def on_docstring(app, what, name, thing, options, lines: list[str]) -> None:
    """Change the lines of a docstring in place."""
    lines[:] = linked("\n".join(lines), app.lesson_titles).split("\n")


def setup(app):
    """Register both moments."""
    app.connect("builder-inited", on_builder)
    app.connect("autodoc-process-docstring", on_docstring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
