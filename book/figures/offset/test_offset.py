"""The numbers of the pairs are those of `src` and of MiniLM, at every number of words in front."""

import pytest
import torch

from book.figures.biases.biases import minilm_position_scores, t5_bias
from book.figures.offset import offset
from src.positional_embeddings import alibi_bias, t5_relative_buckets

T, MORE = len(offset.WORDS), len(offset.FRONT)


@pytest.fixture(scope="module")
def found():
    return offset.data()


def test_a_number_per_distance_serves_every_place(found):
    size = T + MORE
    settings = dict(bidirectional=False, num_buckets=16, max_distance=32)
    schemes = {
        "buckets": t5_relative_buckets(size, size, **settings),
        "t5": t5_bias()(size, size)[offset.HEAD],
        "alibi": alibi_bias(8, size, size)[0],
    }
    for name, scores in schemes.items():
        for d in range(T):
            here = scores.diagonal(-d).float()
            expected = torch.full_like(here, found[name][d])
            torch.testing.assert_close(here, expected, rtol=0, atol=6e-5)


def test_learned_is_minilms_term_and_no_pair_keeps_it(found):
    learned = torch.tensor(found["learned"])
    scores = minilm_position_scores()[offset.HEAD, : T + MORE, : T + MORE]
    torch.testing.assert_close(learned, scores, rtol=0, atol=0.051)
    moved = torch.stack([learned[n : n + T, n : n + T] for n in range(MORE + 1)])
    assert (moved.std(dim=0) > 0.05).all()


def test_alt_text_has_the_numbers_of_the_still(found):
    query, key, learned = T - 1, offset.WORDS.index("bites"), found["learned"]
    for n in (0, MORE):
        assert str(learned[n + query][n + key]) in offset.ALT


def test_words_are_few_enough(found):
    assert (len(found["words"]), len(found["front"])) == (5, 12)
