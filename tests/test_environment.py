"""What is installed is what is pinned, and every way of installing uses the pins."""

import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^\s*\"?([A-Za-z][\w.-]*==[\w.]+)\"?,?(.*)$", re.M)
DIRECT = [
    (Requirement(pin), comment)
    for file in ("requirements.txt", "pyproject.toml")
    for pin, comment in PINNED.findall((ROOT / file).read_text("utf-8").replace("= [", "=\n"))
]
LOCK = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def test_the_pins_are_all_read():
    assert {"torch", "nbval", "pytest", "nbgrader", "pyarrow"} < {pin.name for pin, _ in DIRECT}


def test_the_constraints_agree_with_the_pins():
    """With any other version pip refuses to install. `make constraints` mends it."""
    locked = {(canonicalize_name(line.name), str(line.specifier)) for line in LOCK}
    for pin, _ in DIRECT:
        assert (canonicalize_name(pin.name), str(pin.specifier)) in locked, f"{pin}: {locked}"


def test_the_constraints_leave_the_build_of_pytorch_open():
    """The build for processors brings no libraries for cards, those for cards their own."""
    assert not [line.name for line in LOCK if re.match("nvidia-|cuda-|triton", line.name)]


def test_what_is_installed_is_what_is_pinned():
    installed = {canonicalize_name(d.name): d.version for d in distributions()}
    for line in LOCK:
        version = installed.get(canonicalize_name(line.name))
        if version and (line.marker is None or line.marker.evaluate()):
            assert line.specifier.contains(version, prereleases=True), f"{line}, not {version}"


@pytest.mark.parametrize(("pin", "comment"), DIRECT, ids=[pin.name for pin, _ in DIRECT])
def test_a_pin_has_its_reason_beside_it(pin, comment):
    assert re.search(r"# .{8}", comment), f"say what it is for: {pin}  # what for"


@pytest.mark.parametrize("file", ["Makefile", "README.md", ".github/workflows/test.yml"])
def test_all_ways_of_installing_use_the_constraints(file):
    text = (ROOT / file).read_text("utf-8")
    for line in re.findall(r"^.*pip install .*requirements\.txt.*$", text, flags=re.M):
        assert re.search(r"(-c|--constraint) constraints\.txt", line), line


BAD = """\
import subprocess, pickle, marshal, joblib, torch, yaml
import numpy as np
import pandas as pd
pickle.loads(text)
marshal.loads(text)
eval(text)
exec(text)
yaml.load(text)
torch.load(text)
np.load(text, allow_pickle=True)
pd.read_pickle(text)
subprocess.run(text, shell=True)
"""


def test_ruff_refuses_to_load_data_in_ways_that_run_code():
    """So `make lint` fails; a rule taken out of pyproject.toml does not go unseen."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "-"]
    command += ["--stdin-filename", str(ROOT / "src/bad.py")]
    run = subprocess.run(command, input=BAD, cwd=ROOT, capture_output=True, text=True)
    found = {int(n) for n in re.findall(r"bad\.py:(\d+):\d+: (?:S\d|TID)", run.stdout)}
    assert found >= {1, *range(4, 13)}, run.stdout
