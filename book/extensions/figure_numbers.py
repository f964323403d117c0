"""Each figure of a page has a number and an address: `05_rotary.html#figure-3`.

The pictures that cells draw (`vector_figures.py`), with a link to their file, and the figures to
play with are numbered in the order in which they stand. A page in Jupyter has no numbers: there a
figure stands below its cell.
"""

import re
from itertools import count

FIGURE = re.compile(
    r'(?P<picture><div class="drawn" data-file="(?P<file>[^"]*)".*?</div>)'
    r'|<figure (?P<rest>class="interactive".*?<figcaption>)',
    re.DOTALL,
)


def numbered(body: str) -> str:
    """Return the HTML of a page with a number at each figure."""
    numbers = count(1)

    def number(match: re.Match) -> str:
        n = next(numbers)
        name = f"figure-{n}"
        link = f'<a class="figure-number" href="#{name}">Figure {n}</a>'
        if match["picture"]:
            file = f'<a class="figure-number" href="{match["file"]}" download>SVG</a>'
            line = f'<span class="figure-line" id="{name}">{link} · {file}</span>'
            return match["picture"] + line
        return f'<figure id="{name}" {match["rest"]}{link}: '

    return FIGURE.sub(number, body)


def on_page(app, page, template, context, doctree):
    """Number the figures of a page of the book; the PDF has all pages in one."""
    if app.builder.name == "html" and context.get("body"):
        context["body"] = numbered(context["body"])


def setup(app):
    """Register the moment at which a page is whole."""
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
