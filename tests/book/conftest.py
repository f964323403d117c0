"""One browser for the whole run, and each page of the built book opened once."""

import pytest

from tools.browser import BOOK, book_pages, chromium_path, launch_browser, unfold, visit_page


def pytest_generate_tests(metafunc):
    """Run a test that takes `visit` on every page; a page's tests run in a row, on one load."""
    if "visit" in metafunc.fixturenames:
        pages = book_pages() or [None]
        names = [page.relative_to(BOOK).as_posix() if page else "no book" for page in pages]
        metafunc.parametrize("visit", pages, ids=names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def book():
    """The folder of the built book."""
    if not book_pages():
        pytest.fail("there is no built book in _build/html: run `make book` first", pytrace=False)
    return BOOK


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once."""
    try:
        chromium_path()
    except FileNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    with launch_browser() as running:
        yield running


@pytest.fixture(scope="session")
def visit(request, book, browser):
    """A page, loaded from disk with the network off, its folded answers opened."""
    visited = visit_page(browser, request.param)
    unfold(visited.page)
    yield visited
    visited.context.close()
