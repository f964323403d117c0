import math

import pytest
import torch
from transformers.models.t5.configuration_t5 import T5Config
from transformers.models.t5.modeling_t5 import T5Attention

from src.positional_embeddings import T5RelativeBias, t5_relative_buckets


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("buckets", "distance"), [(32, 128), (16, 32), (8, 20), (64, 1000)])
def test_buckets_agree_with_transformers(bidirectional, buckets, distance):
    offsets = torch.arange(2100).unsqueeze(0) - torch.arange(1050).unsqueeze(1)
    expected = T5Attention._relative_position_bucket(
        offsets, bidirectional=bidirectional, num_buckets=buckets, max_distance=distance
    )
    ours = t5_relative_buckets(
        1050, 2100, bidirectional=bidirectional, num_buckets=buckets, max_distance=distance
    )
    assert torch.equal(ours, expected)


def test_bias_agrees_with_transformers():
    config = T5Config(num_heads=6, d_model=24, d_kv=4, relative_attention_num_buckets=32)
    theirs = T5Attention(config, has_relative_attention_bias=True)
    ours = T5RelativeBias(6, bidirectional=not theirs.is_decoder)
    ours.weight.data = theirs.relative_attention_bias.weight.data
    assert torch.equal(ours(50, 70), theirs.compute_bias(50, 70)[0])


def test_bias_depends_on_the_offset_only():
    bias = T5RelativeBias(2)(40, 40)
    assert torch.equal(bias[:, 1:, 1:], bias[:, :-1, :-1])
    assert not torch.equal(bias[:, 1:], bias[:, :-1])


def test_a_cached_query_gets_the_last_row():
    layer = T5RelativeBias(2, bidirectional=False)
    assert torch.equal(layer(1, 30, query_start=29), layer(30, 30)[:, -1:])


def test_table_is_trained_through_the_bias():
    layer = T5RelativeBias(2, bidirectional=False, num_buckets=8, max_distance=20)
    layer(3, 3).sum().backward()
    assert (layer.weight.grad != 0).all(dim=1).tolist() == [True] * 3 + [False] * 5


def test_buckets_by_hand():
    """Offsets 0 to -9 of a decoder with 4 buckets up to distance 8: 0, 1, then two wide ones."""
    row = t5_relative_buckets(10, 10, bidirectional=False, num_buckets=4, max_distance=8)[-1]
    expected = [
        d if d < 2 else min(3, 2 + int(math.log(d / 2) / math.log(4) * 2)) for d in range(10)
    ]
    assert row.flip(0).tolist() == expected == [0, 1, 2, 2, 3, 3, 3, 3, 3, 3]


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
        (lambda: T5RelativeBias(2)(3.0, 3), TypeError, r"q_len must be a whole number.*least 0\.$"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
