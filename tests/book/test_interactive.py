"""The numbers behind the interactive figures are those of `src`, and small enough for a page."""

import base64
import csv
import json
import re
from importlib import import_module

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from book.course import ROOT
from book.extensions.interactive_figures import PLACE, figure_html, module_names
from book.figures.lab import lab
from book.figures.neighbours import neighbours
from book.figures.packed import packed
from book.figures.sentence import sentence
from src.position_lab import RESULTS
from src.token_embeddings import nearest

mpl.use("Agg")
FIGURES = module_names(ROOT)
LIMIT = 1_500_000  # bytes, for the numbers of all figures
WORDS = """love good may ai king queen cat dog monday red bank river water he she london france
paris computer music school""".split()


def unpacked(text, dtype, columns):
    return np.frombuffer(base64.b64decode(text), dtype).reshape(-1, columns)


def test_packed_numbers_come_back():
    numbers = torch.tensor([[1.5, -2.0], [3.25, 1e-8]])
    assert (unpacked(packed(numbers), "<f4", 2) == numbers.numpy()).all()
    assert (unpacked(packed(numbers[:, 1:]), "<f4", 1) == numbers[:, 1:].numpy()).all()


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_says_what_it_shows(name):
    figure = import_module(f"book.figures.{name}.{name}")
    for text in (figure.CAPTION, figure.ALT):
        assert len(text.split()) >= 8
        assert text.endswith((".", ")"))
    assert all(100 <= height <= 1500 for height in figure.HEIGHT)


@pytest.mark.parametrize("name", FIGURES)
def test_each_still_picture_is_drawn(name):
    ax = import_module(f"book.figures.{name}.{name}").still()
    assert ax.has_data()
    plt.close(ax.figure)


def test_every_figure_has_a_place_in_a_lesson():
    texts = [page.read_text(encoding="utf8") for page in (ROOT / "chapters").glob("*/*.ipynb")]
    places = [name for text in texts for name in PLACE.findall(text.replace('\\"', '"'))]
    assert {name.replace("-", "_") for name in places} == set(FIGURES)


def test_all_numbers_together_are_small():
    modules = [import_module(f"book.figures.{name}.{name}") for name in FIGURES]
    sizes = [
        len(json.dumps(module.data(), ensure_ascii=False).encode())
        for module in modules
        if hasattr(module, "data")
    ]
    assert 500_000 < sum(sizes) < LIMIT


def test_sentence_has_the_rows_of_minilm(minilm):
    data, C = sentence.data(), sentence.COLUMNS
    assert data["tokens"].split("\n") == minilm.table.tokens
    rows = unpacked(data["rows"], "i1", C).astype("f4") * unpacked(data["scales"], "<f4", 1)
    assert (rows == minilm.table.vectors[:, :C].numpy()).all()
    positions = unpacked(data["positions"], "<f4", C)
    assert (positions == minilm.position_vectors[:, :C].numpy()).all()


@pytest.fixture(scope="module")
def found():
    """Word to its neighbours, as the page will read them."""
    data, K = neighbours.data(), neighbours.NEAREST
    words = data["words"].split("\n")
    tokens = words + data["others"].split("\n")
    places = unpacked(data["nearest"], "<u2", K)
    cosines = unpacked(data["cosines"], "i1", K) / 100
    return {
        word: [(tokens[p], cosine) for p, cosine in zip(row, numbers, strict=True)]
        for word, row, numbers in zip(words, places, cosines.tolist(), strict=True)
    }


def test_neighbours_has_the_frequent_words(found, glove, minilm):
    assert len(found) == neighbours.WORDS >= 4000
    assert all(word.isalpha() and word in minilm.table.vocab for word in found)
    assert list(found) == sorted(found, key=glove.row)


@pytest.mark.parametrize("word", WORDS)
def test_neighbours_are_those_of_src(word, found, minilm):
    expected = nearest(minilm.table, word, k=neighbours.NEAREST)
    assert found[word] == [(token, round(cosine, 2)) for token, cosine in expected]


def test_lab_has_the_values_of_the_file():
    lines = [x for x in RESULTS.read_text(encoding="utf8").splitlines() if x[0] != "#"]
    rate = {"text": 0.006, "three back": 0.006, "first token": 0.006}
    rows = [
        row
        for row in csv.DictReader(lines)
        if row["scaling"] == "none"
        and row["extra_steps"] == "0"
        and float(row["lr"]) == rate[row["task"]]
    ]
    data = lab.data()
    values = {task["name"]: task["values"] for task in data["tasks"]}
    assert len(rows) == 3 * 6 * 3 * 4
    for row in rows:
        at = data["factors"].index(int(row["factor"]))
        assert values[row["task"]][row["scheme"]][int(row["seed"])][at] == float(row["value"])


def test_place_in_a_page_becomes_a_figure():
    line = '<div class="interactive" data-figure="lab">In the book, this is a figure.</div>'
    assert PLACE.fullmatch(line)[1] == "lab"
    figure = {"caption": "It <b>works</b>.", "alt": 'A "b" < c', "height": [500, 600]}
    figure |= {"data": True, "still": [640, 320]}
    text = figure_html("lab", figure, "../../")
    assert "It <b>works</b>." in text
    assert 'alt="A &quot;b&quot; &lt; c"' in text
    assert re.search(r'src="\.\./\.\./_static/interactive/stills/lab\.png"', text)
    assert "data-numbers" in text
    assert "data-numbers" not in figure_html("lab", figure | {"data": False}, "")
