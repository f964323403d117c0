"""Write `constraints.txt`: the version of every package that a direct one brings along.

Run it after a change of requirements.txt or pyproject.toml, in the environment that passed the
tests: `python -m book.constraints`. The packages that only another system or Python needs are
listed too; such a line keeps the version it has, and a new one is written by hand. A version that
refuses Python 3.11.0, while later ones of 3.11 are welcome, holds from there on only.
"""

import tomllib
from importlib.metadata import PackageNotFoundError, distribution, version
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "constraints.txt"
SYSTEMS = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]
PYTHONS = ["3.11", "3.12", "3.13"]
# PyTorch's usual build for Linux pins these itself, and they change with the card, not the course.
CARDS = ("nvidia-", "cuda-", "triton")
HEADER = "# What the packages in requirements.txt and pyproject.toml bring along, as tested. "
HEADER += "Written by book/constraints.py\n"


def requirements() -> list[Requirement]:
    """Return the lines of requirements.txt but that of the course itself."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    lines = [line.split("#")[0].strip() for line in lines]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def extras(*names: str) -> list[Requirement]:
    """Return what pyproject.toml lists under the extras `names`, or under all of them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = project["optional-dependencies"]
    return [Requirement(line) for name in names or listed for line in listed[name]]


def environments() -> list[dict[str, str]]:
    """Return what markers can ask, for each system and Python of the tests."""
    return [
        {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": system,
            "platform_system": name,
            "os_name": os_name,
            "platform_machine": "arm64" if system == "darwin" else "x86_64",
        }
        for (system, name, os_name), python in product(SYSTEMS, PYTHONS)
    ]


def pulled_in(direct: list[Requirement], environment: dict[str, str]) -> dict[str, str | None]:
    """Return the packages below `direct` in one environment, and the versions installed here."""
    found, seen = {}, set()
    todo = [(requirement, extra) for requirement in direct for extra in ("", *requirement.extras)]
    while todo:
        requirement, extra = todo.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen or name.startswith(CARDS):
            continue
        seen.add((name, extra))
        try:
            found[name], lines = version(name), distribution(name).requires or []
        except PackageNotFoundError:  # another system's, or not installed
            found[name], lines = None, []
        for child in map(Requirement, lines):
            always = child.marker is None
            if always or child.marker.evaluate(environment | {"extra": extra}):
                todo += [(child, wanted) for wanted in ("", *child.extras)]
    direct_names = {canonicalize_name(requirement.name) for requirement in direct}
    return {name: found[name] for name in sorted(found) if name not in direct_names}


def needed() -> dict[str, str | None]:
    """Return every package that requirements.txt and the extras for tests and teaching bring."""
    direct = requirements() + extras("test", "teach")
    everywhere = {}
    for environment in environments():
        everywhere |= pulled_in(direct, environment)
    return dict(sorted(everywhere.items()))


def listed() -> dict[str, str]:
    """Return the lines of constraints.txt, name and version."""
    lines = FILE.read_text("utf-8").splitlines() if FILE.exists() else []
    lines = [line.split(" ;")[0] for line in lines if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def for_pythons(name: str) -> str:
    """Return the marker of a version that refuses the first of the Pythons, or nothing."""
    try:
        needs = SpecifierSet(distribution(name).metadata["Requires-Python"] or "")
    except PackageNotFoundError:
        return ""
    refusing = [part for part in needs if not part.contains(f"{PYTHONS[0]}.0")]
    marks = [f'python_full_version {part.operator} "{part.version}"' for part in refusing]
    return " ; " + " and ".join(marks) if marks else ""


def main() -> None:
    """Write the file, or stop with the names whose version is not known here."""
    old = listed()
    versions = {name: here or old.get(name) for name, here in needed().items()}
    unknown = [name for name, number in versions.items() if number is None]
    if unknown:
        raise SystemExit(f"Not installed here; add a line by hand for: {', '.join(unknown)}")
    lines = "".join(f"{name}=={number}{for_pythons(name)}\n" for name, number in versions.items())
    FILE.write_text(HEADER + lines, "utf-8")
    print(f"{FILE.name}: {len(versions)} packages")


if __name__ == "__main__":
    main()
