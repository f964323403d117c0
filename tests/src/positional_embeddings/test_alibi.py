import pytest
import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor

from src.attention import causal_mask
from src.positional_embeddings import AlibiBias, alibi_bias, alibi_key_row, alibi_slopes


@pytest.mark.parametrize("heads", [1, 2, 3, 6, 8, 12, 16, 20, 112])
def test_slopes_and_causal_bias_agree_with_bloom(heads):
    T = 20
    theirs = build_alibi_tensor(torch.ones(1, T), heads, torch.float32)  # (H, 1, T)
    ours = alibi_bias(heads, T, T)
    # Bloom leaves out the part of a row that the softmax cancels: compare differences.
    relative = theirs - theirs.transpose(1, 2)
    below = torch.ones(T, T, dtype=torch.bool).tril()
    torch.testing.assert_close(ours[:, below], relative[:, below])


@pytest.mark.parametrize("heads", [1, 8, 12])
def test_under_a_causal_mask_one_row_per_head_does_the_same(heads):
    torch.manual_seed(0)
    T = 20
    scores, mask = torch.randn(heads, T, T), causal_mask(T)
    row, full = alibi_key_row(heads, T), alibi_bias(heads, T, T)
    assert row.shape == (heads, 1, T)
    torch.testing.assert_close(row, build_alibi_tensor(torch.ones(1, T), heads, torch.float32))
    masked = ((scores + bias).masked_fill(~mask, -torch.inf) for bias in (row, full))
    ours, theirs = (x.softmax(dim=-1) for x in masked)
    torch.testing.assert_close(ours, theirs)
    assert not torch.allclose((scores + row).softmax(dim=-1), (scores + full).softmax(dim=-1))


def test_slopes_of_the_paper():
    assert alibi_slopes(8).tolist() == [2.0**-n for n in range(1, 9)]


@pytest.mark.parametrize("heads", [1, 5, 12, 31])
def test_slopes_are_distinct_and_between_0_and_1(heads):
    slopes = alibi_slopes(heads)
    assert len(set(slopes.tolist())) == heads
    assert ((slopes > 0) & (slopes < 1)).all()


def test_reversing_the_sentence_changes_nothing_without_a_mask():
    bias = alibi_bias(4, 9, 9)
    assert torch.equal(bias, bias.flip(1, 2))


def test_a_cached_query_gets_the_last_row():
    assert torch.equal(alibi_bias(4, 1, 9, query_start=8), alibi_bias(4, 9, 9)[:, -1:])


def test_the_layer_is_the_function_for_its_number_of_heads():
    layer = AlibiBias(4)
    assert torch.equal(layer(3, 9, query_start=6), alibi_bias(4, 3, 9, query_start=6))
    assert layer.state_dict() == {}
    assert list(layer.parameters()) == []


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: alibi_slopes(0), ValueError, "num_heads must be at least 1, but got 0"),
        (lambda: AlibiBias(0), ValueError, "num_heads must be at least 1, but got 0"),
        (lambda: alibi_bias(4, 3, -3), ValueError, "k_len must be at least 0, but got -3"),
        (lambda: alibi_key_row(4, 2.0), TypeError, "k_len must be a whole number"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
