"""Open pages of the built book in Chromium, from disk and with the network off.

The book's browser tests (`tests/pages`) and `book/screenshot.py` both start here.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    ViewportSize,
    sync_playwright,
)

from book.course import ROOT

BOOK = Path(os.environ.get("BOOK_HTML", ROOT / "_build" / "html")).resolve()
"""The built book. BOOK_HTML names another one, to try the tests on a broken copy."""

DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)

QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NOT_ON_DISK = re.compile(r"^(?!(file|data|blob|about):)")


@dataclass
class Visit:
    """An open page and what happened while it loaded."""

    path: Path
    page: Page
    console_errors: list[str] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)
    outside_requests: list[str] = field(default_factory=list)
    requests: set[str] = field(default_factory=set)

    @property
    def context(self) -> BrowserContext:
        """The browser context of the page; close it when done."""
        return self.page.context


def chromium_path() -> str:
    """Return the browser to use: the environment variable CHROMIUM, else `chromium` on the path."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None or not Path(path).is_file():
        found = f"CHROMIUM names {path!r}, which is no file" if path else "it is not on the path"
        raise FileNotFoundError(
            f"the book's pages are tested in Chromium: {found}. Install it"
            " (Debian: `apt install chromium`) or set CHROMIUM to the browser's file."
        )
    return path


def book_pages() -> list[Path]:
    """Return every page of the contents, sorted. Empty when the book is not built.

    Those of `figures/` show one figure each, those of `slides/` a chapter, without the book around.
    """
    pages = (p for p in BOOK.rglob("*.html") if not p.relative_to(BOOK).parts[0].startswith("_"))
    pages = (page for page in pages if page.parent not in (BOOK / "figures", BOOK / "slides"))
    return sorted(page for page in pages if not is_redirect(page))


def is_redirect(path: Path) -> bool:
    """Tell whether a page only sends the reader on: index.html, and old addresses of pages."""
    return 'http-equiv="refresh"' in path.read_text(encoding="utf8").lower()


@contextmanager
def launch_browser() -> Iterator[Browser]:
    """Start one headless Chromium and close it at the end."""
    executable = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=QUIET, chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            browser.close()


def visit_page(
    browser: Browser,
    path: Path,
    *,
    viewport: ViewportSize = DESKTOP,
    dark: bool = False,
    seconds: float = 30,
) -> Visit:
    """Open one page from disk with the network off, and wait until its fonts are there.

    Waiting for a page to load or change ends with an error after `seconds`.
    """
    context = browser.new_context(
        viewport=viewport, offline=True, color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(1000 * seconds)
    visit = Visit(path, context.new_page())

    def refuse(route):
        visit.outside_requests.append(route.request.url)
        route.abort()

    context.route(NOT_ON_DISK, refuse)
    page = visit.page
    page.on("pageerror", lambda error: visit.console_errors.append(str(error)))
    page.on(
        "console",
        lambda message: message.type == "error" and visit.console_errors.append(message.text),
    )
    page.on("request", lambda request: visit.requests.add(request.url.partition("?")[0]))
    page.on("requestfailed", lambda r: visit.failed_requests.append(f"{r.url}: {r.failure}"))
    page.goto(path.as_uri(), wait_until="load")
    page.evaluate("document.fonts.ready.then(() => null)")
    return visit


def lay_out(page: Page) -> None:
    """Have the whole page laid out; the browser puts off what is far from the screen."""
    page.add_style_tag(content="section { content-visibility: visible !important }")
    page.evaluate("document.fonts.ready.then(() => null)")


def load_pictures(page: Page) -> None:
    """Fetch the pictures of a page that wait for the reader, and wait for them."""
    page.evaluate(
        """() => Promise.all([...document.querySelectorAll('article img')].map(image => {
            image.loading = 'eager';
            return image.decode();
        }))"""
    )


def scroll_to(place: Locator) -> None:
    """Bring an element into view, as a link to it would.

    Playwright's own scrolling does not have a section laid out, and may miss what is in it.
    """
    place.evaluate("place => place.scrollIntoView({ block: 'center', behavior: 'instant' })")


def unfold(page: Page) -> None:
    """Open every folded answer of a page."""
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true })")
