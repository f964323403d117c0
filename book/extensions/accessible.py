"""Say to a screen reader what the eye sees: what a table's header heads, and that a list is a list.

- Headers say whether they head a column or a row.
- A table whose first line is empty, as Markdown asks for one, has its headers in the first column.
- References are the items of their list; docutils gives them a role that ARIA no longer has.
"""

from docutils import nodes


def on_resolved(app, document, page):
    """Turn the first column of tables without a first line into headers."""
    for table in document.findall(nodes.tgroup):
        head = next(table.findall(nodes.thead), None)
        if head is not None and not head.astext().strip():
            table.remove(head)
            next(table.findall(nodes.colspec))["stub"] = 1


def on_page(app, page, template, context, doctree):
    """Complete what docutils writes."""
    if body := context.get("body"):
        body = body.replace('<th class="head', '<th scope="col" class="head')
        body = body.replace('<th class="stub', '<th scope="row" class="stub')
        context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    """Register what is done for each page."""
    app.connect("doctree-resolved", on_resolved)
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
