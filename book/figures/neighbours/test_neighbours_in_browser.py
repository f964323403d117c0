"""The neighbours that the page shows are those of `src`, and lead on by keyboard."""

from book.figures.neighbours.neighbours import NEAREST
from src.pretrained import load_minilm
from src.token_embeddings import nearest

WORDS = """love good may ai king queen cat dog monday red bank river water he she london paris music
school computer""".split()


def test_neighbours_agree_with_src(figure):
    for word in WORDS:
        agree(word, figure.place)


def agree(word, box):
    box.locator("input[type=text]").fill(word)
    shown = box.locator(".near li").evaluate_all(
        "rows => rows.map(row => [row.firstChild, row.lastChild].map(e => e.textContent))"
    )
    expected = nearest(load_minilm().table, word, k=NEAREST)
    assert shown == [[token, f"{cosine:.2f}"] for token, cosine in expected]
    assert f"{expected[0][0]} {expected[0][1]:.2f}" in box.locator(".says").inner_text()


def test_neighbours_by_keyboard(figure):
    """Type a word, go to the first neighbour that leads on, follow it; errors are said."""
    box = figure.place
    page = box.page
    box.locator("input[type=text]").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("zzzz")
    assert "“zzzz” is not among" in box.locator(".says").inner_text()
    page.keyboard.press("Control+A")
    page.keyboard.type("King")
    assert box.locator(".near li").first.locator("*").first.inner_text() == "kings"
    target = box.locator(".near button").first.inner_text()
    for _ in range(7):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert box.locator("input[type=text]").input_value() == target
    assert f"Nearest to “{target}”" in box.locator(".says").inner_text()
