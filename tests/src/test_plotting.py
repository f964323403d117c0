from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from src.plotting import COLOURS, colour_map, heat_map, ink_on, label_ends, new_axes, word_map

mpl.use("Agg")
LABELS = {"title": "It works", "xlabel": "column", "ylabel": "row"}
# Linear-light matrices of Viénot, Brettel and Mollon 1999 for dichromats.
DICHROMATS = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


def linear(colour):
    return np.array(
        [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    )


def contrast(a, b):
    """Ratio of luminances as WCAG 2.2 defines it."""
    low, high = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (a, b))
    return high / low


@pytest.mark.parametrize("background", ["#FFFFFF", "#14181E"])
@pytest.mark.parametrize("kind", COLOURS)
def test_every_colour_stands_out_in_light_and_dark(kind, background):
    assert contrast(COLOURS[kind], background) >= 3


@pytest.mark.parametrize("kind", COLOURS)
def test_numbers_in_cells_of_any_value_can_be_read(kind):
    cells = [colour_map(kind)(n / 100)[:3] for n in range(101)]
    assert min(contrast(ink_on(cell), cell) for cell in cells) >= 4.5


@pytest.mark.parametrize("eyes", DICHROMATS)
def test_colours_differ_for_colour_blind_readers(eyes):
    seen = {k: np.array(DICHROMATS[eyes]) @ linear(c) for k, c in COLOURS.items() if k != "neutral"}
    for a, b in combinations(seen, 2):
        assert np.abs(seen[a] - seen[b]).max() > 0.15, f"{a} and {b} look alike"


def test_heat_map_draws_the_values_and_their_labels():
    values = torch.tensor([[1.0, -2.0], [0.0, 0.5]])
    ax = heat_map(values, "token", rows=["a", "b"], columns=["x", "y"], numbers=".1f", **LABELS)
    assert np.array_equal(ax.images[0].get_array(), values.numpy())
    assert ax.images[0].get_clim() == (-2.0, 2.0)
    assert [t.get_text() for t in ax.texts] == ["1.0", "-2.0", "0.0", "0.5"]
    assert (ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()) == tuple(LABELS.values())
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]


def test_heat_map_of_parameters_in_bfloat16():
    values = torch.nn.Parameter(torch.tensor([[1.0, -2.0], [0.0, 0.5]], dtype=torch.bfloat16))
    ax = heat_map(values, "token", **LABELS)
    assert ax.images[0].get_array().tolist() == values.tolist()


def test_white_is_zero_and_full_colour_is_the_books():
    shades = colour_map("position")
    assert mpl.colors.to_hex(shades(1.0)).upper() == COLOURS["position"]
    assert min(shades(0.5)[:3]) > 0.98


def test_names_at_the_ends_of_lines_keep_their_order_and_their_distance():
    ends = {"low": (8, 1.0, "black"), "high": (8, 1.2, "grey"), "top": (8, 9.9, "grey")}
    ax = label_ends(new_axes(), ends, x=9, gap=1, top=9)
    places = {t.get_text(): t.get_position() for t in ax.texts if t.get_text()}
    assert {x for x, _ in places.values()} == {9}
    low, high, top = (places[name][1] for name in ("low", "high", "top"))
    assert high - low == pytest.approx(1)
    assert low < 1 < high < top == 9


def test_no_global_setting_changes():
    before = dict(mpl.rcParams)
    heat_map(torch.ones(2, 2), "token", **LABELS)
    assert new_axes(ncols=2).shape == (2,)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("kind", "rows", "says"),
    [
        ("word", None, "token, position, combination, neutral, but got 'word'"),
        ("token", ["a"], "2 labels, but got 1"),
    ],
)
def test_bad_input(kind, rows, says):
    with pytest.raises(ValueError, match=says):
        heat_map(torch.ones(2, 3), kind, rows=rows, **LABELS)


def test_a_map_draws_every_word_and_moves_labels_apart():
    places = torch.tensor([[0.0, 0.0], [0.0, 0.001], [1.0, 1.0]])
    ax = word_map(places, ["cat", "dog", "seven"], **LABELS)
    drawn = {text.get_text(): text.get_position() for text in ax.texts}
    assert set(drawn) == {"cat", "dog", "seven"}
    assert drawn["dog"][1] - drawn["cat"][1] >= 0.018  # one over the other, where they were
    assert drawn["seven"] == pytest.approx((1, 1))

    def moved(word):
        start = dict(zip(["cat", "dog"], places[:, 1].tolist(), strict=False))[word]
        return abs(drawn[word][1] - start) > 0.012

    (dots,) = ax.collections
    assert [size > 0 for size in dots.get_sizes()] == [moved("cat"), moved("dog"), False]
    left, right = ax.get_xlim()
    assert all(left < x < right for x, _ in drawn.values())
    with pytest.raises(ValueError, match="3 labels, but got 2"):
        word_map(places, ["cat", "dog"], **LABELS)
