"""Pages on paper: ink on white, nothing that only a screen can use, nothing folded or cut off."""

import pytest

from book.browser import visit_page
from tests.pages.wcag import contrast

PAGES = ["intro", "chapters/combining/01_adding", "chapters/reference/status"]
TEXT = "article :is(h1, h2, p, li, td, th, summary, pre, pre span, .sd-card-text)"


@pytest.fixture(scope="module", params=PAGES)
def printed(request, book, browser):
    """A page as a reader with a dark system prints it, on a screen as wide as A4 less margins."""
    page = book / f"{request.param}.html"
    visit = visit_page(browser, page, viewport={"width": 672, "height": 980}, dark=True)
    visit.page.emulate_media(media="print", color_scheme="dark")
    yield visit.page
    visit.context.close()


def test_text_is_dark_on_white(printed):
    assert printed.evaluate("document.documentElement.dataset.theme") == "dark"
    ground = printed.evaluate("getComputedStyle(document.querySelector('article')).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    colours = printed.eval_on_selector_all(
        TEXT, "es => [...new Set(es.map(e => getComputedStyle(e).color))]"
    )
    assert [colour for colour in colours if contrast(colour, ground) < 4.5] == []


def test_folded_text_is_there(printed):
    hidden = printed.eval_on_selector_all(
        "article details > :not(summary)",
        "es => es.filter(e => !e.checkVisibility()).map(e => e.outerHTML)",
    )
    assert hidden == []


def test_code_and_tables_are_not_cut_off(printed):
    cut = printed.eval_on_selector_all(
        "article :is(pre, table)",
        """es => es.filter(e => e.scrollWidth > e.clientWidth + 1
                                || e.getBoundingClientRect().right > innerWidth + 1)
                .map(e => e.textContent.slice(0, 60))""",
    )
    assert cut == []


def test_nothing_for_screens_only(printed):
    screen = ".headerlink, .copybtn, .prev-next-footer, .bd-header-article, footer"
    assert not any(part.is_visible() for part in printed.locator(screen).all())
