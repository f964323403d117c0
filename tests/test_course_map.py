"""The map draws the lessons of the table of contents, and no thread that leads nowhere."""

from pathlib import Path

import pytest
from course_map import draw, read_course, read_threads

ROOT = Path(__file__).parent.parent
COURSE = read_course(ROOT)
KNOWN = {page.removeprefix("chapters/") for _, lessons in COURSE for page, _ in lessons}


def body():
    page = (ROOT / "chapters/reference/course_map.md").read_text(encoding="utf8")
    return page.split("```{course-map}\n")[1].split("```")[0].splitlines()


def test_chapters_and_lessons_are_those_of_the_contents():
    assert [caption for caption, _ in COURSE][0] == "Token embeddings"
    found = {str(p.with_suffix("").relative_to(ROOT)) for p in ROOT.glob("chapters/*/[0-9]*.ipynb")}
    assert {page for _, lessons in COURSE for page, _ in lessons} == found
    assert COURSE[1][1][1] == ("chapters/positional_embeddings/02_sinusoidal", "Sinusoidal")


def test_a_new_lesson_gets_its_box_from_the_contents_alone():
    longer = [(caption, list(lessons)) for caption, lessons in COURSE]
    longer[1][1].append(("chapters/positional_embeddings/06_new", "Kernels & more"))
    before, after = (draw(course, read_threads(body(), KNOWN), str) for course in (COURSE, longer))
    assert after.count("<rect") == before.count("<rect") + 1 == len(KNOWN) + 1
    assert "Kernels &amp; more" in after


def test_every_thread_is_drawn_and_listed():
    threads = read_threads(body(), KNOWN)
    drawn = draw(COURSE, threads, str)
    assert drawn.count('class="thread"') == drawn.count("<li>") == len(threads) >= 5
    assert all(f"{reason}</li>" in drawn for *_, reason in threads if "'" not in reason)


@pytest.mark.parametrize("line", ["a thread", "combining/01_adding -> combining/09_none: why"])
def test_a_thread_to_no_lesson_is_an_error(line):
    with pytest.raises(ValueError, match="with known lessons, not"):
        read_threads([line], KNOWN)
