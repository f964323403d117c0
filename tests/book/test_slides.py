"""The slides hold every section and every figure of the lessons."""

import re
from base64 import b64decode
from html.parser import HTMLParser

import nbformat
import pytest

from book.course import chapters
from book.slides import make, shortened

each_chapter = pytest.mark.parametrize("chapter", chapters())


class Page(HTMLParser):
    """Collects the headings of slides, the pictures, the folded questions and all addresses."""

    def __init__(self):
        super().__init__()
        self.sections, self.images, self.questions, self.addresses = 0, [], 0, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.sections += tag == "section"
        self.questions += tag == "details" and attrs.get("class") == "predict"
        if tag == "img":
            svg = b64decode(attrs["src"].partition("base64,")[2]).decode()
            self.images.append((svg, attrs.get("alt", "")))
        self.addresses += [attrs[key] for key in ("src", "href") if key in attrs]


def slides(chapter, tmp_path):
    path = make(chapter, chapters()[chapter], tmp_path)
    text = path.read_text(encoding="utf8")
    page = Page()
    page.feed(text)
    return page, text


def cells_of(chapter):
    return [
        c for page in chapters()[chapter] for c in nbformat.read(page.notebook, as_version=4).cells
    ]


@each_chapter
def test_one_slide_for_each_heading(chapter, tmp_path):
    source = "\n\n".join(c.source for c in cells_of(chapter) if c.cell_type == "markdown")
    source = re.sub(r"```.*?```", "", source, flags=re.S)
    headings = re.findall(r"^#{1,3} .+$", source, flags=re.M)
    page, text = slides(chapter, tmp_path)
    assert page.sections == len(headings) == text.count("<h2>")
    bare = re.findall(r'<div class="text">\s*</div></div></section>', text)
    dividers = re.findall(r"^## .+\n\s*(?=### )", source, flags=re.M)
    assert len(bare) == len(dividers), "a slide is empty"


@each_chapter
def test_every_figure_is_there_with_its_alt_text(chapter, tmp_path):
    expected = [
        (output.data["image/svg+xml"], cell.metadata.mystnb.image.alt)
        for cell in cells_of(chapter)
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]
    page, _ = slides(chapter, tmp_path)
    assert page.images == expected
    assert all(alt.strip() for _, alt in page.images)


@each_chapter
def test_every_question_to_predict_is_there(chapter, tmp_path):
    source = "\n\n".join(c.source for c in cells_of(chapter) if c.cell_type == "markdown")
    page, _ = slides(chapter, tmp_path)
    assert page.questions == source.count('<details class="predict">') > 0


@each_chapter
def test_nothing_is_asked_of_other_hosts_and_no_markup_is_left(chapter, tmp_path):
    page, text = slides(chapter, tmp_path)
    assert [a for a in page.addresses if not a.startswith(("data:", "katex/"))] == []
    assert (tmp_path / "katex" / "katex.min.js").is_file()
    text = re.sub(r"base64,[^\"]+|<code>.*?</code>|<script>.*?</script>", "", text, flags=re.S)
    left = r"\b(?:eq|fig)-\w+|\\tag|\$\$|\]\([^)]*\.ipynb\)|\{(?:title|slides)\}"
    assert re.findall(left, text) == []


def test_first_sentences_are_kept_whole():
    long = "One is short. " + "Two " + "is very long and goes on and on " * 10 + ". Three."
    assert shortened(long) == "One is short."
    assert shortened("A. B. C.") == "A. B. C."
