"""Every entry of references.bib says who, what, when, where, and how to find it."""

import re

from book.citations import LINK, LIST, address, cited, entries, label, names
from book.course import ROOT, notebooks
from tests.chapters.test_notebooks import markdown

ENTRIES = entries()
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


def test_works_have_addresses_of_their_own():
    shared = {key for key in ENTRIES if address(key) == LIST}
    assert shared == {
        key for key in ENTRIES if not {"doi", "eprint", "url"} & set(ENTRIES[key].fields)
    }
    own = [address(key) for key in ENTRIES if key not in shared]
    assert len(set(own)) == len(own)


def test_every_work_is_cited():
    pages = [markdown(page.notebook) for page in notebooks()]
    pages += [file.read_text("utf8") for file in (ROOT / "chapters/questions").glob("*.md")]
    assert cited("\n".join(pages)) == set(ENTRIES)


def test_citations_are_named_as_their_works():
    """ "Vaswani et al., 2017", or "Vaswani et al. (2017)" where it is part of a sentence."""
    by_address = {}
    for key in ENTRIES:
        by_address.setdefault(address(key), set()).update(
            {label(key), f"{names(ENTRIES[key])} ({ENTRIES[key].fields['year']})"}
        )
    wrong = [
        f"{page.short}: {text}"
        for page in notebooks()
        for text, target in LINK.findall(markdown(page.notebook))
        if text not in by_address.get(target, {text}) and target != LIST
    ]
    assert wrong == []


def test_a_citation_without_its_link_is_found():
    """Author and year in brackets, with nothing behind them, lead nowhere."""
    bare = re.compile(r"\((?:[A-Z][\w-]+(?: et al\.| and [A-Z][\w-]+)?, (?:19|20)\d\d)\)")
    assert bare.search("so it is (Vaswani et al., 2017).")
    assert [p.short for p in notebooks() if bare.search(markdown(p.notebook))] == []
