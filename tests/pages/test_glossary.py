"""Terms in the built book: linked once, explained on hover and focus, from disk with no network."""

import html
import re

import pytest

from book.browser import BOOK, PHONE, book_pages, unfold, visit_page
from book.extensions.glossary_links import read_glossary

LESSON = re.compile(r"chapters/\w+/\d\d_\w+\.html")
FEWEST = 5  # links on a page: a lesson about other things than terms has few
SHOWN = "chapters/combining/01_adding.html"
CHEAT_SHEET = BOOK / "chapters" / "reference" / "cheat_sheet.html"
TERM = re.compile(r'<a [^>]*class="gloss"[^>]*>')


def anchor(name: str) -> str:
    """Return the anchor of a term on the glossary's page."""
    return "term-" + re.sub(r"[^A-Za-z0-9._-]+", "-", name)


@pytest.fixture(scope="module")
def definitions(book):
    """The text of each term's note, by the anchor of its entry."""
    page = book.parent.parent / "chapters" / "reference" / "glossary.md"
    entries = read_glossary(page.read_text(encoding="utf8"))
    plain = {e.name: html.unescape(re.sub(r"<[^>]*>", "", e.note)) for e in entries}
    return {anchor(name): f"{name} {text}" for name, text in plain.items()}


def test_lessons_link_terms_once_each_to_its_entry(definitions):
    pages = [p for p in book_pages() if LESSON.fullmatch(p.relative_to(BOOK).as_posix())]
    assert pages
    wrong = []
    for page in pages:
        tags = TERM.findall(page.read_text(encoding="utf8"))
        links = [re.search(' href="([^"]*)"', tag)[1] for tag in tags]
        known = {f"../reference/glossary.html#{name}" for name in definitions}
        if len(links) < FEWEST or len(set(links)) < len(links) or not set(links) <= known:
            wrong.append((page.stem, links))
    assert wrong == []


def test_hover_and_focus_show_the_definition(definitions, book, browser):
    """Focus on each term of a page, and the pointer on the first and the last."""
    visit = visit_page(browser, book / SHOWN)
    page = visit.page
    unfold(page)
    shown = page.locator(".gloss-note:popover-open")
    links = page.locator("a.gloss").all()
    for link in links:
        expected = definitions[link.get_attribute("href").split("#")[1]]
        link.evaluate("link => link.focus({focusVisible: true})")
        assert shown.count() == 1
        assert " ".join(shown.text_content().split()) == " ".join(expected.split())
        assert shown.get_attribute("id") == link.get_attribute("aria-describedby")
        box = shown.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= page.viewport_size["width"]
        page.keyboard.press("Escape")
        assert shown.count() == 0
        link.blur()
    for link in (links[0], links[-1]):
        link.hover()
        shown.wait_for(timeout=2000)
        assert shown.get_attribute("id") == link.get_attribute("aria-describedby")
        page.keyboard.press("Escape")
        assert shown.count() == 0
    visit.context.close()
    assert visit.console_errors == visit.outside_requests == visit.failed_requests == []


def test_note_stays_while_the_pointer_is_on_it(book, browser):
    visit = visit_page(browser, book / SHOWN)
    shown = visit.page.locator(".gloss-note:popover-open")
    visit.page.locator("a.gloss").first.hover()
    shown.wait_for(timeout=2000)
    shown.hover()
    visit.page.wait_for_timeout(500)
    assert shown.count() == 1
    visit.page.mouse.move(0, 0)
    shown.wait_for(state="hidden", timeout=2000)
    visit.context.close()


def test_only_one_note_is_open(book, browser):
    """The pointer on one term takes over from the keyboard's focus on another."""
    visit = visit_page(browser, book / SHOWN)
    first, second = visit.page.locator("a.gloss").all()[:2]
    shown = visit.page.locator(".gloss-note:popover-open")
    for _ in range(5):  # a figure that starts above takes the link from under the pointer
        visit.page.mouse.move(0, 0)
        first.evaluate("link => link.focus({focusVisible: true})")
        second.hover()
        visit.page.wait_for_timeout(300)
        if shown.count():
            break
    assert shown.count() == 1
    assert shown.get_attribute("id") == second.get_attribute("aria-describedby")
    visit.context.close()


def test_phone_shows_whole_notes_and_a_tap_follows_the_link(book, browser):
    visit = visit_page(browser, book / SHOWN, viewport=PHONE)
    page = visit.page
    for link in page.locator("a.gloss:visible").all():
        link.evaluate("link => link.focus({focusVisible: true})")
        box = page.locator(".gloss-note:popover-open").bounding_box()
        assert 0 <= box["x"]
        assert box["x"] + box["width"] <= PHONE["width"]
        assert 0 <= box["y"]
        assert box["y"] + box["height"] <= PHONE["height"]
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    visit.context.close()

    context = browser.new_context(viewport=PHONE, has_touch=True, offline=True)
    page = context.new_page()
    page.goto((book / SHOWN).as_uri())
    term, shown = page.locator("a.gloss").first, page.locator(".gloss-note:popover-open")
    term.tap()  # the first tap shows the note
    assert shown.count() == 1
    page.locator("#main-content h1:visible").tap()  # one elsewhere hides it
    assert shown.count() == 0
    term.tap()
    assert SHOWN in page.url
    term.tap()  # a second one follows the link
    page.wait_for_url("**/reference/glossary.html#term-*", timeout=5000)
    context.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_cheat_sheet_prints_on_one_page(paper, browser, book):
    """One page in either format, nothing cut off, nothing smaller than 8 points."""
    visit = visit_page(browser, CHEAT_SHEET)
    margin = dict.fromkeys(("top", "right", "bottom", "left"), "10mm")
    pdf = visit.page.pdf(format=paper, margin=margin)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1

    # The same layout on a screen of the size of the paper, to look into it.
    width, height = {"A4": (718, 1047), "Letter": (740, 980)}[paper]  # less the margins, at 96 dpi
    visit.page.set_viewport_size({"width": width, "height": height})
    visit.page.emulate_media(media="print")
    seen = visit.page.evaluate(
        """() => [...document.querySelectorAll('#cheat-sheet :is(h1, h2, p, li, td, th)')]
            .filter(e => e.textContent.trim())
            .map(e => [e.textContent.trim().slice(0, 40), parseFloat(getComputedStyle(e).fontSize),
                       e.getBoundingClientRect().width, e.getBoundingClientRect().right])"""
    )
    assert [text for text, size, _, _ in seen if size * 0.75 < 8] == []
    assert [text for text, _, wide, _ in seen if wide == 0] == []
    assert [text for text, _, _, right in seen if right > width + 1] == []
    visit.context.close()
