"""Tests that test the tests: every wrong answer that students give must lose the item's points.

For each item of each homework, wrong answers with the words that the message must say, and correct
solutions written differently, which must get all points. They are in `grading/answers/`, and each
private edition must stand them as well.
"""

from functools import cache

import pytest

from grading import edition, trial
from tests.grading import harness

SEEDS = ["first", "second", "third"] if harness.EVERY_ANSWER else ["first"]
EDITIONS = ["public", *SEEDS]
each_chapter = pytest.mark.parametrize("chapter", harness.CHAPTERS)
each_edition = pytest.mark.parametrize("seed", EDITIONS)


@pytest.fixture(autouse=True)
def in_chapter(chapter, monkeypatch):
    """Run where the students run it."""
    monkeypatch.chdir(harness.ROOT / "homework" / chapter)


@cache
def source(chapter, seed="public"):
    """Return the instructor's notebook of an edition."""
    public = trial.source(chapter)
    return public if seed == "public" else edition.edited(public, changes(chapter, seed))


@cache
def changes(chapter, seed):
    """Return what an edition changes of each item."""
    return edition.changes(chapter, list(edition.items_of(source(chapter))), seed)


@cache
def items(chapter, seed="public"):
    """Return the answers to try on an edition."""
    public = trial.answers(chapter)
    if seed == "public":
        return public
    cells = edition.items_of(source(chapter))
    return edition.edited_answers(public, cells, changes(chapter, seed))


def graded_items(chapter):
    """Return the names of solution cells that tests mark, in their order."""
    marks = trial.mark(source(chapter))
    return [name for name in edition.items_of(source(chapter)) if marks.possible_of(name)]


@each_edition
@each_chapter
def test_source_gets_full_marks(chapter, seed):
    marks = trial.mark(source(chapter, seed))
    assert marks.messages == {}
    assert marks.points == marks.possible


@each_chapter
def test_released_version_gets_zero(chapter):
    """As nbgrader marks it: the student's cells, with all tests of the source."""
    marks = trial.mark(source(chapter), harness.stubs(chapter))
    assert {name: p for name, p in marks.points.items() if p} == {}


@each_chapter
def test_every_item_is_marked_and_has_enough_answers(chapter):
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
    labels = [trial.graded(cell) for cell in source(chapter).cells]
    assert len([s for s in labels if s.get("grade") and s.get("solution")]) == 1


@each_edition
@each_chapter
def test_wrong_answers_lose_their_points_and_right_ones_get_all(chapter, seed, record_property):
    found = trial.try_all(source(chapter, seed), items(chapter, seed))
    killed = found.wrong - len(found.survived)
    record_property("kill rate", f"{chapter}, {seed}: {killed} of {found.wrong}")
    assert found.survived == []
    assert found.unsaid == []
    assert found.lost == []


@pytest.mark.parametrize("seed", SEEDS)
@each_chapter
def test_the_public_solution_loses_in_a_private_edition(chapter, seed):
    """Where an item's change says that it does; some items have one right answer only."""
    solutions = harness.solutions(chapter)
    wins = {
        name: trial.mark(source(chapter, seed), {name: solutions[name]}, name).of(name) > 0
        for name in graded_items(chapter)
    }
    changed = changes(chapter, seed)
    says = {name: bool(changed[name].public or changed[name].fixed) for name in wins}
    assert wins == says


@each_chapter
def test_editions_differ_and_a_seed_gives_the_same(chapter):
    seeds = ["first", "first", "second", "third"]
    items = list(edition.items_of(source(chapter)))
    texts = [
        trial.nbformat.writes(
            edition.edited(source(chapter), edition.changes(chapter, items, seed))
        )
        for seed in seeds
    ]
    assert texts[0] == texts[1]
    assert len({trial.nbformat.writes(source(chapter)), *texts}) == 4
