import re
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.patches import Arc, Circle, FancyBboxPatch

from src.drawing import STRONGEST, draw_clocks, draw_offsets, draw_rows, draw_sum
from src.plotting import COLOURS, new_axes
from tests.src.test_plotting import contrast

mpl.use("Agg")
MINUS = "\N{MINUS SIGN}"
VALUES = torch.tensor([[0.5, -0.25, 0.0], [-1.0, 0.125, 2.0]])
LONG = ["transformers", "electroencephalography", "j", "Übergrößenträger", "$x$", "a", "b", "c"]


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


def words(ax):
    return [text.get_text() for text in ax.texts]


def numbers(ax):
    return [
        float(w.replace(MINUS, "-")) for w in words(ax) if re.fullmatch(rf"{MINUS}?\d+\.\d+", w)
    ]


def boxes(ax):
    """Return the cells, in the order drawn, without outlines that have no fill."""
    found = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    return [patch for patch in found if patch.get_facecolor()[3] > 0]


def on_white(colour):
    """Return a colour as it looks on a white page, which shines through a tint."""
    *parts, opacity = to_rgba(colour)
    return 1 - opacity * (1 - np.array(parts))


def hue(colour):
    """Return the direction from white: the same for all tints of a colour."""
    away = 1 - on_white(colour)
    return away / np.linalg.norm(away)


def is_tint(colour, kind):
    return np.allclose(hue(colour), hue(COLOURS[kind]), atol=0.04)


def strength(patch):
    return (1 - on_white(patch.get_facecolor())).sum()


def places(ax):
    """Return each text, the title included, with its box in pixels."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    texts = [*ax.texts, *(t for t in (ax._left_title,) if t.get_text())]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def many(rows, columns):
    torch.manual_seed(0)
    return -100 * torch.rand(rows, columns)


PICTURES = {
    "rows": lambda **k: draw_rows(
        VALUES, "token", rows=["i", "love"], columns=["a", "b", "c"], **k
    ),
    "rows, extreme": lambda **k: draw_rows(
        many(8, 8), "position", rows=LONG, columns=LONG, more=True, numbers=".2f", strong=[0], **k
    ),
    "rows, heads just fit": lambda **k: draw_rows(
        many(2, 8), "token", columns=[f"dim 10{i}" for i in range(8)], **k
    ),
    "sum": lambda **k: draw_sum(["i", "love"], VALUES, VALUES.flip(0), **k),
    "sum, extreme": lambda **k: draw_sum(
        LONG[:4],
        many(4, 4),
        many(4, 4),
        positions=[0, 10, 100, 1000],
        columns=["dim 0", "dim 1", "dim 2", "dim 3"],
        names=("what it is in itself", "where it stands", "both of them together"),
        **k,
    ),
    "sum of two columns, long names": lambda **k: draw_sum(
        ["i"],
        many(1, 2),
        many(1, 2),
        names=("token embedding", "positional embedding", "input"),
        **k,
    ),
    "sum, stacked": lambda **k: draw_sum(
        LONG, many(8, 8), many(8, 8), columns=range(8), stacked=True, **k
    ),
    "clocks": lambda **k: draw_clocks(torch.arange(4.0), columns=range(4), numbers=".0f", **k),
    "clocks, extreme": lambda **k: draw_clocks(
        many(3, 8), rows=LONG[:3], columns=LONG, numbers=".0f", ghosts=many(3, 8), **k
    ),
    "offsets": lambda **k: draw_offsets(["the", "cat", "sat"], query=1, **k),
    "offsets, extreme": lambda **k: draw_offsets(
        LONG, many(1, 8)[0], query=7, labels=[f"{x:.2f} of all" for x in many(1, 8)[0]], **k
    ),
}


@pytest.mark.parametrize("title", [None, "What a long title " + "goes on and on " * 6])
@pytest.mark.parametrize("name", PICTURES)
def test_no_two_texts_overlap_and_none_is_cut_off(name, title):
    found = places(PICTURES[name](title=title))
    figure = plt.gcf()
    for (a, one), (b, other) in combinations(found, 2):
        assert not one.overlaps(other), f"{a!r} runs into {b!r}"
    for text, box in found:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.width, text
        assert box.y1 <= figure.bbox.height, text


@pytest.mark.parametrize("name", PICTURES)
def test_type_shrinks_with_the_cells_on_axes_that_are_given(name):
    axes = new_axes(6, 3, ncols=2)
    assert PICTURES[name](title="It fits", ax=axes[0]) is axes[0]
    if "extreme" not in name:
        for (a, one), (b, other) in combinations(places(axes[0]), 2):
            assert not one.overlaps(other), f"{a!r} runs into {b!r}"


def test_cells_look_the_same_in_every_picture():
    sizes = set()
    for name, draw in PICTURES.items():
        if not name.startswith(("clocks", "offsets")):
            ax = draw()
            ax.figure.canvas.draw()
            (x0, y0), (x1, y1) = ax.transData.transform([(0, 0), (1, 1)])
            sizes.add((round(x1 - x0, 1), round(y0 - y1, 1)))
    assert sizes == {(57.2, 57.2)}


def test_eight_columns_can_be_read_on_a_phone():
    """A figure as wide as a phone, 360 px, has digits of 8 px or more."""
    ax = draw_rows(many(2, 8) / 100, "token", rows=["i", "love"], columns=range(8), more=True)
    width = ax.figure.get_figwidth() * 72
    sizes = [text.get_fontsize() for text in ax.texts]
    assert min(sizes) == 9
    assert min(sizes) * 360 / width >= 8


def test_rows_have_the_numbers_that_are_given():
    ax = draw_rows(VALUES, "token", rows=["i", "love"], columns=["a", "b", "c"], numbers=".3f")
    assert numbers(ax) == VALUES.flatten().tolist()
    assert {"i", "love", "a", "b", "c"} <= set(words(ax))
    assert f"{MINUS}0.250" in words(ax)
    assert not any("-" in word for word in words(ax))


def test_a_number_that_rounds_to_zero_has_no_sign():
    ax = draw_rows(torch.tensor([[-0.001, -0.0, 0.001]]), "token")
    assert words(ax) == ["0.00"] * 3


@pytest.mark.parametrize("kind", COLOURS)
def test_tints_are_the_kinds_and_stronger_for_larger_numbers(kind):
    cells = boxes(draw_rows(VALUES, kind))
    assert all(is_tint(cell.get_facecolor(), kind) for cell in cells)
    by_size = VALUES.abs().flatten().argsort().tolist()
    assert np.all(np.diff([strength(cells[i]) for i in by_size]) > 0)


def test_each_row_may_have_its_kind_and_pictures_share_a_limit():
    cells = boxes(draw_rows(VALUES, ["position", "combination"], limit=4))
    assert is_tint(cells[0].get_facecolor(), "position")
    assert is_tint(cells[3].get_facecolor(), "combination")
    alone = boxes(draw_rows(VALUES[:1], "position", limit=4))
    assert [strength(cell) for cell in alone] == [strength(cell) for cell in cells[:3]]


@pytest.mark.parametrize("kind", COLOURS)
def test_digits_and_labels_can_be_read(kind):
    ax = draw_rows(VALUES, kind, rows=["i", "love"], columns=["a", "b", "c"])
    fills = [cell.get_facecolor() for cell in boxes(ax)]
    for text in ax.texts:
        if text.get_text().strip(MINUS)[0].isdigit():
            assert min(contrast(text.get_color(), on_white(fill)) for fill in fills) >= 4.5
        else:
            assert contrast(text.get_color(), "white") >= 4.5
    ax = draw_offsets(["the", "cat"], torch.tensor([1.0, 2.0]), query=1, kind=kind)
    fills = [on_white(cell.get_facecolor()) for cell in boxes(ax)]
    assert all(contrast(ax.texts[0].get_color(), fill) >= 4.5 for fill in fills)


def test_outlines_and_dots():
    ax = draw_rows(VALUES, "token", strong=[1, (0, 2)], more=True)
    outlines = [p for p in ax.patches if p.get_linewidth() > 0 and p.get_facecolor()[3] == 0]
    assert [(round(p.get_y(), 2), p.get_width() > 1) for p in outlines] == [
        (0.66, True),
        (0.02, False),
    ]
    assert words(ax).count("…") == 2


def test_a_sum_is_what_plus_where():
    what, where = VALUES, VALUES.flip(0)
    ax = draw_sum(["i", "love"], what, where, numbers=".4f")
    expected = torch.cat([what, where, what + where], dim=1)
    assert numbers(ax) == expected.flatten().tolist()
    assert {"i", "love", "0", "1", "+", "=", "token", "position", "sum"} <= set(words(ax))
    for index, cell in enumerate(boxes(ax)):
        assert is_tint(cell.get_facecolor(), ("token", "position", "combination")[index // 3 % 3])
    kinds = ["token", "position", "combination"]
    full = {kind: (1 - np.array(to_rgb(COLOURS[kind]))).sum() for kind in kinds}
    tints = [strength(cell) / full[kinds[i // 3 % 3]] for i, cell in enumerate(boxes(ax))]
    shares = (expected.flatten().abs() / expected.abs().max()).tolist()  # one scale for all three
    assert np.allclose(tints, [STRONGEST * (0.15 + 0.85 * share) for share in shares], atol=0.01)
    stacked = draw_sum(["i", "love"], what, where, numbers=".4f", stacked=True)
    assert numbers(stacked) == expected.flatten().tolist()


def test_a_sum_may_have_rows_and_places_of_its_own():
    ax = draw_sum(["i", "love"], VALUES, VALUES, total=-VALUES, positions=[7, 8], more=False)
    assert numbers(ax)[6:9] == (-VALUES[0]).tolist()[:1] + [0.25, 0.0]
    assert {"7", "8"} <= set(words(ax))
    assert "…" not in words(ax)


def tips(ax):
    """Return where the hands end, seen from their clocks' middles, y upwards."""
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    faces = [c.center for c in circles if c.radius > 0.5][::2]
    ends = [c.center for c in circles if 0.05 < c.radius < 0.5]
    return [(x - mx, my - y) for (mx, my), (x, y) in zip(faces, ends, strict=True)]


def test_hands_point_to_cosine_and_sine():
    angles = torch.tensor([[0.0, 0.5, 2.0], [-1.0, 4.0, 10.0]])
    ax = draw_clocks(angles)
    found = np.array(tips(ax)) / np.linalg.norm(tips(ax)[0])
    expected = torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(0, 1).numpy()
    assert np.allclose(found, expected, atol=1e-6)
    assert ax.yaxis_inverted()


def test_clocks_say_degrees_and_the_turn_from_the_ghost_is_tinted():
    ax = draw_clocks(
        torch.tensor([1.0, -1.0]), numbers=".1f", ghosts=torch.tensor([0.25, 0.0]), kind="token"
    )
    assert words(ax) == ["57.3°", f"{MINUS}57.3°"]
    wedges = [patch for patch in ax.patches if hasattr(patch, "theta1")]
    assert [w.theta2 - w.theta1 for w in wedges] == pytest.approx(np.degrees([0.75, 1.0]))
    # y grows downwards: a hand that turns counter-clockwise leaves the ghost on the wedge's far end
    assert [w.theta2 for w in wedges] == pytest.approx([-np.degrees(0.25), np.degrees(1.0)])
    assert all(is_tint(w.get_facecolor(), "token") for w in wedges)


def arcs(ax):
    return [patch for patch in ax.patches if isinstance(patch, Arc)]


def test_offsets_are_counted_from_the_query():
    ax = draw_offsets(["the", "cat", "sat", "down"], query=1)
    shown = words(ax)
    assert shown[0::3] == [f"{MINUS}1", "0", "+1", "+2"]
    assert shown[1::3] == ["the", "cat", "sat", "down"]
    assert shown[2::3] == ["0", "1", "2", "3"]
    x = [text.get_position()[0] for text in ax.texts[1::3]]
    ends = [
        sorted((arc.center[0] - arc.width / 2, arc.center[0] + arc.width / 2)) for arc in arcs(ax)
    ]
    assert np.allclose(ends, [sorted((x[1], x[j])) for j in (0, 2, 3)])
    assert all(arc.get_edgecolor()[:3] == to_rgb(COLOURS["position"]) for arc in arcs(ax))
    below_title = [arc.center[1] - arc.height / 2 for arc in arcs(ax)]
    assert min(below_title) >= 0
    assert {(arc.theta1, arc.theta2) for arc in arcs(ax)} == {(180, 360)}  # upwards: y grows down
    outlined = [cell.get_linewidth() > 1 for cell in boxes(ax)[1::2]]
    assert outlined == [False, True, False, False]  # the query's word


def test_arcs_are_as_strong_as_their_scores():
    ax = draw_offsets(
        list("abcd"), torch.tensor([0.1, -0.9, 0.5, 0.0]), query=3, kind="combination"
    )
    a, b, c = arcs(ax)
    assert a.get_linewidth() < c.get_linewidth() < b.get_linewidth()
    assert a.get_alpha() < c.get_alpha() < b.get_alpha()
    assert words(draw_offsets(["a", "b"], query=0, labels=["-0.5", "x"]))[0] == f"{MINUS}0.5"
    assert words(draw_offsets(["only"], query=0)) == ["0", "only", "0"]


def test_bfloat16_parameters_and_no_global_setting():
    before = dict(mpl.rcParams)
    values = torch.nn.Parameter(VALUES.bfloat16())
    assert numbers(draw_rows(values, "token", numbers=".3f")) == VALUES.flatten().tolist()
    draw_sum(["i", "love"], values, values)
    assert dict(mpl.rcParams) == before


NAN = torch.tensor([[1.0, float("nan")]])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: draw_rows(VALUES, "word"),
            "token, position, combination, neutral, but got 'word'",
        ),
        (lambda: draw_rows(VALUES, ["token"]), "2, one per row, but got 1 names"),
        (lambda: draw_rows(VALUES, "token", rows=["a"]), "rows must have 2 labels, but got 1"),
        (lambda: draw_rows(VALUES, "token", columns="ab"), "columns must have 3 labels, but got 2"),
        (lambda: draw_rows(VALUES[0], "token"), r"\(3,\). Add the axis: values.unsqueeze\(0\)"),
        (lambda: draw_rows(VALUES[:0], "token"), r"none of them 0, but got \(0, 3\)"),
        (lambda: draw_rows(NAN, "token"), "1 of 2 numbers are NaN or infinite. Leave them out"),
        (lambda: draw_rows(VALUES, "token", limit=0.0), "above 0, but got 0.0"),
        (lambda: draw_rows(VALUES, "token", strong=[2]), "rows 0 to 1 .* but got 2. Count from 0"),
        (lambda: draw_rows(VALUES, "token", strong=[(0, 3)]), r"but got \(0, 3\)"),
        (lambda: draw_rows(VALUES, "token", numbers=".9f"), "Use a shorter format"),
        (lambda: draw_sum(["i"], VALUES, VALUES), "words must have 2 labels, but got 1"),
        (lambda: draw_sum(["i", "a"], VALUES, VALUES[:1]), r"shape of what, \(2, 3\), but got \(1"),
        (lambda: draw_sum(["i"], NAN, NAN), "what must be finite"),
        (lambda: draw_sum(["i", "a"], VALUES, VALUES, names=["x"]), "names must have 3 labels"),
        (lambda: draw_clocks(VALUES, "word"), "but got 'word'"),
        (lambda: draw_clocks(VALUES, ghosts=VALUES[0]), r"ghosts must have the shape of angles"),
        (lambda: draw_clocks(NAN), "angles must be finite"),
        (lambda: draw_clocks(VALUES, rows=["a"]), "rows must have 2 labels"),
        (lambda: draw_offsets(["a"], query=1), "one of the 1 words, 0 to 0, but got 1"),
        (lambda: draw_offsets(["a"], query=0, labels=[]), "labels must have 1 labels, but got 0"),
        (lambda: draw_offsets(["a"], NAN[0], query=0), "scores must be finite"),
        (
            lambda: draw_offsets(["a"], VALUES[0], query=0),
            "scores must have 1 numbers, one per word, but got 3",
        ),
        (lambda: draw_offsets(["a"], query=0, kind="word"), "but got 'word'"),
    ],
)
def test_bad_input(call, says, as_users_call):
    with pytest.raises(ValueError, match=says):
        call()
