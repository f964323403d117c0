"""Everything that knows positions, on devices and in dtypes other than the usual ones.

No test machine need have a second device: ``meta`` holds shapes without numbers, and fake tensors
say that they are on another device. Both refuse to mix with the processor, as a GPU does. (Fake
"cuda" needs a PyTorch that is built for it; every build has the device "lazy".)
"""

import copy
import io
import pickle
from contextlib import nullcontext

import pytest
import torch
from torch._subclasses import FakeTensorMode
from torch.utils.checkpoint import checkpoint

from src.attention import attention, causal_mask
from src.combining import InputEmbedding
from src.positional_embeddings import (
    POSITIONS,
    Rotary,
    SchemeSettings,
    SinusoidalEncoding,
    alibi_bias,
    alibi_key_row,
    apply_rotary,
    make_scheme,
    schemes_acting_on,
    shaw_relative_scores,
    sinusoidal_table,
    t5_relative_buckets,
)
from src.transformer import DecoderConfig, TinyDecoder

V, D, H, T = 11, 16, 2, 12
HALF = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
ALL = pytest.mark.parametrize("position", POSITIONS)
BIASES = schemes_acting_on("scores")
DEVICES = ["meta", "lazy:0", *(["cuda:0"] if torch.cuda.is_available() else [])]
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 8}


def decoder(position, **settings):
    torch.manual_seed(0)
    settings = {"dim": D, "num_heads": H, "max_len": 600, **settings}
    return TinyDecoder(DecoderConfig(V, position, **settings))


def token_ids(length=T, **where):
    return torch.arange(2 * length, **where).view(2, length) % V


def bias_of(name):
    torch.manual_seed(0)
    return make_scheme(name, "scores", SchemeSettings(dim=D, num_heads=H))


def rounding(dtype):
    """What a few roundings in this dtype may add up to, beside numbers of about 1."""
    return {"rtol": 0, "atol": 8 * torch.finfo(dtype).eps}


class TestAnotherDevice:
    @pytest.fixture(params=DEVICES)
    def device(self, request):
        """The device, while tensors of it can be made."""
        with FakeTensorMode() if request.param == "lazy:0" else nullcontext():
            yield torch.device(request.param)

    @ALL
    def test_a_model_runs_where_its_ids_are(self, position, device):
        with device:
            model, ids = decoder(position, window=5), token_ids()
        scores = model(ids)
        assert scores.device == device
        assert scores.shape == (2, T, V)

    @pytest.mark.parametrize("position", [None, *schemes_acting_on("input")])
    def test_an_input_layer(self, position, device):
        with device:
            layer = InputEmbedding(V, D, position=position, layer_norm=True, token_types=2)
            ids, positions = token_ids(), torch.arange(T)
        assert layer(ids).device == device
        if position is not None:
            assert layer(ids, positions).device == device

    @pytest.mark.parametrize("name", BIASES)
    def test_a_bias_is_made_where_it_is_asked_for(self, name, device):
        with device:
            bias = bias_of(name)
        assert bias(T, T, device=device).device == device
        assert bias(3, T, query_start=9, device=device).shape == (H, 3, T)

    def test_functions(self, device):
        x = torch.randn(2, H, T, D, device=device)
        table = torch.randn(5, D, device=device)
        assert apply_rotary(x, torch.arange(T)).device == device
        assert Rotary(D, layout="half", scaling=YARN)(x).device == device
        assert shaw_relative_scores(x, table).device == device
        assert alibi_key_row(H, T, device=device).device == device

    def test_attention_fetches_bias_and_mask(self, device):
        """From the processor, where alibi_bias and causal_mask make them if nothing is said."""
        x = torch.randn(1, H, T, D, device=device)
        output, weights = attention(x, x, x, bias=alibi_bias(H, T, T), mask=causal_mask(T))
        assert output.device == weights.device == device


class TestSixteenBits:
    @HALF
    @ALL
    def test_a_model_agrees_with_float32(self, position, dtype):
        model, ids = decoder(position), token_ids(40)
        exact = model(ids)
        rounded = model.to(dtype)(ids)
        assert rounded.dtype == dtype
        torch.testing.assert_close(rounded.float(), exact, **rounding(dtype))

    @HALF
    @pytest.mark.parametrize("name", BIASES)
    def test_attention_with_a_bias_far_from_position_0(self, name, dtype):
        q, k, v = torch.randn(3, H, 600, D, generator=torch.Generator().manual_seed(0))
        bias, mask = bias_of(name), causal_mask(600)
        q, k, v = (x.to(dtype).float() for x in (q, k, v))
        exact, _ = attention(q, k, v, bias=bias(600, 600), mask=mask)
        q, k, v = (x.to(dtype) for x in (q, k, v))
        output, weights = attention(q, k, v, bias=bias.to(dtype)(600, 600), mask=mask)
        assert output.dtype == weights.dtype == dtype
        torch.testing.assert_close(output.float(), exact, **rounding(dtype))

    def test_the_row_of_alibi_does_not_swallow_the_scores(self):
        """At key 4,000 it is 1,000, where bfloat16 counts in eights."""
        q, k, v = torch.randn(3, H, 4000, D, generator=torch.Generator().manual_seed(0)).bfloat16()
        q, mask = q[:, -5:], causal_mask(5, 4000, query_start=3995)
        row = attention(q, k, v, bias=alibi_key_row(H, 4000), mask=mask)[1]
        full = attention(q, k, v, bias=alibi_bias(H, 5, 4000, query_start=3995), mask=mask)[1]
        torch.testing.assert_close(row, full, atol=0.01, rtol=0)

    @HALF
    @pytest.mark.parametrize("layout", ["interleaved", "half"])
    def test_a_turn_is_rounded_once(self, layout, dtype):
        x = torch.randn(H, 600, D, generator=torch.Generator().manual_seed(0)).to(dtype)
        for rotary in (Rotary(D, layout=layout), Rotary(D, layout=layout, scaling=YARN)):
            assert torch.equal(rotary(x), rotary(x.float()).to(dtype))

    @HALF
    @pytest.mark.usefixtures("as_users_call")
    def test_positions_in_16_bits_are_refused(self, dtype):
        positions = torch.arange(4).to(dtype)
        calls = (
            lambda: apply_rotary(torch.ones(4, 8), positions),
            lambda: Rotary(8)(torch.ones(4, 8), positions),
            lambda: SinusoidalEncoding(8).at(positions),
            lambda: make_scheme("learned", "input", SchemeSettings(dim=8)).at(positions),
            lambda: InputEmbedding(V, 8, position="sinusoidal")(
                torch.zeros(1, 4).long(), positions
            ),
        )
        for call in calls:
            with pytest.raises(TypeError, match=f"{dtype}.*256.*2,048.*torch.arange"):
                call()

    def test_converted_to_half_and_back_nothing_is_lost(self):
        layer = SinusoidalEncoding(D)
        assert layer.half()(50).dtype == torch.float16
        assert torch.equal(layer.float()(50)[0], sinusoidal_table(50, D))


class TestNoPositions:
    @ALL
    @pytest.mark.parametrize("shape", [(1, 0), (0, 5)])
    def test_a_model(self, position, shape):
        assert decoder(position)(torch.zeros(shape).long()).shape == (*shape, V)

    @pytest.mark.parametrize("lengths", [(0, 0), (0, 3), (3, 0)])
    def test_functions(self, lengths):
        q_len, k_len = lengths
        for name in BIASES:
            assert bias_of(name)(*lengths).shape == (H, *lengths)
        assert t5_relative_buckets(*lengths, bidirectional=True).shape == lengths
        q = torch.ones(1, H, q_len, D)
        assert shaw_relative_scores(q, torch.ones(5, D), k_len=k_len).shape == (1, H, *lengths)
        k = torch.ones(1, H, k_len, D)
        for mask in (None, causal_mask(*lengths)):
            output, weights = attention(q, k, k, bias=alibi_bias(H, *lengths), mask=mask)
            assert output.shape == (1, H, q_len, D)
            assert weights.shape == (1, H, *lengths)
            assert (output == 0).all()

    def test_vectors_and_turns(self):
        for name in schemes_acting_on("input"):
            layer = make_scheme(name, "input", SchemeSettings(dim=D))
            assert layer(0).shape == (1, 0, D)
            assert layer.at(torch.arange(0)).shape == (0, D)
        for layout in ("interleaved", "half"):
            assert Rotary(D, layout=layout)(torch.ones(1, H, 0, D)).shape == (1, H, 0, D)


@ALL
class TestMovedAndStored:
    def test_built_without_numbers_then_loaded(self, position):
        model = decoder(position, rotary_scaling=YARN if position == "rotary" else None)
        with torch.device("meta"):
            other = TinyDecoder(model.config)
        other.load_state_dict(model.state_dict(), assign=True)
        assert torch.equal(other(token_ids()), model(token_ids()))

    def test_used_without_numbers_then_given_memory_and_loaded(self, position):
        model = decoder(position)
        other = decoder(position).to("meta")
        other(token_ids(device="meta"))
        other.to_empty(device="cpu").load_state_dict(model.state_dict())
        assert torch.equal(other(token_ids()), model(token_ids()))

    def test_copied_and_pickled(self, position):
        model = decoder(position)
        model(token_ids())
        for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert torch.equal(other(token_ids()), model(token_ids()))

    def test_saved_weights_load_strictly_and_hold_nothing_derived(self, position):
        file = io.BytesIO()
        torch.save(decoder(position).state_dict(), file)
        file.seek(0)
        state = torch.load(file)
        decoder(position).load_state_dict(state, strict=True)
        assert len(state) == len(list(decoder(position).parameters()))

    def test_trains_after_an_evaluation_in_inference_mode(self, position):
        model = decoder(position)
        with torch.inference_mode():
            model(token_ids())
        model(token_ids()).sum().backward()
        assert all(p.grad is not None for p in model.parameters())

    def test_checkpointed_it_has_the_same_gradient(self, position):
        gradients = []
        for run in (lambda m, x: m(x), lambda m, x: checkpoint(m, x, use_reentrant=False)):
            model = decoder(position)
            run(model, token_ids()).square().sum().backward()
            gradients.append(model.embedding.token.weight.grad)
        assert torch.equal(*gradients)


def test_a_learned_scale_trains_after_an_evaluation_in_inference_mode():
    layer, scale = SinusoidalEncoding(D), torch.nn.Parameter(torch.ones(()))
    with torch.inference_mode():
        layer(T)
    (scale * layer(T)).square().sum().backward()
    assert scale.grad == pytest.approx(D * T)
