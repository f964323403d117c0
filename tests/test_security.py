"""Loading data never runs code."""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UNPICKLING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
READERS = {"read_pickle", "from_pretrained", "unsafe_load", "full_load", "Unpickler"}
FILES = [p for d in ("src", "book", "grading", "experiments") for p in (ROOT / d).rglob("*.py")]
FILES += sorted(ROOT.glob("chapters/*/*.ipynb"))


def code(path: Path) -> str:
    """Return the Python of a script or notebook."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        text = re.sub(r"^[%!].*$", "", text, flags=re.M)
    return text


def dangers(source: str) -> list[str]:
    """Return what in a piece of Python may unpickle, each with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module or "").split(".")[0], *(alias.name for alias in node.names)]
        if names[:1] == ["torch"] and "load" in names:
            found.append(f"line {node.lineno}: imports load by itself; write torch.load")
        if bad := UNPICKLING & set(names):
            found.append(f"line {node.lineno}: imports {bad}")
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        last = called.split(".")[-1]
        options = {k.arg: k.value for k in node.keywords}

        def is_true(option: str, options: dict = options) -> bool:
            value = options.get(option)
            return isinstance(value, ast.Constant) and value.value is True

        if called == "torch.load" and not is_true("weights_only"):
            found.append(f"line {node.lineno}: {called} without weights_only=True")
        if "allow_pickle" in options and ast.unparse(options["allow_pickle"]) != "False":
            found.append(f"line {node.lineno}: {called} allows pickle")
        if last in READERS or called in ("eval", "exec"):
            found.append(f"line {node.lineno}: calls {called}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_unpickles(path):
    assert dangers(code(path)) == []


@pytest.mark.parametrize(
    "bad",
    [
        "import pickle",
        "from joblib import load",
        "import torch\ntorch.load('w.pt')",
        "import torch\ntorch.load('w.pt', weights_only=False)",
        "from torch import load\nload('w.pt')",
        "import numpy as np\nnp.load('x.npy', allow_pickle=True)",
        "import pandas as pd\npd.read_pickle('x')",
        "eval(open('x').read())",
    ],
)
def test_the_check_sees(bad):
    assert len(dangers(bad)) >= 1


def test_the_check_lets_safe_loading_pass():
    safe = "import torch\ntorch.load('w.pt', weights_only=True)\nmodel.eval()"
    assert dangers(safe + "\nnp.load('x.npy', allow_pickle=False)") == []
