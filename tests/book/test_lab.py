"""The laboratory shows the lessons and the students' homework, and nothing else."""

import json
import os
import subprocess
import sys
import time
import urllib.request

import pytest

from book.course import ROOT

COMMAND = [sys.executable, "-m", "book.lab"]
SERVER = ["--allow-root", "--no-browser", "--ServerApp.port=0", "--IdentityProvider.token=abc"]


def test_a_browser_sees_only_lessons_and_homework(tmp_path):
    variables = os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path), "JUPYTER_NO_CONFIG": "1"}
    with subprocess.Popen(
        [*COMMAND, *SERVER], cwd=ROOT, env=variables, stderr=subprocess.DEVNULL
    ) as server:
        try:
            deadline = time.monotonic() + 60
            while not (files := list(tmp_path.glob("jpserver-*.json"))):
                assert server.poll() is None, "the server has ended"
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.1)
            address = json.loads(files[0].read_text())["url"] + "api/contents?token=abc"
            with urllib.request.urlopen(address, timeout=20) as answer:
                listed = json.load(answer)["content"]
        finally:
            server.terminate()
    assert {item["name"] for item in listed} == {"chapters", "homework"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="not root")
def test_root_is_told_how_to_start_it():
    run = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert "make lab LAB=--allow-root" in run.stderr
