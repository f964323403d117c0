"""What zizmor (`make lint`) does not know of the workflows, and the branch of notebooks."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = {path.stem: path for path in (ROOT / ".github/workflows").glob("*.yml")}


def load(name: str) -> dict:
    """Return a workflow."""
    return yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf8"))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_that_may_write_runs_none_of_the_projects_code(name):
    """A stolen package must not find the right to change the repository."""
    for job in load(name)["jobs"].values():
        if "write" in job.get("permissions", {}).values():
            commands = " ".join(step.get("run", "") for step in job["steps"])
            assert not {"pip", "make", "python", "bash"} & set(commands.split())


def test_every_python_that_pyproject_names_is_tested_on_some_night():
    named = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    matrix = load("test")["jobs"]["everywhere"]["strategy"]["matrix"]["python"]
    nightly, at_a_push = (json.loads(text) for text in re.findall(r"'(\[.*?\])'", matrix))
    assert nightly == named
    assert at_a_push == named[-1:]


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    name = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *name, *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the step runs on Linux")
def test_the_branch_of_notebooks(tmp_path, monkeypatch):
    """The step makes the branch, later adds to it, and leaves the other branch alone."""
    step = load("publish")["jobs"]["notebooks"]["steps"][-1]
    for name, value in (step["env"] | {"GITHUB_SHA": "1234"}).items():
        monkeypatch.setenv(name, value)
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(origin))
    (origin / "README.md").write_text("the course")
    (origin / ".gitignore").write_text("_build/\n")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message=first")
    before = git(origin, "rev-parse", "main")
    for text in ("one", "two"):
        shutil.rmtree(clone, ignore_errors=True)
        git(tmp_path, "clone", "--quiet", "--depth=1", origin.as_uri(), str(clone))
        lesson = clone / "_build/notebooks/chapters/lesson.ipynb"
        lesson.parent.mkdir(parents=True)
        lesson.write_text(text)
        subprocess.run(["bash", "-e", "-c", step["run"]], cwd=clone, check=True)
    assert git(origin, "rev-parse", "main") == before
    assert git(origin, "ls-tree", "-r", "--name-only", "notebooks") == "chapters/lesson.ipynb\n"
    assert git(origin, "show", "notebooks:chapters/lesson.ipynb") == "two"
    assert git(origin, "rev-list", "--count", "notebooks").strip() == "2"
