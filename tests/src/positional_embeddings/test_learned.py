import pytest
import torch

from src.positional_embeddings import LearnedPositions


def test_a_row_per_position_with_a_batch_axis():
    layer = LearnedPositions(10, 4)
    assert torch.equal(layer(7)[0], layer.weight[:7])
    assert torch.equal(layer.at(torch.tensor([[9, 0]])), layer.weight[[9, 0]].unsqueeze(0))


def test_only_rows_in_use_are_trained():
    layer = LearnedPositions(10, 4)
    layer(3).sum().backward()
    moved = layer.weight.grad.abs().sum(dim=1) > 0
    assert moved.tolist() == [True] * 3 + [False] * 7


def test_starts_at_the_given_spread():
    torch.manual_seed(0)
    assert LearnedPositions(1000, 100, std=0.3).weight.std().item() == pytest.approx(0.3, rel=0.02)


def test_is_saved_with_the_model():
    layer = LearnedPositions(10, 4)
    assert layer.state_dict()["weight"].shape == (10, 4)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: LearnedPositions(8, 4)(9), ValueError, "length 9 needs 9.*has 8 rows.*Shorten"),
        (lambda: LearnedPositions(8, 4)(-1), ValueError, "at least 0, but got -1"),
        (lambda: LearnedPositions(8, 4)(2.0), TypeError, "whole number.*2.0"),
        (lambda: LearnedPositions(0, 4), ValueError, "max_len must be at least 1, but got 0"),
        (lambda: LearnedPositions(8, 4, std=0.0), ValueError, "std must be .* above 0"),
        (lambda: LearnedPositions(8, 4).at(torch.tensor([8])), ValueError, "position 8.*8 rows"),
        (lambda: LearnedPositions(8, 4).at(torch.tensor([-3, 1])), ValueError, "smallest is -3"),
        (lambda: LearnedPositions(8, 4).at(torch.zeros(1, 1, 1).long()), ValueError, "rank 3"),
        (lambda: LearnedPositions(8, 4).at([0, 1]), TypeError, "got list.*torch.tensor"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
