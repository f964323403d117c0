"""Workflows give no rights to code of strangers, and the branch of notebooks is written rightly."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
# What a stranger can choose: names of branches, titles, texts.
STRANGERS = re.compile(r"\$\{\{[^}]*github\.(event|head_ref|ref_name|actor|base_ref)\b")


def problems(text: str) -> list[str]:
    """Return what is unsafe in a workflow."""
    workflow = yaml.load(text, yaml.BaseLoader)  # so that the key `on` stays a text
    found = []
    for trigger in ("pull_request_target", "workflow_run"):
        if trigger in str(workflow["on"]):
            found.append(f"{trigger} runs strangers' code with rights")
    if workflow.get("permissions") != {"contents": "read"}:
        found.append("the rights of all jobs are not `contents: read`")
    from_strangers = "pull_request" in str(workflow["on"])
    for action, comment in re.findall(r"uses:\s*(\S+)(.*)", text):
        if not re.match(r"\s+# v\d", comment):
            found.append(f"{action} does not say which version it is")
    for name, job in workflow["jobs"].items():
        rights = job.get("permissions", {})
        writes = rights == "write-all" or "write" in dict(rights).values()
        if from_strangers and rights:
            found.append(f"{name}: a pull request gets rights to more than reading")
        if from_strangers and "secrets." in str(job):
            found.append(f"{name}: a pull request gets secrets")
        for step in job["steps"]:
            uses, run = step.get("uses", ""), step.get("run", "")
            if uses and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", uses):
                found.append(f"{name}: {uses} is not pinned by a hash")
            if STRANGERS.search(run):
                found.append(f"{name}: a text from outside stands in a command: {run!r}")
            if uses.startswith("actions/checkout@"):
                keeps = step.get("with", {}).get("persist-credentials") != "false"
                if keeps and not writes:
                    found.append(f"{name}: checkout leaves its key behind")
            if writes and re.search(r"\b(pip|make|python)\b", run):
                found.append(f"{name}: may write, and runs the project's code: {run!r}")
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_a_workflow_is_safe(path):
    assert problems(path.read_text(encoding="utf8")) == []


def test_there_are_workflows():
    assert {path.stem for path in WORKFLOWS} == {"publish", "release", "test"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((r"@[0-9a-f]{40}", "@v5"), "not pinned"),
        (("pull_request:", "pull_request_target:"), "strangers' code"),
        (("contents: read", "contents: write"), "rights of all jobs"),
        (("persist-credentials: false", "fetch-depth: 1"), "leaves its key"),
        (("    timeout-minutes", "    permissions: write-all\n    timeout-minutes"), "rights to"),
        (("pull_request:", "workflow_run:"), "workflow_run runs strangers' code"),
        (("bash .ci/run", "echo ${{ secrets.KEY }}"), "gets secrets"),
        ((r" # v5.*", ""), "does not say which version"),
        (("bash .ci/run", "echo ${{ github.event.pull_request.title }}"), "text from outside"),
        (("bash .ci/run", "echo ${{ github.head_ref }}"), "text from outside"),
    ],
)
def test_an_unsafe_workflow_is_found(change, says):
    text = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf8")
    assert re.search(change[0], text)
    assert says in "\n".join(problems(re.sub(*change, text)))


def test_writing_jobs_run_no_code_of_the_project():
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf8")
    broken = text.replace("run: gh release", "run: make pdf && gh release")
    assert "may write, and runs the project's code" in "\n".join(problems(broken))


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    name = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *name, *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the step runs on Linux")
def test_the_branch_of_notebooks(tmp_path, monkeypatch):
    """The step makes the branch, later adds to it, and leaves the other branch alone."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text(encoding="utf8"))
    step = workflow["jobs"]["notebooks"]["steps"][-1]
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
