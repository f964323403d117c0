"""Old addresses, in the built book: each arrives at a section that is there."""

import re

import pytest

from book.extensions.moved import sections_of, whole_pages
from tests.book.test_moved import FIRST, LINES


def arrives(address: str) -> tuple[str, str]:
    """Return the page of today and the section to which an old address leads."""
    page, _, section = address.partition(".html#")
    page = whole_pages(LINES).get(page, page)
    return page, section


def test_every_section_of_the_first_edition_is_found(book):
    wrong, ids = [], {}

    def has(page: str, section: str) -> bool:
        if page not in ids:
            html = (book / f"{page}.html").read_text("utf8")
            ids[page] = set(re.findall(r'\sid="([^"]+)"', html))
        return not section or section in ids[page]

    for address in FIRST:
        page, section = arrives(address)
        if has(page, section):
            continue
        target = sections_of(page, LINES).get(section)
        if target is None:
            wrong.append(f"{address} is gone")
            continue
        other, _, new = target.partition("#")
        folder = (book / f"{page}.html").parent
        there = (folder / other).resolve().relative_to(book.resolve()) if other else None
        if not has(there.with_suffix("").as_posix() if there else page, new):
            wrong.append(f"{address} leads to {target}, which is not there")
    assert wrong == []


@pytest.mark.parametrize(
    "old",
    [
        "chapters/combining/05_bug_clinic.html#ward-5",
        "chapters/combining/05_bug_clinic.html",
        "chapters/positional_embeddings/03_learned.html#the-odd-rows",
    ],
)
def test_a_reader_with_an_old_link_arrives(book, browser, old):
    """From disk, as those read who have no server."""
    page = browser.new_page()
    page.goto((book / old.partition("#")[0]).as_uri() + "".join(old.partition("#")[1:]))
    page.wait_for_url(re.compile(r"14_bug_clinic|13_the_clocks"))
    at = page.evaluate("location.hash && !!document.getElementById(location.hash.slice(1))")
    assert at or "#" not in old
    page.close()
