"""The whole book as one PDF, as `make pdf` made it: complete, with an outline, linked."""

import re

import nbformat
import pytest
from pypdf import PdfReader
from sphinx_external_toc.parsing import parse_toc_yaml

from tests.homework import harness
from tests.homework.leaks import secrets
from tools.browser import ROOT, visit_page
from tools.pdf import PDF

A4 = (595, 842)  # points
LINKING = ["intro.html", "chapters/reference/status.html"]


def squeeze(text: str) -> str:
    """Drop spaces: a PDF has few, and line breaks of its own."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def pdf():
    if not PDF.exists():
        pytest.skip("there is no PDF: run `make pdf` first")
    return PdfReader(PDF)


@pytest.fixture(scope="module")
def words(pdf):
    """The text with single blanks."""
    return " ".join("\n".join(page.extract_text() for page in pdf.pages).split())


@pytest.fixture(scope="module")
def text(words):
    return squeeze(words)


@pytest.fixture(scope="module")
def lessons():
    """Every notebook of the book."""
    pages = [ROOT / f"{page}.ipynb" for page in parse_toc_yaml(ROOT / "_toc.yml")]
    notebooks = [nbformat.read(page, as_version=4) for page in pages if page.exists()]
    assert len(notebooks) >= 16
    return notebooks


def entries(outline, depth=0):
    """Yield depth and title of each entry of an outline, however deep."""
    for entry in outline:
        if isinstance(entry, list):
            yield from entries(entry, depth + 1)
        else:
            yield depth, squeeze(entry.title)


def title(notebook):
    return squeeze(notebook.cells[0].source.partition("\n")[0].removeprefix("# "))


def test_it_is_a_book(pdf):
    assert len(pdf.pages) > 50
    sizes = {tuple(round(x) for x in page.mediabox[2:]) for page in pdf.pages}
    assert all(size == pytest.approx(A4, abs=1) for size in sizes)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_every_lesson_is_in_it(text, lessons):
    assert [title(lesson) for lesson in lessons if title(lesson) not in text] == []


def test_outline_leads_to_every_lesson(pdf, lessons):
    found = list(entries(pdf.outline))
    assert max(depth for depth, _ in found) >= 2
    titles = {name for _, name in found}
    assert [title(lesson) for lesson in lessons if title(lesson) not in titles] == []


def test_folded_solutions_are_printed(text, lessons):
    """The first line of each solution, which is folded on the page."""
    for lesson in lessons:
        cells = [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]
        for code in re.findall(r"```python\n(.*?)\n", "\n\n".join(cells)):
            assert squeeze(code) in text


def test_code_is_not_cut_off(text, lessons):
    """The longest line of code of each notebook is there to its end."""
    for lesson in lessons:
        lines = [
            line for c in lesson.cells if c.cell_type == "code" for line in c.source.splitlines()
        ]
        assert squeeze(max(lines, key=len)) in text


def test_no_solution_of_the_homework_is_in_it(words):
    """Neither a solution nor a hidden test; what students see is there."""
    assert "raise NotImplementedError()" in words
    found = [s for chapter in harness.CHAPTERS for s in secrets(chapter) if s in words]
    assert found == []


def test_formulas_are_drawn(text):
    """No TeX is left where a formula should be."""
    assert re.findall(r"\\(?:frac|sqrt|textcolor|mathrm|begin)\b", text) == []


def test_pages_are_numbered(pdf):
    for number in (3, len(pdf.pages) // 2, len(pdf.pages) - 1):
        assert str(number + 1) in pdf.pages[number].extract_text()[-40:]


def test_links_inside_lead_to_pages_of_it(pdf):
    """No link leads to a file of the machine it was made on."""
    actions = [
        note.get_object().get("/A", {}).get("/URI", "")
        for page in pdf.pages
        for note in page.get("/Annots", [])
    ]
    assert sum(action.startswith("http") for action in actions) > 50
    assert [action for action in actions if action.startswith("file:")] == []


@pytest.mark.parametrize("page", LINKING)
def test_book_links_the_pdf_only_when_it_ships_it(page, book, browser):
    visit = visit_page(browser, book / page)
    links = visit.page.locator("article a[href$='what-and-where.pdf']")
    shipped = (book / PDF.name).exists()
    assert links.count() == int(shipped)
    if shipped:
        assert (book / PDF.name).read_bytes() == PDF.read_bytes()
        assert re.search(r"\(PDF, \d+ MB\)", links.inner_text())
    visit.context.close()
