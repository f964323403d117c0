"""Everything that knows positions compiles in one piece (``fullgraph``) and computes the same.

Checks of values would break the graph; they are left out there. No C++ compiler is needed: the
backend runs the captured graph as it is.
"""

import pytest
import torch

from src.combining import InputEmbedding
from src.positional_embeddings import (
    POSITIONS,
    Rotary,
    SchemeSettings,
    apply_rotary,
    make_scheme,
    schemes_acting_on,
)
from src.transformer import DecoderConfig, TinyDecoder

# The checker of annotations is Python that no graph can hold.
pytestmark = pytest.mark.usefixtures("as_users_call")

YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 8}


def same_compiled(function, *calls):
    torch._dynamo.reset()
    compiled = torch.compile(function, fullgraph=True, backend="eager")
    for arguments in calls:
        torch.testing.assert_close(compiled(*arguments), function(*arguments))


def token_ids(length):
    return torch.arange(2 * length).view(2, length) % 11


@pytest.mark.parametrize("layout", ["interleaved", "half"])
def test_a_turn(layout):
    x, positions = torch.randn(2, 2, 5, 8), torch.arange(5)
    same_compiled(lambda x, p: apply_rotary(x, p, layout=layout), (x, positions))
    same_compiled(Rotary(8, layout=layout, scaling=YARN), (x,), (x, positions))


@pytest.mark.parametrize("name", schemes_acting_on("scores"))
def test_a_bias(name):
    bias = make_scheme(name, "scores", SchemeSettings(dim=16, num_heads=2))
    same_compiled(bias, (5, 7), (6, 9))  # the second with lengths as symbols


@pytest.mark.parametrize("position", schemes_acting_on("input"))
def test_an_input_layer(position):
    layer = InputEmbedding(11, 8, position=position, token_types=2)
    same_compiled(layer, (token_ids(5),), (token_ids(5), torch.arange(5)))


@pytest.mark.parametrize("position", POSITIONS)
def test_a_model(position):
    model = TinyDecoder(DecoderConfig(11, position, dim=16, num_heads=2, num_layers=1, window=4))
    same_compiled(model, (token_ids(5),))
