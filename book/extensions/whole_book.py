"""The book as one PDF: shipped and linked when `make pdf` has made it, and not mentioned otherwise.

`{whole-book}` stands where the link belongs. Its content is the text of the link.
"""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from book.course import ROOT

NAME = "what-and-where.pdf"
PDF = ROOT / "_build" / "pdf" / NAME


class WholeBook(SphinxDirective):
    """A link to the PDF, with its size, or nothing."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the paragraph. Only pages have it: the PDF does not link itself."""
        return [nodes.paragraph("", "", whole_book("", " ".join(self.content)))]


class whole_book(nodes.inline):  # noqa: N801, docutils names its nodes so
    """The place of the link until it is known whether there is something to link."""


def on_resolved(app, document, page):
    """Turn each place into a link, or take its paragraph away."""
    if app.builder.name == "singlehtml":
        keep_pages_apart(document)
    shipped = app.builder.name == "html" and PDF.exists()
    for place in list(document.findall(whole_book)):
        if shipped:
            target = "../" * page.count("/") + NAME
            size = f" (PDF, {PDF.stat().st_size / 1e6:.0f} MB)"
            link = nodes.reference("", place.astext() + size, refuri=target, internal=True)
            place.replace_self(link)
        else:
            place.parent.parent.remove(place.parent)


def keep_pages_apart(document):
    """Give each anchor its page's name: all pages have a summary, and all are one page now."""
    for part in document.findall(addnodes.start_of_file):
        page = part["docname"]
        for node in part.findall(nodes.Element):
            if node is not part and node.get("ids"):
                node["ids"] = [f"{page}--{anchor}" for anchor in node["ids"]]
            if "refid" in node:
                node["refid"] = f"{page}--{node['refid']}"
    for link in document.findall(nodes.reference):
        page, _, anchor = link.get("refuri", "").removeprefix("#document-").partition("#")
        if anchor and link["refuri"].startswith("#document-"):
            link["refuri"] = f"#{page}--{anchor}"


def on_finished(app, error):
    """Put the PDF beside the front page."""
    if error is None and app.builder.name == "html" and PDF.exists():
        shutil.copy(PDF, Path(app.outdir) / NAME)


def setup(app):
    """Register the directive and the two moments at which something is done."""
    app.add_node(whole_book)
    app.add_directive("whole-book", WholeBook)
    app.connect("doctree-resolved", on_resolved)
    app.connect("build-finished", on_finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
