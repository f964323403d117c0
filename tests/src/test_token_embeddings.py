import pytest
import torch

from src.pretrained import load_wordsim
from src.token_embeddings import (
    EmbeddingTable,
    analogy,
    human_correlation,
    nearest,
    split_words,
)

TABLE = EmbeddingTable(
    ["north", "south", "east", "northeast", "nowhere"],
    torch.tensor([[0.0, 2.0], [0.0, -1.0], [3.0, 0.0], [1.0, 1.0], [0.0, 0.0]]),
    split_words,
)


def test_nearest_ranks_by_direction_not_by_length():
    assert nearest(TABLE, "north", k=4) == [
        ("northeast", 0.707107),
        ("east", 0.0),
        ("nowhere", 0.0),
        ("south", -1.0),
    ]


def test_nearest_to_a_vector_leaves_nothing_out():
    assert nearest(TABLE, torch.tensor([0.0, 0.1]), k=1) == [("north", 1.0)]
    assert nearest(TABLE, torch.tensor([0.0, 0.1]), k=1, exclude=["north"])[0][0] == "northeast"


def test_nearest_gives_no_more_than_there_are():
    assert len(nearest(TABLE, "north", k=99)) == 4


def test_analogy_by_hand():
    """South is to north as … : north - south + east points up and to the right."""
    assert analogy(TABLE, "south", "north", "northeast", k=1)[0][0] == "east"
    with_inputs = analogy(TABLE, "south", "north", "northeast", k=1, exclude_inputs=False)
    assert with_inputs[0][0] == "north"


def test_human_correlation_compares_ranks():
    agree = [("north", "northeast", 9.0), ("north", "east", 4.0), ("north", "south", 3.9)]
    assert human_correlation(TABLE, agree) == (pytest.approx(1.0), 3)
    reverse = [(a, b, -x) for a, b, x in agree]
    assert human_correlation(TABLE, [*reverse, ("up", "down", 1.0)]) == (pytest.approx(-1.0), 3)


def test_human_correlation_of_real_tables(minilm, glove):
    pairs = load_wordsim()
    assert len(pairs) == 353
    assert all(0 <= x <= 10 for _, _, x in pairs)
    best, used = human_correlation(minilm, pairs)
    assert used > 300
    assert best > human_correlation(glove, pairs)[0] > 0.4
    shuffled = EmbeddingTable(glove.tokens, glove.vectors.flip(0), split_words)
    assert abs(human_correlation(shuffled, pairs)[0]) < 0.2


def test_real_tables_know_their_neighbours(minilm, glove):
    assert {word for word, _ in nearest(minilm, "cat", 4)} == {"cats", "kitten", "kitty", "dog"}
    assert nearest(glove, "monday", 1)[0][0] in {"tuesday", "wednesday", "thursday", "friday"}
    assert analogy(glove, "france", "paris", "italy", k=1)[0][0] == "rome"


def test_split_words():
    assert split_words("I love A.I., don't you?") == [
        "i", "love", "a.i", ".", ",", "don't", "you", "?",
    ]  # fmt: skip


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: nearest(TABLE, "norht"), ValueError, "'norht' is not a row.*Similar rows: north"),
        (lambda: nearest(TABLE, "south east"), ValueError, "splits it into south east"),
        (lambda: nearest(TABLE, 3), TypeError, "token or a tensor, but got int"),
        (lambda: nearest(TABLE, torch.ones(3)), ValueError, r"\(2,\).*got \(3,\)"),
        (lambda: nearest(TABLE, "nowhere"), ValueError, "direction.*length is 0.0"),
        (lambda: nearest(TABLE, "north", k=0), ValueError, "k must be at least 1, but got 0"),
        (lambda: analogy(TABLE, "north", "south", "up"), ValueError, "'up' is not a row"),
        (
            lambda: human_correlation(TABLE, [("north", "up", 1.0)]),
            ValueError,
            "at least two pairs.*but it has 0",
        ),
        (
            lambda: EmbeddingTable(["a"], torch.ones(2, 3), split_words),
            ValueError,
            r"\(1, D\).*got \(2, 3\)",
        ),
        (
            lambda: EmbeddingTable(["a", "a"], torch.ones(2, 3), split_words),
            ValueError,
            "every token must occur once",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
