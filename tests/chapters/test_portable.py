"""A notebook reads the same in the book, JupyterLab, VS Code, on Colab and on GitHub.

Each cell is rendered by plain CommonMark with tables and formulas between dollars, as those do.
What they do not know, MyST's roles, labels and directives, would then stand raw in the text.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors.index import slugify
from mdit_py_plugins.dollarmath import dollarmath_plugin

from book.course import ROOT, notebooks
from tests.chapters.test_notebooks import markdown

PLAIN = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(dollarmath_plugin, double_inline=True, allow_labels=False)
)
CODE = "\N{OBJECT REPLACEMENT CHARACTER}"
RAW = re.compile(
    rf"\{{[\w:.+-]+\}}{CODE}|^:::|\{{\{{|\]\{{|\{{[.#][\w-]+|\([\w-]+\)=|\$\$|^%|\beq-\w"
    r"|\]\[|\]\(|\*\*",
    flags=re.M,
)
TAGS = {"details", "summary", "strong", "em", "code", "sub", "sup", "a", "div", "span", "br", "p"}
TAGS |= set(
    "h1 h2 h3 h4 ul ol li table thead tbody tr th td pre blockquote hr img eq eqn section".split()
)
FORMULA_LINK = re.compile(r"\[\((\d+)\)\]\(([^)#]*)#([^)]+)\)")
NOTEBOOKS = [page.notebook for page in notebooks()] + sorted((ROOT / "homework").glob("*/*.ipynb"))


class Shown(HTMLParser):
    """Collects the text that a reader sees outside code and formulas, and the tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.inside = "", set(), 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.inside += tag in ("code", "eq", "eqn")

    def handle_endtag(self, tag):
        self.inside -= tag in ("code", "eq", "eqn")
        self.text += CODE if tag == "code" else ""

    def handle_data(self, data):
        if not self.inside:
            self.text += data


def raw(markdown: str) -> list[str]:
    """Return what a reader outside the book would see raw."""
    html = PLAIN.render(markdown)
    html = re.sub(r'<span class="math inline">.*?</span>', "<eq></eq>", html, flags=re.S)
    html = re.sub(r'<div class="math (?:block|inline)">.*?</div>', "<eqn></eqn>", html, flags=re.S)
    shown = Shown(html)
    fences = re.findall(r"^ *(?:```|~~~)\s*(\{[^}\n]*\})", markdown, flags=re.M)
    return fences + RAW.findall(shown.text) + sorted(shown.tags - TAGS)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nothing_is_raw(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    found = {c.source[:60]: raw(c.source) for c in cells if c.cell_type == "markdown"}
    assert {start: what for start, what in found.items() if what} == {}


@pytest.mark.parametrize("markdown", [
    "so {cite}`vaswani2017attention` say",
    "by {eq}`eq-turn`",
    "$$x = 1$$ (eq-one)",
    "(ward-1)=\n## Ward",
    "```{admonition} Note\nx\n```",
    ":::{note}\nx\n:::",
    "[token]{.token}",
    "{{ lessons }}",
    "% a comment",
    "<blink>x</blink>",
    "<details>\n<summary>**bold**</summary>\n</details>",
])  # fmt: skip
def test_what_is_raw_is_found(markdown):
    assert raw(markdown)


def test_what_others_know_is_not_raw():
    assert (
        raw("**So** $x_{ij}$ ([A, 2017](https://a.org)) <sub>3</sub>\n\n$$y = {z} \\tag{1}$$\n")
        == []
    )
    assert raw('```python\nx = {"a": 1}\n```\n\n`{cite}`\n\n<a id="ward-1"></a>\n\n## Ward') == []


def test_formulas_are_numbered_in_order():
    for page in notebooks():
        numbers = [int(number) for number in re.findall(r"\\tag\{(\d+)\}", markdown(page.notebook))]
        assert numbers == list(range(1, len(numbers) + 1)), page.short


def written(file: Path) -> str:
    """Return the Markdown of a page."""
    return file.read_text("utf8") if file.suffix == ".md" else markdown(file)


def numbers_of(file: Path) -> dict[str, set[str]]:
    """Return the numbers of the formulas in each section of a page, by the section's address."""
    parts = re.split(r"^#{1,3} (.+)$", written(file), flags=re.M)[1:]
    return {
        slugify(re.sub(r"[`*]", "", heading)): set(re.findall(r"\\tag\{(\d+)\}", body))
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def test_a_formula_is_named_by_its_number_and_section():
    wrong, found = [], 0
    for file in sorted((ROOT / "chapters").glob("**/*.md")) + NOTEBOOKS:
        for number, page, section in re.findall(
            r"\[\((\d+)\)\]\(([^)#]*)#([^)]+)\)", written(file)
        ):
            there = (file.parent / page).resolve() if page else file
            found += 1
            if number not in numbers_of(there).get(section, set()):
                wrong.append(f"{file.name}: ({number}) of {page}#{section}")
    assert wrong == []
    assert found >= 20
