"""The turned query and key, played by keyboard and compared with `src` at every setting."""

import random

import pytest
import torch

from book.figures.rotary import rotary
from src.positional_embeddings import apply_rotary


def test_rotary_agrees_with_src(figure):
    chance = random.Random(1)
    vectors = [torch.tensor([rotary.data()[name]]).double() for name in ("query", "key")]
    labels = ["Query's position", "Key's position", "Move both by"]
    for n in range(24):
        figure.move(chance.choice(labels), chance)
        pair = n % 4
        figure.place.get_by_label("Pair shown").select_option(str(pair))
        m, n, by = (int(figure.value(label)) for label in labels)
        q, k = (
            apply_rotary(vector, torch.tensor([at + by]))[0]
            for vector, at in zip(vectors, (m, n), strict=True)
        )
        alone = apply_rotary(vectors[1], torch.tensor([n]))[0]
        part = slice(2 * pair, 2 * pair + 2)
        expected = [m + by, n + by, n - m, q[part] @ k[part], q @ k, q @ alone]
        shown = figure.numbers(
            r"Query at (\d+), key at (\d+), offset (\S+)\. .*score (\S+)\. "
            rf"All 4 pairs: (\S+)\. If only the query moves by {by}: (\S+)\."
        )
        assert shown == pytest.approx([float(x) for x in expected], abs=6e-4)
        tips = [((x - 160) / 160 * 2.7, (160 - y) / 160 * 2.7) for _, _, x, y in figure.lines()]
        assert tips[2] == pytest.approx(q[part].tolist(), abs=1e-4)
        assert tips[3] == pytest.approx(k[part].tolist(), abs=1e-4)


def test_rotary_score_stays_as_both_move(figure):
    scores = set()
    figure.place.get_by_label("Move both by").focus()
    for _ in range(20):
        figure.page.keyboard.press("ArrowRight")
        scores.add(figure.numbers(r"All 4 pairs: (\S+)\.")[0])
    assert figure.value("Move both by") == 20
    assert scores == {-0.712}
