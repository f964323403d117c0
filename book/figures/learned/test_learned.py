"""The table is the lesson's, and a row's gradient counts the sentences that reach it."""

import re

import nbformat
import pytest
import torch
from torch import nn

from book.course import ROOT
from book.figures.learned import learned

LESSON = ROOT / "chapters/positional_embeddings/03_learned.ipynb"


def printed():
    """Return all that the lesson prints."""
    cells = nbformat.read(LESSON, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def test_the_table_is_that_of_the_lesson():
    rows = torch.tensor(learned.data()["table"])
    assert rows.shape == (6, 4)
    assert str(learned.data()["table"][:3]) in printed()
    assert torch.allclose(rows, learned.table().weight, atol=0.0051)


def test_the_gradient_counts_sentences():
    assert f"gradient by row: {learned.gradient((2, 3, 5))[:, 0].tolist()}" in printed()
    for lengths in ((1, 2, 4), (6,), (6, 1, 6), (3, 3)):
        used = [sum(length > row for length in lengths) for row in range(6)]
        assert (learned.gradient(lengths).T == torch.tensor(used)).all()


def test_errors_are_raised_past_the_last_row_and_nowhere_else():
    errors = learned.data()["errors"]
    assert list(errors) == [7, 8]
    for length, message in errors.items():
        with pytest.raises(ValueError, match=re.escape(message)):
            learned.table()(length)
    assert f"PyTorch:   {learned.data()['pytorch']}\n" in printed()
    with pytest.raises(IndexError, match=learned.data()["pytorch"]):
        nn.Embedding(6, 4)(torch.arange(7))
    learned.gradient((6,))


def test_what_the_alt_text_says():
    assert learned.LENGTHS == (1, 2, 4)
    assert learned.gradient(learned.LENGTHS)[:, 0].tolist() == [3, 2, 1, 1, 0, 0]
    assert "sentences of 1, 2 and 4 tokens" in learned.ALT
    assert "3, 2, 1, 1, 0 and 0" in learned.ALT
