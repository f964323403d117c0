"""The sum, played by keyboard and compared with `src` at every setting."""

import random

import torch

from book.figures.adding import adding


def test_adding_agrees_with_src(figure):
    chance = random.Random(3)
    right = torch.arange(adding.ROWS)
    for _ in range(24):
        labels = ["Width D", "Position length", "Token", "Position"]
        figure.move(chance.choice(labels), chance)
        width, power, t, p = (int(figure.value(label)) for label in labels)
        D = adding.WIDTHS[width]
        token, position = adding.nearest(D, 2.0**power)
        shown = figure.numbers(
            r"at width (\d+): token (\d+) .* and position (\d+) .* "
            r"(\d+) have the right token nearest and (\d+) the right position"
        )
        hits = ((token == right.unsqueeze(1)).sum(), (position == right).sum())
        assert shown == [float(x) for x in (D, token[t, p], position[t, p], *hits)]
        says = figure.says()
        assert (f"token {t} (right)" in says) == (token[t, p] == t)
        assert (f"position {p} (right)" in says) == (position[t, p] == p)
