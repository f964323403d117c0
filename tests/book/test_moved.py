"""Every address of the first edition still leads to its contents, or to where they stand now."""

import re

import pytest

from book.course import ROOT, pages
from book.extensions.moved import read_moved, relative, sections_of, whole_pages

FIRST = (ROOT / "tests/data/first_edition_addresses.txt").read_text("utf8").split()
LINES = read_moved(ROOT)


def test_lines_lead_to_pages_of_today():
    known = {page.name for page in pages()}
    assert [line for line in LINES if line["page"] not in known] == []
    assert [old for old in whole_pages(LINES) if old in known] == []


def test_no_address_is_moved_twice():
    olds = [(line["old_page"], line["old_section"]) for line in LINES]
    assert sorted(olds) == sorted(set(olds))


def test_every_page_of_the_first_edition_is_there_or_moved():
    known = {page.name for page in pages()} | set(whole_pages(LINES))
    old = {address.partition(".html")[0] for address in FIRST}
    assert old - known == set()


@pytest.mark.parametrize(
    ("page", "other", "expected"),
    [
        ("chapters/combining/a", "chapters/combining/b", "b.html"),
        ("chapters/combining/a", "chapters/in_ten_minutes", "../in_ten_minutes.html"),
        ("intro", "chapters/combining/b", "chapters/combining/b.html"),
    ],
)
def test_addresses_are_relative(page, other, expected):
    assert relative(page, other) == expected


def test_sections_of_a_page_that_moved_are_followed_on_its_new_page():
    keys = ("old_page", "old_section", "page", "section")
    lines = [
        dict(zip(keys, line.split(","), strict=True))
        for line in ("c/5,,c/14,", "c/5,ward-1,c/14,the-loss", "c/5,faq,q/x,", "c/5,gone,c/15,it")
    ]
    assert sections_of("c/5", lines) == {}
    assert sections_of("c/14", lines) == {
        "ward-1": "#the-loss",
        "faq": "../q/x.html",
        "gone": "15.html#it",
    }


def test_first_edition_is_a_list_of_sections():
    assert len(FIRST) > 400
    assert all(re.fullmatch(r"[\w/]+\.html#[\w.-]+", address) for address in FIRST)
