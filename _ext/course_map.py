"""The directive `course-map`: a drawing of all lessons, a column for each chapter.

Chapters, lessons and their order are those of `_toc.yml`, the names those of the lessons. The body
of the directive has a line for each thread between lessons: `source -> target: what is taken over`.
It is drawn as an arrow, and listed below the drawing, which is its text alternative.
"""

import html
import re
import textwrap
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


def draw(course: list, threads: list, href: str) -> str:
    """Return the map as HTML: an SVG, and its threads as a list. `href` leads to the root."""
    short = {
        page.removeprefix("chapters/"): (page, title) for _, ls in course for page, title in ls
    }
    place, boxes, arrows = {}, [], []
    width, height = BOX
    for column, (caption, lessons) in enumerate(course):
        x = 10 + COLUMN * column
        kind = KINDS.get(lessons[0][0].split("/")[1], "neutral")
        boxes.append(f'<text class="caption {kind}" x="{x}" y="24">{html.escape(caption)}</text>')
        for row, (page, title) in enumerate(lessons):
            y = TOP + STEP * row
            place[page.removeprefix("chapters/")] = x, y
            if row:
                arrows.append(
                    f'<path class="next" d="M{x + width / 2} {y - STEP + height}V{y - 5}"/>'
                )
            words = textwrap.wrap(title, 18)
            lines = "".join(
                f'<tspan x="{x + 12}" y="{y + height / 2 + 5 + 17 * (n - (len(words) - 1) / 2)}">'
                f"{html.escape(word)}</tspan>"
                for n, word in enumerate(words)
            )
            boxes.append(
                f'<a href="{href}{page}.html"><rect class="{kind}" x="{x}" y="{y}" width="{width}"'
                f' height="{height}" rx="4"/><text>{lines}</text></a>'
            )
    listed = []
    for source, target, reason in threads:
        (x, y), (u, v) = place[source], place[target]
        side = 0 if u == x else width
        start, end = (x + width, y + height / 2), (u + width - side, v + height / 2)
        bend = 45 if u > x else 30
        away = end[0] - bend if u > x else end[0] + bend
        gap = 5 if u > x else -5
        arrows.append(
            f'<path class="thread" d="M{start[0]} {start[1]}C{start[0] + bend} {start[1]} '
            f'{away} {end[1]} {end[0] - gap} {end[1]}"/>'
        )
        ends = [
            f'<a href="{href}{short[e][0]}.html">{html.escape(short[e][1])}</a>'
            for e in (source, target)
        ]
        listed.append(f"<li>{ends[0]} to {ends[1]}: {html.escape(reason)}</li>")
    size = COLUMN * len(course), TOP + STEP * max(len(lessons) for _, lessons in course)
    marker = (
        '<defs><marker id="map-head" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return (
        f'<div class="course-map"><svg viewBox="0 0 {size[0]} {size[1]}" role="group" '
        'aria-label="Map of the course: a column for each chapter, its lessons from top to bottom. '
        f'The list below says what the curved arrows say.">{marker}{"".join(arrows + boxes)}'
        f'</svg></div><ul class="map-threads">{"".join(listed)}</ul>'
    )


class CourseMap(Directive):
    """`course-map` with a thread on each line of its body."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the drawing as raw HTML."""
        env = self.state.document.settings.env
        root = Path(env.app.srcdir)
        course = read_course(root)
        env.note_dependency(str(root / "_toc.yml"))
        known = {page.removeprefix("chapters/") for _, lessons in course for page, _ in lessons}
        try:
            threads = read_threads([line for line in self.content if line.strip()], known)
        except ValueError as error:
            raise self.error(str(error)) from None
        href = "../" * env.docname.count("/")
        return [nodes.raw("", draw(course, threads, href), format="html")]


def setup(app):
    """Register the directive."""
    app.add_directive("course-map", CourseMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
