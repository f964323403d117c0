"""The page of the API and the map of the course, as built."""

import pytest

from book.browser import visit_page
from book.course import lessons
from tests.src.test_api import public


@pytest.fixture(scope="module")
def api(book):
    return (book / "chapters/reference/api.html").read_text(encoding="utf8")


def test_the_page_of_the_api_has_every_public_name(api):
    absent = [
        f"{module}.{name}"
        for module, name in public()
        if not any(f'id="{home}.{name}"' in api for home in (module, module.rpartition(".")[0]))
    ]
    assert absent == []


def test_the_api_shows_no_address_of_this_run(api):
    assert " at 0x" not in api


def test_the_map_prints_on_one_page(book, browser):
    visit = visit_page(browser, book / "chapters/reference/course_map.html")
    for paper in ("A4", "Letter"):
        pdf = visit.page.pdf(format=paper, margin=dict.fromkeys(("top", "bottom"), "1cm"))
        assert pdf.count(b"/Type /Page\n") == 1, paper
    visit.context.close()


def test_the_map_leads_to_every_lesson(book, browser):
    visit = visit_page(browser, book / "chapters/reference/course_map.html")
    boxes = visit.page.locator(".course-map a")
    assert boxes.count() == len(lessons())
    outside = visit.page.evaluate(
        """() => [...document.querySelectorAll('.course-map a')].filter(a => {
            const box = a.querySelector('rect').getBBox(), text = a.querySelector('text').getBBox();
            return text.x < box.x || text.x + text.width > box.x + box.width
                || text.y < box.y || text.y + text.height > box.y + box.height;
        }).map(a => a.textContent)"""
    )
    assert outside == []
    visit.context.close()
