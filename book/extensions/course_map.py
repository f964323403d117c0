"""The directive `course-map`: a drawing of all lessons, a column for each chapter.

Chapters, lessons and their order are those of the table of contents; deeper lessons stand below the
core ones, in dashed frames. The body of the directive has a line for each thread between lessons:
`source -> target: what is taken over`. It is drawn as an arrow, and listed below the drawing, which
is its text alternative.
"""

import html
import re
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

from book import course
from book.course import Page

KINDS = {
    "token_embeddings": "token",
    "positional_embeddings": "position",
    "combining": "combination",
}
COLUMN, BOX, STEP, TOP, GAP = 176, (144, 46), 62, 52, 22  # widths and heights of the drawing


def read_threads(lines: list[str], known: set[str]) -> list[tuple[str, str, str]]:
    """Return the threads of a directive's body as (source, target, reason).

    Raises:
        ValueError: a line is none, or names a lesson that is not in the table of contents.
    """
    threads = []
    for line in lines:
        match = re.fullmatch(r"(\S+) -> (\S+): (.+)", line)
        if not match or not {match[1], match[2]} <= known:
            raise ValueError(
                f"a thread is `lesson -> lesson: reason` with known lessons, not {line!r}"
            )
        threads.append(match.groups())
    return threads


def written(text: str, x: float, y: float) -> str:
    """Return a text as lines of an SVG text, centred about height y."""
    lines = textwrap.wrap(text, 17)
    return "".join(
        f'<tspan x="{x}" y="{y + 17 * (n - (len(lines) - 1) / 2)}">{html.escape(line)}</tspan>'
        for n, line in enumerate(lines)
    )


def draw(chapters: list[list[Page]], threads: list, uri_of: Callable[[str], str]) -> str:
    """Return the map as HTML: an SVG and a list of its threads. `uri_of` gives a page's address."""
    known = {lesson.short: lesson for lessons in chapters for lesson in lessons}
    place, boxes, arrows = {}, [], []
    width, height = BOX
    for column, lessons in enumerate(chapters):
        x = 10 + COLUMN * column
        kind = KINDS.get(lessons[0].chapter, "neutral")
        boxes.append(f'<text class="caption {kind}">{written(lessons[0].part, x, 26)}</text>')
        for row, lesson in enumerate(lessons):
            y = TOP + STEP * row + (GAP if lesson.depth == "deeper" else 0)
            place[lesson.short] = x, y
            if row and lesson.depth == "core":
                arrows.append(
                    f'<path class="next" d="M{x + width / 2} {y - STEP + height}V{y - 5}"/>'
                )
            lines = written(lesson.title, x + 8, y + height / 2 + 5)
            boxes.append(
                f'<a href="{uri_of(lesson.name)}"><rect class="{kind} {lesson.depth}" x="{x}"'
                f' y="{y}" width="{width}" height="{height}" rx="4"/><text>{lines}</text></a>'
            )
    listed, lanes = [], 0
    bottom = max(y for _, y in place.values()) + height
    for source, target, reason in threads:
        (x, y), (u, v) = place[source], place[target]
        y, v = y + height / 2, v + height / 2
        if u - x > COLUMN:  # round the columns between, in a lane of its own below them
            lanes += 1
            out, back, lane = x + width + 7 + 6 * lanes, u - 28 + 5 * lanes, bottom + 9 * lanes
            path = f"M{x + width} {y}H{out}V{lane}H{back}V{v}H{u - 5}"
        elif u > x:
            path = f"M{x + width} {y}C{x + width + 40} {y} {u - 40} {v} {u - 5} {v}"
        else:  # in one column, round its left side
            path = f"M{x} {y}C{x - 26} {y} {x - 26} {v} {x - 5} {v}"
        arrows.append(f'<path class="thread" d="{path}"/>')
        ends = [
            f'<a href="{uri_of(known[end].name)}">{html.escape(known[end].title)}</a>'
            for end in (source, target)
        ]
        listed.append(f"<li>{ends[0]} to {ends[1]}: {html.escape(reason)}</li>")
    size = COLUMN * len(chapters) - 20, bottom + 9 * lanes + 10
    marker = (
        '<defs><marker id="map-head" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return (
        f'<div class="course-map"><svg viewBox="0 0 {size[0]} {size[1]}" role="group" '
        'aria-label="Map of the course: a column for each chapter, its core lessons from top to '
        'bottom, its deeper ones below them. The list below says what the dashed arrows say.">'
        f"{marker}{''.join(arrows + boxes)}</svg></div>"
        f'<ul class="map-threads">{"".join(listed)}</ul>'
    )


class CourseMap(Directive):
    """`course-map` with a thread on each line of its body."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the place of the drawing, with what is to be drawn."""
        env = self.state.document.settings.env
        root = Path(env.app.srcdir)
        chapters = list(course.chapters(root).values())
        env.note_dependency(str(root / "_toc.yml"))
        known = {lesson.short for lessons in chapters for lesson in lessons}
        try:
            threads = read_threads([line for line in self.content if line.strip()], known)
        except ValueError as error:
            raise self.error(str(error)) from None
        return [course_map("", chapters=chapters, threads=threads)]


class course_map(nodes.General, nodes.Element):  # noqa: N801, docutils names its nodes so
    """The place of the map. It is drawn when all pages, and so their addresses, are known."""


def on_resolved(app, document, page):
    """Draw the map in its place."""
    for place in list(document.findall(course_map)):
        uri_of = partial(app.builder.get_relative_uri, page)
        drawn = draw(place["chapters"], place["threads"], uri_of)
        place.replace_self(nodes.raw("", drawn, format="html"))


def setup(app):
    """Register the directive, its node, and the moment at which the map is drawn."""
    app.add_node(course_map)
    app.add_directive("course-map", CourseMap)
    app.connect("doctree-resolved", on_resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
