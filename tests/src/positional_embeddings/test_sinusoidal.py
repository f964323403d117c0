import math

import numpy as np
import pytest
import torch

from src.positional_embeddings import SinusoidalEncoding, sinusoidal_table
from src.positional_embeddings.sinusoidal import _table_by_blocks


def formula(position, column, dim, base=10000.0):
    """One entry, straight from section 3.5 of the paper."""
    angle = position / base ** (2 * (column // 2) / dim)
    return math.sin(angle) if column % 2 == 0 else math.cos(angle)


@pytest.mark.parametrize(("T", "dim", "base"), [(1, 2, 10000.0), (7, 6, 10000.0), (50, 20, 100.0)])
def test_every_entry_is_the_formula(T, dim, base):
    expected = [[formula(p, c, dim, base) for c in range(dim)] for p in range(T)]
    np.testing.assert_allclose(
        sinusoidal_table(T, dim, base=base), np.array(expected), rtol=0, atol=6e-8
    )


def test_far_positions_are_as_exact_as_near_ones():
    last = sinusoidal_table(100_001, 64)[-1]
    expected = [formula(100_000, c, 64) for c in range(64)]
    np.testing.assert_allclose(last, expected, rtol=0, atol=6e-8)


def test_every_row_has_the_same_length():
    lengths = sinusoidal_table(500, 128).double().norm(dim=1)
    torch.testing.assert_close(lengths, torch.full((500,), 8.0, dtype=torch.float64))


def test_dot_products_depend_on_the_offset_only():
    table = sinusoidal_table(200, 64).double()
    products = table @ table.T
    for offset in (1, 7, 50):
        diagonal = products.diagonal(offset)
        assert diagonal.std() < 1e-6
        assert diagonal.mean() < 31.9  # and they do depend on it: at offset 0 it is 32


def test_a_shift_is_one_rotation_for_all_positions():
    table = sinusoidal_table(100, 8, base=100.0).double()
    shift = torch.linalg.lstsq(table[:-5], table[5:]).solution
    assert (table[:-5] @ shift - table[5:]).abs().max() < 1e-6
    torch.testing.assert_close(
        shift @ shift.T, torch.eye(8, dtype=torch.float64), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(("T", "dim", "base"), [(1024, 512, 10000.0), (33, 6, 100.0), (32, 2, 7.0)])
def test_by_blocks_it_is_the_same_bit_for_bit(T, dim, base):
    plain = sinusoidal_table(T, dim, base=base)
    assert torch.equal(_table_by_blocks(T, dim, base).float(), plain)


def test_far_out_by_blocks_one_number_in_40_000_has_another_last_bit():
    plain, blocks = sinusoidal_table(100_001, 64), _table_by_blocks(100_001, 64, 10000.0).float()
    assert (plain != blocks).double().mean() < 1 / 30_000
    assert ((plain - blocks).abs() <= 2**-24).all()  # near 1, numbers in float32 stand so far apart


class TestLayer:
    def test_gives_the_table_with_a_batch_axis(self):
        layer = SinusoidalEncoding(16)
        for T in (3, 40, 5):
            assert torch.equal(layer(T), sinusoidal_table(T, 16).unsqueeze(0))

    def test_has_nothing_to_train_and_nothing_to_save(self):
        layer = SinusoidalEncoding(16)
        layer(10)
        assert list(layer.parameters()) == []
        assert layer.state_dict() == {}

    def test_follows_the_modules_dtype(self):
        layer = SinusoidalEncoding(16).to(torch.bfloat16)
        assert layer(100).dtype == torch.bfloat16

    def test_rows_of_chosen_positions(self):
        ids = torch.tensor([[5, 0], [90, 5]])
        assert torch.equal(SinusoidalEncoding(8).at(ids), sinusoidal_table(91, 8)[ids])

    def test_a_far_position_needs_no_table(self):
        layer = SinusoidalEncoding(64)
        expected = [formula(10_000_000, c, 64) for c in range(64)]
        row = layer.at(torch.tensor([10_000_000]))[0]
        np.testing.assert_allclose(row, expected, rtol=0, atol=6e-8)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: sinusoidal_table(4, 7), ValueError, "dim must be even.*got 7.*Use 6 or 8"),
        (lambda: sinusoidal_table(-1, 8), ValueError, "at least 0, but got -1"),
        (lambda: sinusoidal_table(2.5, 8), TypeError, "num_positions must be a whole number.*2.5"),
        (lambda: sinusoidal_table(4, 8, base=0.0), ValueError, "base must be .* above 0.*got 0"),
        (lambda: SinusoidalEncoding(5), ValueError, "dim must be even.*got 5"),
        (lambda: SinusoidalEncoding(4)(-2), ValueError, "seq_len must be at least 0, but got -2"),
        (lambda: SinusoidalEncoding(4)(torch.ones(2, 3)), TypeError, r"ids\.shape\[1\]"),
        (lambda: SinusoidalEncoding(4).at(torch.tensor([-1])), ValueError, "smallest is -1"),
        (lambda: SinusoidalEncoding(4).at(torch.tensor([1.0])), TypeError, "float32.*long"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
