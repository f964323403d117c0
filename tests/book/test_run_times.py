"""The record of run times, and what the lessons and the front page promise."""

import re
from pathlib import Path

import pytest

from book.course import ROOT, notebooks
from book.run_times import measured, read_run_times, store_run_times

TIMED = [page.notebook for page in notebooks()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_promised_seconds_are_about_those_measured():
    """Within a factor of two, and five seconds to spare: Python needs a few to start."""
    runs, wrong = read_run_times(), []
    for page in notebooks():
        (_, said), run = page.promise, runs.get(f"{page.name}.ipynb")
        if run is None:
            wrong.append(f"no run is recorded: python -m book.run_notebooks {page.name}.ipynb")
        elif not said / 2 - 5 <= run.seconds <= 2 * said + 5:
            wrong.append(f"{page.name} says {said} s, took {run.seconds} s")
    assert wrong == []


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
