"""Formulas that KaTeX draws when the book is built."""

from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from docutils import nodes

from book.extensions.drawn_formulas import apart, draw, drawn, logger

MATHML = "{http://www.w3.org/1998/Math/MathML}"


def spoken(html: str) -> ElementTree.Element:
    """Return the MathML of a drawn formula."""
    start, end = html.index("<math"), html.index("</math>") + len("</math>")
    return ElementTree.fromstring(html[start:end])


def test_formula_is_there_to_see_and_to_hear():
    html = drawn(r"\frac{a}{b}", display=False)
    fraction = spoken(html).find(f".//{MATHML}mfrac")
    assert ["".join(part.itertext()) for part in fraction] == ["a", "b"]
    assert 'class="katex-html" aria-hidden="true"' in html


def test_formula_on_its_own_lines_is_larger():
    block, line = (drawn(r"\sum_t x_t", display) for display in (True, False))
    assert spoken(block).get("display") == "block"
    assert spoken(line).get("display") is None
    assert "katex-display" in block
    assert "katex-display" not in line


def test_lines_with_fractions_stand_apart():
    lines = r"\begin{aligned} a &= \frac{1}{2} \\ b &= \frac{1}{3} \end{aligned}"
    assert apart(lines) == lines.replace(r"\\", r"\\[0.5em]")
    for same in (
        r"\begin{aligned} a &= b \\ c &= \frac{1}{2} \end{aligned}",
        r"\begin{aligned} a &= \frac{1}{2} \\[1em] c &= d \end{aligned}",
        r"\begin{pmatrix} \frac{1}{2} \\ 1 \end{pmatrix}",
        r"\begin{aligned} \begin{pmatrix} \frac{1}{2} \\ 1 \end{pmatrix} \end{aligned}",
    ):
        assert apart(same) == same


def test_less_than_does_not_start_a_tag():
    html = drawn("t<T", display=True)
    assert "".join(spoken(html).find(f".//{MATHML}mrow").itertext()) == "t<T"
    assert "<T" not in html


def test_broken_formula_is_named():
    with pytest.raises(ValueError, match=r"cannot read '.+frac\{a': .*expected '\}'") as error:
        drawn(r"\frac{a", display=False)
    assert len(str(error.value)) < 200


def test_broken_formula_is_a_warning_and_its_tex_stays(monkeypatch):
    """A warning with its place fails the build; the page shows what was written."""
    formula = nodes.math("", r"a < \nosuch")
    translator = SimpleNamespace(body=[], encode=lambda text: text.replace("<", "&lt;"))
    warned = []
    monkeypatch.setattr(logger, "warning", lambda *_, location: warned.append(location))
    draw(translator, formula, display=False)
    assert translator.body == [r"a &lt; \nosuch"]
    assert warned == [formula]
