"""The page of the API and the map of the course, as built."""

import pytest
from tests.test_api import public

from book.browser import visit_page
from book.course import lessons


@pytest.fixture(scope="module")
def api(book):
    return (book / "chapters/reference/api.html").read_text(encoding="utf8")


@pytest.mark.parametrize(("module", "name"), public())
def test_the_page_of_the_api_has_every_public_name(module, name, api):
    package = module.rpartition(".")[0]
    assert f'id="{module}.{name}"' in api or f'id="{package}.{name}"' in api


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
