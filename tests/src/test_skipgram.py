import pytest
import torch

from src.skipgram import CHUNK, _band, _blocks, _gradients, train_skipgram
from src.token_embeddings import nearest

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
def table(sentences):
    return train_skipgram(sentences, 12, window=3, epochs=5, subsample=0)


def test_words_of_one_world_end_up_together(table):
    for world in WORLDS:
        for word in world:
            assert {other for other, _ in nearest(table, word, 3)} == set(world) - {word}


def test_shape_and_order_of_the_table(table, sentences):
    counts = [sum(sentence.count(word) for sentence in sentences) for word in table.tokens]
    assert counts == sorted(counts, reverse=True)
    assert table.vectors.shape == (8, 12)


def test_the_same_seed_gives_the_same_vectors(sentences):
    first, second, other = (
        train_skipgram(sentences[:200], 8, epochs=1, seed=seed).vectors for seed in (3, 3, 4)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_rare_words_are_left_out(sentences):
    table = train_skipgram([*sentences, ["comet"] * 4], 8, epochs=1, min_count=5)
    assert "comet" not in table.vocab


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
    table = train_skipgram(
        sentences[:200], 8, epochs=3, after_epoch=lambda t: seen.append(t.vectors.clone())
    )
    assert len(seen) == 3
    assert torch.equal(seen[-1], table.vectors)
    assert not torch.equal(seen[0], seen[1])


def test_directions_seen_after_an_epoch_do_not_stick(sentences):
    """Tables keep their directions; those of an early epoch must not answer for the last one."""
    seen = []
    table = train_skipgram(
        sentences[:200], 8, epochs=2, after_epoch=lambda t: seen.append(t.directions)
    )
    torch.testing.assert_close(
        table.directions, torch.nn.functional.normalize(table.vectors, dim=1)
    )
    torch.testing.assert_close(seen[-1], table.directions)
    assert not torch.equal(seen[0], seen[1])


def test_centre_times_context_is_high_for_neighbours(table):
    scores = table.vectors @ table.context.T
    together, apart = [], []
    for a in table.tokens:
        for b in table.tokens:
            same = any(a in world and b in world for world in WORLDS)
            (together if same else apart).append(scores[table.row(a), table.row(b)].item())
    assert min(together) > max(apart)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: train_skipgram([["a", "b"]]), ValueError, "min_count=5.*0 of 2 do"),
        (lambda: train_skipgram([], 8), ValueError, "0 of 0 do.*more text"),
        (lambda: train_skipgram([["a"]], 8, window=0), ValueError, "window must be at least 1"),
        (lambda: train_skipgram([["a"]], 2.5), TypeError, "dim must be a whole number"),
        (lambda: train_skipgram([["a"]], 8, subsample=-1.0), ValueError, "subsample must be"),
        (lambda: train_skipgram([["a"]], 8, lr=0.0), ValueError, "lr must be .* above 0"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
