"""The doctor names what is broken and what mends it, and make mends a broken .venv by itself."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import doctor

ROOT = Path(__file__).parent.parent
DATA = "src/data/wordsim353.tsv"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links and make are not there")


def run(*command: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess:
    """Run a command, without the PYTHONPATH of the tests."""
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    words, options = list(map(str, command)), {"capture_output": True, "text": True}
    return subprocess.run(words, cwd=cwd, env=clean | variables, **options)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small copy of the course to break, with one data file and an empty .venv."""
    course = tmp_path / "course (1)"
    names = ("requirements.txt", "constraints.txt", "pyproject.toml", "Makefile", "doctor.py")
    for name in (*names, "src/__init__.py", DATA):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, course / name)
    sums = (ROOT / "src/data/SHA256SUMS").read_text().splitlines()
    [line] = [line for line in sums if line.endswith("wordsim353.tsv")]
    (course / "src/data/SHA256SUMS").write_text(line + "\n")
    run(sys.executable, "-m", "venv", "--without-pip", ".venv", cwd=course)
    monkeypatch.setattr(doctor, "ROOT", course)
    monkeypatch.setattr(doctor, "OWN", os.path.normcase(course / ".venv"))
    return course


def test_an_old_python_is_named_with_the_way_to_a_new_one():
    text, mend = doctor.python_version((3, 10, 2))
    assert "3.10" in text
    assert "install Python 3.12" in mend
    assert doctor.python_version((3, 11)) == ("Python 3.11", None)
    assert "newer" in doctor.python_version((3, 99))[0]


def test_the_script_can_be_read_by_python_3_6_and_needs_no_package():
    tree = ast.parse((ROOT / "doctor.py").read_text("utf-8"), feature_version=(3, 6))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {getattr(node, "module", None) or node.names[0].name for node in imports}
    assert {m.split(".")[0] for m in modules} <= sys.stdlib_module_names


class TestEnvironment:
    def report(self, course: Path) -> str:
        """What a reader sees, whose own Python is another one; the mended thing is asked too."""
        done = run(sys.executable, "doctor.py", cwd=course)
        assert done.returncode == 1, done.stderr
        assert not done.stderr
        return done.stdout

    def remade(self, course: Path) -> bool:
        """Does make, where all is done, make the .venv anew?"""
        for name in ("course.done", "tests.done"):
            (course / ".venv" / name).touch()
        done = run("make", "--dry-run", "test", cwd=course)
        assert done.returncode == 0, done.stderr
        return "-m venv --clear .venv" in done.stdout

    def test_a_sound_one_is_asked_itself(self, course):
        report = self.report(course)
        assert "ok     the .venv runs and belongs to this folder" in report
        assert (
            "BROKEN gguf is missing, not" in report
        )  # not in it, though in the Python that was called
        assert "BROKEN `import src` finds nothing" in report

    @POSIX
    def test_make_keeps_a_sound_one(self, course):
        assert not self.remade(course)

    @POSIX
    def test_its_python_is_gone(self, course):
        for link in (course / ".venv/bin").glob("python*"):
            link.unlink()
            link.symlink_to("/opt/upgraded/bin/python3")
        report = self.report(course)
        assert "BROKEN the Python behind .venv is gone" in report
        assert "/opt/upgraded/bin/python3" in report
        assert "mend: make book\n" in report
        assert "import src" not in report  # one fault, one remedy
        assert self.remade(course)

    @POSIX
    def test_the_folder_was_moved(self, course):
        moved = course.rename(course.with_name("renamed"))
        report = self.report(moved)
        assert f"BROKEN the .venv was made in another folder, {course}/.venv" in report
        assert "mend: make book\n" in report
        assert self.remade(moved)


class TestPackages:
    @pytest.fixture
    def sites(self, course, tmp_path, monkeypatch):
        """A folder of installed packages, found instead of the real ones: name -> version."""
        monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])

        def install(name, version):
            info = tmp_path / f"site/{name}-{version}.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")

        (course / "requirements.txt").write_text("torch==2.13.0  # layers\ntqdm==4.70.1\n-e .\n")
        return install

    def test_all_there_also_as_a_build_for_processors(self, sites):
        sites("torch", "2.13.0+cpu")
        sites("tqdm", "4.70.1")
        assert doctor.package_versions()[1] is None

    def test_one_missing_and_one_at_another_version(self, sites):
        sites("torch", "2.12.0")
        text, mend = doctor.package_versions()
        assert text == "torch is 2.12.0, not 2.13.0; tqdm is missing, not 4.70.1"
        assert "pip install -c constraints.txt -r requirements.txt" in mend


def test_another_projects_src_is_named(course, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(course))
    assert doctor.course_package()[1] is None
    (course / "other/src").mkdir(parents=True)  # without __init__.py, as many have it
    monkeypatch.setenv("PYTHONPATH", str(course / "other"))
    text, mend = doctor.course_package()
    assert str(course / "other/src") in text.replace("\\", "/")
    assert "unset PYTHONPATH" in mend


@POSIX
@pytest.mark.parametrize(
    "change",
    [None, lambda old: old[:100], lambda old: old.replace(b"\n", b"\r\n")],
    ids=["missing", "cut off", "line ends of Windows"],
)
def test_the_remedy_for_a_data_file_works_in_git(change, course):
    """Also after `core.autocrlf=true`, for which git takes Windows' line ends for unchanged."""
    path, right = course / DATA, (course / DATA).read_bytes()
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    run(*git, "init", "--quiet", cwd=course)
    run(*git, "config", "core.autocrlf", "true", cwd=course)
    run(*git, "add", "src", cwd=course)
    run(*git, "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "all", cwd=course)
    assert doctor.data_files()[1] is None
    path.unlink()
    if change:
        path.write_bytes(change(right))
    text, mend = doctor.data_files()
    assert text.endswith(DATA)
    assert run("sh", "-c", mend, cwd=course).returncode == 0
    assert path.read_bytes() == right


def test_a_kernel_of_another_python_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "kernels/python3"
    folder.mkdir(parents=True)
    text = '{"argv": ["/opt/old/bin/python"], "display_name": "x", "language": "python"}'
    (folder / "kernel.json").write_text(text)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    assert doctor.kernel()[0] == "the kernel `python3` runs /opt/old/bin/python"
    (folder / "kernel.json").write_text(text.replace("/opt/old/bin/", ""))
    assert doctor.kernel()[1] is None


def test_a_check_that_fails_itself_hides_no_other(monkeypatch, capsys):
    def check():
        raise OSError("disk gone")

    monkeypatch.setattr(doctor, "CHECKS", [check, doctor.python_version])
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert "disk gone" in out
    assert "ok     Python 3" in out
