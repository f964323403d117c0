"""The page of the API names every public module, and a package names what its modules hold."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import src

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "chapters/reference/api.md"
DOCUMENTED = re.findall(r"automodule:: (\S+)", PAGE.read_text(encoding="utf8"))


def public() -> list[tuple[str, str]]:
    """Return (module, name) of every public function and class of src, read from the source."""
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        if not path.name.startswith("_"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            body = ast.parse(path.read_text(encoding="utf8")).body
            kinds = (ast.FunctionDef, ast.ClassDef)
            names = [n.name for n in body if isinstance(n, kinds) and n.name[0] != "_"]
            found += [(module, name) for name in names]
    return found


def shape_names(path: Path) -> set[str]:
    """Return what the axes are called in the annotations of a module."""
    shapes = re.findall(r'(?:Float|Int|Bool|Num)\[Tensor, "(.*?)"\]', path.read_text("utf8"))
    return set(re.findall(r"[A-Za-z]\w*", " ".join(shapes)))


def test_shape_letters_are_those_of_the_legend():
    """A capital begins a letter of the legend; any other axis is named by a word."""
    legend = set(re.findall(r"``(\w+)``", src.__doc__.split("Other axes")[0]))
    assert {"B", "T", "Tq", "Tk", "D", "H", "V"} <= legend
    others = {
        (path.name, name)
        for path in (ROOT / "src").rglob("*.py")
        for name in shape_names(path)
        if name[0].isupper() and name not in legend
    }
    assert others == set()


def test_modules_are_named_once():
    assert len(DOCUMENTED) == len(set(DOCUMENTED)) > 0


@pytest.mark.parametrize(("module", "name"), public())
def test_every_public_function_and_class_is_documented(module, name):
    """In its own module, or in `__all__` of the package that brings it together."""
    package = module.rpartition(".")[0]
    shown = getattr(importlib.import_module(package), "__all__", [])
    assert module in DOCUMENTED or (package in DOCUMENTED and name in shown), (
        f"{module}.{name} is on no page: name it in __all__ of {package}, "
        f"or give its module an automodule in {PAGE.name}"
    )
