"""Tests that test the tests: every wrong answer that students give must lose the item's points.

For each item of each homework, wrong answers with the words that the message must say, and correct
solutions written differently, which must get all points. They are in `variants/`.
"""

from functools import cache

import pytest

from tests.grading import harness

each_chapter = pytest.mark.parametrize("chapter", harness.CHAPTERS)


@pytest.fixture(autouse=True)
def in_chapter(chapter, monkeypatch):
    """Run where the students run it."""
    monkeypatch.chdir(harness.ROOT / "homework" / chapter)


items = cache(harness.variants)


@cache
def source(chapter):
    """Return the instructor's notebook."""
    return harness.source(chapter)


def graded_items(chapter):
    """Return the names of solution cells that tests mark, in their order."""
    marks = harness.mark(source(chapter))
    labels = [harness.graded(cell) for cell in source(chapter).cells]
    names = [label["grade_id"] for label in labels if label.get("solution")]
    return [name for name in names if marks.possible_of(name)]


@each_chapter
def test_source_gets_full_marks(chapter):
    marks = harness.mark(source(chapter))
    assert marks.messages == {}
    assert marks.points == marks.possible


@each_chapter
def test_released_version_gets_zero(chapter):
    """As nbgrader marks it: the student's cells, with all tests of the source."""
    released = harness.nbformat.read(
        harness.ROOT / "homework" / chapter / "homework.ipynb", as_version=4
    )
    stubs = {
        harness.graded(cell)["grade_id"]: cell.source
        for cell in released.cells
        if harness.graded(cell).get("solution") and cell.cell_type == "code"
    }
    marks = harness.mark(source(chapter), stubs)
    assert {name: p for name, p in marks.points.items() if p} == {}


@each_chapter
def test_every_item_is_marked_and_has_enough_variants(chapter):
    names = graded_items(chapter)
    assert len(names) >= 8
    assert set(items(chapter)) == set(names)
    few = {
        name: (len(item.wrong), len(item.right))
        for name, item in items(chapter).items()
        if len(item.wrong) < 5 or len(item.right) < 3
    }
    assert few == {}, "5 or more wrong answers and 3 or more right ones"


@each_chapter
def test_one_written_answer_is_marked_by_hand(chapter):
    labels = [harness.graded(cell) for cell in source(chapter).cells]
    assert len([s for s in labels if s.get("grade") and s.get("solution")]) == 1


@each_chapter
def test_every_wrong_answer_loses_the_points_and_is_told_why(chapter, record_property):
    survived, unsaid, killed, total = [], [], 0, 0
    for name, item in items(chapter).items():
        for wrong in item.wrong:
            marks = harness.mark(source(chapter), {name: wrong.code}, name)
            total += 1
            if marks.of(name):
                survived.append(f"{name}: {wrong.mistake}: {marks.of(name)} points")
            else:
                killed += 1
            if wrong.says not in marks.message_of(name):
                unsaid.append(f"{name}: {wrong.mistake}: {marks.message_of(name)!r:.160}")
    record_property("kill rate", f"{chapter}: {killed} of {total} ({killed / total:.0%})")
    assert survived == []
    assert unsaid == []


@each_chapter
def test_every_right_answer_gets_full_marks(chapter):
    lost = [
        f"{name}, right answer {number}: {marks.message_of(name)!r:.160}"
        for name, item in items(chapter).items()
        for number, code in enumerate(item.right, start=1)
        for marks in [harness.mark(source(chapter), {name: code}, name)]
        if marks.of(name) != marks.possible_of(name)
    ]
    assert lost == []
