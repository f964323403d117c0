"""Display math with `<` in it: sphinxcontrib-katex 0.9.11 writes it into the page unescaped.

`$$ t<T $$` would start an HTML tag and wreck the rest of the page. This renderer escapes it first
and leaves the rest to sphinxcontrib-katex.
"""

from sphinxcontrib import katex


def visit_displaymath(translator, node):
    """Escape the formula, then draw it as sphinxcontrib-katex does."""
    if not node["nowrap"]:
        node["latex"] = translator.encode(node.astext())
    katex.html_visit_displaymath(translator, node)


def setup(app):
    """Register the renderer that _config.yml names."""
    app.add_html_math_renderer(
        "escaped_katex",
        inline_renderers=(katex.html_visit_math, None),
        block_renderers=(visit_displaymath, None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
