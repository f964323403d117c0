"""The six panels, played by keyboard and compared with `src` at every setting."""

import random
import re

import pytest
import torch

from book.figures.biases import biases
from src.attention import causal_mask
from src.positional_embeddings import alibi_bias

NAMES = ["None", "Sinusoidal", "Learned", "T5", "ALiBi", "Rotary"]


def test_biases_agree_with_src(figure):
    chance = random.Random(2)
    data = {name: torch.tensor(value) for name, value in biases.data().items()}
    t5 = biases.t5_bias()
    for setting in range(24):
        kind = ("score", "weight")[setting % 2]
        figure.place.get_by_label("Show").select_option(kind)
        figure.move(chance.choice(["Length T", "Head", "Query", "Key"]), chance)
        T, h, q, k = (int(figure.value(name)) for name in ("Length T", "Head", "Query", "Key"))
        assert max(q, k) < T
        away = (torch.arange(T).unsqueeze(1) - torch.arange(T)).abs()
        hidden = ~causal_mask(T)
        expected = [
            torch.zeros(T, T),
            data["sinusoidal"][away],
            data["minilm"][h, :T, :T],
            t5(T, T)[h].masked_fill(hidden, -torch.inf),
            alibi_bias(12, T, T)[h].masked_fill(hidden, -torch.inf),
            data["rotary"][h][away],
        ]
        if kind == "weight":
            expected = [matrix.softmax(dim=-1) for matrix in expected]
        shown = re.findall(r"(\w+) (-?[\d.]+\d|masked)(?:;|\.$)", figure.says())
        assert [name for name, _ in shown] == NAMES
        for (name, text), matrix in zip(shown, expected, strict=True):
            if name in ("T5", "ALiBi") and k > q:
                assert text == "masked"
            else:
                assert float(text) == pytest.approx(matrix[q, k].item(), abs=0.0051), name


def test_biases_by_pointer(figure):
    """The pointer on a panel reads that cell in all six."""
    panel = figure.place.locator("svg").nth(2)
    box = panel.bounding_box()
    side = box["width"] / 200
    panel.hover(position={"x": (22 + 174 * 3.5 / 16) * side, "y": (4 + 174 * 11.5 / 16) * side})
    assert (figure.value("Query"), figure.value("Key")) == (11, 3)
    assert "for query 11 and key 3, offset -8" in figure.says()
