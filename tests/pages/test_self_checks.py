"""Self-checks in the built book: choices answer by keyboard, by more than colour, and on paper."""

import pytest

from book.browser import visit_page
from tests.pages.wcag import contrast

LESSON = "chapters/token_embeddings/01_tokens_and_ids.html"  # all have the same form
TABS = 8  # from the heading to the first choice there may be a link or two
FOCUSED = "document.activeElement.matches('details.choice > summary')"
OPEN = "boxes => boxes.map(box => box.open)"
MARK = "summary => getComputedStyle(summary, '::before').content.replaceAll('\"', '')"


@pytest.fixture
def lesson(book):
    return book / LESSON


def choices(lesson) -> int:
    """Count the options of all questions: three each."""
    return lesson.read_text("utf8").count('<details class="choice ')


def tab_to_a_choice(page):
    """Press Tab from the heading of the self-check until a choice has the focus."""
    page.locator("#self-check > h2").click()
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED):
            return
    pytest.fail(f"no choice has the focus after {TABS} tabs from the heading of the self-check")


def test_keyboard_opens_one_choice_and_nothing_is_stored(lesson, browser):
    visit = visit_page(browser, lesson)
    page, choices = visit.page, visit.page.locator("#self-check details.choice")
    assert not any(choices.evaluate_all(OPEN))
    tab_to_a_choice(page)
    page.keyboard.press("Tab")  # to the second choice
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) != "none"
    page.keyboard.press("Enter")
    explanation = choices.nth(1).locator("p").first
    explanation.wait_for(state="visible", timeout=2000)
    assert explanation.inner_text().startswith(("Yes.", "No."))
    total = choices.count()
    assert choices.evaluate_all(OPEN) == [i == 1 for i in range(total)]
    hidden = [i for i in range(total) if not choices.nth(i).locator("p").first.is_visible()]
    assert hidden == [i for i in range(total) if i != 1]

    page.reload(wait_until="load")
    assert choices.evaluate_all(OPEN) == [False] * total
    visit.context.close()
    assert visit.console_errors == visit.outside_requests == []


def test_right_and_wrong_differ_by_more_than_colour(lesson, browser):
    visit = visit_page(browser, lesson)
    marks, starts = {}, {"right": "Yes.", "wrong": "No."}
    for kind, start in starts.items():
        choice = visit.page.locator(f"#self-check details.choice.{kind}").first
        summary = choice.locator("summary")
        assert summary.evaluate(MARK) == ""  # closed, it gives nothing away
        summary.focus()
        visit.page.keyboard.press("Enter")
        marks[kind] = summary.evaluate(MARK)
        assert choice.locator("strong").first.inner_text() == start
    visit.context.close()
    assert marks == {"right": "\N{CHECK MARK}", "wrong": "\N{BALLOT X}"}


def test_closed_choices_look_the_same(lesson, browser):
    """Before a choice, no style tells the right option from a wrong one."""
    visit = visit_page(browser, lesson)
    looks = visit.page.locator("#self-check details.choice").evaluate_all(
        """boxes => boxes.map(box => [null, '::before', '::after'].flatMap(part =>
            [box, box.querySelector('summary')].map(e => {
                const style = getComputedStyle(e, part);
                return ['color', 'backgroundColor', 'borderTopColor', 'borderTopStyle', 'content',
                        'fontWeight', 'paddingLeft'].map(name => style[name]).join('; ');
            })).join(' | '))"""
    )
    visit.context.close()
    assert len(looks) == choices(lesson) >= 9
    assert len(set(looks)) == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_and_marks_are_readable(lesson, browser, dark):
    """Options, marks and the first word of explanations have a contrast of 4.5:1 (WCAG AA)."""
    visit = visit_page(browser, lesson, dark=dark)
    colours = visit.page.evaluate(
        """() => {
            const ground = e => {
                const colour = getComputedStyle(e).backgroundColor;
                return colour === 'rgba(0, 0, 0, 0)' ? ground(e.parentElement) : colour;
            };
            const pair = (e, part) => [getComputedStyle(e, part).color, ground(e)];
            return [...document.querySelectorAll('#self-check details.choice')].flatMap(box => {
                const summary = box.querySelector('summary');
                const closed = pair(summary);
                box.open = true;
                const word = box.querySelector('strong');
                return [closed, pair(summary), pair(summary, '::before'), pair(word)];
            });
        }"""
    )
    visit.context.close()
    assert len(colours) == 4 * choices(lesson) >= 36
    assert min(contrast(text, ground) for text, ground in colours) >= 4.5


def test_paper_shows_every_explanation(lesson, browser):
    visit = visit_page(browser, lesson)
    visit.page.emulate_media(media="print")
    room = visit.page.locator("#self-check details.choice").evaluate_all(
        """boxes => boxes.map(box => box.getBoundingClientRect().bottom
            - box.querySelector('summary').getBoundingClientRect().bottom)"""
    )
    visit.context.close()
    assert len(room) == choices(lesson) >= 9
    assert min(room) > 20  # pixels: a line of text
