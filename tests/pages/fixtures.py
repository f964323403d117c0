"""One browser for the whole run, and each page of the built book opened once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from xdist.scheduler import LoadScopeScheduling

from book.browser import BOOK, book_pages, chromium_path, launch_browser, unfold, visit_page


def pytest_generate_tests(metafunc):
    """Run a test that takes `visit` on every page; a page's tests run in a row, on one load."""
    if "visit" in metafunc.fixturenames:
        pages = book_pages() or [None]
        names = [page.relative_to(BOOK).as_posix() if page else "no book" for page in pages]
        metafunc.parametrize("visit", pages, ids=names, indirect=True, scope="session")


class PageByPage(LoadScopeScheduling):
    """Give all tests of a page, or of an engine, to one process, whatever file they stand in."""

    def _split_scope(self, nodeid):
        page = re.search(r"\[(firefox|webkit|.*\.html)", nodeid)
        return page[1] if page else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """Let a page be loaded once for all files, not once for each, and an engine be started once."""
    return PageByPage(config, log)


def pytest_collection_modifyitems(items):
    """Weigh a page before other tests make it fetch more; open JupyterLab in a fresh browser."""
    first = ["test_jupyterlab.py", "test_weight.py"]
    names = {name: place for place, name in enumerate(first)}
    items.sort(key=lambda item: names.get(item.path.name, len(first)))


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


@contextmanager
def sound_visit(browser: Browser, path: Path) -> Iterator[Page]:
    """Open a page by itself; afterwards it has reported no error and asked for nothing outside."""
    visit = visit_page(browser, path)
    yield visit.page
    visit.context.close()
    assert visit.console_errors == []
    assert visit.failed_requests == []
    assert visit.outside_requests == []


@pytest.fixture(scope="session")
def visit(request, book, browser):
    """A page, loaded from disk with the network off, its folded answers opened."""
    visited = visit_page(browser, request.param)
    unfold(visited.page)
    yield visited
    visited.context.close()
