"""The doctor sees what is broken, says what mends it, and finds nothing wrong where nothing is."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import doctor

ROOT = Path(__file__).parent.parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small copy of the course to break: what the doctor looks at, and two data files."""
    for name in ("requirements.txt", "doctor.py", "src/__init__.py", "src/data/SHA256SUMS"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "chapters").mkdir()
    sums = tmp_path / "src/data/SHA256SUMS"
    kept = ("names_checked.csv", "wordsim353.tsv")
    lines = [line for line in sums.read_text().splitlines() if line.endswith(kept)]
    sums.write_text("\n".join(lines) + "\n")
    for name in kept:
        shutil.copy(ROOT / "src/data" / name, tmp_path / "src/data" / name)
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def sites(tmp_path, monkeypatch):
    """A folder of installed packages at the pinned versions, found before the real ones."""
    folder = tmp_path / "site"

    def install(name, version):
        info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        return info

    monkeypatch.setattr(sys, "path", [str(folder)])
    return {name: install(name, version) for name, version in doctor.pinned().items()}


class TestPython:
    def test_a_tested_one_is_fine(self):
        for minor in (11, 12, 13):
            assert doctor.python_version((3, minor))[0] == doctor.OK

    def test_an_old_one_is_broken_and_a_newer_one_is_noted(self):
        state, text, mend = doctor.python_version((3, 10, 2))
        assert state == doctor.BROKEN
        assert "3.10" in text
        assert "install Python 3.12" in mend
        assert doctor.python_version((3, 14))[0] == doctor.NOTE

    def test_the_script_can_be_read_by_python_3_6_and_needs_no_package(self):
        tree = ast.parse((ROOT / "doctor.py").read_text("utf-8"), feature_version=(3, 6))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {getattr(node, "module", None) or node.names[0].name for node in imports}
        assert {m.split(".")[0] for m in modules} <= sys.stdlib_module_names


class TestEnvironment:
    def test_its_own_is_fine_another_is_noted_and_none_is_broken(self, course):
        assert doctor.environment(course / ".venv")[0] == doctor.BROKEN
        (course / ".venv").mkdir()
        assert doctor.environment(course / ".venv")[0] == doctor.OK
        state, text, mend = doctor.environment("/usr")
        assert state == doctor.NOTE
        assert "/usr" in text.replace("\\", "/")
        assert "doctor.py" in mend


class TestPackages:
    def test_all_there(self, sites):
        assert doctor.package_versions()[0] == doctor.OK

    def test_a_build_for_processors_is_the_same_version(self, sites):
        pinned = doctor.pinned()["torch"]
        metadata = sites["torch"] / "METADATA"
        metadata.write_text(metadata.read_text().replace(pinned, f"{pinned}+cpu"))
        assert doctor.package_versions()[0] == doctor.OK

    def test_one_missing(self, sites):
        shutil.rmtree(sites["tqdm"])
        state, text, mend = doctor.package_versions()
        assert state == doctor.BROKEN
        assert text == f"tqdm {doctor.pinned()['tqdm']} is missing"
        assert "pip install -c constraints.txt -r requirements.txt" in mend

    def test_one_at_another_version(self, sites):
        metadata = sites["jupyter-book"] / "METADATA"
        metadata.write_text("Metadata-Version: 2.1\nName: jupyter-book\nVersion: 2.0.0\n")
        state, text, _ = doctor.package_versions()
        assert state == doctor.BROKEN
        assert text.startswith("jupyter-book is 2.0.0, not 1.")

    def test_many_missing_are_counted(self, sites):
        for info in sites.values():
            shutil.rmtree(info)
        assert f"and {len(sites) - 4} more" in doctor.package_versions()[1]

    def test_libraries_for_cards_are_a_note(self, sites):
        assert doctor.processor_build()[0] == doctor.OK
        metadata = sites["tqdm"] / "METADATA"
        metadata.write_text("Metadata-Version: 2.1\nName: nvidia-cublas\nVersion: 13.0\n")
        assert doctor.processor_build()[0] == doctor.NOTE


class TestCoursePackage:
    def find(self, monkeypatch, path):
        monkeypatch.setenv("PYTHONPATH", str(path))
        return doctor.course_package()

    def test_this_folder(self, course, monkeypatch):
        assert self.find(monkeypatch, course)[0] == doctor.OK

    def test_another_folder(self, course, monkeypatch):
        other = course / "other"
        (other / "src").mkdir(parents=True)
        (other / "src/__init__.py").touch()
        state, text, mend = self.find(monkeypatch, other)
        assert state == doctor.BROKEN
        assert str(other / "src") in text
        assert "unset PYTHONPATH" in mend


class TestData:
    PATH = "src/data/wordsim353.tsv"

    def test_all_there(self, course):
        assert doctor.data_files()[0] == doctor.OK

    @pytest.mark.parametrize(
        ("change", "says", "mends"),
        [
            (None, "is missing", "git checkout -- src/data/wordsim353.tsv"),
            (lambda old: old[:100], "cut off or changed, 100 bytes", "git checkout --"),
            (lambda old: old + b"x", "cut off or changed", "git checkout --"),
            (lambda old: old.replace(b"\n", b"\r\n"), "line ends of Windows", "core.autocrlf"),
            (
                lambda old: b"version https://git-lfs.github.com/spec/v1\n",
                "pointer of git-lfs",
                "git lfs pull",
            ),
        ],
    )
    def test_one_broken(self, change, says, mends, course):
        path = course / self.PATH
        content = path.read_bytes()
        path.unlink()
        if change:
            path.write_bytes(change(content))
        state, text, mend = doctor.data_files()
        assert state == doctor.BROKEN
        assert text.startswith("wordsim353.tsv")
        assert says in text
        assert mends in mend
        assert "names_checked" not in text


class TestKernel:
    def answer(self, monkeypatch, tmp_path, argv, name="python3"):
        """Put a kernel where Jupyter looks first."""
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(
            f'{{"argv": ["{argv}", "-m", "ipykernel"], "display_name": "x", "language": "python"}}'
        )
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "none"))
        monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
        return doctor.kernel()

    def test_this_python(self, monkeypatch, tmp_path):
        here = Path(sys.executable).as_posix()
        assert self.answer(monkeypatch, tmp_path, here)[0] == doctor.OK

    def test_another_python(self, monkeypatch, tmp_path):
        state, text, mend = self.answer(monkeypatch, tmp_path, "/opt/old/bin/python")
        assert state == doctor.BROKEN
        assert "/opt/old/bin/python" in text
        assert "ipykernel install" in mend


class TestRoomAndRights:
    def test_disk_and_memory(self):
        assert doctor.room(disk=20, memory=8)[0] == doctor.OK
        assert doctor.room(disk=0.2, memory=8)[0] == doctor.BROKEN
        assert doctor.room(disk=20, memory=2)[0] == doctor.NOTE

    def test_a_folder_that_cannot_be_written(self, course, monkeypatch):
        assert doctor.write_access()[0] == doctor.OK
        (course / "chapters").rmdir()  # root may write anywhere, so a missing folder stands for it
        state, text, _ = doctor.write_access()
        assert state == doctor.BROKEN
        assert "chapters" in text

    def test_no_browser_is_a_note(self, monkeypatch):
        monkeypatch.setenv("CHROMIUM", "no-such-browser")
        state, text, _ = doctor.browser()
        assert state == doctor.NOTE
        assert "no-such-browser" in text


class TestReport:
    """The script itself, in a bare environment made for it: no package, no course."""

    def test_a_bare_environment_is_broken(self, course):
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", course / ".venv"], check=True
        )
        python = course / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        run = subprocess.run(
            [python, course / "doctor.py"],
            capture_output=True,
            text=True,
            env=environment,
            cwd=course,
        )
        assert run.returncode == 1, run.stdout + run.stderr
        assert "ok     runs in the .venv of this folder" in run.stdout
        assert "BROKEN `import src` finds nothing" in run.stdout
        assert "BROKEN Jupyter does not list its kernels" in run.stdout
        assert "numpy" not in run.stderr
        assert run.stdout.endswith("3 broken. Mend the first, then run this again.\n")

    def test_a_sound_one_exits_with_0(self, monkeypatch, capsys):
        monkeypatch.setattr(doctor, "CHECKS", [lambda: (doctor.OK, "fine", None)])
        monkeypatch.setattr(sys, "argv", ["doctor.py"])
        assert doctor.main() == 0
        assert capsys.readouterr().out == "ok     fine\n\nNothing is broken.\n"

    def test_a_check_that_fails_itself_is_reported(self, monkeypatch, capsys):
        def check():
            raise OSError("disk gone")

        monkeypatch.setattr(doctor, "CHECKS", [check])
        monkeypatch.setattr(sys, "argv", ["doctor.py"])
        assert doctor.main() == 1
        assert "disk gone" in capsys.readouterr().out
