"""The page of benchmarks is made from stored measurements and from nothing else."""

import json

import pytest

from benchmarks import page

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
