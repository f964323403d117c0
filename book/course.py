"""Which pages and lessons the book has: the only reader of `_toc.yml`.

A **lesson** is a notebook of the table of contents whose file name begins with its number, `01_` or
`12_`; its folder is its **chapter**. Numbers from 11 on are those of **deeper** lessons, which no
**core** lesson needs. Everything else that lists pages asks here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from sphinx_external_toc.parsing import SiteMap, parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent

NUMBERED = re.compile(r"(\d+)_")
FIRST_DEEPER = 11
PROMISE = re.compile(
    r"^\*(?:(?:Core|Deeper)\. )?Reading: (?P<minutes>\d+) minutes\. "
    r"Running: (?P<seconds>\d+) seconds\.(?: Needs: (?P<needs>.+)\.)?\*$",
    re.M,
)
"""The line at the top of a notebook that keeps to a time: its depth, its times, what it needs."""
IDEA = re.compile(r"\A# .+\n\n\*\*(.+)\*\*$", re.M)
"""Below the title of a lesson: its idea in one sentence."""


@dataclass(frozen=True)
class Page:
    """One page of the book."""

    name: str
    """Its path from the root, without the ending: ``chapters/combining/01_adding``."""
    part: str
    """The caption of its part in the table of contents; empty for the front page."""
    root: Path = ROOT

    @property
    def notebook(self) -> Path:
        """Its file, if it is a notebook."""
        return self.root / f"{self.name}.ipynb"

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook."""
        return self.notebook.is_file()

    @property
    def is_lesson(self) -> bool:
        """Whether it is a lesson."""
        return bool(self.is_notebook and NUMBERED.match(self.notebook.name))

    @property
    def chapter(self) -> str:
        """The name of its folder, ``combining``."""
        return self.notebook.parent.name

    @property
    def short(self) -> str:
        """Chapter and file name, ``combining/01_adding``."""
        return f"{self.chapter}/{self.notebook.stem}"

    @cached_property
    def top(self) -> str:
        """The first cell of the notebook."""
        return nbformat.read(self.notebook, as_version=4).cells[0].source

    @property
    def title(self) -> str:
        """The heading of the notebook, up to a colon."""
        return self.top.partition("\n")[0].removeprefix("# ").partition(":")[0]

    @property
    def promise(self) -> tuple[int, int] | None:
        """Minutes to read and seconds to run that the notebook promises, or None."""
        match = PROMISE.search(self.top)
        return (int(match["minutes"]), int(match["seconds"])) if match else None

    @property
    def depth(self) -> str:
        """Return ``core`` or ``deeper`` for a lesson, by its number; empty for other pages."""
        if not self.is_lesson:
            return ""
        number = int(NUMBERED.match(self.notebook.name)[1])
        return "core" if number < FIRST_DEEPER else "deeper"

    @property
    def needs(self) -> list[str]:
        """The short names of the lessons that it says it needs."""
        match = PROMISE.search(self.top)
        links = re.findall(r"\]\(([^)#]+)\.ipynb", (match and match["needs"]) or "")
        files = [(self.notebook.parent / link).resolve() for link in links]
        return [f"{file.parent.name}/{file.name}" for file in files]

    @property
    def idea(self) -> str:
        """The sentence below the title, or nothing."""
        match = IDEA.match(self.top)
        return match[1] if match else ""


def pages(root: Path = ROOT) -> list[Page]:
    """Return every page of the table of contents, in its order, the front page first."""
    contents = parse_toc_yaml(root / "_toc.yml")
    front = contents.root.docname
    return [Page(front, "", root), *_below(contents, front, "", root)]


def _below(contents: SiteMap, name: str, part: str, root: Path) -> Iterator[Page]:
    for tree in contents[name].subtrees:
        caption = part or tree.caption or ""
        for item in tree.items:
            if item in contents:  # neither an address nor a pattern
                yield Page(str(item), caption, root)
                yield from _below(contents, str(item), caption, root)


def notebooks(root: Path = ROOT) -> list[Page]:
    """Return the notebooks of `chapters/`: lessons and others that run and store their outputs."""
    return [p for p in pages(root) if p.is_notebook and p.name.startswith("chapters/")]


def lessons(root: Path = ROOT) -> list[Page]:
    """Return the lessons, in the order of the table of contents."""
    return [page for page in pages(root) if page.is_lesson]


def chapters(root: Path = ROOT) -> dict[str, list[Page]]:
    """Return the lessons of every chapter by the name of its folder, both in the book's order."""
    found: dict[str, list[Page]] = {}
    for lesson in lessons(root):
        found.setdefault(lesson.chapter, []).append(lesson)
    return found
