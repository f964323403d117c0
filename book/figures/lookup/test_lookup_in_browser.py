"""A reader writes sentences, ticks rows, looks them up and trains: the page shows torch's rows."""

import random
import re

import pytest
import torch
from playwright.sync_api import expect

from book.figures.lookup.lookup import TABLE, TOKENS, step

NAMES = [*TOKENS[:5], "the full stop"]


def cells(place, kind):
    """Return the numbers of a table of the figure: the whole one, or the output."""
    found = place.locator(f"{kind} tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
    )
    return [[float(text.replace("−", "-")) for text in row] for row in found]


def write(figure, text):
    figure.place.get_by_label("Words or ids").fill(text)


def press(figure, name):
    figure.place.get_by_role("button", name=name, exact=True).click()


def test_lookup_agrees_with_torch(figure):
    """Random sentences, in words or ids: rows in order, and all rows after a step."""
    chance, table = random.Random(0), torch.tensor(TABLE)
    for _ in range(12):
        ids = chance.choices(range(6), k=chance.randint(1, 6))
        write(figure, " ".join(chance.choice([str(n), TOKENS[n]]) for n in ids))
        assert figure.place.locator(".output td").all_inner_texts() == ["?"] * 3 * len(ids)
        press(figure, "Look up")
        taken = cells(figure.place, ".output")
        assert torch.tensor(taken).numpy() == pytest.approx(table[ids].numpy(), abs=1e-6)
        assert f"in order: {', '.join(map(str, ids))}." in figure.says()
        assert cells(figure.place, ".rows > table") == TABLE
        press(figure, "One training step")
        moved, _ = step(ids)
        shown = torch.tensor(cells(figure.place, ".rows > table"))
        assert shown.numpy() == pytest.approx(moved.numpy(), abs=1e-6)
        assert cells(figure.place, ".output") == [[-0.1]] * len(ids)
        moves, _, rests = figure.says().partition(" in each column. ")
        for n in range(6):
            assert (f"{NAMES[n]} by -0.{ids.count(n)}" in moves) == (n in ids)
            assert (f"{NAMES[n]}" in re.split(r"[ ,.:]+| and ", rests)) == (n not in ids and n < 5)
            assert ("full stop" in rests) == (5 not in ids)
        marked = figure.place.locator(".rows > table tbody tr.taken")
        assert marked.count() == len(set(ids))
        press(figure, "Undo the step")
        assert cells(figure.place, ".rows > table") == TABLE


def test_lookup_by_keyboard(figure):
    """Type, tick two rows, look up, train: the page judges the ticks."""
    box, page = figure.place, figure.page
    box.get_by_label("Words or ids").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("i love i")
    for row in ("Row 0, i", "Row 3, cat"):
        box.get_by_label(row).focus()
        page.keyboard.press("Space")
    box.get_by_role("button", name="Look up").focus()
    page.keyboard.press("Enter")
    assert "Taken, in order: 0, 1, 0. You ticked 0 and 3: it takes 0 and 1." in figure.says()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "Moved: i by -0.2 and love by -0.1" in figure.says()
    assert "Exactly as before: ai, cat, dog and the full stop." in figure.says()


def test_lookup_by_pointer(figure):
    """Clear, add three words, tick the right rows; each thread joins a place to its row."""
    press(figure, "Clear")
    for word in ("dog", "love", "dog"):
        press(figure, f"Add {word}")
    figure.place.get_by_label("Row 1, love").check()
    figure.place.get_by_label("Row 4, dog").check()
    press(figure, "Look up")
    assert "in order: 4, 1, 4. You ticked 1 and 4: right." in figure.says()
    ends = figure.place.locator(".rows").evaluate(
        """rows => {
            const top = rows.querySelector('svg').getBoundingClientRect().top;
            const middle = line => line.getBoundingClientRect().top - top + line.offsetHeight / 2;
            const all = kind => [...rows.querySelectorAll(`${kind} tbody tr`)].map(middle);
            const threads = [...rows.querySelectorAll('.thread')].map(path => {
                const length = path.getTotalLength();
                return [path.getPointAtLength(0).y, path.getPointAtLength(length).y];
            });
            return [all(':scope > table'), all('.output'), threads];
        }"""
    )
    rows, places, threads = ends
    expected = [[rows[n], places[place]] for place, n in enumerate((4, 1, 4))]
    assert torch.tensor(threads).numpy() == pytest.approx(torch.tensor(expected).numpy(), abs=1)


def test_lookup_says_what_has_no_row(figure):
    train = figure.place.get_by_role("button", name="One training step")
    for text, says in {
        "1 6": "There is no row 6: the rows go from 0 to 5.",
        "i -1": "There is no row -1",
        "i love tea": "“tea” is none of the six words",
        "": "Add some of the six words",
        "0 1 2 3 4 5 0": "room for 6 places",
    }.items():
        write(figure, text)
        assert says in figure.says()
        expect(figure.place.get_by_role("button", name="Look up")).to_be_disabled()
        expect(train).to_be_disabled()
    write(figure, "I love AI.")
    assert "Ids 0, 1, 2, 5." in figure.says()
