"""Every answer of the polls is what a cell of the named lesson prints."""

import re
from collections import Counter

import nbformat

from book.course import ROOT

PAGE = ROOT / "chapters/reference/polls.md"
QUESTION = re.compile(
    r"\*\*(?P<number>\d+)\. (?P<question>.+)\*\*\n\n(?P<options>(?:[A-D]: .+\n)+)\n"
    r'<details class="answer">\n<summary>Answer</summary>\n\n'
    r"\*\*(?P<answer>[A-D])\.\*\* (?P<explanation>.+)"
    r"\[.+\]\((?P<lesson>\.\./\S+\.ipynb)\) prints `(?P<shown>[^`]+)`\.",
)
POLLS = [match.groupdict() for match in QUESTION.finditer(PAGE.read_text(encoding="utf8"))]


def options(poll):
    """Return letter -> option; each but the last ends in a backslash, which breaks the line."""
    return dict(re.findall(r"^([A-D]): (.+?)\\?$", poll["options"], flags=re.M))


def plain(text):
    """Return a text with every blank as one space: columns of a print are cut anyhow."""
    return " ".join(text.split())


def printed(cells):
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return plain(" ".join(output.get("text", "") for output in outputs))


def test_every_question_of_the_page_is_read():
    assert len(POLLS) == PAGE.read_text(encoding="utf8").count("<details") >= 20
    assert [int(poll["number"]) for poll in POLLS] == list(range(1, len(POLLS) + 1))


def test_the_answers_are_printed_by_their_lessons():
    wrong = []
    for poll in POLLS:
        cells = nbformat.read((PAGE.parent / poll["lesson"]).resolve(), as_version=4).cells
        if plain(poll["shown"]) not in printed(cells):
            wrong.append(f"{poll['number']}: {poll['lesson']} does not print {poll['shown']}")
        text = plain(" ".join(c.source for c in cells if c.cell_type == "markdown"))
        if plain(poll["question"]) in text:
            wrong.append(f"{poll['number']}: the lesson asks this already")
    assert wrong == []


def test_there_are_three_or_four_options_and_the_answer_is_one():
    for poll in POLLS:
        letters = options(poll)
        assert list(letters) in (list("ABC"), list("ABCD")), poll["number"]
        assert poll["answer"] in letters, poll["number"]
        assert len(set(letters.values())) == len(letters), poll["number"]
        lines = poll["options"].splitlines()
        assert len(lines) == len(letters), poll["number"]
        assert [line.endswith("\\") for line in lines] == [True] * (len(lines) - 1) + [False]


def test_no_letter_is_the_safe_guess():
    most = Counter(poll["answer"] for poll in POLLS).most_common(1)[0][1]
    assert most <= len(POLLS) / 2
