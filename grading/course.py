"""Where the homework of a course lies, and how nbgrader is called on it."""

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.worker import run

PROJECT = Path(__file__).resolve().parent.parent
KERNEL = Path(__file__).resolve().parent / "sandbox.py"
SOURCES = "grading/sources"


class HomeworkError(Exception):
    """A command cannot go on; the text says why and what to do."""


@dataclass
class Course:
    """The folder of a course, and the limits for each student."""

    root: Path = PROJECT
    cell_seconds: int = 30
    student_seconds: int = 300
    megabytes: int = 4096
    jobs: int = 1
    isolate: bool = True
    as_nobody: bool = False
    """Run students' code with nobody's rights where it cannot be isolated; root can."""

    @property
    def chapters(self) -> list[str]:
        """Return the chapters that have a homework."""
        return sorted(p.parent.name for p in self.root.glob(f"{SOURCES}/*/homework.ipynb"))

    def chapter(self, name: str) -> str:
        """Return the name if there is such a homework.

        Raises:
            HomeworkError: with the names that there are.
        """
        if name not in self.chapters:
            given = f"there is no homework for {name!r}" if name else "which chapter?"
            raise HomeworkError(f"{given}; give CHAPTER= one of: {', '.join(self.chapters)}")
        return name

    def marking(self, chapter: str) -> Path:
        """Return the folder of what grading makes: logs, status, tables of marks."""
        return self.root / "marking" / chapter

    def source(self, chapter: str):
        """Read the instructor's notebook of a chapter."""
        return nbformat.read(self.root / SOURCES / chapter / "homework.ipynb", as_version=4)

    def gradebook(self):
        """Open nbgrader's gradebook of the course; use it in a `with` statement."""
        from nbgrader.api import Gradebook
        from sqlalchemy import URL

        # In a text, ? and # of a folder's name would end the path.
        return Gradebook(URL.create("sqlite", database=str(self.root / "gradebook.db")))

    def nbgrader(self, *arguments: str, log: Path, seconds: float = 600) -> int | None:
        """Run nbgrader in a process of its own; return its exit code, None if time was up.

        Everything that it started has ended when this returns. It knows the course by another
        path, since it takes its paths for patterns, and a folder may be called `course (1)`.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="hw", ignore_cleanup_errors=True) as private:
            return run(
                [*arguments, *self.settings(private)],
                str(log),
                str(PROJECT / "grading"),  # where nbgrader_config.py is
                self.environment(private),
                seconds,
            )

    def settings(self, private: str) -> list[str]:
        """Return nbgrader's options that depend on the machine and the course."""
        root = link(self.root, Path(private) / "course")
        settings = [f"--CourseDirectory.root={root}"]
        settings += [f"--CourseDirectory.db_url=sqlite:///{root / 'gradebook.db'}"]
        settings += [f"--Execute.timeout={self.cell_seconds}"]
        settings += [f"--KernelManager.connection_file={private}/kernel.json"]
        if self.isolate:  # without network a kernel is reached by files
            settings += ["--KernelManager.transport=ipc", f"--KernelManager.ip={private}/k"]
        return settings

    def environment(self, private: str) -> dict[str, str]:
        """Return the environment of nbgrader, in which `python3` is the limited kernel."""
        spec = Path(private) / "jupyter" / "kernels" / "python3" / "kernel.json"
        spec.parent.mkdir(parents=True)
        command = [sys.executable, str(KERNEL), f"--memory={self.megabytes}"]
        command += ["--isolate"] if self.isolate else []
        command += ["--as-nobody"] if self.as_nobody else []
        command += [f"--see={PROJECT / 'src'}", "-f", "{connection_file}"]
        about = {"argv": command, "display_name": "p", "language": "python"}
        if self.isolate:  # signals stay outside
            about["interrupt_mode"] = "message"
        spec.write_text(json.dumps(about))
        return os.environ | {
            "JUPYTER_PATH": str(spec.parent.parent.parent),
            "JUPYTER_RUNTIME_DIR": private,
            "JUPYTER_PLATFORM_DIRS": "1",
            "JUPYTER_CONFIG_DIR": f"{private}/none",
            "JUPYTER_PREFER_ENV_PATH": "0",
            "PYTHONPATH": str(PROJECT),
            # nbgrader calls the program alembic, which lies beside Python
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "PYTHONWARNINGS": "ignore",
            "OMP_NUM_THREADS": "1",
        }

    def generate(self, chapter: str, *, database: bool) -> bytes:
        """Make the students' notebook of a chapter.

        Args:
            chapter: one that has a homework.
            database: whether to enter the tests in the gradebook, which grading needs.

        Raises:
            HomeworkError: nbgrader would not.
        """
        with tempfile.TemporaryDirectory(prefix="hw") as folder:
            log = Path(folder) / "log.txt"
            arguments = ["generate_assignment", chapter, "--force"]
            arguments += [f"--CourseDirectory.release_directory={folder}"]
            arguments += [] if database else ["--no-db"]
            if self.nbgrader(*arguments, log=log) == 0:
                return (Path(folder) / chapter / "homework.ipynb").read_bytes()
            text = log.read_text(encoding="utf8", errors="replace")
        lines = [line for line in text.splitlines() if "rror" in line or "Cannot" in line]
        why = "\n".join(lines[-4:])
        if "Cannot add or remove cells" in text:
            why = (
                "its cells were changed after students had been graded. Take the change back, "
                "or move gradebook.db away and grade again (marks given by hand are in it)."
            )
        raise HomeworkError(f"{SOURCES}/{chapter}/homework.ipynb: {why or text[-800:]}")


def edition_folder(root: Path, seed: str) -> Path:
    """Return the folder of a private edition; its name does not tell the seed."""
    return root / "private" / hashlib.sha256(seed.encode()).hexdigest()[:8]


def link(folder: Path, name: Path) -> Path:
    """Give a folder a second name, also where Windows keeps links for administrators."""
    if os.name == "nt":
        import _winapi

        _winapi.CreateJunction(str(folder), str(name))
    else:
        name.symlink_to(folder)
    return name
