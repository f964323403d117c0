"""How long each notebook takes: read and write `book/run_times.csv`.

`run_notebooks.py` writes it, the status page of the book (`extensions/lesson_times.py`) shows it,
and `tests/book/test_run_times.py` compares it with what the lessons promise at their top.
"""

import csv
import datetime
import os
import platform
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path

from book.course import ROOT

RECORD = ROOT / "book" / "run_times.csv"


@dataclass(frozen=True)
class RunTime:
    """One run of one notebook, and the machine it ran on."""

    notebook: str
    """Path from the root of the project, with slashes."""
    seconds: float
    """Wall time, the start of the kernel included."""
    date: str
    """Day of the run, as in 2026-01-31."""
    cores: int
    python: str
    torch: str


def measured(notebook: Path, seconds: float) -> RunTime:
    """Return the record of a run that has just ended on this machine."""
    return RunTime(
        notebook=notebook.resolve().relative_to(ROOT).as_posix(),
        seconds=round(seconds, 1),
        date=datetime.date.today().isoformat(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        torch=version("torch").partition("+")[0],
    )


def read_run_times(record: Path = RECORD) -> dict[str, RunTime]:
    """Return the latest run of each notebook, by its path; nothing when there is no record.

    Raises:
        ValueError: a line has other columns, or a number that is none.
    """
    if not record.exists():
        return {}
    with record.open(newline="", encoding="utf8") as file:
        lines = list(csv.DictReader(file))
    found = {}
    for line in lines:
        try:
            run = RunTime(**line)
            found[run.notebook] = RunTime(
                **{**line, "seconds": float(run.seconds), "cores": int(run.cores)}
            )
        except (TypeError, ValueError) as error:
            names = ",".join(field.name for field in fields(RunTime))
            raise ValueError(
                f"{record.name} holds {line}, but its columns are {names}. Delete the line and run"
                " `python -m book.run_notebooks --time-only` on its notebook."
            ) from error
    return found


def store_run_times(runs: list[RunTime], record: Path = RECORD) -> None:
    """Replace the records of these notebooks, keep the others, drop notebooks that are gone."""
    known = read_run_times(record) | {run.notebook: run for run in runs}
    kept = [known[path] for path in sorted(known) if (ROOT / path).exists()]
    with record.open("w", newline="", encoding="utf8") as file:
        writer = csv.DictWriter(
            file, [field.name for field in fields(RunTime)], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(map(asdict, kept))
