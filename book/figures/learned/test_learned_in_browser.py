"""The lengths, set by keyboard and pointer: gradients and errors are those of `src`."""

import random

from book.figures.learned import learned

LABELS = ["Sentence 1", "Sentence 2", "Sentence 3"]


def lengths_shown(figure):
    return tuple(int(figure.value(label)) for label in LABELS)


def agree(figure):
    """Compare table, gradient, bars, outlines and words with `src`; tell whether it fails there."""
    lengths = lengths_shown(figure)
    svg, error = figure.place.locator("svg"), figure.place.locator(".error").inner_text()
    rows = [f"{x:.2f}".replace("-", "−") for x in learned.table().weight.flatten().tolist()]
    assert svg.locator(".table-row text").all_text_contents() == rows
    assert svg.locator(".tokens rect").count() == sum(lengths)
    outside = svg.locator(".tokens rect[fill='var(--alert)']").count()
    assert outside == sum(max(0, length - 6) for length in lengths)
    counts = svg.locator(".count").all_text_contents()
    bars = svg.locator(".bars rect").evaluate_all("all => all.map(bar => bar.width.baseVal.value)")
    used = svg.locator(".table-row").evaluate_all(
        "all => all.map(row => row.classList.contains('used'))"
    )
    try:
        gradient, message = learned.gradient(lengths)[:, 0], ""
    except ValueError as raised:
        message = str(raised)
    if message:
        assert message in error
        assert "index out of range in self" in error
        longest = f"Sentence {lengths.index(max(lengths)) + 1} has {max(lengths)} tokens"
        assert longest in figure.says()
        assert counts == ["–"] * 6
        assert not any(used)
        assert not any(bars)
        return True
    assert error == ""
    assert counts == [f"{x:.0f}" for x in gradient.tolist()]
    assert bars == (7 * gradient).tolist()
    assert used == (gradient > 0).tolist()
    assert f"Gradient of rows 0 to 5: {', '.join(counts)}." in figure.says()
    never = [row for row in range(6) if not gradient[row]]
    assert ("never used" in figure.says()) == bool(never)
    if len(never) == 1:
        assert "Row 5 is never used and stays noise" in figure.says()
    return False


def test_learned_by_keyboard_agrees_with_src(figure):
    chance = random.Random(1)
    assert lengths_shown(figure) == learned.LENGTHS
    failed = [agree(figure)]
    for _ in range(24):
        figure.move(chance.choice(LABELS), chance)
        failed.append(agree(figure))
    assert {True, False} == set(failed)


def test_learned_past_the_last_row(figure):
    """One token more than rows: from every row trained to none."""
    slider = figure.place.get_by_label("Sentence 2", exact=True)
    slider.focus()
    for _ in range(4):
        figure.page.keyboard.press("ArrowRight")
    assert "Every row is trained, the last one by 1 of 3 sentences." in figure.says()
    assert not agree(figure)
    figure.page.keyboard.press("ArrowRight")
    assert "position 6 has no row" in figure.says()
    assert agree(figure)


def test_learned_by_pointer(figure):
    """A click beside a position, in the column of a sentence, ends the sentence there."""
    target = figure.place.locator(".target")
    box = target.bounding_box()
    target.click(position={"x": box["width"] * 0.5, "y": box["height"] * 5.5 / 8})
    assert lengths_shown(figure) == (1, 6, 4)
    assert not agree(figure)
    target.click(position={"x": box["width"] * 5 / 6, "y": box["height"] * 7.5 / 8})
    assert lengths_shown(figure) == (1, 6, 8)
    assert agree(figure)
