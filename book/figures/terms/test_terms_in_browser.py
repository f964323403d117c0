"""The stages, guessed by pointer and by keyboard: a shape is shown only after the guess."""

from book.figures.terms import terms

DATA = terms.data()


def cells(box):
    found = box.locator(".thing .cell").all_inner_texts()
    return [float(cell.replace("−", "-")) for cell in found]


def test_each_stage_shows_its_object_after_the_guess(figure):
    box, right = figure.place, 0
    for n, stage in enumerate(DATA["stages"]):
        box.locator(".way label").nth(n).click()
        assert box.locator(".thing").inner_text() == ""
        assert box.locator(".way .shape").nth(n).inner_text() == "?"
        said = min(n, 3)
        box.get_by_role("button", name=DATA["shapes"][said], exact=True).click()
        right += said == stage["shape"]
        assert f"{right} of {n + 1} guessed right" in figure.says()
        assert figure.says().startswith("Right" if said == stage["shape"] else "No")
        shape = DATA["shapes"][stage["shape"]]
        assert box.locator(".way .shape").nth(n).inner_text() == shape
        assert box.locator(".asks .right").all_inner_texts() == [shape]
        if isinstance(stage["object"], str):
            assert box.locator(".thing").inner_text() == stage["object"]
        else:
            assert cells(box) == stage["object"]
        assert box.locator("dd").all_inner_texts() == [stage["called"], stage["verdict"]]
    what, where, total = (DATA["stages"][n]["object"] for n in (3, 4, 5))
    assert all(abs(a + b - c) < 0.0021 for a, b, c in zip(what, where, total, strict=True))


def test_terms_by_keyboard(figure):
    """Down the stages by arrows, a guess by Tab and Enter; the first guess counts."""
    box, page = figure.place, figure.page
    box.locator(".way input").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    assert box.locator(".question").inner_text() == "Positional embedding: shape?"
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert cells(box) == DATA["stages"][4]["object"]
    assert figure.says() == "Right: (384,). 1 of 1 guessed right."
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert figure.says() == "Right: (384,). 1 of 1 guessed right."
    box.locator(".way input").nth(4).focus()
    page.keyboard.press("ArrowDown")
    assert cells(box) == []
    assert box.locator(".way :checked").evaluate("e => e.parentNode.textContent") == "Sum?"
