"""The search for fragile numbers finds a fragile print, and passes a robust one beside it."""

import io
from contextlib import redirect_stdout

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from book.other_arithmetic import SETTINGS, differences

CELLS = (
    "import torch\ntorch.manual_seed(0)\nproduct = torch.randn(64, 64) @ torch.randn(64, 64)\n"
    "print(repr(product.double().sum().item()))",
    "print(f'{product.std():.2f}', (torch.ones(2, 2) @ torch.ones(2, 2)).tolist())",
)


def test_noise_in_the_last_bit_shows_where_a_print_is_fragile(tmp_path, monkeypatch, capsys):
    cells, names = [], {}
    for number, code in enumerate(CELLS, start=1):
        with redirect_stdout(io.StringIO()) as printed:
            exec(code, names)
        output = new_output("stream", name="stdout", text=printed.getvalue())
        cells.append(new_code_cell(code, execution_count=number, outputs=[output]))
    path = tmp_path / "lesson.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    for variable, value in SETTINGS["noise"].items():
        monkeypatch.setenv(variable, value)
    assert differences(path) == 1
    assert "cell 1:" in capsys.readouterr().out
