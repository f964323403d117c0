"""The stages have MiniLM's numbers and shapes, and the sum is that of the two before it."""

import pytest
import torch

from book.figures.terms import terms

DATA = terms.data()
STAGES = {stage["name"]: stage for stage in DATA["stages"]}


def numbers(name):
    return torch.tensor(STAGES[name]["object"])


def test_the_stages_are_those_of_minilm(minilm):
    ids = minilm.tokenizer.encode("I love AI").ids
    assert (terms.TEXT, ids[2]) == ("I love AI", minilm.table.row("love"))
    assert STAGES["Id"]["object"] == str(ids[2]) == "2293"
    last = minilm.hidden_states("I love AI")[6][0, 2]
    rows = {
        "Token embedding": minilm.table.vectors[ids[2]],
        "Positional embedding": minilm.position_vectors[2],
        "Sum": minilm.table.vectors[ids[2]] + minilm.position_vectors[2],
        "Contextual embedding": last,
    }
    for name, row in rows.items():
        assert numbers(name).allclose(row[: terms.SHOWN], atol=6e-4)
        assert DATA["shapes"][STAGES[name]["shape"]] == f"({len(row)},)"
    both = numbers("Token embedding") + numbers("Positional embedding")
    assert numbers("Sum").allclose(both, atol=2e-3)


def test_the_one_hot_vector_finds_the_row(minilm):
    table = minilm.table.vectors
    one_hot = torch.nn.functional.one_hot(torch.tensor(2293), len(table)).float()
    assert (one_hot @ table == table[2293]).all()
    assert DATA["shapes"][STAGES["One-hot vector"]["shape"]] == str(tuple(one_hot.shape))
    assert "1 at 2,293, 0 at 2,294 to 30,521" in STAGES["One-hot vector"]["object"]


def test_words_have_their_shapes():
    assert DATA["shapes"] == ["4 letters", "1 number", "(384,)", "(30522,)"]
    assert [stage["shape"] for stage in DATA["stages"]] == [0, 1, 3, 2, 2, 2, 2]
    assert "bytes 108, 111, 118, 101" in STAGES["Text"]["called"]
    assert bytes([108, 111, 118, 101]) == b"love"


def test_four_numbers_have_the_still_and_the_page():
    ax = terms.still()
    written = [text.get_text().replace("−", "-") for text in ax.texts]
    for name in ("Token embedding", "Positional embedding", "Sum", "Contextual embedding"):
        for value in STAGES[name]["object"]:
            assert any(w == pytest.approx(value, abs=6e-4) for w in map(as_number, written))


def as_number(text):
    try:
        return float(text)
    except ValueError:
        return None
