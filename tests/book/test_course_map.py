"""The map draws the lessons of the table of contents, and no thread that leads nowhere."""

from dataclasses import dataclass

import pytest

from book.course import ROOT, chapters
from book.extensions.course_map import draw, read_threads

COURSE = list(chapters().values())
KNOWN = {lesson.short for lessons in COURSE for lesson in lessons}


@dataclass
class New:
    """A lesson that is not written yet."""

    name: str = "chapters/positional_embeddings/10_new"
    short: str = "positional_embeddings/10_new"
    chapter: str = "positional_embeddings"
    title: str = "Kernels & more"
    depth: str = "core"


def body():
    page = (ROOT / "chapters/reference/course_map.md").read_text(encoding="utf8")
    return page.split("```{course-map}\n")[1].split("```")[0].splitlines()


def test_a_new_lesson_gets_its_box_from_the_contents_alone():
    longer = [list(lessons) for lessons in COURSE]
    longer[1].append(New())
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
