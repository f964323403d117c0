"""The words' rows are those of `src`, and what caption and alt text say of them is so."""

from itertools import permutations

import nbformat
import pytest
import torch

from book.course import ROOT
from book.figures.swap import swap
from src.attention import attention
from src.positional_embeddings import sinusoidal_table

LESSON = ROOT / "chapters/positional_embeddings/01_why_order_needs_help.ipynb"


def test_the_numbers_are_those_of_src():
    """Place by place: the word that stands there has the row and the weights of that place."""
    for order in permutations(range(3)):
        found = swap.data()["orders"]["".join(map(str, order))]
        for positions in (0, 1):
            x = torch.stack([swap.VECTORS[word] for word in order])
            x = x + positions * sinusoidal_table(3, 2)
            rows, weights = attention(x, x, x)
            for place, word in enumerate(order):
                assert found["rows"][positions][word] == pytest.approx(
                    rows[place].tolist(), abs=1e-4
                )
                of_word = [found["weights"][positions][word][key] for key in order]
                assert of_word == pytest.approx(weights[place].tolist(), abs=1e-4)


def test_the_words_are_those_of_the_lesson():
    cells = [cell.source for cell in nbformat.read(LESSON, as_version=4).cells]
    lines = [
        f'"{word}": torch.tensor({vector})'
        for word, vector in zip(swap.WORDS, swap.VECTORS.tolist(), strict=True)
    ]
    assert any(all(line in cell for line in lines) for cell in cells)


def test_what_caption_and_alt_text_say():
    orders = swap.data()["orders"]
    start, reverse = orders["012"]["rows"], orders["210"]["rows"]
    assert all(order["rows"][0] == start[0] for order in orders.values())
    assert [f"{x:.2f}".replace("-", "−") for x in (*start[1][0], *reverse[1][0])] == [
        "1.67",
        "1.28",
        "2.88",
        "−0.38",
    ]
    assert "1.67 and 1.28 in front, and 2.88 and −0.38 at the end" in swap.ALT
    apart = torch.tensor(start[1]) - torch.tensor(reverse[1])
    assert apart.abs().amax(dim=1).min() > 0.05  # all rows differ
