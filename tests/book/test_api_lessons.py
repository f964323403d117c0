"""The pages that docstrings name are pages of the book, and become links."""

import re

import pytest

from book.course import ROOT, notebooks
from book.extensions.api_lessons import NAMED, linked

TITLES = {page.title: page.name for page in notebooks()}


def test_a_title_becomes_a_link_and_a_paper_does_not():
    text = "Source:\n    Su et al. 2021, Rotary things. Lessons: Sinusoidal,\n    Rotary."
    found = linked(text, {"Rotary": "chapters/r", "Sinusoidal": "chapters/s"})
    assert found == (
        "Source:\n    Su et al. 2021, Rotary things. "
        "Lessons: :doc:`Sinusoidal </chapters/s>`,\n    :doc:`Rotary </chapters/r>`."
    )


def test_a_title_may_break_and_the_longest_one_counts():
    text = "Lesson: Longer than\n    trained."
    found = linked(text, {"Longer": "chapters/l", "Longer than trained": "chapters/t"})
    assert found == "Lesson: :doc:`Longer than trained </chapters/t>`."


@pytest.mark.parametrize("file", sorted(ROOT.glob("src/**/*.py")), ids=lambda file: file.stem)
def test_docstrings_name_pages_of_the_book(file):
    for named in NAMED.findall(file.read_text(encoding="utf8")):
        rest = re.sub(r":doc:`[^`]+`", "", linked(named, TITLES)).partition(":")[2]
        assert rest.strip(" ,\n") == "", named
