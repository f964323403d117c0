"""Check `search.csv`: real questions with the sections of the book that answer them.

`python benchmarks/questions/check_search.py [folder of the built HTML]` fails if a label names no
section of the built book or one that does not count (homework, slides, Self-check), if a thread
occurs twice or is also in `sampled.csv`, `held_out.csv` or on a page of questions, or if a
question has a length of its own. No question is printed but those that fail.
"""

import csv
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECTION = re.compile(r'<section[^>]*? id="([^"]+)"')
ADDRESS = re.compile(r"https?://[^\s\"'|;]+")
SHORTEST, LONGEST = 4, 25


def thread(address: str) -> str:
    """Return one name for all addresses of a thread."""
    name = re.sub(r"^https?://(www\.)?", "", address.lower().rstrip(".,;)")).partition("#")[0]
    for pattern in (
        r"([a-z.]+)/(?:questions|q|a)/(\d+)",
        r"(github\.com/[^/]+/[^/]+)/(?:issues|pull|discussions)/(\d+)",
        r"((?:discuss|forums?|community)[^/]*)/t/(?:[^/]*/)?(\d+)",
    ):
        if found := re.match(pattern, name):
            return "/".join(found.groups())
    return name.rstrip("/")


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a file beside this one."""
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def used() -> set[str]:
    """Return the threads that the book's own questions were taken from."""
    texts = [row["source"] for name in ("sampled.csv", "held_out.csv") for row in read(name)]
    for page in sorted((ROOT / "chapters/questions").glob("*.md")):
        texts += re.findall(r"source:(.*?)-->", page.read_text(encoding="utf-8"), re.DOTALL)
    return {thread(address) for text in texts for address in ADDRESS.findall(text)}


def sections(page: Path) -> set[str]:
    """Return the names of a built page's sections."""
    return set(SECTION.findall(page.read_text(encoding="utf-8")))


def faults(built: Path) -> list[str]:
    """Return what is wrong with `search.csv`, one line each."""
    wrong, seen, other = [], set(), used()
    for row in read("search.csv"):
        asked, name = row["question"], thread(row["source"])
        if name in seen or name in other:
            wrong.append(f"thread used before: {row['source']}")
        seen.add(name)
        if asked.isascii() and not SHORTEST <= len(asked.split()) <= LONGEST:
            wrong.append(f"{len(asked.split())} words: {asked}")
        labels = row["right"].split()
        if len(set(labels)) < len(labels):
            wrong.append(f"a label twice: {asked}")
        for label in labels:
            page, _, slug = label.partition("#")
            file = built / f"{page}.html"
            counts = page.startswith("chapters/") and slug != "self-check"
            if not counts or not file.is_file() or slug not in sections(file):
                wrong.append(f"no such section: {label}")
    return wrong


def main() -> None:
    """Print the faults, or how many questions the book answers."""
    built = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build/html"
    if wrong := faults(built):
        sys.exit("\n".join(wrong))
    rows = read("search.csv")
    print(f"the book answers {sum(bool(row['right']) for row in rows)} of {len(rows)} questions")


if __name__ == "__main__":
    main()
