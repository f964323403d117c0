"""How often the book's search finds the section that answers.

`python -m benchmarks.search` asks the built book each question of `questions/tuned.csv`: `right`
names the sections that answer it (`page#section`), `split` whether the ranking was tuned with it.
Questions of `questions/search.csv` are those of the split `fresh`: neither the ranking nor the
table of meanings was made with them. Left out are those marked `seen`: the entry that answers them
was written after them. Each is asked three times: by words, by meaning, and by both, which is what
the book does.
With `--theme FOLDER` it also asks the search page of a book that was built with Sphinx's own search
(commit f54366e or older). Those figures are kept when it is left out.
"""

import argparse
import csv
import json
from pathlib import Path
from urllib.parse import unquote, urlparse

from benchmarks.page import RESULTS, record
from book.browser import launch_browser, visit_page
from book.search.ask import BOOK, search_of

QUESTIONS = Path(__file__).parent / "questions" / "tuned.csv"
FRESH = Path(__file__).parent / "questions" / "search.csv"
SPLITS = ("tune", "test", "fresh")
LINKS = "links => links.map(link => link.href)"
SHARES = ("Section first", "Section in 3", "Page first", "Page in 3")


def read_questions() -> list[dict[str, str]]:
    """Return the questions that the book answers, each with the places and its split."""
    questions = []
    for path, split in ((QUESTIONS, {}), (FRESH, {"split": "fresh"})):
        with path.open(encoding="utf8", newline="") as file:
            rows = [row | split for row in csv.DictReader(file) if row["right"]]
            questions += [row for row in rows if not row.get("seen")]
    return questions


def place(address: str) -> str:
    """Return page and section of an address: `chapters/questions/adding#does-it-help`."""
    parts = urlparse(address)
    page = unquote(parts.path).removeprefix(f"{BOOK}/").removesuffix(".html")
    return f"{page}#{parts.fragment}" if parts.fragment else page


def first(found: list[str], right: set[str]) -> int:
    """Return the place of the first right one in a list, from 1; if none is, a large number."""
    return next((n for n, one in enumerate(found, start=1) if one in right), 10**6)


def shares(questions: list[dict], answers: list[list[str]]) -> dict[str, str]:
    """Return how often the right section, and the right page, is the first or among three."""
    ranks = {"Section": [], "Page": []}
    for question, found in zip(questions, answers, strict=True):
        right = set(question["right"].split())
        pages = list(dict.fromkeys(one.partition("#")[0] for one in found))
        ranks["Section"].append(first(found, right))
        ranks["Page"].append(first(pages, {one.partition("#")[0] for one in right}))
    return {
        f"{what} {words}": f"{sum(r <= most for r in ranks[what]) / len(questions):.0%}"
        for what in ranks
        for words, most in (("first", 1), ("in 3", 3))
    }


def answers_of_the_theme(browser, folder: Path, questions: list[dict]) -> list[list[str]]:
    """Ask the search page of another book; its results are pages, and sections by their titles."""
    answers = []
    for question in questions:
        visit = visit_page(browser, folder / "search.html")
        visit.page.locator(".bd-search-container input").fill(question["question"])
        visit.page.keyboard.press("Enter")
        visit.page.get_by_text("Search finished").or_(
            visit.page.get_by_text("did not match any documents")
        ).first.wait_for()
        links = visit.page.eval_on_selector_all("#search-results ul.search li > a", LINKS)
        answers.append([place(link.replace(folder.as_uri() + "/", "")) for link in links])
        visit.context.close()
    return answers


def rows_of(name: str, questions: list[dict], answers: list[list[str]]) -> list[dict]:
    """Return a row for each split."""
    rows = []
    for split in SPLITS:
        pairs = [(q, a) for q, a in zip(questions, answers, strict=True) if q["split"] == split]
        if pairs:
            chosen, found = map(list, zip(*pairs, strict=True))
            what = {"Search": name, "Questions": f"{len(chosen)}, {split}"}
            rows.append(what | shares(chosen, found))
    return rows


def answers_of_the_book(questions: list[dict]) -> dict[str, list[list[str]]]:
    """Ask the built book by words, by meaning, and by both."""

    def answers(ask) -> list[list[str]]:
        found = [ask(question["question"], 30) for question in questions]
        return [[place(one["section"]["url"]) for one in results] for results in found]

    with search_of(BOOK, meaning=False) as by_words, search_of(BOOK) as by_both:
        asked = {"words": by_words, "meaning": by_both.by_meaning, "both": by_both}
        return {name: answers(ask) for name, ask in asked.items()}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--theme", type=Path, help="the _build/html of a book with Sphinx's search")
    options = parser.parse_args()
    questions = read_questions()
    kept = json.loads(RESULTS.read_text("utf-8")).get("search", {"rows": []})["rows"]
    rows = [row for row in kept if row["Search"] == "Sphinx"]
    if options.theme:
        with launch_browser() as browser:
            found = answers_of_the_theme(browser, options.theme.resolve(), questions)
        rows = rows_of("Sphinx", questions, found)
    for name, found in answers_of_the_book(questions).items():
        rows += rows_of(name, questions, found)
    for row in rows:
        print("  ".join(f"{key}: {value}" for key, value in row.items()))
    record("search", rows, ["Sphinx", "jupyter-book"])


if __name__ == "__main__":
    main()
