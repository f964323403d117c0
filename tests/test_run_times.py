"""The record of run times, and what the lessons and the front page promise."""

import re
from pathlib import Path

import nbformat
import pytest

from tools import run_times
from tools.run_times import ROOT, measured, promised, read_run_times, store_run_times

LESSONS = sorted((ROOT / "chapters").glob("*/[0-9]*.ipynb"))
TIMED = [*LESSONS, ROOT / "chapters/reference/myths_tested.ipynb"]
NUMBERS = {2: "Two", 4: "Four", 5: "Five", 16: "sixteen"}


def promise(path: Path) -> tuple[int, int]:
    return promised(nbformat.read(path, as_version=4).cells[0].source)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TIMED, ids=name)
def test_promised_seconds_are_about_those_measured(path):
    """Within a factor of two, and five seconds to spare: Python needs a few to start."""
    said, run = promise(path)[1], read_run_times().get(name(path))
    assert run is not None, f"no run is recorded: python -m tools.run_notebooks {name(path)}"
    assert said / 2 - 5 <= run.seconds <= 2 * said + 5, f"says {said} s, took {run.seconds} s"


def test_record_names_no_other_notebook():
    assert set(read_run_times()) <= {name(path) for path in TIMED}


def test_a_new_run_replaces_the_old_and_keeps_the_others(tmp_path):
    record = tmp_path / "run_times.csv"
    one, two = TIMED[:2]
    store_run_times([measured(one, 1.26), measured(two, 2.0)], record)
    store_run_times([measured(one, 3.04)], record)
    found = read_run_times(record)
    assert [(run.notebook, run.seconds) for run in found.values()] == [
        (name(one), 3.0),
        (name(two), 2.0),
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found[name(one)].date)
    assert found[name(one)].cores >= 1


def test_a_notebook_that_is_gone_leaves_the_record(tmp_path):
    record = tmp_path / "run_times.csv"
    store_run_times([measured(ROOT / "chapters/combining/00_gone.ipynb", 1.0)], record)
    assert read_run_times(record) == {}


@pytest.mark.parametrize("line", ["x.ipynb,soon,2026-01-01,2,3.11,2", "x.ipynb,1"])
def test_a_bad_line_is_named(tmp_path, line):
    record = tmp_path / "run_times.csv"
    record.write_text(f"notebook,seconds,date,cores,python,torch\n{line}\n")
    with pytest.raises(ValueError, match=r"run_times.csv holds .*'x.ipynb'.*--time-only"):
        read_run_times(record)


def test_no_promise_is_none():
    assert promised("# A lesson\n\nSome words.") is None
    assert run_times.promised("# A\n\n*Reading: 35 minutes. Running: 10 seconds.*\n") == (35, 10)


def test_front_page_sums_up_the_reading_time():
    """The whole, and each chapter's card, to the half hour."""
    front = (ROOT / "intro.md").read_text(encoding="utf8")
    minutes = {path: promise(path)[0] for path in LESSONS}
    said = re.search(r"\*\*The (\w+) lessons take ([\d.]+) hours", front)
    assert said[1] == NUMBERS[len(LESSONS)]
    assert float(said[2]) * 60 == sum(minutes.values())
    cards = re.findall(
        r":link: chapters/(\w+)/.*?\*(\w+) lessons, ([\d.]+) hours?\.\*", front, re.S
    )
    assert len(cards) == 4
    for chapter, count, hours in cards:
        own = [time for path, time in minutes.items() if path.parent.name == chapter]
        assert count == NUMBERS[len(own)]
        assert float(hours) == round(sum(own) / 30) / 2
