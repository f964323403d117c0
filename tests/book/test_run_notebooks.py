"""What is stored of a run: figures as SVG, and a narrow one of each for phones."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from book.run_notebooks import run

DRAW = """\
from src.plotting import describe, new_axes
ax = new_axes(6.8, 3.0)
ax.plot([0, 1], [1, 2])
ax = describe(ax, title="It rises", xlabel="steps", ylabel="nats")"""


def test_figures_are_stored_as_svg_with_a_narrow_one_beside(tmp_path):
    path = tmp_path / "figure.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(DRAW)]), path)
    run(path)
    (output,) = nbformat.read(path, as_version=4).cells[0].outputs
    assert set(output.data) == {"image/svg+xml", "text/plain"}
    both = output.data["image/svg+xml"], output.metadata["image/svg+xml"]["narrow"]
    assert all(">It rises</text>" in svg for svg in both)
    wide, narrow = (float(svg.split('viewBox="0 0 ')[1].split()[0]) for svg in both)
    assert narrow < 300 < wide
