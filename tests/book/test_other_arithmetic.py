"""The search for fragile numbers finds one in a notebook made for it, and passes a robust one."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from book.other_arithmetic import SETTINGS

ROOT = Path(__file__).parents[2]
CODE = """
import torch
torch.manual_seed(0)
product = (torch.randn(64, 64) @ torch.randn(64, 64))
print({expression})
"""
FRAGILE = "repr(product.double().sum().item())"
ROBUST = "f'{product.std():.2f}', (torch.ones(2, 2) @ torch.ones(2, 2)).tolist()"


def run(path: Path, setting: dict[str, str]) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "book.other_arithmetic", "--here", str(path)]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | setting, capture_output=True, text=True
    )


@pytest.mark.parametrize(("expression", "differs"), [(FRAGILE, True), (ROBUST, False)])
def test_noise_in_the_last_bit_shows_where_a_print_is_fragile(tmp_path, expression, differs):
    code = CODE.format(expression=expression)
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    output = new_output("stream", name="stdout", text=plain.stdout)
    cell = new_code_cell(code, execution_count=1, outputs=[output])
    path = tmp_path / "lesson.ipynb"
    nbformat.write(new_notebook(cells=[cell]), path)
    result = run(path, SETTINGS["noise"])
    assert (result.returncode == 1) == differs, result.stdout + result.stderr
    assert ("cell 1:" in result.stdout) == differs
