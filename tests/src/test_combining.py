import math

import pytest
import torch
from torch import nn
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertEmbeddings

from src.combining import InputEmbedding
from src.positional_embeddings import LearnedPositions, SinusoidalEncoding, sinusoidal_table

IDS = torch.tensor([[5, 0, 9, 5], [1, 2, 3, 4]])


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def test_is_token_plus_position():
    layer = InputEmbedding(10, 8, position="sinusoidal")
    expected = layer.token.weight[IDS] + sinusoidal_table(4, 8)
    assert torch.equal(layer(IDS), expected)


def test_without_position_it_is_the_lookup_alone():
    layer = InputEmbedding(10, 8, position=None)
    assert torch.equal(layer(IDS), layer.token.weight[IDS])


def test_scale_multiplies_tokens_only():
    layer = InputEmbedding(10, 16, position="sinusoidal", scale=True)
    expected = math.sqrt(16) * layer.token.weight[IDS] + sinusoidal_table(4, 16)
    torch.testing.assert_close(layer(IDS), expected)


def test_layer_norm_and_dropout_come_after_the_sum():
    layer = InputEmbedding(10, 64, position="learned", layer_norm=True, dropout=0.5)
    dropped = (layer(IDS) == 0).float().mean().item()
    assert dropped == pytest.approx(0.5, abs=0.1)
    layer.eval()
    torch.testing.assert_close(layer(IDS).mean(dim=-1), torch.zeros(2, 4), atol=1e-6, rtol=0)
    torch.testing.assert_close(
        layer(IDS).std(dim=-1, correction=0), torch.ones(2, 4), atol=0.02, rtol=0
    )


@pytest.mark.parametrize("position", ["sinusoidal", "learned"])
def test_position_ids_choose_the_rows(position):
    layer = InputEmbedding(10, 8, position=position)
    normal = layer(IDS)
    assert torch.equal(layer(IDS, torch.arange(4)), normal)
    assert torch.equal(layer(IDS, torch.arange(4).expand(2, 4)), normal)
    each_its_own = layer(IDS, torch.tensor([[0, 1, 2, 3], [0, 0, 1, 2]]))
    assert torch.equal(each_its_own[0], normal[0])
    assert torch.equal(each_its_own[1, 0], normal[1, 0])
    assert not torch.equal(each_its_own[1, 1:], normal[1, 1:])


def test_every_sequence_of_a_batch_gets_the_same_positions():
    """The batch-axis mistake: positions picked by the row of the batch, not by the column."""
    layer = InputEmbedding(10, 8, position="learned")
    added = layer(IDS) - layer.token.weight[IDS]
    torch.testing.assert_close(added[0], added[1])
    assert (added[0, 0] - added[0, 1]).abs().max() > 0.001


def test_agrees_bit_for_bit_with_transformers_bert():
    config = BertConfig(vocab_size=100, hidden_size=32, max_position_embeddings=20)
    theirs = BertEmbeddings(config).eval()
    ours = InputEmbedding(
        100, 32, position=LearnedPositions(20, 32), token_types=2, layer_norm=True, eps=1e-12
    ).eval()
    ours.token.weight.data = theirs.word_embeddings.weight.data
    ours.token_type.weight.data = theirs.token_type_embeddings.weight.data
    ours.position.weight.data = theirs.position_embeddings.weight.data
    ids, types = torch.randint(100, (3, 20)), torch.randint(2, (3, 20))
    shifted = torch.arange(19, -1, -1).expand(3, 20)
    assert torch.equal(ours(ids), theirs(ids))
    assert torch.equal(
        ours(ids, shifted, token_type_ids=types),
        theirs(ids, position_ids=shifted, token_type_ids=types),
    )


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda layer: layer(torch.tensor([[10]])), IndexError, "0 and 9.*10 rows, but got 10"),
        (lambda layer: layer(torch.tensor([[3, -1]])), IndexError, "0 and 9.*but got -1"),
        (lambda layer: layer(torch.tensor([1, 2])), ValueError, r"\(B, T\).*rank 1.*unsqueeze"),
        (lambda layer: layer(torch.ones(2, 3)), TypeError, "ids must hold integers.*float32"),
        (lambda layer: layer(torch.ones(2, 3) > 0), TypeError, "ids must hold integers.*bool"),
        (lambda layer: layer([[1, 2]]), TypeError, "ids must be a torch tensor.*got list"),
        (lambda layer: layer(torch.zeros(1, 7).long()), ValueError, "length 7.*6 rows"),
        (lambda layer: layer(IDS, torch.tensor([0, 1, 2, -1])), ValueError, "smallest is -1"),
        (lambda layer: layer(IDS, torch.tensor([0, 1, 2, 6])), ValueError, "position 6.*6 rows"),
        (lambda layer: layer(IDS, torch.arange(3)), ValueError, r"shape \(1, 4\).*got \(1, 3\)"),
        (lambda layer: layer(IDS, torch.zeros(3, 4).long()), ValueError, r"\(2, 4\).*\(3, 4\)"),
        (lambda layer: layer(IDS, torch.rand(4)), TypeError, "position_ids must hold integers"),
        (lambda layer: layer(IDS, token_type_ids=IDS), ValueError, "token_types=0"),
        (lambda _: InputEmbedding(10, 7, position="sinusoidal"), ValueError, "even.*got 7"),
        (lambda _: InputEmbedding(0, 8, position=None), ValueError, "vocab_size.*at least 1"),
        (lambda _: InputEmbedding(10, 8, position="rotary"), TypeError, "'sinusoidal'.*'rotary'"),
        (
            lambda _: InputEmbedding(10, 8, position=SinusoidalEncoding(6)),
            ValueError,
            "dim is 8.*width 6",
        ),
        (
            lambda _: InputEmbedding(10, 8, position=None)(IDS, torch.arange(4)),
            ValueError,
            "position=None",
        ),
    ],
)
def test_bad_input(call, error, says):
    layer = InputEmbedding(10, 8, position="learned", max_len=6)
    with pytest.raises(error, match=says):
        call(layer)


def test_a_module_of_ones_own_needs_no_more_than_a_call_with_a_length():
    class Ramp(nn.Module):
        def forward(self, seq_len):
            return torch.arange(float(seq_len)).view(1, -1, 1).expand(1, -1, 4)

    layer = InputEmbedding(5, 4, position=Ramp())
    ids = torch.tensor([[1, 2, 3]])
    assert torch.equal(layer(ids), layer.token(ids) + torch.arange(3.0).view(1, 3, 1))
    with pytest.raises(TypeError, match="Ramp has none"):
        layer(ids, torch.arange(3))
