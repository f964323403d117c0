"""What holds for every figure in the built pages: sizes, accessibility, no scripts, no files."""

import pytest

from book.browser import DESKTOP, PHONE, book_pages, scroll_to, visit_page
from book.course import ROOT
from book.extensions.interactive_figures import module_names
from tests.pages.wcag import violations

FIGURES = [name.replace("_", "-") for name in module_names(ROOT)]
MOST = 1_500_000  # bytes, for the numbers of all figures


def test_every_figure_is_in_the_book(places):
    assert set(places) == set(FIGURES)


def test_the_numbers_are_small(book):
    sizes = [file.stat().st_size for file in (book / "_static/interactive/data").glob("*")]
    assert 0 < sum(sizes) < MOST


def test_only_pages_with_a_figure_load_the_loader(places):
    loading = {page for page in book_pages() if "interactive/loader.js" in page.read_text("utf8")}
    assert loading == {page for pages in places.values() for page in pages}


@pytest.mark.parametrize("name", FIGURES)
def test_on_a_phone_everybody_can_use_it(name, open_figure):
    """Nothing sticks out, also at 320 pixels (WCAG 1.4.10); axe-core finds nothing."""
    drawn = open_figure(name, viewport=PHONE)
    place = f"figure[data-figure={name}]"
    found = drawn.problems() + violations(drawn.page, contrast=False, within=place)
    drawn.page.emulate_media(reduced_motion="reduce")  # no colour halfway between two themes
    for theme in ("light", "dark"):
        drawn.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found += violations(drawn.page, contrast=True, within=place)
    drawn.page.set_viewport_size({"width": 320, "height": PHONE["height"]})
    assert found + drawn.problems() == []


@pytest.mark.parametrize("name", FIGURES)
def test_on_a_phone_it_fits_one_screen(name, open_figure):
    """Controls and what they change have room below the page's bar, wherever the sliders stand.

    No text is too small to read then.
    """
    drawn = open_figure(name, viewport=PHONE)
    room = drawn.page.evaluate(
        "innerHeight - parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)"
    )
    heights, found = [], []
    for key in ("Shift", "End", "Home"):
        for slider in drawn.place.locator("input[type=range]").all():
            slider.press(key)
        heights.append(drawn.place.locator(".interactive-body").bounding_box()["height"])
        found += drawn.problems()
    assert max(heights) <= room, heights
    assert found == []


@pytest.mark.parametrize("name", FIGURES)
def test_it_opens_alone_for_a_lecture(name, book, browser):
    """It has a page of its own, with a title, the way to its lesson, and nothing else."""
    page = book / f"figures/{name}.html"
    for view, theme in ((DESKTOP, "light"), (PHONE, "dark")):
        visit = visit_page(browser, page, viewport=view)
        visit.page.keyboard.press("Shift")
        visit.page.locator(f"figure[data-figure={name}][data-state=ready]").wait_for(timeout=30_000)
        assert visit.page.get_by_role("heading", level=1).inner_text()
        assert visit.page.locator("nav, header, input[type=search]").count() == 0
        visit.page.emulate_media(reduced_motion="reduce")
        visit.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert violations(visit.page, contrast=False) == []
        assert violations(visit.page, contrast=True) == []
        assert visit.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        lesson = visit.page.locator(".figure-home a")
        assert (page.parent / lesson.get_attribute("href")).resolve().is_file()
        visit.context.close()
        assert visit.console_errors == visit.failed_requests == visit.outside_requests == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_still_has_no_empty_band_below_it(name, places, browser):
    """Its place is as high as the picture; the mouse over the text does not make it grow."""
    visit = visit_page(browser, places[name][0], viewport=PHONE)
    visit.page.mouse.move(3, 3)
    body = visit.page.locator(f"figure[data-figure={name}] .interactive-body").first
    band = body.evaluate(
        "body => body.offsetHeight - body.querySelector('.interactive-still').offsetHeight"
    )
    visit.context.close()
    assert 0 <= band <= 2


def test_nothing_loads_before_someone_is_there(places, browser):
    """A still picture stands in the figure's place, in the first screen too; it is what prints."""
    visit = visit_page(browser, places["lab"][0])
    visit.page.wait_for_timeout(300)
    loaded = "[...document.scripts].filter(s => /interactive\\/(d3|lab|data)/.test(s.src)).length"
    assert visit.page.evaluate(loaded) == 0
    still = visit.page.locator("figure[data-figure=lab] .interactive-still")
    assert still.locator("svg").first.bounding_box()["width"] > 200
    scroll_to(visit.page.locator("figure[data-figure=lab]"))
    visit.page.keyboard.press("Shift")
    visit.page.locator("figure[data-figure=lab][data-state=ready]").wait_for(timeout=20_000)
    assert visit.page.evaluate(loaded) == 3
    visit.context.close()


def test_without_scripts_pictures_are_shown(places, browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    missing = []
    for name, (path, *_) in places.items():
        page.goto(path.as_uri())
        figure = page.locator(f"figure[data-figure={name}]").first
        still = figure.locator(".interactive-still")
        scroll_to(still)
        box = still.bounding_box()
        if box["width"] <= 200 or box["height"] <= 100 or not still.get_attribute("aria-label"):
            missing.append(name)
    context.close()
    assert missing == []


def test_a_missing_file_is_reported_in_the_figure(places, browser):
    visit = visit_page(browser, places["lab"][0])
    visit.page.route("**/data/lab.js", lambda route: route.abort())
    figure = visit.page.locator("figure[data-figure=lab]")
    scroll_to(figure)
    visit.page.keyboard.press("Shift")
    message = figure.locator("[role=alert]")
    message.wait_for(timeout=20_000)
    assert "data/lab.js is missing" in message.inner_text()
    assert figure.locator(".interactive-still").get_attribute("aria-label")
    visit.context.close()
