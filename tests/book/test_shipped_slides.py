"""Links to slides, where there are slides."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from book.extensions.shipped_slides import LINK, on_resolved


@pytest.mark.parametrize(("builder", "kept"), [("html", 2), ("singlehtml", 0)])
def test_links_to_slides_stand_in_the_pages_alone(builder, kept):
    document = new_document("page")
    parts = [f'{LINK}combining.html">', "combining", "</a>"]
    link = [nodes.raw("", parts[0], format="html"), nodes.Text(parts[1])]
    document += nodes.paragraph("", "", *link, nodes.raw("", parts[2], format="html"))
    on_resolved(SimpleNamespace(builder=SimpleNamespace(name=builder)), document, "page")
    assert len(list(document.findall(nodes.raw))) == kept
    assert "combining" in document.astext()
