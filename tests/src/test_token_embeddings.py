import re

import numpy as np
import pytest
import torch

from src.pretrained import CORPORA, load_corpus, load_wordsim
from src.skipgram import train_skipgram
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
    assert nearest(TABLE, torch.tensor([0, 1]), k=1) == [("north", 1.0)]
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
    best, used = human_correlation(minilm.table, pairs)
    assert used > 300
    assert best > human_correlation(glove, pairs)[0] > 0.4
    shuffled = EmbeddingTable(glove.tokens, glove.vectors.flip(0), split_words)
    assert abs(human_correlation(shuffled, pairs)[0]) < 0.2


def test_real_tables_know_their_neighbours(minilm, glove):
    assert {word for word, _ in nearest(minilm.table, "cat", 4)} == {
        "cats",
        "kitten",
        "kitty",
        "dog",
    }
    assert nearest(glove, "monday", 1)[0][0] in {"tuesday", "wednesday", "thursday", "friday"}
    assert analogy(glove, "france", "paris", "italy", k=1)[0][0] == "rome"


def test_the_answers_are_those_of_the_vectors_as_they_are_now():
    table = EmbeddingTable(["a", "b", "c"], torch.eye(3)[:, :2].clone(), split_words)
    assert nearest(table, "a") == [("b", 0.0), ("c", 0.0)]
    table.vectors[1] = torch.tensor([2.0, 0.0])
    assert nearest(table, "a") == [("b", 1.0), ("c", 0.0)]
    assert table.directions[1].tolist() == [1.0, 0.0]
    assert analogy(table, "b", "b", "a", k=1, exclude_inputs=False) == [("a", 1.0)]
    table.vectors.data[1] = torch.tensor([0.0, 3.0])  # escapes the counter of changes
    assert nearest(table, "a") == [("b", 0.0), ("c", 0.0)]


def test_a_table_that_is_trained_answers_too():
    weight = torch.nn.Embedding.from_pretrained(TABLE.vectors, freeze=False).weight
    table = EmbeddingTable(TABLE.tokens, weight, split_words)
    assert nearest(table, "north", k=4) == nearest(TABLE, "north", k=4)
    pairs = [("north", "northeast", 9.0), ("north", "east", 4.0), ("north", "south", 3.9)]
    assert human_correlation(table, pairs) == human_correlation(TABLE, pairs)
    table.direction("east")[0].backward()  # directions can be trained through
    assert weight.grad[2].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_dtypes(dtype, glove):
    table = EmbeddingTable(glove.tokens, glove.vectors.to(dtype), split_words)
    assert nearest(table, "cat", k=1)[0][0] == nearest(glove, "cat", k=1)[0][0]
    assert len({cosine for _, cosine in nearest(table, "cat", k=100)}) > 95  # no ties by rounding
    assert nearest(table, glove.vector("cat"), k=1)[0] == ("cat", pytest.approx(1.0, abs=1e-5))
    assert nearest(glove, table.vector("cat"), k=1)[0] == ("cat", pytest.approx(1.0, abs=1e-4))
    agreement, expected = (human_correlation(t, load_wordsim())[0] for t in (table, glove))
    assert agreement == pytest.approx(expected, abs=1e-3)


def test_a_table_shows_itself_in_a_line(glove):
    assert repr(glove) == "EmbeddingTable of 20,000 tokens, width 50"


def test_a_direction_is_the_row_of_directions(glove):
    for token in ("cat", "the"):
        expected = glove.directions[glove.row(token)]
        torch.testing.assert_close(glove.direction(token), expected)
    zeros = TABLE.directions[TABLE.row("nowhere")]
    assert zeros.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_row_that_is_no_vector_is_named(bad):
    vectors = TABLE.vectors.clone()
    vectors[2, 1] = bad
    table = EmbeddingTable(TABLE.tokens, vectors, split_words)
    pairs = [("north", "south", 1.0), ("south", "northeast", 2.0)]
    for ask in (
        lambda: nearest(table, "north"),
        lambda: table.directions,
        lambda: analogy(table, "north", "south", "northeast"),
        lambda: human_correlation(table, pairs),
    ):
        with pytest.raises(ValueError, match="row 2, 'east', is (nan|inf).*Look for NaN"):
            ask()
    for ask in (
        lambda: nearest(table, "east"),
        lambda: analogy(table, "north", "east", "south"),
    ):
        with pytest.raises(ValueError, match="vector of 'east' .* direction"):
            ask()
    vectors[:] = bad
    with pytest.raises(ValueError, match="row 0, 'north', is (nan|inf) and 4 more rows"):
        _ = table.directions


def test_nearest_with_all_others_left_out():
    assert nearest(TABLE, "north", exclude=iter(TABLE.tokens)) == []
    assert len(nearest(TABLE, "north", k=9, exclude=["north", "south", "south"])) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I love A.I., don't you?", ["i", "love", "a.i", ".", ",", "don't", "you", "?"]),
        ("Don’t re‐use snake_case", ["don’t", "re‐use", "snake", "case"]),
        ("“Quoted’ words’", ["“", "quoted", "’", "words", "’"]),
        ("नमस्ते दुनिया, आप कैसे हैं?", ["नमस्ते", "दुनिया", ",", "आप", "कैसे", "हैं", "?"]),
        ("วันนี้ ดีมาก", ["วันนี้", "ดีมาก"]),
        ("السَّلَامُ عَلَيْكُمْ", ["السَّلَامُ", "عَلَيْكُمْ"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("Cafe\u0301 naïve", ["cafe\u0301", "naïve"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("I ❤\ufe0f it", ["i", "❤\ufe0f", "it"]),
    ],
)
def test_split_words(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize("name", CORPORA)
def test_the_shipped_texts_are_split_as_without_marks(name):
    plain = re.compile(r"[^\W_]+(?:[-'.][^\W_]+)*|[^\w\s]")
    for line in load_corpus(name).splitlines()[::10]:
        assert split_words(line) == plain.findall(line.lower())


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: nearest(TABLE, "norht"), ValueError, "'norht' is not a row.*Similar rows: north"),
        (lambda: nearest(TABLE, "south east"), ValueError, "splits it into south east"),
        (
            lambda: nearest(TABLE, "north", exclude="east"),
            TypeError,
            r"exclude must be a list.*'cat'",
        ),
        (lambda: nearest(TABLE, "north", exclude=[2]), TypeError, r"exclude\[0\] .* got 2"),
        (lambda: nearest(TABLE, torch.tensor([1.0, torch.nan])), ValueError, "length is nan"),
        (lambda: analogy(TABLE, "north", "nowhere", "east"), ValueError, "vector of 'nowhere'"),
        (lambda: TABLE.row(2), TypeError, "token must be a string, but got 2"),
        (lambda: nearest(TABLE.vectors, "north"), TypeError, r"got Tensor\. Make one: Embedding"),
        (lambda: split_words(b"north"), TypeError, "must be a string, but got b'north'"),
        (lambda: split_words(None), TypeError, "must be a string, but got None"),
        (
            lambda: human_correlation(
                TABLE, [("north", "east", torch.nan), ("north", "south", 1.0)]
            ),
            ValueError,
            "judgements must differ, and none may be NaN",
        ),
        (
            lambda: human_correlation(TABLE, [("north", "east", 2), ("east", "north", 1.0)]),
            ValueError,
            "cosines must differ",
        ),
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
            lambda: EmbeddingTable("ab", torch.ones(2, 3), split_words),
            TypeError,
            "tokens must be a list of strings, but got one string, 'ab'",
        ),
        (
            lambda: EmbeddingTable({"a": 0, "b": 1}, torch.ones(2, 3), split_words),
            TypeError,
            "tokens must be a list, but got dict",
        ),
        (
            lambda: EmbeddingTable(["a", 1], torch.ones(2, 3), split_words),
            TypeError,
            r"tokens\[1\] must be a string, but got 1",
        ),
        (
            lambda: EmbeddingTable(["a"], np.ones((1, 3)), split_words),
            TypeError,
            r"got ndarray.*torch\.as_tensor\(vectors, dtype=torch\.float32\)",
        ),
        (
            lambda: EmbeddingTable(["a"], [[1.0, 2.0]], split_words),
            TypeError,
            "torch tensor .* got list",
        ),
        (
            lambda: EmbeddingTable(["a"], torch.ones(1, 3, dtype=torch.int64), split_words),
            TypeError,
            "floating-point numbers, but got torch.int64",
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


@pytest.mark.usefixtures("as_users_call")
def test_what_has_a_table_is_no_table(minilm):
    """Whoever passes the owner of a table reads where the table is."""
    tables = train_skipgram([["a", "b"] * 20], 4, subsample=0, epochs=1)
    for owner, says in ((minilm, "MiniLM. Pass its .table."), (tables, "Pass its .centre or")):
        for ask, *rest in ((nearest, "cat"), (analogy, "a", "b", "c"), (human_correlation, [])):
            with pytest.raises(TypeError, match=says):
                ask(owner, *rest)
