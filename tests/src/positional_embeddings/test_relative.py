import math

import pytest
import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.t5.configuration_t5 import T5Config
from transformers.models.t5.modeling_t5 import T5Attention

from src.attention import causal_mask
from src.positional_embeddings import (
    T5RelativeBias,
    alibi_bias,
    alibi_slopes,
    shaw_relative_scores,
    t5_relative_buckets,
)


class TestT5:
    @pytest.mark.parametrize("bidirectional", [True, False])
    @pytest.mark.parametrize(("buckets", "distance"), [(32, 128), (16, 32), (8, 20), (64, 1000)])
    def test_buckets_agree_with_transformers(self, bidirectional, buckets, distance):
        offsets = torch.arange(2100).unsqueeze(0) - torch.arange(1050).unsqueeze(1)
        expected = T5Attention._relative_position_bucket(
            offsets, bidirectional=bidirectional, num_buckets=buckets, max_distance=distance
        )
        ours = t5_relative_buckets(
            1050, 2100, bidirectional=bidirectional, num_buckets=buckets, max_distance=distance
        )
        assert torch.equal(ours, expected)

    def test_bias_agrees_with_transformers(self):
        config = T5Config(num_heads=6, d_model=24, d_kv=4, relative_attention_num_buckets=32)
        theirs = T5Attention(config, has_relative_attention_bias=True)
        ours = T5RelativeBias(6, bidirectional=not theirs.is_decoder)
        ours.weight.data = theirs.relative_attention_bias.weight.data
        assert torch.equal(ours(50, 70), theirs.compute_bias(50, 70)[0])

    def test_bias_depends_on_the_offset_only(self):
        bias = T5RelativeBias(2)(40, 40)
        assert torch.equal(bias[:, 1:, 1:], bias[:, :-1, :-1])
        assert not torch.equal(bias[:, 1:], bias[:, :-1])

    def test_a_cached_query_gets_the_last_row(self):
        layer = T5RelativeBias(2, bidirectional=False)
        assert torch.equal(layer(1, 30, query_start=29), layer(30, 30)[:, -1:])

    def test_table_is_trained_through_the_bias(self):
        layer = T5RelativeBias(2, bidirectional=False, num_buckets=8, max_distance=20)
        layer(3, 3).sum().backward()
        assert (layer.weight.grad != 0).all(dim=1).tolist() == [True] * 3 + [False] * 5


class TestAlibi:
    @pytest.mark.parametrize("heads", [1, 2, 3, 6, 8, 12, 16, 20, 112])
    def test_slopes_and_causal_bias_agree_with_bloom(self, heads):
        T = 20
        theirs = build_alibi_tensor(torch.ones(1, T), heads, torch.float32)  # (H, 1, T)
        ours = alibi_bias(heads, T, T)
        # Bloom leaves out the part of a row that the softmax cancels: compare differences.
        relative = theirs - theirs.transpose(1, 2)
        below = torch.ones(T, T, dtype=torch.bool).tril()
        torch.testing.assert_close(ours[:, below], relative[:, below])

    @pytest.mark.parametrize("heads", [1, 8, 12])
    def test_under_a_causal_mask_one_row_per_head_does_the_same(self, heads):
        torch.manual_seed(0)
        T = 20
        scores, mask = torch.randn(heads, T, T), causal_mask(T)
        row, full = alibi_bias(heads, T, T, causal=True), alibi_bias(heads, T, T)
        assert row.shape == (heads, 1, T)
        torch.testing.assert_close(row, build_alibi_tensor(torch.ones(1, T), heads, torch.float32))
        masked = ((scores + bias).masked_fill(~mask, -torch.inf) for bias in (row, full))
        ours, theirs = (x.softmax(dim=-1) for x in masked)
        torch.testing.assert_close(ours, theirs)
        assert not torch.allclose((scores + row).softmax(dim=-1), (scores + full).softmax(dim=-1))

    def test_slopes_of_the_paper(self):
        assert alibi_slopes(8).tolist() == [2.0**-n for n in range(1, 9)]

    @pytest.mark.parametrize("heads", [1, 5, 12, 31])
    def test_slopes_are_distinct_and_between_0_and_1(self, heads):
        slopes = alibi_slopes(heads)
        assert len(set(slopes.tolist())) == heads
        assert ((slopes > 0) & (slopes < 1)).all()

    def test_reversing_the_sentence_changes_nothing_without_a_mask(self):
        bias = alibi_bias(4, 9, 9)
        assert torch.equal(bias, bias.flip(1, 2))

    def test_a_cached_query_gets_the_last_row(self):
        assert torch.equal(alibi_bias(4, 1, 9, query_start=8), alibi_bias(4, 9, 9)[:, -1:])


class TestShaw:
    def test_agrees_with_one_vector_at_a_time(self):
        torch.manual_seed(0)
        q, table = torch.randn(2, 3, 6, 4), torch.randn(5, 4)
        ours = shaw_relative_scores(q, table, k_len=7)
        for i in range(6):
            for j in range(7):
                expected = q[:, :, i] @ table[max(-2, min(2, j - i)) + 2]
                torch.testing.assert_close(ours[:, :, i, j], expected)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: t5_relative_buckets(4, 4, bidirectional=True, num_buckets=7),
            ValueError,
            "even when bidirectional.*got 7.*6 or 8",
        ),
        (
            lambda: t5_relative_buckets(4, 4, bidirectional=False, max_distance=16),
            ValueError,
            "must exceed the 16 buckets.*got 16",
        ),
        (lambda: t5_relative_buckets(-1, 4, bidirectional=True), ValueError, "q_len.*got -1"),
        (lambda: T5RelativeBias(0), ValueError, "num_heads must be at least 1"),
        (lambda: T5RelativeBias(2)(3.0, 3), TypeError, "q_len must be a whole number"),
        (lambda: alibi_slopes(0), ValueError, "num_heads must be at least 1, but got 0"),
        (lambda: alibi_bias(4, 3, -3), ValueError, "k_len must be at least 0, but got -3"),
        (
            lambda: shaw_relative_scores(torch.ones(3, 4), torch.ones(5, 4)),
            ValueError,
            r"shape \(B, H, Tq, D\), but got \(3, 4\)",
        ),
        (
            lambda: shaw_relative_scores(torch.ones(1, 1, 3, 4), torch.ones(4, 4)),
            ValueError,
            "odd number of rows.*got 4",
        ),
        (
            lambda: shaw_relative_scores(torch.ones(1, 1, 3, 4), torch.ones(5, 6)),
            ValueError,
            r"\(2K \+ 1, 4\).*got \(5, 6\)",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_buckets_by_hand():
    """Offsets 0 to -9 of a decoder with 4 buckets up to distance 8: 0, 1, then two wide ones."""
    row = t5_relative_buckets(10, 10, bidirectional=False, num_buckets=4, max_distance=8)[-1]
    expected = [
        d if d < 2 else min(3, 2 + int(math.log(d / 2) / math.log(4) * 2)) for d in range(10)
    ]
    assert row.flip(0).tolist() == expected == [0, 1, 2, 2, 3, 3, 3, 3, 3, 3]
