"""The table is the lesson's, and a step moves its rows as torch moves them."""

import itertools

import pytest
import torch

from book.course import ROOT
from book.figures.lookup import lookup


def test_the_table_is_that_of_the_lesson():
    lesson = ROOT / "chapters/token_embeddings/02_the_embedding_table.ipynb"
    text = lesson.read_text(encoding="utf8")
    for token, row in zip(lookup.TOKENS, lookup.TABLE, strict=True):
        assert f"[{', '.join(map(str, row))}],  # {token}\\n" in text


def test_a_step_moves_the_rows_that_were_taken_and_no_others():
    """All sentences of three tokens, in one step of torch, against the numbers of the page."""
    data = lookup.data()
    table, after = torch.tensor(data["table"]), torch.tensor(data["after"])
    assert after.shape == (lookup.PLACES + 1, 6, 3)
    for ids in itertools.product(range(6), repeat=3):
        moved, pull = lookup.step(list(ids))
        times = [ids.count(row) for row in range(6)]
        shown = torch.stack([after[times[row], row] for row in range(6)])
        assert shown.numpy() == pytest.approx(moved.numpy(), abs=1e-6)
        rests = torch.tensor(times) == 0
        assert (shown[rests] == table[rests]).all()  # exactly
        assert (shown[~rests] != table[~rests]).all()
        assert pull.numpy() == pytest.approx(torch.full((3, 3), data["pull"]).numpy())


def test_what_the_caption_says():
    table, after = torch.tensor(lookup.TABLE), torch.tensor(lookup.data()["after"])
    once, twice = after[1] - table, after[2] - table
    assert twice.numpy() == pytest.approx(2 * once.numpy(), abs=1e-6)
    assert "twice as far" in lookup.CAPTION
    assert f"rate {lookup.RATE}" in lookup.CAPTION
