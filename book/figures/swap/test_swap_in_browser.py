"""Words moved by keyboard and pointer: each panel shows the numbers of `src` at every order."""

import torch

from book.figures.swap import swap
from src.attention import attention
from src.positional_embeddings import sinusoidal_table

# What stands in a panel, read as eyes do: cells from top to bottom and from left to right.
READ = """svg => {
    const cells = [...svg.querySelectorAll('[data-key]')].map(cell => {
        const [left, top] = cell.style.translate.split(' ').map(parseFloat);
        const [text, changed] = [cell.textContent, cell.classList.contains('changed')];
        return { left, top, text, changed };
    });
    cells.sort((a, b) => a.top - b.top || a.left - b.left);
    return [cells.map(cell => cell.text), cells.filter(cell => cell.changed).length];
}"""


def order_shown(figure):
    chips = figure.place.locator(".word")
    return [swap.WORDS.index(text.split()[-1]) for text in chips.all_inner_texts()]


def agree(figure):
    """Compare both panels and the sentence with attention; return how many cells are outlined."""
    order, outlined, largest = order_shown(figure), [], []
    for positions in (0, 1):
        outcomes = []
        for some in ([0, 1, 2], order):
            x = swap.VECTORS[some] + positions * sinusoidal_table(3, 2)
            rows, weights = attention(x, x, x)
            outcomes.append(torch.cat([weights, rows], dim=1))
        numbers = [f"{x:.2f}".replace("-", "−") for x in outcomes[1].flatten().tolist()]
        found, changed = figure.place.locator("svg").nth(positions).evaluate(READ)
        assert found == numbers
        outlined.append(changed)
        largest.append((outcomes[1] - outcomes[0][order])[:, 3:].abs().max().item())
    text = " ".join(swap.WORDS[word] for word in order)
    assert f"“{text}”" in figure.says()
    if order != [0, 1, 2]:
        assert figure.numbers(r"changed by (\S+); with positions by up to (\S+),") == [
            round(x, 2) for x in largest
        ]
    return outlined


def test_swap_by_keyboard_agrees_with_src(figure):
    seen = set()
    assert agree(figure) == [0, 0]
    buttons = figure.place.get_by_role("button")
    for step in range(6):  # left, right, left, …: through all orders
        before, place = order_shown(figure), step % 2
        words = [swap.WORDS[word] for word in before[place : place + 2]]
        assert buttons.nth(place).get_attribute("aria-label") == f"Swap {words[0]} and {words[1]}"
        buttons.nth(place).press("Enter")
        before[place : place + 2] = reversed(before[place : place + 2])
        assert order_shown(figure) == before
        without, added = agree(figure)
        assert without == 0
        assert (added > 8) == (before != [0, 1, 2])
        seen.add(tuple(before))
    assert len(seen) == 6


def test_swap_by_pointer(figure):
    """A word is dragged from one end to the other; the others move up."""
    boxes = [word.bounding_box() for word in figure.place.locator(".word").all()]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    mouse = figure.page.mouse
    mouse.move(*middles[0])
    mouse.down()
    mouse.move(*middles[2], steps=10)
    mouse.up()
    assert order_shown(figure) == [1, 2, 0]
    agree(figure)
    mouse.move(*middles[1], steps=3)  # released: nothing is held
    assert order_shown(figure) == [1, 2, 0]


def test_swap_honours_reduced_motion(figure):
    cell = figure.place.locator("[data-key]").first
    lasts = "cell => getComputedStyle(cell).transitionDuration"
    assert cell.evaluate(lasts) == "0.4s"
    figure.page.emulate_media(reduced_motion="reduce")
    assert cell.evaluate(lasts) in ("0s", "0.01ms", "1e-05s")
