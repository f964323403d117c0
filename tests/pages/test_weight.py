"""What a page weighs when it is first opened, in bytes on disk, before any compression."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlparse

from PIL import Image

from book.browser import BOOK, DESKTOP, PHONE, lay_out

MOST = 1_000_000  # of text, styles, scripts and fonts
MOST_PICTURES = 1_500_000  # all of a page, also those fetched later
PICTURES = {".png", ".svg", ".jpg", ".gif", ".webp"}


def test_page_is_light(visit):
    """HTML, styles, scripts and fonts: at most 1.0 MB; pictures: at most 1.5 MB."""
    weights = Counter()
    for url in visit.requests:
        path = Path(unquote(urlparse(url).path))
        if path.is_relative_to(BOOK) and path.suffix not in PICTURES:
            weights[path.name] += path.stat().st_size
    assert visit.path.name in weights
    heaviest = ", ".join(f"{name} {size:,}" for name, size in weights.most_common(6))
    assert sum(weights.values()) <= MOST, f"{sum(weights.values()):,} bytes: {heaviest}"
    sources = visit.page.eval_on_selector_all("img", "images => images.map(image => image.src)")
    pictures = {Path(unquote(urlparse(source).path)) for source in sources}
    assert sum(picture.stat().st_size for picture in pictures) <= MOST_PICTURES


def test_pictures_wait_and_keep_their_place(visit):
    """A picture is fetched when the reader comes near; its place has its shape before."""
    visit.page.set_viewport_size(PHONE)
    careless = visit.page.eval_on_selector_all(
        "article img[src$='.png']",
        """images => Promise.all(images.map(async image => {
            const lazy = image.loading === 'lazy' && image.decoding === 'async';
            const { width, height } = image.getBoundingClientRect();
            const before = image.cloneNode();
            before.loading = 'eager';
            await before.decode();
            const shape = before.naturalHeight / before.naturalWidth;
            return lazy && width && Math.abs(height / width - shape) < 0.01
                ? null : image.outerHTML.slice(0, 200) + ` shown as ${width} x ${height}`;
        }))""",
    )
    assert [picture for picture in careless if picture] == []


def test_pictures_are_sharp_on_dense_screens(visit):
    """A picture has two dots for each of the page's, at its widest."""
    visit.page.set_viewport_size(DESKTOP)
    lay_out(visit.page)
    shown = visit.page.eval_on_selector_all(
        "article img[src$='.png']",
        "images => images.map(image => [image.src, image.getBoundingClientRect().width])",
    )
    dots = {source: Image.open(Path(unquote(urlparse(source).path))).width for source, _ in shown}
    blurred = [f"{source}: {dots[source]} for {w}" for source, w in shown if dots[source] < 2 * w]
    assert blurred == []


def test_search_is_loaded_when_it_is_used(visit):
    """Its index grows with the book; a page loads the few lines of its box alone."""
    loaded = {Path(unquote(urlparse(url).path)).name for url in visit.requests}
    assert "dialog.js" in loaded
    if visit.path.name != "search.html":
        assert not loaded & {"searchindex.js", "engine.js", "minisearch.js"}
    assert not loaded & {"searchtools.js", "language_data.js", "doctools.js", "sphinx_highlight.js"}
