"""The laboratory shows the lessons and the students' homework, and nothing else."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from book.course import ROOT

COMMAND = [sys.executable, "-m", "book.lab"]
SERVER = ["--allow-root", "--no-browser", "--ServerApp.port=0", "--IdentityProvider.token=abc"]


@contextmanager
def running(command: list[str], folder: Path, **settings: str) -> Iterator[str]:
    """Start a JupyterLab whose token is abc; yield its address. Its log is in the folder."""
    own = {"JUPYTER_RUNTIME_DIR": str(folder), **settings}
    log = folder / "log.txt"
    with log.open("w") as file:
        server = subprocess.Popen([*command, *SERVER], cwd=ROOT, env=os.environ | own, stderr=file)
    try:
        deadline = time.monotonic() + 60
        while not (files := list(folder.glob("jpserver-*.json"))):
            assert server.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.1)
        yield json.loads(files[0].read_text())["url"]
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_a_browser_sees_only_lessons_and_homework(tmp_path):
    with running(COMMAND, tmp_path, JUPYTER_NO_CONFIG="1") as address:
        with urllib.request.urlopen(f"{address}api/contents?token=abc", timeout=20) as answer:
            listed = json.load(answer)["content"]
    assert {item["name"] for item in listed} == {"chapters", "homework"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="not root")
def test_root_is_told_how_to_start_it():
    run = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert "make lab LAB=--allow-root" in run.stderr
