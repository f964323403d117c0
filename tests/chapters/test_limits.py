"""The way is short: what a page may ask of its reader (`book/limits.py`)."""

import nbformat
import pytest

from book.course import ROOT, lessons, notebooks
from book.limits import CORE_MINUTES, LIMITS, excess, is_folded, limited, measure, words

QUESTIONS = ROOT / "chapters/questions"

FIRST_EDITION = 63_650
"""Words of the sixteen lessons of the first edition without their FAQs, counted by `words`."""


@pytest.mark.parametrize("page", limited(), ids=lambda page: page.short)
def test_a_page_keeps_to_its_limits(page):
    assert excess(page, measure(page)) == []


def test_the_core_takes_an_afternoon():
    minutes = sum(page.promise[0] for page in lessons() if page.depth == "core")
    assert 0 < minutes <= CORE_MINUTES


def test_a_lesson_says_its_depth_and_its_idea():
    """The number, the top line and the part of the contents agree; the idea is one sentence."""
    wrong = []
    for page in lessons():
        if f"*{page.depth.capitalize()}. Reading:" not in page.top:
            wrong.append(f"{page.short}: the top does not say {page.depth}")
        if (page.depth == "deeper") != (page.part == "Deeper"):
            wrong.append(f"{page.short} is {page.depth}, but in the part {page.part!r}")
        if not 5 <= words(page.idea) <= 40:
            wrong.append(f"{page.short}: {words(page.idea)} words of idea below the title")
    assert wrong == []


def test_no_core_lesson_needs_a_deeper_one():
    depths = {page.short: page.depth for page in lessons()}
    order = list(depths)
    wrong = [
        f"{page.short} needs {need}"
        for page in lessons()
        for need in page.needs
        if depths.get(need) != "core"
        and page.depth == "core"
        or need not in depths
        or order.index(need) >= order.index(page.short)
    ]
    assert wrong == []


def test_what_is_folded_is_folded_everywhere():
    """Imports and drawing code, in the book by a tag and in Jupyter by the metadata."""
    wrong = []
    for page in notebooks():
        code = [
            c for c in nbformat.read(page.notebook, as_version=4).cells if c.cell_type == "code"
        ]
        for cell in code:
            in_book = "hide-input" in cell.metadata.get("tags", [])
            if in_book != bool(cell.metadata.get("jupyter", {}).get("source_hidden")):
                wrong.append(f"{page.short}: {cell.source[:50]!r} is folded in one of the two")
        if page.is_lesson and not is_folded(code[0]):
            wrong.append(f"{page.short}: its first cell, the imports, stands open")
    assert wrong == []


def test_words_are_counted_as_a_reader_meets_them():
    assert words("One **two** [three](four/five.md), $x + y$ <sub>3</sub>.") == 5
    assert words("Two words.\n\n```python\nx = 1\n```") == 2
    assert words("<details>\n<summary>Three whole words</summary>\n\nNo.\n\n</details>") == 4


def test_what_is_too_long_is_named(tmp_path):
    page = lessons()[0]
    long = nbformat.read(page.notebook, as_version=4)
    long.cells.append(nbformat.v4.new_markdown_cell("word " * LIMITS["core"].words))
    long.cells.append(nbformat.v4.new_code_cell("x = 1\n" * 26))
    path = tmp_path / f"{page.name}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(long, path)
    copy = type(page)(page.name, page.part, tmp_path)
    said = " ".join(excess(copy, measure(copy)))
    assert "words, at most 2000" in said
    assert "26 lines in one cell, at most 25" in said


NEW = (
    "04_a_whole_language_model",
    "14_tokens_of_gpts_kind",
    "15_embeddings_at_work",
    "15_what_heads_do_with_positions",
    "16_beyond_text",
    "16_what_models_do_today",
    "17_a_trained_model_meets_new_tokens",
)
"""Lessons on the language model, on models in use and beyond text; the first edition had none."""


def test_the_lessons_are_shorter_by_a_third():
    """What the sixteen lessons said is said in fewer words; `in_ten_minutes` is new.

    Their FAQs are pages of questions now, which grow: they are counted beside the lessons.
    """
    old = [page for page in limited() if page.is_lesson and not page.name.endswith(NEW)]
    assert len(old) == len(lessons()) - len(NEW)
    now = sum(measure(page).words for page in old)
    asked = sum(words(file.read_text("utf8")) for file in QUESTIONS.glob("*.md"))
    print(f"{now} words, {now / FIRST_EDITION:.0%} of the first edition; questions {asked}")
    assert now <= FIRST_EDITION * 2 / 3
