"""Run notebooks top to bottom and store their outputs: `python tools/run_notebooks.py [PATH ...]`.

Without a path, every notebook of `chapters/` is run but the homework, which stores no outputs. What
is stored is what the book shows and what `make test` compares with.
"""

import base64
import io
import os
import sys
import time
from pathlib import Path

# As in the tests: tiny tensors run best on one thread.
os.environ["OMP_NUM_THREADS"] = "1"
# Progress bars are for people who wait; their times would differ from run to run.
os.environ["TQDM_DISABLE"] = "1"

import nbformat
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent


def run(path: Path) -> float:
    """Execute one notebook in place and return the seconds it took.

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
    ).execute()
    for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
        if "image/png" in output.get("data", {}):
            output.data["image/png"] = smaller(output.data["image/png"])
    # Nothing that differs from one reader's machine to the next.
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)
    return time.perf_counter() - start


def smaller(picture: str) -> str:
    """Return a base64 PNG with a palette of 128 colours, a third of the size, alike to the eye."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    image = image.quantize(colors=128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def main() -> None:
    """Run the notebooks named on the command line, or all."""
    notebooks = sorted((ROOT / "chapters").glob("*/*.ipynb"))
    notebooks = [path for path in notebooks if path.name != "homework.ipynb"]
    paths = [Path(name) for name in sys.argv[1:]] or notebooks
    for path in paths:
        print(f"{path.resolve().relative_to(ROOT)}: {run(path):.1f} s", flush=True)


if __name__ == "__main__":
    main()
