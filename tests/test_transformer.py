import pytest
import torch

from src.transformer import SCHEMES, DecoderConfig, TinyDecoder, text_batches, train

ALL = pytest.mark.parametrize("position", SCHEMES)


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
    assert blind == (position in ("none", "alibi"))  # symmetric ALiBi is the surprise


@ALL
def test_each_scheme_learns_to_repeat(position):
    """Predicting the token before needs no far look; all must leave chance (2.4) behind."""
    text = torch.tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] * 40)
    losses = train(tiny(position), text_batches(text, steps=60, seq_len=16), lr=1e-2)
    assert losses.shape == (60,)
    assert losses[-1] < 0.2


def test_only_the_learned_table_has_a_limit():
    for position in SCHEMES:
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


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: DecoderConfig(11, "rope"), ValueError, "'rotary'.*but got 'rope'"),
        (lambda: DecoderConfig(11, dim=10, num_heads=4), ValueError, "multiple of num_heads=4"),
        (lambda: DecoderConfig(11, dim=12, num_heads=4), ValueError, "must be even.*got 3"),
        (lambda: DecoderConfig(0), ValueError, "vocab_size must be at least 1"),
        (lambda: tiny("none")(torch.tensor([[11]])), IndexError, "0 and 10.*got 11"),
        (lambda: next(text_batches(torch.arange(5), steps=1)), ValueError, "seq_len=32.*has 5"),
        (lambda: train(tiny("none"), []), ValueError, "at least one batch"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
