"""Run notebooks top to bottom and store their outputs: `python -m book.run_notebooks [PATH ...]`.

Without a path, every notebook of `chapters/` in the table of contents is run. What
is stored is what the book shows and what `make test` compares with. How long each run took goes to
`book/run_times.csv`; with `--time-only` the notebooks themselves stay as they are.
"""

import argparse
import os
import time
from pathlib import Path

# As in the tests: tiny tensors run best on one thread.
os.environ["OMP_NUM_THREADS"] = "1"
# Progress bars are for people who wait; their times would differ from run to run.
os.environ["TQDM_DISABLE"] = "1"

import nbformat
from nbclient import NotebookClient

from book.course import ROOT, notebooks
from book.run_times import measured, store_run_times

# Before the first cell: each figure is drawn for a phone, too.
TWICE = [f"import sys; sys.path.insert(0, {str(ROOT)!r})", "import book.narrow; book.narrow.use()"]


def run(path: Path, *, store: bool = True) -> float:
    """Execute one notebook, in place unless `store` is false, and return the seconds it took.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raises; the file is left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    start = time.perf_counter()
    NotebookClient(
        notebook,
        timeout=120,
        record_timing=False,
        coalesce_streams=True,  # how prints are cut into messages differs from run to run
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=[f"--IPKernelApp.exec_lines={TWICE}"],
    ).execute()
    seconds = time.perf_counter() - start
    if not store:
        return seconds
    # Nothing that differs from one reader's machine to the next.
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)
    return seconds


def main() -> None:
    """Run the notebooks named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks; all when left out")
    parser.add_argument("--time-only", action="store_true", help="leave the notebooks as they are")
    options = parser.parse_args()

    for path in options.paths or [page.notebook for page in notebooks()]:
        taken = measured(path, run(path, store=not options.time_only))
        store_run_times([taken])
        print(f"{taken.notebook}: {taken.seconds} s", flush=True)


if __name__ == "__main__":
    main()
