from dataclasses import replace

import pytest
import torch
from torch import nn

from src import position_lab
from src.position_lab import (
    COLUMNS,
    FACTORS,
    HYBRIDS,
    INSIDE,
    INSIDE_COLUMNS,
    LABS,
    OTHER_LR,
    SEEDS,
    TOKENS,
    Lab,
    curve,
    effective_keys,
    load_results,
    look_up,
    measure,
    scalings,
    token_values,
    train_scheme,
    weights_by_distance,
)
from src.positional_embeddings import t5_relative_buckets
from src.transformer import SCHEMES, DecoderConfig

each_lab = pytest.mark.parametrize("lab", LABS.values(), ids=LABS.keys())


@pytest.fixture(scope="module")
def results():
    return load_results()


@each_lab
def test_every_length_is_measured_on_the_same_tokens(lab):
    streams = [lab.held_out(factor)[0] for factor in FACTORS]
    for factor, ids in zip(FACTORS, streams, strict=True):
        assert ids.shape == (TOKENS // (lab.length * factor), lab.length * factor)
        assert torch.equal(ids.flatten(), streams[0].flatten())


def test_the_answers():
    ids, targets = LABS["text"].held_out(2)
    assert torch.equal(targets.flatten()[:-1], ids.flatten()[1:])
    ids, targets = LABS["three back"].held_out(2)
    assert (targets[:, :3] == -100).all()
    assert torch.equal(targets[:, 3:], ids[:, :-3])
    ids, targets = LABS["first token"].held_out(2)
    assert (targets[:, 0] == -100).all()
    assert (targets[:, 1:] == ids[:, :1]).all()


def test_no_model_trains_on_held_out_text(monkeypatch):
    monkeypatch.setattr(position_lab, "HELD_OUT", 20_000)
    monkeypatch.setattr(position_lab, "_characters", lambda: torch.arange(30_000))
    for inputs, targets in LABS["text"].batches(0):
        assert max(inputs.max(), targets.max()) < 10_000
    for factor in FACTORS:
        assert LABS["text"].held_out(factor)[0].min() >= 10_000


@each_lab
def test_longer_training_texts_bring_as_many_tokens(lab):
    short, long = next(lab.batches(0))[0], next(lab.batches(0, length=4 * lab.length))[0]
    assert long.shape == (len(short) // 4, 4 * lab.length)
    assert sum(1 for _ in lab.batches(0, steps=7)) == 7
    assert not torch.equal(short, next(lab.batches(1))[0])


@each_lab
def test_the_training_length_reaches_every_bucket_of_t5(lab):
    settings = train_scheme(replace(lab, steps=1), "t5", 0).config
    buckets = t5_relative_buckets(
        lab.length,
        lab.length,
        bidirectional=False,
        num_buckets=settings.num_buckets,
        max_distance=settings.max_distance,
    )
    assert buckets.unique().tolist() == list(range(settings.num_buckets))


def test_rows_past_the_training_length_are_never_trained():
    """AdamW shrinks all weights a little, so a row without a gradient keeps its direction."""
    lab = replace(LABS["first token"], steps=5)
    torch.manual_seed(3)
    start = position_lab.TinyDecoder(DecoderConfig(16, "learned", max_len=8 * lab.length))
    start = start.embedding.position.weight.detach()
    rows = train_scheme(lab, "learned", 3).embedding.position.weight.detach()
    kept = (rows / start).sub(1).abs().amax(dim=1) < 1e-3
    assert len(rows) == 8 * lab.length
    assert kept[lab.length :].all()
    assert not kept[: lab.length].any()


class Oracle(nn.Module):
    """Gives the letter three back the highest score."""

    def forward(self, ids):
        return nn.functional.one_hot(ids.roll(3, dims=1), 16).float()


def test_values_are_shares_of_right_answers():
    right = token_values(Oracle(), LABS["three back"], 2)
    assert right[:, :3].isnan().all()
    assert (right[:, 3:] == 100).all()
    wrong = measure(Oracle(), LABS["first token"], 8)  # right by chance
    assert 100 / 16 - 3 < wrong < 100 / 16 + 3


def test_values_are_nats_on_text(monkeypatch):
    class Uniform(nn.Module):
        def forward(self, ids):
            return torch.zeros(*ids.shape, 62)

    values = token_values(Uniform(), LABS["text"], 4)
    torch.testing.assert_close(values, torch.full((TOKENS // 128, 128), 62.0).log())


def test_scalings_fit_the_decoder():
    for kind, scaling in scalings(LABS["text"], 4).items():
        assert scaling["rope_type"] == kind
        assert DecoderConfig(2, rotary_scaling=scaling).rotary_scaling == scaling
    assert scalings(LABS["text"], 4)["yarn"]["original_max_position_embeddings"] == 32


def test_the_results_are_complete(results):
    assert all(tuple(row) == COLUMNS for row in results)
    for lab in LABS.values():
        for lr in (lab.lr, OTHER_LR):
            at_rate = replace(lab, lr=lr)
            for scheme in (*SCHEMES, *HYBRIDS):
                assert curve(results, at_rate, scheme).shape == (len(SEEDS), 4)
            for kind in scalings(lab, 2):
                assert curve(results, at_rate, "rotary", scaling=kind).shape == (len(SEEDS), 3)


def test_the_looks_inside_are_complete():
    looks = load_results(INSIDE)
    assert all(tuple(row) == INSIDE_COLUMNS for row in looks)
    for task, scheme, measured, change in {
        (row["task"], row["scheme"], row["measure"], row["change"]) for row in looks
    }:
        assert look_up(looks, task, scheme, measured, change).shape == (len(SEEDS),)
    for scheme in SCHEMES:
        assert look_up(looks, "text", scheme, "window, 8x").max() < 4


class Looker(nn.Module):
    """Looks at the token three back with its second head, evenly at all with its first."""

    def attention_weights(self, ids):
        B, T = ids.shape
        even = torch.ones(T, T).tril() / torch.arange(1, T + 1).unsqueeze(1)
        back = torch.eye(T).roll(-3, dims=1)
        return torch.stack((even, back)).expand(1, B, 2, T, T)


def test_the_head_that_looks_three_back_is_found():
    near, late = weights_by_distance(Looker(), LABS["three back"])
    assert near == 1
    assert late.shape == (113,)
    assert late[3] == 1
    assert late.sum() == 1


def test_effective_keys_are_all_keys_if_they_share_alike():
    lab = LABS["three back"]
    found = effective_keys(Looker(), lab, 2)  # the mean of two heads; the last 8 queries of 32
    assert found == pytest.approx((sum(range(25, 33)) / 8 + 1) / 2, abs=1e-3)


def test_a_curve_has_a_row_per_seed_and_a_column_per_factor():
    rest = {"task": "text", "scheme": "t5", "scaling": "none", "lr": 6e-3, "extra_steps": 0}
    rows = [{**rest, "seed": s, "factor": f, "value": 10.0 * s + f} for f in (4, 1) for s in (1, 0)]
    assert curve(rows, LABS["text"], "t5").tolist() == [[1, 4], [11, 14]]


def test_one_point_can_be_repeated(results):
    """Rounding differs between machines and grows in training: three points of 100 are allowed."""
    lab = LABS["three back"]
    model = train_scheme(lab, "learned", 0)
    now = torch.tensor([measure(model, lab, factor) for factor in FACTORS])
    torch.testing.assert_close(now, curve(results, lab, "learned")[0], atol=3, rtol=0)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Lab("copy"), ValueError, "one of .*but got 'copy'"),
        (lambda: Lab("text", steps=0), ValueError, "steps must be at least 1"),
        (lambda: Lab("text", length=30).held_out(1), ValueError, "must divide 8192"),
        (lambda: train_scheme(LABS["text"], "rope", 0), ValueError, "but got 'rope'"),
        (lambda: curve([], LABS["text"], "t5"), ValueError, "no measurement with"),
        (lambda: look_up([], "text", "t5", "8x"), ValueError, "no measurement with"),
        (
            lambda: load_results(position_lab.RESULTS.with_name("x.csv")),
            FileNotFoundError,
            "python -m experiments.position_lab",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
