"""The picture on the front page shows the numbers of the model, three times alike."""

import html
import re

import pytest

from book.figures.front_page.front_page import COLUMNS, SENTENCE, TARGET, figure, number, rows


@pytest.fixture(scope="module")
def drawn():
    return TARGET.read_text(encoding="utf8")


def test_committed_picture_is_what_the_model_gives(drawn):
    assert drawn == figure(), "draw it again: python -m book.figures.front_page.front_page"


def test_what_plus_where_is_input_as_printed():
    """Readers will add the rounded numbers up."""
    found = rows()
    assert [row.token for row in found] == SENTENCE.lower().split()
    assert [row.position for row in found] == [1, 2, 3]
    for row in found:
        what, where, total = row.vectors
        assert len(total) == len(COLUMNS)
        assert total == [round(a + b, 3) for a, b in zip(what, where, strict=True)]


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_both_drawings_and_the_table_have_the_same_numbers(layout, drawn):
    expected = [number(v) for row in rows() for vector in row.vectors for v in vector]
    picture = re.search(rf'<svg class="{layout}".*?</svg>', drawn, re.S)[0]
    assert 'role="img"' in picture
    assert re.findall(r'class="digits">([^<]+)<', picture) == expected
    cells = re.findall(r'<td class="numbers [a-z]+">([^<]+)</td>', drawn)
    assert " ".join(cells).split() == expected
    label = html.unescape(re.search(r'aria-label="([^"]+)"', picture)[1])
    assert "what, plus" in label
