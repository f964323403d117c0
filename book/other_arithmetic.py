"""Find printed numbers that hang on the processor: `python -m book.other_arithmetic [PATH ...]`.

Libraries choose their code by the processor, and each choice adds in another order, so the last
digits of a float32 differ from machine to machine. This runs notebooks as older processors would
and prints every output that differs from the stored one by more than its tolerance. The setting
`noise` goes further, for processors of another make: it changes the last bit of what torch
computes. Nothing is written.
"""

import argparse
import difflib
import os
import subprocess
import sys
from pathlib import Path

from book.course import ROOT, notebooks
from book.tolerance import agree, same_figure, words_of

# For torch's own loops, its two matrix libraries, and numpy's and scipy's.
SETTINGS = {
    "oldest": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_CBWR": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
    },
    "threads": {"OMP_NUM_THREADS": "2"},
    "noise": {"LAST_BIT_NOISE": "1"},
}
# Run before the first cell. Results that are exact on any machine (small fractions) stay exact.
NOISE = """
import torch as _torch
from torch.utils._python_dispatch import TorchDispatchMode as _Mode

class _LastBit(_Mode):
    inexact = ("mm", "bmm", "addmm", "baddbmm", "_softmax", "_log_softmax", "native_layer_norm",
               "exp", "log", "sin", "cos", "tanh", "sigmoid", "sum", "mean", "var", "std",
               "linalg_vector_norm", "mv", "dot", "addmv")
    random = _torch.Generator().manual_seed(1)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        first = out[0] if isinstance(out, tuple) else out
        if function.overloadpacket.__name__.removesuffix("_") in self.inexact:
            if isinstance(first, _torch.Tensor) and first.dtype == _torch.float32:
                step = _torch.empty_like(first).uniform_(-1, 1, generator=self.random)
                step.mul_(1.2e-7).mul_((first * 1024).frac() != 0)
                first.add_(first * step) if not first.requires_grad else None
        return out

_LastBit().__enter__()
"""


def texts(cell: dict) -> str:
    """Return what a cell printed or showed as text."""
    parts = []
    for output in cell.get("outputs", []):
        parts += [output.get("text", "")]
        parts += [
            str(v) for k, v in sorted(output.get("data", {}).items()) if k.startswith("text/")
        ]
    return "".join(parts)


def figures(cell: dict) -> list[str]:
    """Return the SVG of what a cell has drawn."""
    drawn = [output.get("data", {}).get("image/svg+xml") for output in cell.get("outputs", [])]
    return [svg for svg in drawn if svg]


def differences(path: Path) -> int:
    """Run one notebook in this environment; print and count the cells whose text differs."""
    import nbformat
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell

    stored = nbformat.read(path, as_version=4)
    again = nbformat.read(path, as_version=4)
    if "LAST_BIT_NOISE" in os.environ:
        again.cells.insert(0, new_code_cell(NOISE))
    client = NotebookClient(
        again, timeout=600, allow_errors=True, resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    count = 0
    for old, new in zip(stored.cells, again.cells[-len(stored.cells) :], strict=True):
        raised = [o.evalue for o in new.get("outputs", []) if o.output_type == "error"]
        expected = [o.evalue for o in old.get("outputs", []) if o.output_type == "error"]
        tags = old.metadata.get("tags", [])
        for pair in zip(figures(old), figures(new), strict=True):
            if not same_figure(*pair, tags):
                count += 1
                words = (words_of(svg).splitlines() for svg in pair)
                lines = difflib.unified_diff(*words, "stored", "now", n=0, lineterm="")
                print(f"  figure of cell {old.execution_count}:", *lines, sep="\n    ", flush=True)
        if agree(texts(old), texts(new), tags) and raised == expected:
            continue
        lines = difflib.unified_diff(
            texts(old).splitlines(), texts(new).splitlines(), "stored", "now", n=0, lineterm=""
        )
        shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        count += 1
        print(f"  cell {old.execution_count}:", *shown, *raised, sep="\n    ", flush=True)
    return count


def main() -> None:
    """Run the notebooks named on the command line, or all, under each setting in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--only", choices=SETTINGS, help="one setting instead of all")
    parser.add_argument("--here", action="store_true", help="in the environment as it is")
    arguments = parser.parse_args()
    paths = arguments.paths or [page.notebook for page in notebooks()]
    if arguments.here:
        sys.exit(sum(map(differences, paths)) > 0)
    failed = False
    for name in [arguments.only] if arguments.only else SETTINGS:
        for path in paths:
            print(f"{name}: {path.resolve().relative_to(ROOT)}", flush=True)
            environment = os.environ | {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
            command = [sys.executable, "-m", "book.other_arithmetic", "--here", str(path)]
            run = subprocess.run(command, cwd=ROOT, env=environment | SETTINGS[name])
            failed |= run.returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
