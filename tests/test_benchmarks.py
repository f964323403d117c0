"""The page of benchmarks comes from stored measurements, fresh questions from fresh threads."""

import csv
import json
import re

import pytest

from benchmarks import page
from book.course import ROOT

QUESTIONS = ROOT / "benchmarks/questions"

ROWS = [{"scheme": "ALiBi", "ms": 0.125}, {"scheme": "T5 bias", "ms": 2.5}]


def test_what_is_recorded_is_on_the_page(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results.json")
    page.record("positions", ROWS, ["torch"])
    results = json.loads((tmp_path / "results.json").read_text())
    text = page.page(results)
    assert "| scheme | ms |\n" in text, "columns stand in the benchmark's order"
    assert "| ALiBi | 0.125 |\n| T5 bias | 2.5 |" in text
    run = results["positions"]
    for part in (run["date"], run["machine"], run["versions"]["torch"], run["versions"]["python"]):
        assert str(part) in text
    assert "Word vectors" not in text


def test_a_second_benchmark_keeps_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results.json")
    page.record("positions", ROWS, ["torch"])
    page.record("skipgram", ROWS, ["torch"])
    assert set(json.loads((tmp_path / "results.json").read_text())) == {"positions", "skipgram"}


def test_without_measurements_there_is_no_page(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "RESULTS", tmp_path / "none.json")
    with pytest.raises(SystemExit, match="make bench"):
        page.main()


def test_the_published_page_is_that_of_the_stored_results():
    assert page.PAGE.exists() == page.RESULTS.exists(), "run: python -m benchmarks.page"
    if page.RESULTS.exists():
        assert page.PAGE.read_text("utf-8") == page.page(
            json.loads(page.RESULTS.read_text("utf-8"))
        )


def threads(name: str) -> list[str]:
    """Return the addresses in a column of sources, or behind `source:` on a page of questions."""
    text = (QUESTIONS / name if name.endswith(".csv") else ROOT / name).read_text("utf-8")
    if name.endswith(".csv"):
        text = "\n".join(row["source"] for row in csv.DictReader(text.splitlines()))
    else:
        text = "\n".join(re.findall(r"source:(.*?)-->", text, re.DOTALL))
    found = re.findall(r"https?://(?:www\.)?([^\s\"'|;#]+)", text)
    return [address.rstrip("/.,)").lower() for address in found]


def test_fresh_questions_come_from_threads_that_nobody_wrote_from():
    fresh = threads("search.csv")
    assert len(fresh) == len(set(fresh)) > 140
    pages = [str(p.relative_to(ROOT)) for p in ROOT.glob("chapters/questions/*.md")]
    used = {one for name in ("sampled.csv", "held_out.csv", *pages) for one in threads(name)}
    assert len(used) > 800
    assert used.isdisjoint(fresh)
