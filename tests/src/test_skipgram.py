import pytest
import torch

from src.skipgram import (
    CHUNK,
    RowAdagrad,
    _band,
    _blocks,
    _cumulative_noise,
    _draw,
    _gradients,
    _keep_probability,
    train_skipgram,
)
from src.token_embeddings import nearest, split_words

# Two worlds that never meet in a sentence: words of one world keep each other's company.
WORLDS = [["sun", "moon", "star", "sky"], ["bread", "milk", "salt", "tea"]]


@pytest.fixture(scope="module")
def sentences():
    random = torch.Generator().manual_seed(1)
    return [
        [WORLDS[n % 2][i] for i in torch.randint(4, (6,), generator=random).tolist()]
        for n in range(3000)
    ]


@pytest.fixture(scope="module")
def tables(sentences):
    return train_skipgram(sentences, 12, window=3, epochs=5, subsample=0)


def test_words_of_one_world_end_up_together(tables):
    for world in WORLDS:
        for word in world:
            assert {other for other, _ in nearest(tables.centre, word, 3)} == set(world) - {word}


def test_shape_and_order_of_the_tables(tables, sentences):
    for table in (tables.centre, tables.context):
        counts = [sum(sentence.count(word) for sentence in sentences) for word in table.tokens]
        assert counts == sorted(counts, reverse=True)
        assert table.vectors.shape == (8, 12)


def test_the_same_seed_gives_the_same_vectors(sentences):
    first, second, other = (
        train_skipgram(sentences[:200], 8, epochs=1, seed=seed).centre.vectors for seed in (3, 3, 4)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_rare_words_are_left_out(sentences):
    tables = train_skipgram([*sentences, ["comet"] * 4], 8, epochs=1, min_count=5)
    assert "comet" not in tables.centre.vocab


def test_gradients_agree_with_autograd():
    torch.manual_seed(0)
    middle, around, drawn = torch.randn(3, 4, 5), torch.randn(3, 6, 5), torch.randn(3, 7, 5)
    near = torch.rand(3, 4, 6) > 0.5
    rows = [x.clone().requires_grad_() for x in (middle, torch.cat((around, drawn), dim=1))]
    scores = rows[0] @ rows[1].transpose(1, 2)
    positives = torch.nn.functional.logsigmoid(scores[:, :, :6])
    negatives = torch.nn.functional.logsigmoid(-scores[:, :, 6:]).sum(dim=2, keepdim=True)
    share = near.sum(dim=2, keepdim=True) * 5 / 7
    (-(positives * near).sum() - (negatives * share).sum()).backward()
    others = torch.cat((around, drawn), dim=1)
    for ours, theirs in zip(_gradients(middle, others, near, 5), rows, strict=True):
        torch.testing.assert_close(ours, theirs.grad.flatten(0, -2))


def test_blocks_cover_every_pair_within_a_sentence_once():
    ids, sentence = torch.arange(100), torch.arange(100) // 7
    pairs = set()
    for middle, around, same in _blocks(ids, sentence, 2):
        for n, c, s in same.nonzero().tolist():
            pairs.add((middle[n, c].item(), around[n, s].item(), s - c - 2))
    expected = {
        (i, i + offset, offset)
        for i in range(100)
        for offset in range(-2, 3)
        if 0 <= i + offset < 100 and (i + offset) // 7 == i // 7
    }
    assert {pair for pair in pairs if abs(pair[2]) <= 2} == expected


def test_a_word_is_not_its_own_neighbour():
    near = _band(3, torch.full((1, CHUNK), 2))[0]  # window 3, every centre reaches 2
    assert near[0].nonzero().flatten().tolist() == [1, 2, 4, 5]


def test_after_epoch_sees_the_tables_after_each_epoch(sentences):
    seen = []
    tables = train_skipgram(
        sentences[:200], 8, epochs=3, after_epoch=lambda t: seen.append(t.centre.directions)
    )
    assert len(seen) == 3
    assert torch.equal(seen[-1], tables.centre.directions)
    assert not torch.equal(seen[0], seen[1])


def test_centre_times_context_is_high_for_neighbours(tables):
    scores = tables.centre.vectors @ tables.context.vectors.T
    together, apart = [], []
    for a in tables.centre.tokens:
        for b in tables.centre.tokens:
            same = any(a in world and b in world for world in WORLDS)
            row, column = tables.centre.row(a), tables.context.row(b)
            (together if same else apart).append(scores[row, column].item())
    assert min(together) > max(apart)


def test_power_one_half_is_row_wise_adagrad():
    """With rows one number wide that is PyTorch's Adagrad; a wider row has one size for all."""
    torch.manual_seed(0)
    ours, theirs = torch.ones(4, 1), torch.ones(4, 1, requires_grad=True)
    update, adagrad = RowAdagrad(ours, power=0.5), torch.optim.Adagrad([theirs], lr=0.3)
    for _ in range(5):
        theirs.grad = torch.randn(4, 1)
        update(torch.arange(4), theirs.grad.clone(), 0.3)
        adagrad.step()
    torch.testing.assert_close(ours, theirs.detach(), atol=1e-5, rtol=0)
    rows = torch.zeros(1, 2)
    RowAdagrad(rows)(torch.tensor([0]), torch.tensor([[3.0, 4.0]]), 1.0)
    torch.testing.assert_close(rows, -torch.tensor([[3.0, 4.0]]) / 12.5**0.5)


def test_steps_shrink_with_the_power():
    table = torch.zeros(1, 1)
    update, moved = RowAdagrad(table, power=0.2), []
    for _ in range(8):
        before = table.item()
        update(torch.tensor([0]), torch.ones(1, 1), 0.1)
        moved.append(before - table.item())
    assert moved == pytest.approx([0.1 * n**-0.2 for n in range(1, 9)], rel=1e-4)


def test_a_row_that_occurs_twice_takes_the_sum_of_its_steps():
    table = torch.zeros(2, 1)
    RowAdagrad(table)(torch.tensor([1, 1]), torch.tensor([[1.0], [1.0]]), 0.1)
    assert table.flatten().tolist() == pytest.approx([0.0, -2 * 0.1 * 2**-0.2], rel=1e-4)


def test_frequent_words_are_dropped_as_in_word2vec():
    counts = torch.tensor([900.0, 90.0, 10.0])
    keep = _keep_probability(counts, 0.01)
    ratio = 0.01 / (counts / 1000)  # word2vec.c: (sqrt(f / t) + 1) * t / f
    torch.testing.assert_close(keep, ((1 / ratio).sqrt() + 1) * ratio)
    assert keep[0] < keep[1] < 1 < keep[2]
    assert _keep_probability(counts, 0.0).tolist() == [1, 1, 1]


def test_noise_is_drawn_by_counts_to_the_power_three_quarters():
    counts = torch.tensor([81.0, 16.0, 1.0])  # to the power 3/4: 27, 8, 1
    drawn = _draw(_cumulative_noise(counts), (36_000,), torch.Generator().manual_seed(0))
    assert drawn.bincount(minlength=3).tolist() == pytest.approx([27_000, 8_000, 1_000], rel=0.1)


SHORT = """The cat sat on the mat. The dog sat on the rug. A cat chased a mouse.
A dog chased a cat. The mouse ate the cheese. The cat drank the milk. The dog ate the bone.
A bird sang in the tree. The cat looked at the bird."""
SHORT = [split_words(sentence) for sentence in SHORT.split(". ")]


@pytest.mark.parametrize("seed", range(8))
def test_a_short_text_trains_with_all_its_words(seed):
    tables = train_skipgram(SHORT, 8, min_count=1, subsample=0, seed=seed)
    assert tables.context.vectors.isfinite().all()
    assert (tables.context.vectors != 0).any(dim=1).all()  # every row has moved from its start


@pytest.mark.parametrize("seed", range(8))
def test_a_text_too_short_for_the_subsampling_says_so(seed):
    with pytest.raises(ValueError, match="too short for subsample=0.0001, which keeps some .* of"):
        train_skipgram(SHORT, 8, min_count=1, seed=seed)


def test_an_epoch_without_words_does_nothing():
    assert not list(_blocks(torch.tensor([], dtype=torch.int64), torch.tensor([]), 8))


def test_sentences_may_come_from_generators(sentences):
    once = train_skipgram((iter(words) for words in sentences[:200]), 8, epochs=1)
    again = train_skipgram([tuple(words) for words in sentences[:200]], 8, epochs=1)
    assert torch.equal(once.centre.vectors, again.centre.vectors)


LISTS = "Split texts into words first"


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: train_skipgram([["a", "b"]]), ValueError, "min_count=5.*0 of 2 do"),
        (lambda: train_skipgram([], 8), ValueError, "0 of 0 do.*more text"),
        (lambda: train_skipgram([["a"]], 8, window=0), ValueError, "window must be at least 1"),
        (lambda: train_skipgram("the cat sat"), TypeError, f"one str.*{LISTS}"),
        (lambda: train_skipgram(b"the cat sat"), TypeError, f"one bytes.*{LISTS}"),
        (lambda: train_skipgram(None), TypeError, f"one NoneType.*{LISTS}"),
        (
            lambda: train_skipgram([["a", "cat"], "the cat sat"]),
            TypeError,
            rf"sentences\[1\] must be a list .* one string, 'the cat sat'.*{LISTS}",
        ),
        (lambda: train_skipgram([["a"], b"cat"]), TypeError, rf"sentences\[1\].*bytes.*{LISTS}"),
        (lambda: train_skipgram([["a", b"cat"]]), TypeError, r"sentences\[0\]\[1\].*b'cat'"),
        (lambda: train_skipgram([["a", ["cat"]]]), TypeError, r"sentences\[0\]\[1\].*type list"),
        (lambda: train_skipgram([["a"], 3]), TypeError, rf"sentences\[1\].*int.*{LISTS}"),
        (lambda: train_skipgram([["a"]], 2.5), TypeError, "dim must be a whole number"),
        (lambda: train_skipgram([["a"]], 8, subsample=-1.0), ValueError, "subsample must be"),
        (lambda: train_skipgram([["a"]], 8, subsample=float("nan")), ValueError, "got nan"),
        (lambda: train_skipgram([["a"]], 8, lr=0.0), ValueError, "lr must be .* above 0"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
