"""The list of links that leave the book."""

import urllib.error
from email.message import Message

import pytest

from book import links

PAGE = """<p><a href="https://one.example/a#part">1</a> <a href="two.html">2</a>
<a href="http://three.example/">3</a> <a href="#here">4</a> <a href="mailto:a@b.example">5</a>
<link href="https://style.example/"> <a>6</a></p>"""


def test_it_lists_what_leaves_the_book_once_with_its_pages(tmp_path):
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    pages[0].write_text(PAGE)
    pages[1].write_text('<a href="https://one.example/a#other">1</a>')
    found = links.outside_links(pages)
    assert found == {"http://three.example/": pages[:1], "https://one.example/a": pages}


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (None, ""),
        (urllib.error.HTTPError("", 403, "Forbidden", Message(), None), ""),
        (urllib.error.HTTPError("", 404, "Not Found", Message(), None), "404 Not Found"),
        (urllib.error.URLError("no such host"), "no such host"),
        (TimeoutError("timed out"), "timed out"),
    ],
)
def test_it_tells_gone_from_turned_away(raised, said, monkeypatch):
    """No request is made: the answer is played."""

    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

    def visit(request, timeout):
        assert request.full_url == "https://one.example/"
        if raised:
            raise raised
        return Answer()

    monkeypatch.setattr(links.urllib.request, "urlopen", visit)
    assert links.problem("https://one.example/") == said
