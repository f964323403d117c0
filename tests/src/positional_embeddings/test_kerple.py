import math

import pytest
import torch

from src.positional_embeddings import KerpleBias, alibi_bias, alibi_slopes


def layer(r1, r2):
    made = KerpleBias(len(r1))
    made.log_r1.data, made.log_r2.data = torch.tensor(r1).log(), torch.tensor(r2).log()
    return made


def test_agrees_with_one_pair_at_a_time():
    r1, r2 = [0.5, 1.5], [0.25, 1.0]
    bias = layer(r1, r2)(3, 5, query_start=2)
    for h in range(2):
        for i in range(3):
            for j in range(5):
                expected = -r1[h] * math.log(1 + r2[h] * abs(i + 2 - j))
                assert bias[h, i, j].item() == pytest.approx(expected, abs=1e-6)


def test_with_a_small_r2_it_is_alibi():
    """log(1 + x) is x for small x: the slope is then r1 times r2."""
    r2 = 1e-5
    r1 = (alibi_slopes(8) / r2).tolist()
    torch.testing.assert_close(
        layer(r1, [r2] * 8)(20, 20), alibi_bias(8, 20, 20), rtol=1e-3, atol=0
    )


def test_far_away_each_doubling_costs_the_same():
    row = layer([0.7], [1.0])(1, 4097)[0, 0]
    costs = row[[1024, 2048, 4096]].diff()
    torch.testing.assert_close(costs, torch.full((2,), -0.7 * math.log(2)), rtol=1e-3, atol=0)
    falls = row[:100].diff()
    assert (falls < 0).all()
    assert (falls.diff() > 0).all()  # ALiBi's would all be 0


def test_plus_a_constant_it_is_a_kernel():
    """Conditionally positive definite, the paper's point: no negative value once means are out."""
    T = 40
    centre = torch.eye(T) - 1 / T
    values = torch.linalg.eigvalsh(centre @ layer([1.3], [0.4])(T, T)[0] @ centre)
    assert values.min() > -1e-4
    assert values.max() > 1


def test_both_numbers_are_trained_and_stay_positive():
    made = KerpleBias(4)
    optimizer = torch.optim.SGD(made.parameters(), lr=1.0)
    for _ in range(50):
        optimizer.zero_grad()
        made(6, 6).pow(2).mean().backward()  # pulls the bias to 0
        optimizer.step()
        assert all((log.grad != 0).all() for log in made.parameters())
    assert (made(6, 6) <= 0).all()
    assert (made.log_r1.exp() > 0).all()


def test_a_cached_query_gets_the_last_row():
    made = KerpleBias(4)
    assert torch.equal(made(1, 9, query_start=8), made(9, 9)[:, -1:])


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: KerpleBias(0), ValueError, "num_heads must be at least 1, but got 0"),
        (lambda: KerpleBias(2)(3.0, 3), TypeError, "q_len must be a whole number"),
        (lambda: KerpleBias(2)(3, -3), ValueError, "k_len must be at least 0, but got -3"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
