"""The nearest rows are found, and what caption and alt text say of them is so."""

import torch

from book.figures.adding import adding


def test_nearest_rows_one_by_one():
    tables = [torch.tensor(adding.data()[name]) for name in ("token", "position")]
    for width in (2, 8, 64):
        token, position = (table[:, :width] for table in tables)
        for ratio in (1 / 16, 1.0, 4.0):
            found = adding.nearest(width, ratio)
            for t, p in [(0, 0), (3, 7), (31, 2), (10, 31), (17, 17)]:
                total = token[t] + ratio * position[p]
                to_token = (total - token).norm(dim=1)
                to_position = (total - ratio * position).norm(dim=1)
                assert found[:, t, p].tolist() == [to_token.argmin(), to_position.argmin()]


def test_what_caption_and_alt_text_say():
    right = torch.arange(32).unsqueeze(1), torch.arange(32)
    shares = {
        width: [
            round(100 * (found == rows).double().mean().item())
            for found, rows in zip(adding.nearest(width, 1.0), right, strict=True)
        ]
        for width in (2, 48, 64)
    }
    assert shares == {2: [11, 22], 48: [100, 100], 64: [100, 100]}
    assert "11 and 22 percent and reach 100 at 48" in adding.ALT
