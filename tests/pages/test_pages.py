"""The built book in a real browser: opened from disk, with no network, page by page.

Run with `make test-book` after `make book`.
"""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pytest

from book.browser import DESKTOP, PHONE, book_pages, lay_out, visit_page
from book.course import pages
from tests.pages.wcag import contrast

# Pages that Jupyter Book adds to those of the table of contents.
ADDED = {"search.html", "genindex.html"}


def test_page_is_quiet(visit):
    """No error in the browser's console."""
    assert visit.console_errors == []


def test_page_asks_no_outside_host(visit):
    """Everything comes from the book's own files."""
    assert visit.outside_requests == []


def test_page_finds_all_its_files(visit):
    """No request fails."""
    assert visit.failed_requests == []


def test_math_is_drawn(visit):
    """Each formula is drawn, visibly, without a TeX error, and with KaTeX's fonts."""
    lay_out(visit.page)
    problems = visit.page.evaluate(
        """() => [...document.querySelectorAll('.math')].flatMap(math => {
            const drawn = math.querySelector('.katex-html');
            const box = drawn?.getBoundingClientRect();
            const error = math.querySelector('.katex-error');
            if (error) return ['error: ' + error.title];
            return box && box.width && box.height ? [] : ['not drawn: ' + math.textContent];
        })"""
    )
    assert problems == []
    fonts = visit.page.evaluate(
        """() => [...document.fonts].filter(font => font.family.includes('KaTeX'))
                                    .map(font => font.status)"""
    )
    assert "error" not in fonts
    if visit.page.locator(".math").count():
        assert "loaded" in fonts, "formulas are drawn without KaTeX's fonts"


def test_no_tex_is_left_in_the_text(visit):
    r"""No reader sees `$$`, `\(` or `$x_t$`: outside code, all TeX is drawn."""
    text = visit.page.evaluate(
        """() => {
            const article = document.querySelector('article')?.cloneNode(true);
            article?.querySelectorAll('pre, code, script, style, .katex').forEach(e => e.remove());
            return article?.textContent ?? '';
        }"""
    )
    tex = r"\$\$|\\[(\[\])]|\\[a-zA-Z]{2,}|\$[^$\s]*[_^{][^$]*\$"
    assert re.findall(rf".{{0,40}}(?:{tex}).{{0,40}}", text) == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_page_has_one_search_box(visit, viewport):
    """Exactly one box, or button that opens it, can be seen, wherever the reader is on the page."""
    visit.page.set_viewport_size(viewport)
    boxes = visit.page.locator(
        "input[type=search], input[name=q], [class*=search-button], .search-open"
    )
    seen = [box for box in boxes.all() if box.is_visible()]
    assert len(seen) == 1
    visit.page.evaluate("scrollTo({ top: 3000, behavior: 'instant' })")
    place = seen[0].bounding_box()
    visit.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    if visit.path.name != "search.html":
        assert 0 <= place["y"] <= viewport["height"] - place["height"]


def test_every_image_says_what_it_shows(visit):
    """Alt text is there, and is no file's name (the default for a notebook's figures)."""
    images = visit.page.eval_on_selector_all(
        "article img", "images => images.map(image => [image.src, image.alt.trim()])"
    )
    unnamed = [src for src, alt in images if not alt]
    assert unnamed == [], "set `mystnb.image.alt` in the cell's metadata, or `:alt:`"
    assert [alt for _, alt in images if is_file_name(alt)] == []


def is_file_name(text: str) -> bool:
    """Tell whether a text is one word with a slash or ends as picture files do."""
    return bool(re.fullmatch(r"\S*[/\\]\S*|.*\.(png|svg|jpe?g|gif|webp)", text, re.IGNORECASE))


def test_images_load(visit):
    """Every picture is drawn; lazy ones are asked for."""
    broken = visit.page.eval_on_selector_all(
        "img",
        """images => Promise.all(images.map(async image => {
            image.loading = 'eager';
            await image.decode().catch(() => {});
            return image.naturalWidth ? null : image.src;
        }))""",
    )
    assert [src for src in broken if src] == []


@pytest.mark.parametrize("width", [PHONE["width"], 320])
def test_phone_shows_the_page_without_sideways_scroll(visit, width):
    """Nothing sticks out of the page, unless it scrolls in a box of its own.

    320 pixels are what WCAG asks for (1.4.10 Reflow): a desktop at four times its size.
    """
    visit.page.set_viewport_size({"width": width, "height": PHONE["height"]})
    lay_out(visit.page)
    wide, sticking_out = visit.page.evaluate(
        """() => {
            const inBox = element => {
                for (let e = element; e && e.tagName !== 'ARTICLE'; e = e.parentElement)
                    if (/auto|scroll/.test(getComputedStyle(e).overflowX)
                        || e.matches('.katex-mathml, .katex svg')) return true;
                return false;
            };
            const end = e => {
                const box = e.getBoundingClientRect();
                // scrollWidth: units of a drawing, or of words that only screen readers get
                if (e.ownerSVGElement || e.matches('.hidden')) return box.right;
                return Math.max(box.right, box.left + e.scrollWidth);
            };
            const found = [...document.querySelectorAll('article *')]
                .filter(e => end(e) > innerWidth + 1 && !inBox(e))
                .map(e => e.outerHTML.slice(0, 120));
            const wide = document.scrollingElement.scrollWidth - innerWidth;
            return [wide, found];
        }"""
    )
    assert sticking_out == []
    assert wide <= 0


def test_formulas_in_a_sentence_break_with_its_lines(visit):
    """On a phone none is cut off, and the word or point after it stands on its line."""
    visit.page.set_viewport_size(PHONE)
    lay_out(visit.page)
    cut = visit.page.evaluate(
        """() => {
            const around = 'p, li, dd, dt, td, th, summary, label, h1, h2, h3, h4, figcaption';
            return [...document.querySelectorAll('article span.math')].filter(math => {
                const end = math.closest(around).getBoundingClientRect().right + 1;
                const parts = [...math.querySelectorAll('.base')];
                return getComputedStyle(math).display !== 'inline'
                    || parts.some(part => part.getBoundingClientRect().right > end);
            }).map(math => math.querySelector('annotation')?.textContent ?? math.textContent);
        }"""
    )
    assert cut == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_formulas_on_their_own_lines_are_whole(visit, viewport):
    """None is clipped; a wide one scrolls in one box alone, which casts a shadow."""
    visit.page.set_viewport_size(viewport)
    lay_out(visit.page)
    found = visit.page.evaluate(
        """() => [...document.querySelectorAll('article div.math')].flatMap(math => {
            if (!math.offsetWidth) return [];
            const box = math.querySelector('.katex-display');
            const within = [...math.querySelectorAll('.katex-html, .katex-html *')];
            const clipping = [math, ...math.querySelectorAll('.katex, .katex-html')]
                .filter(e => getComputedStyle(e).overflow !== 'visible')
                .map(e => `${e.className} clips`);
            const { top, bottom } = box.getBoundingClientRect();
            const marks = within.filter(e => !e.children.length && e.textContent.trim())
                .map(e => e.getBoundingClientRect())
                .filter(mark => mark.top < top - 8 || mark.bottom > bottom + 8)
                .map(mark => `stands out: ${top - mark.top}, ${mark.bottom - bottom}`);
            const shadow = getComputedStyle(box).backgroundAttachment;
            const problems = [...clipping, ...marks];
            if (shadow !== 'local, local, scroll, scroll') problems.push('no shadow');
            const name = math.querySelector('annotation').textContent.slice(0, 40);
            return problems.map(problem => `${name}: ${problem}`);
        })"""
    )
    assert found == []


def test_links_beside_headings_take_no_line(visit):
    """The link that shows when the mouse is there stands in the last line of its heading."""
    visit.page.set_viewport_size(PHONE)
    lay_out(visit.page)
    alone = visit.page.evaluate(
        """() => [...document.querySelectorAll('article :is(h1, h2, h3, h4):has(> .headerlink)')]
            .filter(heading => {
                const text = document.createRange();
                text.setStart(heading, 0);
                text.setEndBefore(heading.querySelector(':scope > .headerlink'));
                const [end, last] = [heading, text].map(e => e.getBoundingClientRect().bottom);
                return heading.offsetWidth && end - last > 12;
            }).map(heading => heading.textContent)"""
    )
    assert alone == []


def test_answers_are_folded_without_a_script(visit):
    """An admonition of class `dropdown` would stand open: fold answers with <details>."""
    boxes = visit.page.locator("article .admonition.dropdown")
    assert boxes.all_inner_texts() == []


def test_internal_links_lead_somewhere(visit, book):
    """Each link inside the book names a file and an anchor that exist."""
    links = visit.page.eval_on_selector_all(
        "a[href]",  # in a drawing, too, where `link.href` is no text
        "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI).href)",
    )
    assert [link for link in sorted(set(links)) if is_broken(link, book)] == []


def is_broken(link: str, book: Path) -> bool:
    """Tell whether a link leads to no file of the book, or to no anchor of its page."""
    url, anchor = urldefrag(link)
    if urlparse(url).scheme != "file":
        return False
    target = Path(unquote(urlparse(url).path))
    if not target.is_file() or not target.is_relative_to(book):
        return True
    return bool(anchor) and unquote(anchor) not in anchors(target)


@cache
def anchors(page: Path) -> set[str]:
    """Return the ids and names a link to this page may point at."""
    found = set()

    class Collector(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.update(value for key, value in attrs if key in ("id", "name") and value)

    Collector().feed(page.read_text(encoding="utf8"))
    return found


def test_book_holds_the_pages_of_its_contents(book):
    """Every page of the table of contents is built, and no other."""
    expected = {f"{page.name}.html" for page in pages(book.parent.parent)}
    built = {page.relative_to(book).as_posix() for page in book_pages()}
    assert built - ADDED == expected


def test_pages_have_the_styles_and_the_script_of_the_course(book):
    """Sphinx does not complain when it adds none of them."""
    lesson = (book / "chapters/combining/01_adding.html").read_text(encoding="utf8")
    sheet = book / "_static" / re.search(r'href="[^"]*_static/(styles-\w+\.css)"', lesson)[1]
    for rule in (".front-figure", "size: A4"):  # of course.css and print.css
        assert rule in sheet.read_text(encoding="utf8")
    assert "_static/scripts/glossary.js" in lesson


def test_index_leads_to_the_front_page(book):
    """The file a host serves first sends the reader to the front page."""
    front = pages(book.parent.parent)[0].name
    assert f"{front}.html" in (book / "index.html").read_text(encoding="utf8")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_of_words_are_readable(book, browser, dark):
    """What, where and their combination stand out from the page by 4.5:1 or more (WCAG AA)."""
    visit = visit_page(browser, book_pages()[0], dark=dark)
    colours = visit.page.evaluate(
        """() => ['token', 'position', 'combination'].flatMap(name =>
            ['', 'background: var(--pst-color-surface)'].map(style => {
                const word = document.createElement('span');
                word.className = name;
                word.style = style;
                document.querySelector('article, main').append(word);
                const ground = getComputedStyle(style ? word : document.body).backgroundColor;
                return [name, getComputedStyle(word).color, ground];
            }))"""
    )
    visit.context.close()
    assert len({colour for _, colour, _ in colours}) == 3
    low = [(name, round(contrast(text, ground), 2)) for name, text, ground in colours]
    assert [pair for pair in low if pair[1] < 4.5] == []


@pytest.mark.parametrize("page", ["combining/01_adding", "reference/myths_tested"])
def test_download_is_the_notebook(page, book, browser):
    """The button gives the very file of the course, outputs and all."""
    path = book / f"chapters/{page}.html"
    visit = visit_page(browser, path)
    target = visit.page.locator("a.btn-download-source-button").get_attribute("href")
    visit.context.close()
    source = book.parent.parent / f"chapters/{page}.ipynb"
    assert (path.parent / target).read_bytes() == source.read_bytes()
