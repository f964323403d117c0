"""The numbers behind the figures about positions are those of `src`."""

import math

import pytest
import torch

from book.figures.adding import adding
from book.figures.biases import biases
from book.figures.clock import clock
from book.figures.rotary import rotary
from src.attention import score_terms
from src.positional_embeddings import alibi_bias, apply_rotary, sinusoidal_table

T = biases.LONGEST
DISTANCE = (torch.arange(T).unsqueeze(1) - torch.arange(T)).abs()


@pytest.fixture(scope="module")
def added():
    return {name: torch.tensor(values) for name, values in biases.data().items()}


def test_rotary_has_the_numbers_of_the_lesson():
    """The score that the lesson prints, from the numbers that the page gets."""
    q, k = (torch.tensor([rotary.data()[name]]).double() for name in ("query", "key"))
    for shift in (0, 7, 100):
        turned_q = apply_rotary(q, torch.tensor([12 + shift]))
        turned_k = apply_rotary(k, torch.tensor([5 + shift]))
        assert (turned_q @ turned_k.T).item() == pytest.approx(-0.7115342029, abs=1e-4)


def test_biases_are_laid_out_by_distance(added):
    close = {"rtol": 0, "atol": 6e-5}
    torch.testing.assert_close(added["alibi"][:, DISTANCE], alibi_bias(12, T, T), **close)
    before = torch.ones(T, T).tril().bool()
    t5 = biases.t5_bias()(T, T)
    torch.testing.assert_close(added["t5"][:, DISTANCE][:, before], t5[:, before], **close)
    table = sinusoidal_table(T, 64)
    torch.testing.assert_close(added["sinusoidal"][DISTANCE], table @ table.T / 8, **close)
    x = torch.randn(12, 1, 32, generator=torch.Generator().manual_seed(0)).expand(-1, T, -1)
    turned = apply_rotary(x, torch.arange(T))
    scores = turned @ turned.mT / math.sqrt(32)
    torch.testing.assert_close(added["rotary"][:, DISTANCE], scores, rtol=0, atol=1e-4)


def test_minilm_scores_are_the_position_term_of_a_text(added, minilm):
    """Divided by each token's own sigma, as in a real text, it differs by the sigmas alone."""
    embedding, first = minilm.embedding, minilm.layers[0].self_attn
    ids = torch.tensor(minilm.tokenizer.encode("and the lord said unto moses " * 13).ids[: T + 1])
    with torch.no_grad():
        x = embedding.token.weight[ids] + embedding.token_type.weight[0]
        x = x + embedding.position.weight[: T + 1]
        sigma = x.std(dim=1, correction=0)[1:]
        places = embedding.position.weight - embedding.position.weight.mean(dim=0)
        places = places - places.mean(dim=1, keepdim=True)
        part = embedding.norm.weight * places[1 : T + 1] / sigma.unsqueeze(1)
        w_q, w_k, _ = first.in_proj_weight.chunk(3)
        own = score_terms({"p": part}, w_q, w_k, num_heads=12)["p-p"]
    fixed = own * sigma.unsqueeze(1) * sigma  # the sigmas taken out again
    scale = (fixed[2] / added["minilm"][2]).median()
    torch.testing.assert_close(fixed, scale * added["minilm"], rtol=0, atol=1e-4)
    assert scale.sqrt().item() == pytest.approx(sigma.mean().item(), rel=0.15)


def test_head_2_looks_at_the_word_before(added):
    weights = added["minilm"][2].softmax(dim=-1)
    assert weights.diagonal(-1).mean() > 0.9
    assert (weights[1:].argmax(dim=-1) == torch.arange(T - 1)).all()


def test_t5_is_trained(added):
    """Every head is highest near the query and lower far away; an untrained bias is near 0."""
    assert (added["t5"].argmax(dim=1) <= 4).all()
    assert (added["t5"][:, 20:] < -0.5).all()


def test_missing_t5_file_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m experiments.t5_bias"):
        biases.t5_bias(tmp_path / "none.csv")


@pytest.mark.parametrize("width", [2, 8, 64])
@pytest.mark.parametrize("ratio", [1 / 16, 1.0, 4.0])
def test_nearest_rows_one_by_one(width, ratio):
    token, position = (torch.tensor(adding.data()[n])[:, :width] for n in ("token", "position"))
    found = adding.nearest(width, ratio)
    for t, p in [(0, 0), (3, 7), (31, 2), (10, 31), (17, 17)]:
        total = token[t] + ratio * position[p]
        nearest_token = min(range(32), key=lambda r: (total - token[r]).norm().item())
        nearest_place = min(range(32), key=lambda r: (total - ratio * position[r]).norm().item())
        assert found[:, t, p].tolist() == [nearest_token, nearest_place]


def test_what_the_captions_say():
    token, position = adding.nearest(64, 1.0)
    assert (token == torch.arange(32).unsqueeze(1)).all()
    assert (position == torch.arange(32)).all()
    shares = [
        (f == right).double().mean().item()
        for f, right in zip(
            adding.nearest(2, 1.0), (torch.arange(32).unsqueeze(1), torch.arange(32)), strict=True
        )
    ]
    assert [round(100 * share) for share in shares] == [11, 22]
    assert "11 and 22 percent" in adding.ALT
    assert 2 * math.pi * 100 ** (14 / 16) < 512  # every hand turns at base 100
    assert 511 * 100_000 ** (-14 / 16) < 0.03  # radians: hardly any move at base 100,000
    assert "base 100 every hand makes a full turn" in clock.CAPTION
