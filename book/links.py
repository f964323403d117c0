"""Visit every address outside the book that a page leads to: `python -m book.links`.

It needs the network, so no test runs it; `--list` only prints the addresses and the pages they are
on. Links inside the book are checked in `tests/book`.
"""

import argparse
import re
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

from book.browser import BOOK, book_pages

SECONDS = 20
# Some hosts turn away what does not look like a browser; that says nothing about the page.
HEADERS = {"User-Agent": "Mozilla/5.0 (link check of a course; one request per address)"}
TURNED_AWAY = {401, 403, 405, 429, 503}


class Links(HTMLParser):
    """Collects where a page's links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the address of a link that leaves the book."""
        target = dict(attrs).get("href") or ""
        if tag == "a" and re.match(r"https?://", target):
            self.found.add(target.partition("#")[0])


def outside_links(pages: list[Path]) -> dict[str, list[Path]]:
    """Return each address outside the book, sorted, with the pages that lead to it."""
    where = defaultdict(list)
    for page in pages:
        reader = Links()
        reader.feed(page.read_text(encoding="utf8"))
        for address in reader.found:
            where[address].append(page)
    return dict(sorted(where.items()))


def problem(address: str) -> str:
    """Visit an address and return what is wrong with it; nothing when it answers."""
    request = urllib.request.Request(address, headers=HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return ""
    except urllib.error.HTTPError as error:
        return "" if error.code in TURNED_AWAY else f"{error.code} {error.reason}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def main() -> None:
    """List or visit; end with an error when an address does not answer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print the addresses, visit none")
    options = parser.parse_args()

    links = outside_links(book_pages())
    if not links:
        sys.exit(f"no link leads out of {BOOK}. Run `make book` first.")
    if options.list:
        for address, pages in links.items():
            print(address, *(page.relative_to(BOOK).as_posix() for page in pages))
        return
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = dict(zip(links, pool.map(problem, links), strict=True))
    broken = {address: what for address, what in found.items() if what}
    for address, what in broken.items():
        names = ", ".join(page.relative_to(BOOK).as_posix() for page in links[address])
        print(f"{address}: {what}, on {names}")
    print(f"{len(links)} addresses, {len(broken)} do not answer")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
