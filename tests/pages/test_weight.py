"""What a page weighs when it is first opened, in bytes on disk, before any compression."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlparse

from book.browser import BOOK

MOST = 1_000_000


def test_page_is_light(visit):
    """HTML with its figures, styles, scripts and fonts: at most 1.0 MB."""
    weights = Counter()
    for url in visit.requests:
        path = Path(unquote(urlparse(url).path))
        if path.is_relative_to(BOOK):
            weights[path.name] += path.stat().st_size
    assert visit.path.name in weights
    heaviest = ", ".join(f"{name} {size:,}" for name, size in weights.most_common(6))
    assert sum(weights.values()) <= MOST, f"{sum(weights.values()):,} bytes: {heaviest}"


def test_pictures_are_drawn_in_the_page(visit):
    """None is made of pixels, which blur, nor fetched: figures are SVG (vector_figures.py)."""
    pictures = "article img, article picture, article canvas"
    assert visit.page.eval_on_selector_all(pictures, "all => all.map(one => one.outerHTML)") == []


def test_search_is_loaded_when_it_is_used(visit):
    """Its index grows with the book; a page loads the few lines of its box alone."""
    loaded = {Path(unquote(urlparse(url).path)).name for url in visit.requests}
    assert "dialog.js" in loaded
    if visit.path.name != "search.html":
        assert not loaded & {"searchindex.js", "engine.js", "minisearch.js"}
    assert not loaded & {"searchtools.js", "language_data.js", "doctools.js", "sphinx_highlight.js"}
