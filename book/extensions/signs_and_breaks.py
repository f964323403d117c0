"""Signs in lines: where a line may break, and what a minus looks like.

- A browser breaks between a formula and the comma or point after it, since a formula is a box to
  it. Both get a span in which a line breaks inside the formula alone.
- A name of code that may not fit on a line of a phone, `src.data_tools.load_texts`, breaks after
  a point, a slash or an underscore. A short one stays whole.
- A hyphen before a number is a minus sign, outside of code.
"""

import re

from docutils import nodes

SIGN = re.compile(r"[.,;:!?)\]”’…]+")
CODE = re.compile(r'(<code class="docutils literal notranslate">)(.*?)(</code>)', re.DOTALL)
PART = re.compile(r">([^<]+)<")
JOINT = re.compile(r"(?<=[^\W_][._/])(?=[^\W_])")
SHORT = 16  # characters
HYPHEN = re.compile(r"(?<![\w)\]\-])-(?=\d)")
AS_TYPED = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


def keep_signs(document: nodes.document) -> None:
    """Put a formula and the signs that touch it into one span."""
    for formula in list(document.findall(nodes.math)):
        parent, place = formula.parent, formula.parent.index(formula)
        after = parent[place + 1] if place + 1 < len(parent) else None
        sign = SIGN.match(after) if isinstance(after, nodes.Text) else None
        if sign:
            parent[place + 1] = nodes.Text(after[sign.end() :])
            parent[place] = nodes.inline("", "", formula, nodes.Text(sign[0]), classes=["kept"])


def true_minus(document: nodes.document) -> None:
    """Turn hyphens before numbers into minus signs."""
    for text in list(document.findall(nodes.Text)):
        if HYPHEN.search(text) and not isinstance(text.parent, AS_TYPED):
            text.parent.replace(text, nodes.Text(HYPHEN.sub("\N{MINUS SIGN}", text)))


def breakable(body: str) -> str:
    """Mark the joints of long names of code in the HTML of a page."""

    def part(match: re.Match) -> str:
        text = match[1]
        return f">{JOINT.sub('<wbr>', text) if len(text) > SHORT else text}<"

    return CODE.sub(lambda code: code[1] + PART.sub(part, code[2]) + code[3], body)


def on_resolved(app, document, page):
    """Set signs in pages; a notebook's copy stays as it is."""
    if app.builder.format == "html":
        keep_signs(document)
        true_minus(document)


def on_page(app, page, template, context, doctree):
    """Mark joints in a page."""
    if body := context.get("body"):
        context["body"] = breakable(body)


def setup(app):
    """Register what is done for each page."""
    app.connect("doctree-resolved", on_resolved, priority=950)
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
