"""The curves are those of the results file; they answer by keyboard and by pointer."""

from src.position_lab import FACTORS, LABS, load_results


def seeds(task, scheme, factor):
    """Return the values in the results file."""
    found = [
        row["value"]
        for row in load_results()
        if (row["task"], row["scheme"], row["factor"]) == (task, scheme, factor)
        and (row["scaling"], row["extra_steps"], row["lr"]) == ("none", 0, LABS[task].lr)
    ]
    assert len(found) == 3
    return found


def test_lab_agrees_with_the_file(figure):
    for task in LABS:
        agrees(task, figure.place)


def agrees(task, box):
    box.locator("input[type=radio]").nth(list(LABS).index(task)).check()
    shown = box.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    digits = 2 if task == "text" else 1
    expected = [
        [
            "{:.{d}f} ({:.{d}f} to {:.{d}f})".format(sum(v) / len(v), min(v), max(v), d=digits)
            for v in (seeds(task, name.lower(), factor) for factor in FACTORS)
        ]
        for name, *_ in shown
    ]
    assert len(shown) == 6
    assert [cells for _, *cells in shown] == expected
    points = box.locator(".point").evaluate_all("all => all.map(p => p.ariaLabel)")
    assert len(points) == 24
    assert f"ALiBi at 8x: {expected[4][3]} {LABS[task].unit}" in points


def test_lab_by_keyboard(figure):
    """Choose a test, take a scheme away, and walk along the points."""
    box = figure.place
    page = box.page
    box.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first scheme, none
    assert box.locator(".end").all_text_contents().count("none") == 0
    page.keyboard.press("Space")
    box.locator(".point.current").focus()
    page.keyboard.press("ArrowLeft")
    at_4x = box.locator(".says").inner_text()
    mean = sum(seeds("text", "alibi", 4)) / 3
    assert at_4x.startswith(f"ALiBi at 4x, 128 tokens: mean {mean:.2f}")
    page.keyboard.press("ArrowUp")
    assert box.locator(".says").inner_text().startswith("T5 at 4x")
    assert page.evaluate("document.activeElement.classList.contains('point')")


def test_lab_by_pointer(figure):
    """A point under the mouse, or clicked or tapped, is read out."""
    box = figure.place
    box.locator("input[type=radio]").first.check()
    box.locator(".point[aria-label^='none at 1x']").hover()
    assert box.locator(".says").inner_text().startswith("none at 1x")
    box.locator(".point[aria-label^='T5 at 8x']").click()
    assert box.locator(".says").inner_text().startswith("T5 at 8x")
