"""WCAG 2.2, levels A and AA: what axe-core can tell of it, on every page; and the keyboard.

The rules of structure are checked on a phone, where wide things scroll; contrast in both themes.
"""

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError

from book.browser import DESKTOP, PHONE
from tests.pages.fixtures import sound_visit
from tests.pages.wcag import violations

SEEN = {"light": set(), "dark": set()}
LESSON = "chapters/positional_embeddings/02_sinusoidal.html"

# What the theme makes stops, after a while:
SCROLLERS = "pre, .pst-scrollable-table-container, .katex-display"
SCROLLERS_ARE_STOPS = f"""[...document.querySelectorAll('{SCROLLERS}')].every(
    box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""


def test_structure(visit):
    """Names, roles, headers, landmarks, targets and all else but contrast."""
    visit.page.set_viewport_size(PHONE)
    with suppress(TimeoutError):  # axe-core says which is none
        visit.page.wait_for_function(SCROLLERS_ARE_STOPS, timeout=5000)
    assert violations(visit.page, contrast=False) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(visit, theme):
    """Text stands out by 4.5:1, large text by 3:1."""
    visit.page.set_viewport_size(DESKTOP)
    visit.page.emulate_media(reduced_motion="reduce")  # no colour halfway between two themes
    choose = "theme => { document.documentElement.dataset.theme = theme }"  # as the button does
    visit.page.evaluate(choose, theme)
    ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    found = violations(visit.page, contrast=True, seen=SEEN[theme])
    visit.page.evaluate(choose, "light")
    assert (ground == "rgb(255, 255, 255)") == (theme == "light")
    assert found == []


def test_tables_have_headers(visit):
    """Every table that shows data names its columns, and each header says what it heads."""
    bare = visit.page.eval_on_selector_all(
        "article table:not([role=presentation])",
        """tables => tables.filter(table =>
               ![...table.querySelectorAll('th')].some(header => header.textContent.trim())
               || table.querySelector('th:not([scope])'))
           .map(table => table.outerHTML.slice(0, 200))""",
    )
    assert bare == []


@pytest.fixture
def lesson(book, browser):
    """A lesson on a desktop, its folded answers closed."""
    with sound_visit(browser, book / LESSON) as page:
        yield page


FOCUS_SEEN = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const seen = node => {
        const style = getComputedStyle(node);
        return JSON.stringify(['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow',
            'borderColor', 'backgroundColor', 'textDecoration', 'color'].map(key => style[key]));
    };
    const around = [element, element.parentElement];
    const focused = around.map(seen).join();
    const box = element.getBoundingClientRect();
    element.blur();
    const plain = around.map(seen).join();
    element.focus({ focusVisible: true });
    const name = element.outerHTML.slice(0, 100);
    return { name, changes: focused !== plain, size: box.width * box.height };
}"""


def test_focus_is_seen_on_every_stop(lesson):
    """The tab key reaches the whole page, and each stop looks different with the focus."""
    lesson.emulate_media(reduced_motion="reduce")  # no transition between the two looks
    unseen, stops = [], 0
    for _ in range(400):
        lesson.keyboard.press("Tab")
        stop = lesson.evaluate(FOCUS_SEEN)
        if stop is None:
            break
        stops += 1
        if not (stop["changes"] and stop["size"]):
            unseen.append(stop["name"])
    assert unseen == []
    assert lesson.locator("article a, article summary, article input").count() < stops < 400


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_first_stop_skips_to_the_content(lesson, theme):
    lesson.emulate_media(reduced_motion="reduce", color_scheme=theme)
    lesson.keyboard.press("Tab")
    link = lesson.locator(":focus")
    assert link.inner_text() == "Skip to main content"
    assert link.is_visible()
    assert link.bounding_box()["y"] >= 0
    assert violations(lesson, contrast=True) == []
    lesson.keyboard.press("Enter")
    assert lesson.evaluate("location.hash") == "#main-content"
    lesson.keyboard.press("Tab")
    assert lesson.evaluate("document.activeElement.closest('main') !== null")


def test_menu_of_downloads_works_by_keyboard(lesson):
    lesson.locator(".dropdown-download-buttons > button").focus()
    lesson.keyboard.press("Enter")
    menu = lesson.locator(".dropdown-download-buttons .dropdown-menu")
    menu.wait_for(state="visible")
    assert violations(lesson, contrast=False) == []
    lesson.keyboard.press("ArrowDown")
    assert lesson.evaluate("document.activeElement.closest('.dropdown-menu') !== null")
    lesson.keyboard.press("Escape")
    menu.wait_for(state="hidden")


def test_contents_open_and_close_by_keyboard_on_a_phone(lesson):
    lesson.set_viewport_size(PHONE)
    lesson.locator("button.primary-toggle").focus()
    lesson.keyboard.press("Enter")
    contents = lesson.locator("#pst-primary-sidebar-modal")
    contents.wait_for(state="visible")
    assert violations(lesson, contrast=False) == []
    lesson.keyboard.press("Escape")
    contents.wait_for(state="hidden")


def test_answer_unfolds_by_keyboard(lesson):
    lesson.locator("article details > summary").first.focus()
    lesson.keyboard.press("Enter")
    assert lesson.locator("article details").first.get_attribute("open") is not None


def test_nothing_moves_for_a_reader_who_asks_for_that(lesson):
    """With reduced motion no transition, no smooth scrolling and no animation runs by itself."""
    lesson.emulate_media(reduced_motion="reduce")
    moving = lesson.evaluate(
        """() => [...document.querySelectorAll('*')].filter(element => {
            const style = getComputedStyle(element);
            return style.scrollBehavior === 'smooth'
                || style.transitionDuration.split(', ').some(time => parseFloat(time) > 0.001)
                    && style.transitionProperty !== 'none'
                || style.animationName !== 'none' && style.animationPlayState === 'running';
        }).map(element => element.outerHTML.slice(0, 100))"""
    )
    assert moving == []
