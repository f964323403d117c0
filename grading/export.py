"""Bring a chapter's homework to where teachers are: Gradescope, or repositories on GitHub."""

import shutil
import tomllib
import zipfile
from pathlib import Path

from grading.course import PROJECT, SOURCES, Course

PLATFORMS = PROJECT / "grading" / "platforms"


def gradescope(course: Course, chapter: str) -> Path:
    """Write the zip that Gradescope takes as an autograder; return its path."""
    target = course.root / "_build" / "homework" / f"{chapter}-gradescope.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder"):
            about = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            about.external_attr = 0o755 << 16
            archive.writestr(about, (PLATFORMS / "gradescope" / name).read_text("utf8"))
        for path in [*of_src(), *sorted((PROJECT / "grading").glob("*.py"))]:
            archive.write(path, path.relative_to(PROJECT).as_posix())
        source = f"{SOURCES}/{chapter}/homework.ipynb"
        archive.write(course.root / source, source)
        archive.writestr("requirements.txt", requirements("teach"))
        archive.write(PROJECT / "constraints.txt", "constraints.txt")
    return target


def github(course: Course, chapter: str) -> Path:
    """Write the folder of a template repository; return its path."""
    target = course.root / "_build" / "homework" / f"{chapter}-github"
    shutil.rmtree(target, ignore_errors=True)
    for path in of_src():
        place = target / path.relative_to(PROJECT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    (target / "homework.ipynb").write_bytes(course.generate(chapter, database=False))
    (target / "requirements.txt").write_text(requirements(), encoding="utf8")
    shutil.copyfile(PROJECT / "constraints.txt", target / "constraints.txt")
    (target / ".gitignore").write_text(
        "__pycache__/\n.ipynb_checkpoints/\n.venv/\n", encoding="utf8"
    )
    (target / ".gitattributes").write_text("* -text\n", encoding="utf8")
    text = (PLATFORMS / "github" / "README.md").read_text(encoding="utf8")
    title = chapter.replace("_", " ")
    (target / "README.md").write_text(text.format(title=title), encoding="utf8")
    workflows = target / ".github" / "workflows"
    workflows.mkdir(parents=True)
    shutil.copyfile(PLATFORMS / "github" / "classroom.yml", workflows / "classroom.yml")
    return target


def of_src() -> list[Path]:
    """Return the files of `src` with its data."""
    files = [path for path in (PROJECT / "src").rglob("*") if path.is_file()]
    return sorted(path for path in files if path.suffix != ".pyc")


def requirements(*extras: str) -> str:
    """Return the pinned packages that `src` needs, and those of extras of the project."""
    about = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    names = list(about["dependencies"])
    for extra in extras:
        names += [line.partition("==")[0] for line in about["optional-dependencies"][extra]]
    lines = (PROJECT / "requirements.txt").read_text(encoding="utf8").splitlines()
    lines += (PROJECT / "constraints.txt").read_text(encoding="utf8").splitlines()
    pins = {}
    for line in lines:
        pin = line.partition("#")[0].strip()
        pins.setdefault(pin.partition("==")[0], pin)
    return "".join(f"{pins[name]}\n" for name in names)
