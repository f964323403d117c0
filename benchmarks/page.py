"""Keep the figures of the benchmarks, and write the book's page of them: the end of `make bench`.

Each benchmark stores its rows in `benchmarks/results.json` with the date, the machine and the
versions it ran with. `python -m benchmarks.page` writes `chapters/reference/benchmarks.md` from
that file alone, so that the page never says what was not measured.
"""

import json
import os
import platform
import re
from datetime import date
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "chapters" / "reference" / "benchmarks.md"
Rows = list[dict[str, str | int | float]]
TITLES = {
    "positions": (
        "Position schemes",
        "Median milliseconds for B=4, H=8, T=1024, D=64 in float32 (the sinusoidal table: 1024 "
        "positions, width 512), and how many times as long the library takes as `src`: above 1 "
        "`src` is faster, below 1 it is slower. Outputs are compared before the clock starts.\n\n"
        "Read three things with care. `src` keeps nothing between calls and computes its angles "
        "within the clock; what a library computes once per model is made before it starts. ALiBi: "
        "`src` and `transformers` return one row per head, which is enough under a causal mask; "
        "`x-transformers` builds all $T \\times T$ pairs, and a model that keeps them pays once. "
        "The sinusoidal table: `src` computes it in float64 and rounds at the end, "
        "`transformers` (Whisper's code) computes in float32; until a row says *by blocks*, `src` "
        "is the form by blocks that `SinusoidalEncoding` uses, and the plain formula takes 1.9 "
        "times as long (measured on 2026-11-28, one thread).",
    ),
    "skipgram": (
        "Word vectors",
        "`src.skipgram` and gensim on the course's corpus: seconds to train, and rank correlation "
        "with human judgements of similarity, higher is better. gensim has the best settings of a "
        "grid of 18, `src` its defaults. No setting was chosen on the pairs of WordSim-353 shown "
        "here; on SimLex-999 both were chosen.",
    ),
    "language_model": (
        "A whole language model",
        "SmolLM2-135M in float32, run by `src.language_model` and by `transformers` (`eager` "
        "attention) on the same memory-mapped weights, in one process. *Load* is the second time: "
        "the first reads the file from the disk. *Most memory* is that of the process when the "
        "course's model has done all this, PyTorch included.",
    ),
    "exact_search": (
        "Exact search",
        "The ten best of 116,697 random vectors of 384 numbers, as many as WordNet has "
        "definitions, on two threads: all are compared, none is skipped. *Signs* compares bits, "
        "one question after the other.",
    ),
    "search": (
        "The search of this book",
        "How often the right section, or page, is the first or among three results, for "
        "questions in a stranger's words (`benchmarks/questions/tuned.csv`). The weights of the"
        " ranking were chosen with the questions called *tune*; those called *test* were looked "
        "at once while it was written; those called *fresh* had no part in it. *Words* is a "
        "search by words and their synonyms alone. *Meaning* compares only the question, read "
        "with a table of 29,528 tokens that was distilled from MiniLM, with MiniLM's vectors of "
        "the sections' pieces. *Both* is what the book does. Sphinx's own search finds pages, "
        "and sections by their titles alone; every word of a question must occur.",
    ),
    "page_on_a_phone": (
        "A page on a phone",
        "The lesson with the most formulas, and the same notebook built with Jupyter Book's "
        "default look: 9 Mbit/s, 60 ms to the host and back, the processor slowed down to a "
        "mid-range phone's. *Interactive* is Lighthouse's: the last task of more than 50 ms is "
        "over. The best of five rounds.",
    ),
    "search_on_a_phone": (
        "The search on a phone",
        "What is loaded when the search is first used, and the seconds until a question has its "
        "first result, on the same phone; the best of five rounds.",
    ),
}


def processor() -> str:
    """Return the processor's name as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def record(name: str, rows: Rows, packages: list[str]) -> None:
    """Store the rows of one benchmark with where, when and with what they were measured."""
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    results[name] = {
        "date": date.today().isoformat(),
        "machine": f"{processor()}, {os.cpu_count()} processors, {platform.system()}",
        "versions": {"python": platform.python_version()} | {p: version(p) for p in packages},
        "rows": rows,
    }
    text = json.dumps(dict(sorted(results.items())), indent=1) + "\n"
    one_line = re.sub(r"\{[^{}]*\}", lambda row: " ".join(row[0].split()), text)
    RESULTS.write_text(one_line, "utf-8")


def table(rows: Rows) -> str:
    """Return the rows as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(row.values() for row in rows)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def page(results: dict[str, dict]) -> str:
    """Return the page of all stored benchmarks."""
    parts = [
        "# Benchmarks\n\nHow fast the helpers of this course are beside the libraries that people "
        "use, and how often its search finds what is asked. `make bench` "
        "measures anew and writes this page. Compare figures within a table "
        "only: another machine gives others."
    ]
    for name, (title, what) in TITLES.items():
        if name in results:
            run = results[name]
            versions = ", ".join(f"{k} {v}" for k, v in run["versions"].items())
            when = f"Measured on {run['date']}: {run['machine']}; {versions}."
            parts.append(f"## {title}\n\n{what}\n\n{table(run['rows'])}\n\n{when}")
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the page, or stop if nothing was measured."""
    if not RESULTS.exists():
        raise SystemExit(f"{RESULTS} does not exist. Measure first: make bench")
    PAGE.write_text(page(json.loads(RESULTS.read_text("utf-8"))), "utf-8")
    print(f"The figures are in {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
