"""Formulas drawn when the book is built: a page carries them ready, and no script has to run.

sphinxcontrib-katex can do so too, but asks for Node.js, which readers do not have. Here its copy of
KaTeX runs in V8, which comes as a Python package. A formula that KaTeX cannot read is a warning
that names its line, and so an error of the build.
"""

import json
import re
from contextlib import suppress
from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.nodes import SkipNode
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.util import logging
from sphinxcontrib import katex

logger = logging.getLogger(__name__)


@cache
def engine() -> MiniRacer:
    """Return V8 with KaTeX in it."""
    v8 = MiniRacer()
    v8.eval(Path(katex.__file__).with_name("katex.min.js").read_text(encoding="utf8"))
    return v8


def apart(tex: str) -> str:
    """Set the lines of a formula apart where a fraction hangs down from one, as text is set.

    KaTeX lets the fraction of the next line touch it. Lines inside matrices stay.
    """
    lines, inside = [""], []
    for part in re.split(r"(\\\\|\\(?:begin|end)\{\w+\*?\})", tex):
        if part.startswith(r"\begin"):
            inside.append(part)
        elif part.startswith(r"\end"):
            inside.pop()
        lines[-1] += part
        if part == r"\\" and inside == [r"\begin{aligned}"]:
            lines.append("")
    spaced = [
        f"{line}[0.5em]" if r"\frac" in line and not after.lstrip().startswith("[") else line
        for line, after in zip(lines, lines[1:], strict=False)
    ]
    return "".join([*spaced, lines[-1]])


@cache
def drawn(tex: str, display: bool) -> str:
    """Return a formula as HTML to see and MathML to hear.

    Raises:
        ValueError: KaTeX cannot read the formula.
    """
    options = {"displayMode": display, "throwOnError": True, "strict": "ignore"}
    arguments = f"{json.dumps(apart(tex))}, {json.dumps(options)}"
    try:
        return engine().eval(f"katex.renderToString({arguments})")
    except JSEvalException as error:
        reason = str(error).partition("\n")[0]  # the next line is all of KaTeX
        raise ValueError(f"KaTeX cannot read {tex!r}: {reason}") from error


def draw(translator, node, display: bool) -> None:
    """Write the formula of a node, or warn and write its TeX."""
    try:
        translator.body.append(drawn(node.astext(), display))
    except ValueError as error:
        logger.warning("%s", error, location=node)
        translator.body.append(translator.encode(node.astext()))


def visit_math(translator, node):
    """Draw a formula in a line."""
    translator.body.append(translator.starttag(node, "span", "", CLASS="math"))
    draw(translator, node, display=False)
    translator.body.append("</span>")
    raise SkipNode


def visit_displaymath(translator, node):
    """Draw a formula on lines of its own; its number comes from a tag in it."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    draw(translator, node, display=True)
    translator.body.append("</div>\n")
    raise SkipNode


def on_resolved(app, document, page):
    """Draw all formulas of a page now: pages are written in forked processes, where V8 is dead."""
    if app.builder.format == "html":
        for kind, display in ((nodes.math, False), (nodes.math_block, True)):
            for node in document.findall(kind):
                with suppress(ValueError):  # told when the page is written
                    drawn(node.astext(), display)


def setup(app):
    """Register the renderer that _config.yml names, and when formulas are drawn."""
    app.connect("doctree-resolved", on_resolved, priority=900)
    app.add_html_math_renderer(
        "drawn_formulas",
        inline_renderers=(visit_math, None),
        block_renderers=(visit_displaymath, None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
