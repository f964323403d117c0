"""Figures in the page: SVG in the page's colours, and a narrow one for phones."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output

from book import narrow
from book.extensions.vector_figures import (
    dark_version,
    for_page,
    narrow_ones,
    variable,
    with_figures,
)
from src.drawing import draw_clocks, draw_rows, draw_sum
from src.plotting import COLOURS, ON_WHITE, as_svg, describe, heat_map, ink_on, new_axes


@pytest.fixture(autouse=True)
def closed():
    """Leave no figure open."""
    yield
    plt.close("all")


LONG = "A title of a dozen words that no phone can show in one single line"


def lines(**subplots):
    """Return a figure with a line in each of its panels."""
    axes = new_axes(6.8, 3.0, **subplots)
    for ax in axes if subplots else [axes]:
        ax.plot([0, 1], [0, 2], color=COLOURS["token"], label="up")
        ax.plot([0, 1], [2, 0], color=COLOURS["position"], linestyle="--")
        ax.text(0.5, 1.2, "both", color=COLOURS["combination"], fontsize=8)
        describe(ax, title=LONG, xlabel="steps", ylabel="loss (nats)")
    return plt.gcf()


def test_a_figure_gives_the_same_file_each_time():
    assert as_svg(lines()) == as_svg(lines())


def test_the_words_of_a_figure_are_words():
    drawn = for_page(as_svg(lines()), "f", "only")
    for words in (LONG, "steps", "loss (nats)", "both"):
        assert f">{words}<" in drawn


def test_colours_become_the_pages():
    drawn = for_page(as_svg(lines()), "f", "only")
    for name in ("token", "position", "combination-text"):
        assert f"var(--{name})" in drawn
    assert not re.search(r"#[0-9a-f]{6}\b", drawn), "a colour stays the same in the dark"


@pytest.mark.parametrize(
    ("colour", "kind", "expected"),
    [
        ("#0072b2", {"text": False, "tint": False}, "var(--token)"),
        ("#0072b2", {"text": False, "tint": True}, "var(--token-tint)"),
        ("#cc6600", {"text": True, "tint": False}, "var(--position-text)"),
        ("#000000", {"text": False, "tint": False}, "var(--ink)"),
        ("#ffffff", {"text": False, "tint": False}, "var(--pst-color-background)"),
        ("#ffffff", {"text": True, "tint": False}, "#ffffff"),  # on a dark cell of a heat map
        ("#010101", {"text": True, "tint": False}, "#010101"),  # on a light one
        ("#6f6f6f", {"text": False, "tint": True}, "var(--neutral-tint)"),
        ("#9cc9e3", {"text": False, "tint": False}, "#9cc9e3"),
    ],
)
def test_variables(colour, kind, expected):
    assert variable(colour, **kind) == expected


def test_numbers_in_a_heat_map_stay_readable_on_its_own_cells():
    values = torch.tensor([[1.0, 0.1], [-1.0, 0.0]])
    heat_map(values, "token", title="a", xlabel="b", ylabel="c", numbers=".1f")
    drawn = for_page(as_svg(plt.gcf()), "f", "only")
    inks = re.findall(r"<text[^>]*fill:(#\w{6})", drawn)
    assert inks == ["#ffffff", "#010101", "#ffffff", "#010101"]


def test_what_lies_on_pixels_stays_dark_and_what_stands_beside_them_does_not():
    ax = heat_map(torch.zeros(2, 2), "token", title="a", xlabel="b", ylabel="c")
    ax.text(0.5, 0.5, "on a cell")
    ax.axhline(0.5, color="black", linestyle="--")
    drawn = for_page(as_svg(plt.gcf()), "f", "only")
    assert set(re.findall(r"<text[^>]*fill:#000000[^>]*>([^<]*)<", drawn)) == {"on a cell"}
    assert "stroke:#000000" in drawn, "the line"


def test_letters_on_a_cell_suit_it_by_day_and_by_night():
    """At full, orange is light enough for black letters, by day and, untouched, by night."""
    heat_map(torch.tensor([[1.0, 0.1]]), "position", title="a", xlabel="", ylabel="", numbers=".1f")
    drawn = for_page(as_svg(plt.gcf()), "f", "only")
    inks = re.findall(r"<text[^>]*fill:(#\w{6})[^>]*>([^<]*)<", drawn)
    turned = re.findall(r'<text[^>]*class="flipped"[^>]*>([^<]*)<', drawn)
    assert inks == [(ON_WHITE, "1.0"), (ON_WHITE, "0.1")]
    assert turned == ["0.1"]
    assert ink_on(dark_version((204, 102, 0))) == ON_WHITE == ink_on("#CC6600")


def test_a_dark_page_turns_white_to_its_own_colour_and_keeps_hues():
    assert [round(255 * part) for part in dark_version((255, 255, 255))] == [18, 18, 18]
    red, green, blue = dark_version((0, 114, 178))
    assert red < green < blue


def test_an_exponent_does_not_make_the_figure_wider():
    ax = describe(new_axes(), title="a", xlabel="b", ylabel="c")
    ax.loglog([1, 1e6], [1, 1e6])
    drawn = for_page(as_svg(plt.gcf()), "f", "only")
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', drawn)[1])
    assert float(re.search(r"--least:(\d+)px", drawn)[1]) == pytest.approx(width * 0.9, abs=1)


def test_two_figures_of_a_page_share_no_name():
    svg = as_svg(lines())
    ids = [set(re.findall(r' id="([^"]+)"', for_page(svg, name, "only"))) for name in ("a", "b")]
    assert all(ids)
    assert not ids[0] & ids[1]
    for name, own in zip("ab", ids, strict=True):
        asked = re.findall(r'(?:url\(#|href="#)([^)"]+)', for_page(svg, name, "only"))
        assert set(asked) == own


def test_dots_that_are_clipped_alike_share_a_group():
    ax = describe(new_axes(), title="a", xlabel="b", ylabel="c")
    ax.scatter(range(50), range(50), c=range(50))
    drawn = for_page(as_svg(plt.gcf()), "f", "only")
    assert drawn.count("<use") > 50
    assert drawn.count("clip-path=") == 1


def test_no_rule_of_a_figure_reaches_the_page():
    drawn = for_page(as_svg(lines()), "f", "only")
    assert "<style" not in drawn
    assert "<metadata" not in drawn
    assert ElementTree.fromstring(drawn).get("class") == "only"


def test_type_has_nine_pixels_where_the_box_scrolls():
    drawn = for_page(as_svg(lines()), "f", "only")
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', drawn)[1])
    least = float(re.search(r"--least:(\d+)px", drawn)[1])
    assert least == pytest.approx(width * 9 / 8, abs=1)  # the smallest has 8 points


def test_panels_stand_below_each_other_on_a_phone():
    figure = lines(ncols=2)
    small = narrow.narrow(figure)
    assert small.get_size_inches()[0] == narrow.WIDTH
    tops = [ax.get_position().y1 for ax in small.axes]
    assert tops[0] > tops[1]
    assert len({round(ax.get_position().x0, 3) for ax in small.axes}) == 1
    assert [ax.get_title(loc="left").count("\n") for ax in small.axes] == [1, 1]
    assert figure.get_size_inches()[0] == 6.8, "the wide one stays"
    assert [ax.get_title(loc="left") for ax in figure.axes] == [LONG, LONG]


def test_labels_that_would_touch_give_no_narrow_figure():
    figure = lines()
    figure.axes[0].text(0.1, 1.2, "a long label beside the lines")
    assert narrow.touching(figure) == []
    assert narrow.narrow(figure) is None


def test_numbers_are_thinned_and_names_turn():
    figure = lines(ncols=2)
    figure.axes[0].set_xticks(range(12), [f"1,00{n}" for n in range(12)])
    figure.axes[1].set_xticks([0, 0.5, 1], ["a long label of a tick"] * 3)
    numbers, names = narrow.narrow(figure).axes
    kept = [label.get_text() for label in numbers.get_xticklabels()]
    assert [text for text in kept if text] == [f"1,00{n}" for n in range(0, 12, 4)]
    assert {label.get_rotation() for label in names.get_xticklabels()} == {90}


def test_long_names_beside_an_axis_are_broken_and_have_room():
    ax = describe(new_axes(6.8, 2.0), title="a", xlabel="b", ylabel="c")
    names = [f"a long name of number {n} of six" for n in range(6)]
    ax.barh(names, range(6))
    small = narrow.narrow(plt.gcf())
    shown = [label.get_text() for label in small.axes[0].get_yticklabels()]
    assert [name.replace("\n", " ") for name in shown] == names
    assert all("\n" in name for name in shown)
    assert small.get_size_inches()[1] > 2.0


def test_five_square_panels_stand_in_two_columns():
    axes = new_axes(6.8, 2.0, ncols=5)
    for ax in axes:
        describe(ax, title="a", xlabel="b", ylabel="").plot([0, 1])
        ax.set_aspect("equal")
    small = narrow.narrow(plt.gcf())
    columns, rows = (
        {getattr(ax.get_subplotspec(), f"{k}span").start for ax in small.axes}
        for k in ("col", "row")
    )
    assert (len(columns), len(rows)) == (2, 3)


def test_labels_that_touch_are_found():
    figure = lines()
    figure.axes[0].text(0.52, 1.2, "again")
    assert narrow.touching(figure) == [("both", "again")]


def test_panels_of_a_grid_stand_in_one_column():
    axes = new_axes(6.8, 5.0, nrows=2, ncols=2)
    for ax in axes.flat:
        describe(ax, title="a", xlabel="b", ylabel="c").plot([0, 1])
    small = narrow.narrow(plt.gcf())
    tops = [ax.get_position().y1 for ax in small.axes]
    assert tops == sorted(tops, reverse=True)
    assert len({round(ax.get_position().x0, 3) for ax in small.axes}) == 1


def test_a_figure_without_room_for_its_axes_gives_none():
    ax = describe(new_axes(6.8, 3.0), title="a", xlabel="b", ylabel="c")
    ax.set_yticks([0], ["a_name_that_is_as_wide_as_the_whole_of_a_phone_and_more_than_that"])
    assert narrow.narrow(plt.gcf()) is None


def test_pictures_of_cells_are_made_for_phones():
    draw_rows(torch.ones(2, 8), "token")
    assert narrow.narrow(plt.gcf()) is None


@pytest.mark.parametrize("draw", [draw_rows, draw_clocks])
def test_labels_stand_above_their_rows_on_a_phone(draw):
    wide = draw(torch.ones(2, 8), rows=["the first row", "the second row"], kind="token")
    small = narrow.narrow(wide.figure).axes[0]
    assert small.figure.get_figwidth() < wide.figure.get_figwidth() - 0.5
    for ax, label in ((wide, "the second row"), (small, "the second row")):
        (text,) = (text for text in ax.texts if text.get_text() == label)
        found = text.get_window_extent()
        cells = [patch.get_window_extent() for patch in ax.patches]
        assert not any(found.overlaps(cell) for cell in cells)
    assert narrow.narrow(draw(torch.ones(1, 4), rows=["a"], kind="token").figure) is None


def test_a_sum_is_stacked_on_a_phone():
    what = torch.eye(3)
    small = narrow.narrow(draw_sum(["i", "love", "ai"], what, what, title="A sum").figure)
    assert small.get_size_inches()[0] < 4.2
    assert small.axes[0].get_title(loc="left") == "A sum"


def test_a_page_has_both_and_says_what_they_show(tmp_path):
    wide, small = as_svg(lines()), as_svg(narrow.narrow(lines()))
    bundle = {"image/svg+xml": wide}
    output = new_output("display_data", bundle, metadata={"image/svg+xml": {"narrow": small}})
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(outputs=[output])]), path)
    (tmp_path / "x.svg").write_text(wide.strip(), encoding="utf8")  # as MyST-NB does
    body = '<p><img alt="Loss &amp; more" src="../_images/x.svg" /></p><img src="_static/mark.png">'
    page = with_figures(body, {"x.svg": tmp_path / "x.svg"}, narrow_ones(path))
    assert re.findall(r'<svg class="(\w+)"', page) == ["wide", "narrow"]
    assert 'data-file="../_images/x.svg" role="img" aria-label="Loss &amp; more"' in page
    assert page.endswith('</p><img src="_static/mark.png">')
    alone = with_figures(body, {"x.svg": tmp_path / "x.svg"}, {})
    assert re.findall(r'<svg class="(\w+)"', alone) == ["only"]


def test_a_page_without_a_notebook_has_no_narrow_figures(tmp_path):
    assert narrow_ones(tmp_path / "a.md") == {}
