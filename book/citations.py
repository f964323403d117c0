"""How lessons cite: a link to the work itself, named by its authors and year, in plain Markdown.

`[Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)` reads the same in the book, in
JupyterLab, on Colab and on GitHub. Names and addresses are those of the entry in
`chapters/reference/references.bib`; `tests/chapters/test_references.py` compares them.

    python -m book.citations vaswani2017attention      # prints the link to paste
"""

import re
import sys
from functools import cache

from pybtex.database import Entry, parse_file

from book.course import ROOT

BIB = ROOT / "chapters/reference/references.bib"
LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")
LIST = "../reference/references.md"
"""Where a work leads that is not to be had on the web."""


@cache
def entries() -> dict[str, Entry]:
    """Return the works of references.bib by their keys."""
    return dict(parse_file(str(BIB), bib_format="bibtex").entries)


def names(entry: Entry) -> str:
    """Return "Bahdanau et al.", "Press and Wolf" or "Shannon"."""
    people = entry.persons.get("author") or entry.persons["editor"]
    last = [
        " ".join(str(part) for part in [*person.rich_prelast_names, *person.rich_last_names])
        for person in people
    ]
    if len(last) > 2 or last[-1] == "others":
        return f"{last[0]} et al."
    return " and ".join(last)


def label(key: str) -> str:
    """Return how a work is cited: "Vaswani et al., 2017"."""
    entry = entries()[key]
    return f"{names(entry)}, {entry.fields['year']}"


def address(key: str) -> str:
    """Return where a work is to be had."""
    fields = entries()[key].fields
    if fields.get("archiveprefix") == "arXiv":
        return f"https://arxiv.org/abs/{fields['eprint']}"
    if "doi" in fields:
        return f"https://doi.org/{fields['doi']}"
    return fields.get("url", LIST)


def link(key: str) -> str:
    """Return the citation of a work."""
    return f"[{label(key)}]({address(key)})"


def cited(markdown: str) -> set[str]:
    """Return the keys of the works that a text cites, by their addresses."""
    found = {target for _, target in LINK.findall(markdown)}
    return {
        key
        for key in entries()
        if address(key) in found
        and (address(key) != LIST or f"[{names(entries()[key])}" in markdown)
    }


if __name__ == "__main__":
    print("\n".join(map(link, sys.argv[1:])))
