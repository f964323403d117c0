"""Lines break where a name has a joint, not before a sign at a formula; a minus looks like one."""

from docutils import nodes
from docutils.utils import new_document

from book.extensions.signs_and_breaks import breakable, keep_signs, true_minus


def test_signs_stay_with_their_formula():
    document = new_document("page")
    formula = nodes.math("", "x_t")
    document += nodes.paragraph("", "", nodes.Text("Let "), formula, nodes.Text("), then "))
    document += nodes.paragraph("", "", nodes.math("", "y"), nodes.Text(" is free"))
    document += nodes.paragraph("", "", nodes.math("", "z"))
    keep_signs(document)
    kept = list(document.findall(nodes.inline))
    assert [(part["classes"], part.astext()) for part in kept] == [(["kept"], "x_t),")]
    assert [part.astext() for part in document] == ["Let x_t), then ", "y is free", "z"]


def test_long_names_break_at_their_joints():
    code = '<code class="docutils literal notranslate"><span class="pre">{}</span></code>'
    long, short = "src.data_tools/load_texts", "nn.Embedding"
    assert breakable(code.format(short)) == code.format(short)
    assert breakable(f"<p>{long}</p>") == f"<p>{long}</p>"
    marked = breakable(code.format(long))
    assert marked == code.format("src.<wbr>data_<wbr>tools/<wbr>load_<wbr>texts")
    assert breakable(code.format("_______ ...... ______")) == code.format("_______ ...... ______")


def test_a_hyphen_before_a_number_is_a_minus_but_not_in_code_or_names():
    document = new_document("page")
    document += nodes.paragraph(
        "", "", nodes.Text("from -0.5 (-2) to GPT-2, 2026-11-29, a - b, --3")
    )
    document += nodes.paragraph("", "", nodes.literal("", "x[-1]"), nodes.math("", "-1"))
    true_minus(document)
    texts = [part.astext() for part in document]
    assert texts == [
        "from \N{MINUS SIGN}0.5 (\N{MINUS SIGN}2) to GPT-2, 2026-11-29, a - b, --3",
        "x[-1]-1",
    ]
