import math

import pytest
import torch

from src.positional_embeddings import (
    Rotary,
    apply_rotary,
    rotary_frequencies,
    schemes_acting_on,
)
from src.transformer import POSITIONS, SCHEMES, DecoderConfig, TinyDecoder, text_batches, train

INPUT_SCHEMES, BIAS_SCHEMES = schemes_acting_on("input"), schemes_acting_on("scores")
ALL = pytest.mark.parametrize("position", POSITIONS)


def tiny(position, **settings):
    torch.manual_seed(0)
    return TinyDecoder(DecoderConfig(11, position, dim=16, num_heads=2, **settings))


@ALL
def test_the_future_does_not_reach_back(position):
    model, ids = tiny(position), torch.randint(11, (2, 12))
    changed = ids.clone()
    changed[:, 7] = (ids[:, 7] + 1) % 11
    before, after = model(ids), model(changed)
    assert before.shape == (2, 12, 11)
    torch.testing.assert_close(before[:, :7], after[:, :7])
    assert (before[:, 7:] - after[:, 7:]).abs().max() > 1e-3


@ALL
def test_without_a_mask_only_positions_tell_the_order(position):
    model, ids = tiny(position, causal=False), torch.randint(11, (1, 12))
    blind = torch.allclose(model(ids).flip(1), model(ids.flip(1)), atol=1e-4)
    bias = model.bias(12, 12) if model.bias is not None else torch.zeros(2, 12, 12)
    mirrored = torch.equal(bias, bias.flip(1, 2))
    assert blind == (mirrored and position not in (*INPUT_SCHEMES, "rotary"))
    if position in SCHEMES:
        assert blind == (position in ("none", "alibi"))  # symmetric ALiBi is the surprise


def test_the_lessons_compare_schemes_that_exist():
    assert set(SCHEMES) <= set(POSITIONS)


@ALL
def test_each_scheme_learns_to_repeat(position):
    """Predicting the token before needs no far look; all must leave chance (2.4) behind."""
    text = torch.tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] * 40)
    losses = train(tiny(position), text_batches(text, steps=60, seq_len=16), lr=1e-2)
    assert losses.shape == (60,)
    assert losses[-1] < 0.2


def test_only_the_learned_table_has_a_limit():
    for position in POSITIONS:
        model = tiny(position, max_len=8)
        if position == "learned":
            with pytest.raises(ValueError, match="length 9 needs 9 positions.*8 rows"):
                model(torch.zeros(1, 9).long())
        else:
            assert model(torch.zeros(1, 9).long()).shape == (1, 9, 11)


def test_batches_are_stretches_of_the_text_and_targets_one_on():
    for inputs, targets in text_batches(torch.arange(50), steps=5, batch_size=4, seq_len=7):
        assert inputs.shape == targets.shape == (4, 7)
        assert torch.equal(targets, inputs + 1)
        assert (inputs.diff(dim=1) == 1).all()


def yarn(factor):
    return {"rope_type": "yarn", "factor": factor, "original_max_position_embeddings": 8}


class TestRotaryScaling:
    """What the speeds should do is tested with rotary_frequencies; here, that the model obeys."""

    def test_linear_scaling_is_the_same_as_closer_positions(self):
        """Every third position at a third of the speed turns as every position did before."""
        model, ids = tiny("rotary"), torch.randint(11, (2, 12))
        before = model(ids)
        model.adjust(rotary_scaling={"rope_type": "linear", "factor": 3.0})
        assert (model(ids) - before).abs().max() > 1e-3

        class FurtherApart(Rotary):
            def forward(self, x):
                return super().forward(x, 3 * torch.arange(x.shape[-2]))

        model.rotary = FurtherApart(8, scaling=model.rotary.scaling)
        torch.testing.assert_close(model(ids), before)

    def test_scaling_keeps_what_else_the_model_was_given(self):
        model = tiny("rotary")
        model.rotary = Rotary(8, base=100.0, layout="half")
        model.adjust(rotary_scaling=yarn(4.0))
        assert model.rotary.base == 100.0
        assert model.rotary.layout == "half"
        assert model.rotary.scaling == yarn(4.0)

    def test_a_refused_change_changes_nothing(self):
        model = tiny("rotary")
        with pytest.raises(ValueError, match="window must be at least 1"):
            model.adjust(rotary_scaling=yarn(4.0), window=0)
        assert model.config.rotary_scaling is model.rotary.scaling is None

    @pytest.mark.parametrize("kind", ["linear", "ntk", "yarn"])
    def test_factor_1_changes_nothing(self, kind):
        model, ids = tiny("rotary"), torch.randint(11, (2, 12))
        before = model(ids)
        model.adjust(
            rotary_scaling=yarn(1.0) if kind == "yarn" else {"rope_type": kind, "factor": 1.0}
        )
        torch.testing.assert_close(model(ids), before)

    def test_yarn_multiplies_every_score_by_its_temperature_squared(self):
        """One layer, so queries and keys are alike in both runs and only the turn differs."""
        ids = torch.randint(11, (1, 6))
        model = tiny("rotary", num_layers=1, rotary_scaling=yarn(4.0))
        block = model.blocks[0]
        q, k, _ = block.qkv(block.norm1(model.embedding(ids))).view(6, 3, 2, 8).permute(1, 2, 0, 3)
        speeds = rotary_frequencies(8, scaling=yarn(4.0))
        q, k = (apply_rotary(x, torch.arange(6), frequencies=speeds) for x in (q, k))
        temperature = 0.1 * math.log(4) + 1
        scores = (q @ k.transpose(1, 2) / math.sqrt(8) * temperature**2).tril()
        scores = scores.masked_fill(torch.ones(6, 6).triu(1).bool(), -torch.inf)
        torch.testing.assert_close(model.attention_weights(ids)[0, 0], scores.softmax(dim=-1))

    def test_it_can_be_switched_off_and_touches_no_weight(self):
        model, ids = tiny("rotary"), torch.randint(11, (2, 12))
        before, weights = model(ids), [p.clone() for p in model.parameters()]
        model.adjust(rotary_scaling=yarn(4.0))
        assert model.config.rotary_scaling == yarn(4.0)
        assert not torch.allclose(model(ids), before, atol=1e-3)
        model.adjust(rotary_scaling=None)
        assert torch.equal(model(ids), before)
        assert all(map(torch.equal, weights, model.parameters()))


@ALL
def test_a_window_hides_all_keys_further_back(position):
    model, ids = tiny(position, window=3), torch.randint(11, (2, 12))
    looks = model.attention_weights(ids)
    assert looks.shape == (2, 2, 2, 12, 12)
    torch.testing.assert_close(looks.sum(dim=-1), torch.ones(2, 2, 2, 12))
    back = torch.arange(12).unsqueeze(1) - torch.arange(12)
    assert (looks[..., (back < 0) | (back > 2)] == 0).all()
    assert (looks[..., (back >= 0) & (back <= 2)] > 0).all()


def test_a_free_layer_sees_all_keys_and_turns_nothing():
    model, ids = tiny("rotary", window=3, free_layers=(1,)), torch.randint(11, (1, 12))
    looks = model.attention_weights(ids)
    back = torch.arange(12).unsqueeze(1) - torch.arange(12)
    assert (looks[0][..., back > 2] == 0).all()
    assert (looks[1][..., back >= 0] > 0).all()
    free = tiny("rotary", free_layers=(0, 1))
    torch.testing.assert_close(free(ids), tiny("none")(ids))


def test_partial_rotary_turns_the_first_numbers_of_a_head():
    speeds = tiny("rotary", rotary_share=0.5).rotary.frequencies
    torch.testing.assert_close(speeds, torch.cat((rotary_frequencies(4), torch.zeros(2))))
    assert tiny("rotary").rotary.frequencies.all()


@pytest.mark.parametrize("position", ["none", *BIAS_SCHEMES, "rotary"])
def test_what_is_relative_does_not_see_where_a_windowed_text_begins(position):
    """Two layers of window 3 reach 4 tokens back; later outputs cannot depend on the start."""
    model, ids = tiny(position, window=3), torch.randint(11, (1, 20))
    torch.testing.assert_close(model(ids)[:, 11:], model(ids[:, 7:])[:, 4:])


@pytest.mark.parametrize("position", INPUT_SCHEMES)
def test_what_is_absolute_does_see_it(position):
    model, ids = tiny(position, window=3), torch.randint(11, (1, 20))
    assert (model(ids)[:, 11:] - model(ids[:, 7:])[:, 4:]).abs().max() > 1e-2


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: DecoderConfig(11, "rope"), ValueError, "'rotary'.*but got 'rope'"),
        (lambda: DecoderConfig(11, dim=10, num_heads=4), ValueError, "multiple of num_heads=4"),
        (lambda: DecoderConfig(11, dim=12, num_heads=4), ValueError, "must be even.*got 3"),
        (lambda: DecoderConfig(0), ValueError, "vocab_size must be at least 1"),
        (lambda: DecoderConfig(11, "t5", rotary_scaling=yarn(2.0)), ValueError, "but got 't5'"),
        (lambda: DecoderConfig(11, "t5", rotary_share=0.5), ValueError, "but got 't5'"),
        (lambda: DecoderConfig(11, rotary_share=0.0), ValueError, "at most 1, but got 0.0"),
        (lambda: DecoderConfig(11, free_layers=(2,)), ValueError, "num_layers=2, but got 2"),
        (lambda: DecoderConfig(11, rotary_scaling={"rope_type": "x"}), ValueError, "but got 'x'"),
        (lambda: DecoderConfig(11, window=0), ValueError, "window must be at least 1"),
        (lambda: DecoderConfig(11, window=2, causal=False), ValueError, "needs causal=True"),
        (lambda: tiny("none").adjust(dim=4), TypeError, "unexpected keyword argument 'dim'"),
        (lambda: tiny("none").adjust(rotary_scaling=yarn(2.0)), ValueError, "but got 'none'"),
        (lambda: tiny("none")(torch.tensor([[11]])), IndexError, "0 and 10.*got 11"),
        (lambda: next(text_batches(torch.arange(5), steps=1)), ValueError, "seq_len=32.*has 5"),
        (lambda: train(tiny("none"), []), ValueError, "at least one batch"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
