"""What holds for every figure; the numbers of each are tested in its folder."""

import base64
from importlib import import_module

import numpy as np
import torch

from book.course import ROOT
from book.extensions.interactive_figures import PLACE, figure_html, module_names
from book.figures.packed import packed

FIGURES = module_names(ROOT)


def test_packed_numbers_come_back():
    numbers = torch.tensor([[1.5, -2.0], [3.25, 1e-8]])
    for some in (numbers, numbers[:, 1:]):
        back = np.frombuffer(base64.b64decode(packed(some)), "<f4").reshape(some.shape)
        assert (back == some.numpy()).all()


def test_each_figure_says_what_it_shows():
    modules = [import_module(f"book.figures.{name}.{name}") for name in FIGURES]
    texts = [text for module in modules for text in (module.CAPTION, module.ALT)]
    assert len(texts) == 2 * len(FIGURES) > 0
    assert [t for t in texts if len(t.split()) < 8 or not t.endswith((".", ")"))] == []


def test_every_figure_has_a_place_in_a_lesson():
    texts = [page.read_text(encoding="utf8") for page in (ROOT / "chapters").glob("*/*.ipynb")]
    places = [name for text in texts for name in PLACE.findall(text.replace('\\"', '"'))]
    assert {name.replace("-", "_") for name in places} == set(FIGURES)


def test_place_in_a_page_becomes_a_figure():
    line = '<div class="interactive" data-figure="lab">In the book, this is a figure.</div>'
    assert PLACE.fullmatch(line)[1] == "lab"
    figure = {"caption": "It <b>works</b>.", "alt": 'A "b" < c', "height": [500, 600]}
    figure |= {"data": True, "still": "<svg></svg>"}
    text = figure_html("lab", figure)
    assert "It <b>works</b>." in text
    assert 'aria-label="A &quot;b&quot; &lt; c"><svg></svg></div>' in text
    assert "data-numbers" in text
    assert "data-numbers" not in figure_html("lab", figure | {"data": False})
