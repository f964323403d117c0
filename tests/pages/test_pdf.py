"""The whole book as one PDF, as `make pdf` made it: complete, with an outline, linked."""

import re
from ctypes import byref, c_int, create_string_buffer

import nbformat
import pypdfium2
import pytest
from pypdfium2 import raw

from book.browser import visit_page
from book.course import pages as pages_of_the_book
from book.pdf import PDF
from tests.grading import harness
from tests.grading.leaks import secrets

A4 = (595, 842)  # points
LINKING = ["intro.html", "chapters/reference/status.html"]


def squeeze(text: str) -> str:
    """Drop spaces: a PDF has few, and line breaks of its own. Its apostrophes are typeset."""
    return re.sub(r"\s+", "", text).replace("’", "'")


@pytest.fixture(scope="module")
def pdf():
    if not PDF.exists():
        pytest.skip("there is no PDF: run `make pdf` first")
    return pypdfium2.PdfDocument(PDF)


@pytest.fixture(scope="module")
def pages(pdf):
    """The text of each page."""
    return [page.get_textpage().get_text_bounded() for page in pdf]


@pytest.fixture(scope="module")
def words(pages):
    """The text with single blanks."""
    return " ".join("\n".join(pages).split())


@pytest.fixture(scope="module")
def text(words):
    return squeeze(words)


@pytest.fixture(scope="module")
def lessons():
    """Every notebook of the book."""
    notebooks = [
        nbformat.read(p.notebook, as_version=4) for p in pages_of_the_book() if p.is_notebook
    ]
    assert notebooks
    return notebooks


def addresses(pdf, page):
    """Yield the address of each link of a page."""
    position, link = c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, byref(position), byref(link)):
        action = raw.FPDFLink_GetAction(link)
        size = raw.FPDFAction_GetURIPath(pdf, action, None, 0) if action else 0
        if size:
            address = create_string_buffer(size)
            raw.FPDFAction_GetURIPath(pdf, action, address, size)
            yield address.value.decode()


def title(notebook):
    return squeeze(notebook.cells[0].source.partition("\n")[0].removeprefix("# "))


def test_it_is_a_book(pdf):
    assert len(pdf) > 50
    sizes = {page.get_size() for page in pdf}
    assert all(size == pytest.approx(A4, abs=1) for size in sizes)
    assert raw.FPDFCatalog_IsTagged(pdf)


def test_it_is_small(pdf):
    """What it is made of is compressed, and no shadow is a picture."""
    assert PDF.stat().st_size / len(pdf) < 16_000


def test_every_lesson_is_in_it(text, lessons):
    assert [title(lesson) for lesson in lessons if title(lesson) not in text] == []


def test_outline_leads_to_every_lesson(pdf, lessons):
    found = list(pdf.get_toc())
    assert max(entry.level for entry in found) >= 2
    titles = {squeeze(entry.get_title()) for entry in found}
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


def test_pages_are_numbered(pages):
    for number in (3, len(pages) // 2, len(pages) - 1):
        assert pages[number].endswith(f"What and Where {number + 1}")


def test_links_inside_lead_to_pages_of_it(pdf):
    """No link leads to a file of the machine it was made on."""
    found = [address for page in pdf for address in addresses(pdf, page)]
    assert sum(address.startswith("http") for address in found) > 50
    assert [address for address in found if address.startswith("file:")] == []


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
