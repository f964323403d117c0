"""Figures are compared by what they say."""

import pytest

from book.tolerance import same_figure

SVG = '<svg><path d="M 0 {at} L 1 1"/><text x="1">{title}</text><text>{number}</text></svg>'
STORED = SVG.format(at=0, title="It rises", number=0.77)


@pytest.mark.parametrize(
    ("title", "number", "tags", "same"),
    [
        ("It rises", 0.78, [], True),  # rounded the other way
        ("It rises", 0.82, [], False),
        ("It rises", 0.82, ["within_0.1"], True),
        ("It falls", 0.77, [], False),
        ("It falls", 0.77, ["within_5%"], False),
    ],
)
def test_words_are_the_same_and_numbers_near(title, number, tags, same):
    now = SVG.format(at=0.1, title=title, number=number)  # a line may run a little elsewhere
    assert same_figure(STORED, now, tags) is same


def test_no_label_is_missing():
    assert not same_figure(STORED, STORED.replace("<text>0.77</text>", ""), [])
