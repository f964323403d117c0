"""Ask the search of the built book without a browser: `python -m book.search.ask "a question"`."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from py_mini_racer import MiniRacer

from book.course import ROOT
from book.search import BY_MEANING, BY_WORDS

BOOK = ROOT / "_build" / "html"
LIKENESS = "window.bookLikeness = BookMeaning.load(meaningTable, sectionMeaning)"


@contextmanager
def search_of(book: Path, meaning: bool = True) -> Iterator[Callable[[str], list[dict]]]:
    """Give a function that returns the results of a question, the best first.

    It has `sections`, and `by_meaning`, which heeds no words.

    Args:
        book: the folder of the built book.
        meaning: whether sections are found by meaning, too, and not by words alone.
    """
    with MiniRacer() as v8:
        v8.eval("var window = globalThis")
        for file in (*BY_WORDS, *(BY_MEANING if meaning else ())):
            v8.eval((book / file).read_text("utf-8"))
        if meaning:
            v8.eval(LIKENESS)
        v8.eval("var search = bookSearch()")

        def ask(question: str, most: int = 20, by: str = "search") -> list[dict]:
            found = f"{by}({json.dumps(question)}).slice(0, {most})"
            return json.loads(v8.eval(f"JSON.stringify({found})"))

        ask.sections = json.loads(v8.eval("JSON.stringify(search.sections)"))
        ask.by_meaning = partial(ask, by="search.byMeaning")
        yield ask


def main() -> None:
    """Print what is found."""
    with search_of(BOOK) as ask:
        for found in ask(" ".join(sys.argv[1:]), 10):
            section = found["section"]
            print(f"{found['score']:.2f}  {section['heading']}  ({section['url']})")


if __name__ == "__main__":
    main()
