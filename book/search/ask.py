"""Ask the search of the built book without a browser: `python -m book.search.ask "a question"`."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from py_mini_racer import MiniRacer

from book.course import ROOT

BOOK = ROOT / "_build" / "html"
FILES = ("_static/minisearch/minisearch.js", "_static/search/engine.js", "searchindex.js")
"""What the browser loads when the search is first used, in this order."""


@contextmanager
def search_of(book: Path) -> Iterator[Callable[[str], list[dict]]]:
    """Give a function that returns the results of a question, the best first; it has `sections`."""
    with MiniRacer() as v8:
        v8.eval("var window = globalThis")
        for file in FILES:
            v8.eval((book / file).read_text("utf-8"))
        v8.eval("var search = bookSearch()")

        def ask(question: str, most: int = 20) -> list[dict]:
            found = f"search({json.dumps(question)}).slice(0, {most})"
            return json.loads(v8.eval(f"JSON.stringify({found})"))

        ask.sections = json.loads(v8.eval("JSON.stringify(search.sections)"))
        yield ask


def main() -> None:
    """Print what is found."""
    with search_of(BOOK) as ask:
        for found in ask(" ".join(sys.argv[1:]), 10):
            section = found["section"]
            print(f"{found['score']:.2f}  {section['heading']}  ({section['url']})")


if __name__ == "__main__":
    main()
