import pytest
import torch

from src.attention import attention, causal_mask, normed_parts, score_terms
from src.positional_embeddings import alibi_bias, sinusoidal_table


def random(*shape):
    return torch.randn(*shape, dtype=torch.float64)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def test_permuting_the_tokens_permutes_the_output():
    x, order = random(1, 2, 6, 8), torch.randperm(6)
    output, _ = attention(x, x, x)
    permuted, _ = attention(x[:, :, order], x[:, :, order], x[:, :, order])
    torch.testing.assert_close(permuted, output[:, :, order], atol=1e-12, rtol=0)


@pytest.mark.parametrize("order_matters", ["positions", "mask"])
def test_positions_or_a_causal_mask_break_the_symmetry(order_matters):
    x, order = random(6, 8), torch.tensor([5, 4, 3, 2, 1, 0])
    where = sinusoidal_table(6, 8).double() if order_matters == "positions" else 0
    mask = causal_mask(6) if order_matters == "mask" else None
    a, b = x + where, x[order] + where
    output, permuted = attention(a, a, a, mask=mask)[0], attention(b, b, b, mask=mask)[0]
    assert (permuted - output[order]).abs().max() > 0.1


@pytest.mark.parametrize("causal", [True, False])
def test_agrees_with_torch(causal):
    q, k, v, bias = random(2, 4, 5, 8), random(2, 4, 7, 8), random(2, 4, 7, 3), random(4, 5, 7)
    mask = causal_mask(5, 7, query_start=2) if causal else torch.rand(2, 1, 5, 7) > 0.2
    output, weights = attention(q, k, v, bias=bias, mask=mask)
    expected = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=bias.masked_fill(~mask, -torch.inf)
    )
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 4, 5, dtype=torch.float64))
    assert weights.masked_select(~mask).abs().max() == 0


def test_a_query_that_may_look_nowhere_gets_zero():
    x, mask = (
        random(3, 4),
        torch.tensor([[True, True, True], [False, False, False], [True, False, True]]),
    )
    output, weights = attention(x, x, x, mask=mask)
    assert output[1].tolist() == [0] * 4
    assert weights.sum(dim=-1).tolist() == pytest.approx([1, 0, 1])


def test_bias_of_minus_infinity_equals_a_mask():
    x = random(3, 4)
    bias = torch.zeros(3, 3, dtype=torch.float64).masked_fill(~causal_mask(3), -torch.inf)
    torch.testing.assert_close(
        attention(x, x, x, bias=bias), attention(x, x, x, mask=causal_mask(3))
    )


def test_alibi_looks_less_at_what_is_far():
    x = torch.zeros(1, 4, 9, 8)
    _, weights = attention(x, x, x, bias=alibi_bias(4, 9, 9), mask=causal_mask(9))
    assert (weights[0, :, -1].diff(dim=-1) > 0).all()


def test_causal_mask_by_hand():
    assert causal_mask(2, 4, query_start=1).int().tolist() == [[1, 1, 0, 0], [1, 1, 1, 0]]


class TestScoreTerms:
    def test_four_terms_sum_to_the_scores_of_the_sum(self):
        token, position = random(2, 5, 12), random(1, 5, 12)
        w_q, w_k = random(12, 12), random(12, 12)
        terms = score_terms({"token": token, "position": position}, w_q, w_k, num_heads=3)
        assert list(terms) == [
            "token-token",
            "token-position",
            "position-token",
            "position-position",
        ]
        x = token + position
        q, k = ((x @ w.T).view(2, 5, 3, 4).transpose(1, 2) for w in (w_q, w_k))
        torch.testing.assert_close(sum(terms.values()), q @ k.transpose(2, 3) / 2)

    def test_biases_make_a_constant_part(self):
        token, (w_q, w_k), (b_q, b_k) = random(5, 8), random(2, 6, 8), random(2, 6)
        terms = score_terms({"token": token}, w_q, w_k, b_q=b_q, b_k=b_k)
        assert set(terms) == {
            "token-token",
            "token-constant",
            "constant-token",
            "constant-constant",
        }
        expected = (token @ w_q.T + b_q) @ (token @ w_k.T + b_k).T / 6**0.5
        torch.testing.assert_close(sum(terms.values())[0], expected)

    def test_the_position_term_knows_no_words(self):
        position, w = random(5, 8), random(8, 8)
        a, b = (score_terms({"token": random(5, 8), "position": position}, w, w) for _ in range(2))
        assert torch.equal(a["position-position"], b["position-position"])
        assert not torch.equal(a["token-position"], b["token-position"])


class TestNormedParts:
    @pytest.mark.parametrize("constant", [False, True])
    def test_parts_sum_to_the_norm_of_the_sum(self, constant):
        norm = torch.nn.LayerNorm(8).double().requires_grad_(False)
        norm.weight.normal_()
        norm.bias.normal_()
        parts = {"token": random(2, 5, 8), "position": random(5, 8)}
        if constant:
            parts["constant"] = random(8)
        split = normed_parts(norm, parts)
        assert set(split) == {"token", "position", "constant"}
        assert {part.shape for part in split.values()} == {(2, 5, 8)}
        torch.testing.assert_close(sum(split.values()), norm(sum(parts.values())))

    def test_without_scale_and_shift_there_is_no_constant(self):
        norm = torch.nn.LayerNorm(8, elementwise_affine=False)
        parts = {"token": random(5, 8), "position": random(5, 8)}
        split = normed_parts(norm, parts)
        assert list(split) == ["token", "position"]
        torch.testing.assert_close(sum(split.values()), norm(sum(parts.values())))

    def test_a_part_is_linear_while_the_sum_stays(self):
        norm, token, position = torch.nn.LayerNorm(8).double(), random(5, 8), random(5, 8)
        once = normed_parts(norm, {"token": token, "position": position})
        moved = normed_parts(norm, {"token": token / 2, "position": position + token / 2})
        torch.testing.assert_close(moved["token"], once["token"] / 2)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda _: normed_parts(torch.nn.LayerNorm(4), {}), ValueError, "at least one"),
        (
            lambda _: normed_parts(torch.nn.LayerNorm(4), {"token": random(2, 5)}),
            ValueError,
            r"parts\['token'\] must have shape.*\(4,\).*got \(2, 5\)",
        ),
        (lambda x: attention(x, random(3, 6), x), ValueError, r"same width.*k \(3, 6\)"),
        (lambda x: attention(x, x, random(2, 4)), ValueError, r"number of positions.*v \(2, 4\)"),
        (lambda x: attention(x[0], x, x), ValueError, r"\(\.\.\., T, D\).*q \(4,\)"),
        (lambda x: attention(x, x, x, mask=torch.ones(3, 3)), TypeError, "boolean.*float32.*bias"),
        (
            lambda x: attention(x, x, x, mask=torch.ones(2, 3) > 0),
            ValueError,
            r"mask must broadcast.*\(3, 3\).*got \(2, 3\)",
        ),
        (
            lambda x: attention(x, x, x, bias=random(5, 3, 3)),
            ValueError,
            r"bias must broadcast.*\(3, 3\).*got \(5, 3, 3\)",
        ),
        (lambda _: causal_mask(-1), ValueError, "q_len must be at least 0, but got -1"),
        (lambda _: score_terms({}, random(4, 4), random(4, 4)), ValueError, "at least one"),
        (
            lambda x: score_terms({"token": x}, random(4, 4), random(4, 4), num_heads=3),
            ValueError,
            "H = 3",
        ),
        (
            lambda x: score_terms({"token": x}, random(4, 5), random(4, 5)),
            ValueError,
            r"parts\['token'\].*T, 5.*got \(3, 4\)",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call(random(3, 4))
