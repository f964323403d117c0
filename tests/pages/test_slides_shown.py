"""The slides in a real browser, from disk and with the network off."""

import pytest

from book.browser import PHONE, visit_page
from book.course import chapters
from book.slides import make


@pytest.mark.parametrize("chapter", chapters())
def test_slides_open_quietly_move_by_keyboard_and_print(chapter, browser, tmp_path):
    visit = visit_page(browser, make(chapter, chapters()[chapter], tmp_path))
    page = visit.page
    assert page.locator("#place").text_content().startswith("1 / ")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.getElementById('place').textContent.startsWith('2 / ')")
    formulas = page.locator(".math").count()
    assert formulas == page.locator(".math > :is(.katex, .katex-display)").count()
    assert formulas or chapter == "encoding_vs_embedding"
    assert page.locator(".katex-error").count() == 0
    broken = page.eval_on_selector_all(
        "img", "images => images.filter(i => !i.naturalWidth).map(i => i.alt)"
    )
    assert broken == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0

    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(media="print")
    cut = page.eval_on_selector_all(
        ".slide",
        """slides => slides.filter(s => s.scrollHeight > s.clientHeight + 1)
                           .map(s => [s.querySelector('h2').textContent, s.scrollHeight])""",
    )
    assert cut == []
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == page.locator(".slide").count()
    visit.context.close()
    assert visit.console_errors == visit.outside_requests == visit.failed_requests == []
