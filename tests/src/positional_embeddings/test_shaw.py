import pytest
import torch

from src.positional_embeddings import shaw_relative_scores


def test_agrees_with_one_vector_at_a_time():
    torch.manual_seed(0)
    q, table = torch.randn(2, 3, 6, 4), torch.randn(5, 4)
    ours = shaw_relative_scores(q, table, k_len=7)
    for i in range(6):
        for j in range(7):
            expected = q[:, :, i] @ table[max(-2, min(2, j - i)) + 2]
            torch.testing.assert_close(ours[:, :, i, j], expected)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: shaw_relative_scores(torch.ones(3, 4), torch.ones(5, 4)),
            ValueError,
            r"shape \(B, H, Tq, D\), but got \(3, 4\)",
        ),
        (
            lambda: shaw_relative_scores(torch.ones(1, 1, 3, 4), torch.ones(4, 4)),
            ValueError,
            "odd number of rows.*got 4",
        ),
        (
            lambda: shaw_relative_scores(torch.ones(1, 1, 3, 4), torch.ones(5, 6)),
            ValueError,
            r"\(2K \+ 1, 4\).*got \(5, 6\)",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
