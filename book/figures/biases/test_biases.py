"""The numbers of the panels are those of `src`, by distance, and the trained ones are trained."""

import math

import pytest
import torch

from book.figures.biases import biases
from src.attention import score_terms
from src.positional_embeddings import alibi_bias, apply_rotary, sinusoidal_table

T = biases.LONGEST
DISTANCE = (torch.arange(T).unsqueeze(1) - torch.arange(T)).abs()


@pytest.fixture(scope="module")
def added():
    return {name: torch.tensor(values) for name, values in biases.data().items()}


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
