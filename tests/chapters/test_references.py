"""Every entry of references.bib says who, what, when, where, and how to find it."""

from pybtex.database import parse_file

from book.course import ROOT

BIB = ROOT / "chapters/reference/references.bib"
ENTRIES = parse_file(str(BIB), bib_format="bibtex").entries
PLACES = ("journal", "booktitle", "publisher", "institution", "school", "howpublished")
# From before there were such numbers.
NO_IDENTIFIER = {"firth1957synopsis"}


def lacks(key: str, entry) -> list[str]:
    """Return what an entry lacks."""
    fields = entry.fields
    on_arxiv = "eprint" in fields and fields.get("archiveprefix") == "arXiv"
    parts = {
        "author or editor": entry.persons.get("author") or entry.persons.get("editor"),
        "title": fields.get("title"),
        "year": fields.get("year", "").isdigit(),
        "place": on_arxiv or any(fields.get(place) for place in PLACES),
        "doi, arXiv number, isbn or url": on_arxiv
        or any(fields.get(kind) for kind in ("doi", "isbn", "url")),
    }
    if key in NO_IDENTIFIER:
        parts.popitem()
    return [part for part, there in parts.items() if not there]


def test_entries_are_complete():
    found = {key: lacks(key, entry) for key, entry in ENTRIES.items()}
    assert {key: missing for key, missing in found.items() if missing} == {}


def test_the_exceptions_are_needed():
    for key in NO_IDENTIFIER:
        assert not {"doi", "eprint", "isbn", "url"} & set(ENTRIES[key].fields)
