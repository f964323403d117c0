"""The directive `course-map`: a drawing of all lessons, a column for each chapter.

Chapters, lessons and their order are those of `_toc.yml`, the names those of the lessons. The body
of the directive has a line for each thread between lessons: `source -> target: what is taken over`.
It is drawn as an arrow, and listed below the drawing, which is its text alternative.
"""

import html
import re
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from docutils.parsers.rst import Directive

KINDS = {
    "token_embeddings": "token",
    "positional_embeddings": "position",
    "combining": "combination",
}
COLUMN, BOX, STEP, TOP = 190, (150, 46), 78, 52  # widths and heights of the drawing


def read_course(root: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the chapters as (caption, lessons), a lesson as (its page, its name)."""
    course = []
    for part in yaml.safe_load((root / "_toc.yml").read_text(encoding="utf8"))["parts"]:
        pages = [entry["file"] for entry in part["chapters"]]
        pages = [page for page in pages if re.match(r"\d", page.rpartition("/")[2])]
        if pages:
            course.append(
                (part["caption"], [(page, name(root / f"{page}.ipynb")) for page in pages])
            )
    return course


def name(lesson: Path) -> str:
    """Return a lesson's name: its heading, up to a colon."""
    heading = nbformat.read(lesson, as_version=4).cells[0].source.split("\n")[0]
    return heading.removeprefix("# ").split(":")[0]


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
    lines = textwrap.wrap(text, 18)
    return "".join(
        f'<tspan x="{x}" y="{y + 17 * (n - (len(lines) - 1) / 2)}">{html.escape(line)}</tspan>'
        for n, line in enumerate(lines)
    )


def draw(course: list, threads: list, uri_of: Callable[[str], str]) -> str:
    """Return the map as HTML: an SVG and a list of its threads. `uri_of` gives a page's address."""
    short = {
        page.removeprefix("chapters/"): (page, title) for _, ls in course for page, title in ls
    }
    place, boxes, arrows = {}, [], []
    width, height = BOX
    for column, (caption, lessons) in enumerate(course):
        x = 10 + COLUMN * column
        kind = KINDS.get(lessons[0][0].split("/")[1], "neutral")
        boxes.append(f'<text class="caption {kind}">{written(caption, x, 26)}</text>')
        for row, (page, title) in enumerate(lessons):
            y = TOP + STEP * row
            place[page.removeprefix("chapters/")] = x, y
            if row:
                arrows.append(
                    f'<path class="next" d="M{x + width / 2} {y - STEP + height}V{y - 5}"/>'
                )
            lines = written(title, x + 12, y + height / 2 + 5)
            boxes.append(
                f'<a href="{uri_of(page)}"><rect class="{kind}" x="{x}" y="{y}" width="{width}"'
                f' height="{height}" rx="4"/><text>{lines}</text></a>'
            )
    listed, lanes = [], 0
    bottom = TOP + STEP * max(len(lessons) for _, lessons in course) - STEP + height
    for source, target, reason in threads:
        (x, y), (u, v) = place[source], place[target]
        y, v = y + height / 2, v + height / 2
        if u - x > COLUMN:  # round the columns between, in a lane of its own below them
            lanes += 1
            out, back, lane = x + width + 8 + 7 * lanes, u - 36 + 6 * lanes, bottom + 9 * lanes
            path = f"M{x + width} {y}H{out}V{lane}H{back}V{v}H{u - 5}"
        elif u > x:
            path = f"M{x + width} {y}C{x + width + 40} {y} {u - 40} {v} {u - 5} {v}"
        else:  # in one column, round its left side
            path = f"M{x} {y}C{x - 30} {y} {x - 30} {v} {x - 5} {v}"
        arrows.append(f'<path class="thread" d="{path}"/>')
        ends = [
            f'<a href="{uri_of(short[e][0])}">{html.escape(short[e][1])}</a>'
            for e in (source, target)
        ]
        listed.append(f"<li>{ends[0]} to {ends[1]}: {html.escape(reason)}</li>")
    size = COLUMN * len(course) - 20, bottom + 9 * lanes + 10
    marker = (
        '<defs><marker id="map-head" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return (
        f'<div class="course-map"><svg viewBox="0 0 {size[0]} {size[1]}" role="group" '
        'aria-label="Map of the course: a column for each chapter, its lessons from top to bottom. '
        f'The list below says what the dashed arrows say.">{marker}{"".join(arrows + boxes)}'
        f'</svg></div><ul class="map-threads">{"".join(listed)}</ul>'
    )


class CourseMap(Directive):
    """`course-map` with a thread on each line of its body."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the place of the drawing, with what is to be drawn."""
        env = self.state.document.settings.env
        root = Path(env.app.srcdir)
        course = read_course(root)
        env.note_dependency(str(root / "_toc.yml"))
        known = {page.removeprefix("chapters/") for _, lessons in course for page, _ in lessons}
        try:
            threads = read_threads([line for line in self.content if line.strip()], known)
        except ValueError as error:
            raise self.error(str(error)) from None
        return [course_map("", course=course, threads=threads)]


class course_map(nodes.General, nodes.Element):  # noqa: N801, docutils names its nodes so
    """The place of the map. It is drawn when all pages, and so their addresses, are known."""


def on_resolved(app, document, page):
    """Draw the map in its place."""
    for place in list(document.findall(course_map)):
        uri_of = partial(app.builder.get_relative_uri, page)
        drawn = draw(place["course"], place["threads"], uri_of)
        place.replace_self(nodes.raw("", drawn, format="html"))


def setup(app):
    """Register the directive, its node, and the moment at which the map is drawn."""
    app.add_node(course_map)
    app.add_directive("course-map", CourseMap)
    app.connect("doctree-resolved", on_resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
