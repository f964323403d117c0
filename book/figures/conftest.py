"""What the browser tests of the figures share: `make test-book` runs them, on the built book."""

import re
from pathlib import Path

import pytest

from book.browser import book_pages, scroll_to, visit_page

SMALLEST = 8.99  # pixels on the screen, of the text of a figure as it comes


class Figure:
    """A figure drawn in an open page: its controls by label, and what it says."""

    def __init__(self, page, name):
        self.page, self.name = page, name
        self.place = page.locator(f"figure.interactive[data-figure={name}]").first
        scroll_to(self.place)
        page.keyboard.press("Shift")  # someone is there
        ready = page.locator(f"figure[data-figure={name}][data-state=ready]").first
        ready.wait_for(timeout=30_000)

    def problems(self):
        """Return what is wrong with the figure's size in its page, and with that of its text."""
        height = self.place.locator(".interactive-root").bounding_box()["height"]
        wide = self.place.evaluate("figure => figure.scrollWidth - figure.clientWidth")
        found = [f"{self.name} is {height} pixels high"] if height <= 100 else []
        found += [f"{self.name} sticks out by {wide} pixels"] if wide > 0 else []
        small = self.place.evaluate(
            """figure => Math.min(...[...figure.querySelectorAll('.interactive-root *')]
                .filter(element => element.checkVisibility() && element.textContent.trim()
                    && !element.childElementCount)
                .map(element => (element.closest('svg')?.getScreenCTM().a ?? 1)
                    * parseFloat(getComputedStyle(element).fontSize)))"""
        )
        return found + ([f"{self.name} has text of {small} pixels"] if small < SMALLEST else [])

    def move(self, label, chance):
        """Move a slider by keyboard: to one of its ends, or not, then some steps."""
        slider = self.place.get_by_label(label, exact=True)
        low, high, step = (float(slider.get_attribute(name)) for name in ("min", "max", "step"))
        start = chance.choice(["Home", "End", "stay"])
        value = {"Home": low, "End": high, "stay": float(slider.input_value())}[start]
        key = {"Home": "ArrowRight", "End": "ArrowLeft"}.get(start, "ArrowRight")
        slider.focus()
        if start != "stay":
            self.page.keyboard.press(start)
        for _ in range(chance.randrange(8)):
            self.page.keyboard.press(key)
            value = min(high, max(low, value + (step if key == "ArrowRight" else -step)))
        assert float(slider.input_value()) == pytest.approx(value)

    def value(self, label):
        """Return where a slider stands."""
        return float(self.place.get_by_label(label, exact=True).input_value())

    def says(self):
        """Return the sentence of the result, with a plain minus."""
        return self.place.locator(".says").inner_text().replace("−", "-")

    def numbers(self, pattern):
        """Return the numbers that a pattern finds in the sentence."""
        found = re.search(pattern, self.says())
        assert found, f"{pattern!r} is not in {self.says()!r}"
        return [float(group.replace(",", "")) for group in found.groups()]

    def lines(self):
        """Return the ends of the first picture's lines: x1, y1, x2, y2."""
        lines = self.place.locator("svg").first.locator("line")
        return lines.evaluate_all(
            "all => all.map(l => ['x1', 'y1', 'x2', 'y2'].map(a => Number(l.getAttribute(a))))"
        )


@pytest.fixture(scope="session")
def places(book) -> dict[str, list[Path]]:
    """The pages of the built book that show each figure."""
    found = {}
    for page in book_pages():
        text = page.read_text(encoding="utf8")
        for name in re.findall(r'class="interactive" data-figure="([^"]+)"', text):
            found.setdefault(name, []).append(page)
    return found


@pytest.fixture
def open_figure(browser, places):
    """Open figures by name, from disk with the network off; see at the end that nothing failed."""
    visits = []

    def open_one(name, **view):
        visits.append(visit_page(browser, places[name][0], **view))
        return Figure(visits[-1].page, name)

    yield open_one
    for visit in visits:
        visit.context.close()
        assert visit.console_errors == visit.failed_requests == visit.outside_requests == []


@pytest.fixture
def figure(request, open_figure):
    """The figure of the test's folder, on a desktop."""
    drawn = open_figure(request.path.parent.name.replace("_", "-"))
    assert drawn.problems() == []
    return drawn
