"""The built book shows the students' homework: no solution and no hidden test, anywhere in it."""

import html
import json
import re

import pytest

from tests.grading import harness
from tests.grading.leaks import secrets, squeeze

CHAPTERS = harness.CHAPTERS
TEXT = {".html", ".ipynb", ".md", ".txt", ".js", ".json", ".py", ".rst", ".csv", ".css", ""}


def plain(text: str) -> str:
    """Return what a reader sees: no tags (highlighting splits code by them), no escapes."""
    return squeeze(html.unescape(re.sub(r"<[^>]*>", "", text)))


def readings(path):
    """Return the texts of a file: as it is, without tags, and the strings of a JSON file."""
    raw = path.read_bytes().decode("utf8", errors="replace")
    texts = [squeeze(raw), plain(raw)]
    if path.suffix in (".ipynb", ".json"):
        texts.append(squeeze(" ".join(strings(json.loads(raw)))))
    return texts


def strings(value):
    """Yield all strings in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


@pytest.fixture(scope="module")
def texts(book):
    """All that the book's files say, by path."""
    paths = [p for p in book.rglob("*") if p.is_file() and p.suffix in TEXT]
    pages = [p for p in paths if "katex" not in p.parts and "_static" not in p.parts]
    return {p.relative_to(book).as_posix(): "\n".join(readings(p)) for p in pages}


def test_only_known_kinds_of_files(book):
    """A kind of file that is not searched would be a hole: archives, for example."""
    known = TEXT | {".png", ".svg", ".ico", ".inv", ".buildinfo", ".map"}
    known |= {".woff", ".woff2", ".ttf", ".eot"}
    known |= {".pdf"}  # searched in test_pdf.py
    kinds = {p.suffix for p in book.rglob("*") if p.is_file() and "_static" not in p.parts}
    assert kinds - known == set()


def test_no_solution_and_no_hidden_test(texts):
    hidden = [secret for chapter in CHAPTERS for secret in secrets(chapter)]
    assert hidden
    found = [(path, secret) for path, text in texts.items() for secret in hidden if secret in text]
    assert found == []


def test_no_marker_of_solutions(texts):
    """Not even where a solution was."""
    marker = re.compile(r"### (BEGIN|END) (SOLUTION|HIDDEN TESTS)")
    assert [path for path, text in texts.items() if marker.search(text)] == []


def test_the_search_sees_what_is_there(texts):
    """The same search finds the students' cells, on the page and in the download."""
    for chapter in CHAPTERS:
        for path in ("homework/{}/homework.html", "_sources/homework/{}/homework.ipynb"):
            assert "raise NotImplementedError()" in texts[path.format(chapter)], chapter


def test_sources_are_not_in_the_book(book):
    assert not list(book.rglob("grading/sources/*/homework*"))
