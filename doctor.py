"""Say what is wrong with this installation and how to mend it: `make doctor`.

It needs nothing but Python itself, and runs on an old one too, to say that it is old. Each line of
its report is ok, a note, or broken with the command that mends it. It exits with 1 if anything is
broken. Without make: `python doctor.py`, with the Python that runs the course.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
NEWEST = (3, 13)
FREE_DISK_GB = 1
MEMORY_GB = 3
OK, NOTE, BROKEN = "ok", "note", "BROKEN"
WINDOWS = os.name == "nt"
PYTHON = ".venv\\Scripts\\python" if WINDOWS else ".venv/bin/python"
INSTALL = PYTHON + " -m pip install -c constraints.txt -r requirements.txt"
# Each check returns (state, what is the case, what mends it or None).


def python_version(version=None):
    """Is this Python new enough, and one that the course is tested with?"""
    version = tuple((version or sys.version_info)[:2])
    text = "Python " + ".".join(map(str, version))
    if version < OLDEST:
        new = "py -3.12 -m venv --clear .venv" if WINDOWS else "make clean book PYTHON=python3.12"
        return (
            BROKEN,
            text + "; the course needs 3.11 or newer",
            "install Python 3.12, then: " + new,
        )
    if version > NEWEST:
        return NOTE, text + "; the course is tested with 3.11 to 3.13", None
    return OK, text, None


def environment(prefix=None):
    """Does this Python belong to the course's own .venv?"""
    prefix = Path(prefix or sys.prefix)
    if not (ROOT / ".venv").exists():
        mend = "py -m venv .venv, then: " + INSTALL if WINDOWS else "make book"
        return BROKEN, "there is no .venv in " + str(ROOT), mend
    if prefix.resolve() == (ROOT / ".venv").resolve():
        return OK, "runs in the .venv of this folder", None
    mend = "ask that one: " + PYTHON + " doctor.py"
    return NOTE, "this Python is " + str(prefix) + ", not the .venv of this folder", mend


def pinned():
    """Return name -> version of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    lines = [line.split("#")[0].strip() for line in lines]
    return dict(line.split("==") for line in lines if "==" in line)


def package_versions():
    """Is each pinned package installed, at its version?"""
    from importlib.metadata import PackageNotFoundError, version

    wrong = []
    for name, wanted in sorted(pinned().items()):
        try:
            found = version(name)
        except PackageNotFoundError:
            wrong.append(name + " " + wanted + " is missing")
            continue
        if found is None or found.split("+")[0] != wanted:  # torch says 2.13.0+cpu
            wrong.append(name + " is " + str(found) + ", not " + wanted)
    if wrong:
        more = ["and {} more".format(len(wrong) - 4)] if len(wrong) > 5 else []
        return BROKEN, "; ".join(wrong[:4] + more if more else wrong), INSTALL
    return OK, "all " + str(len(pinned())) + " packages of requirements.txt are there", None


def course_package():
    """Does `import src` find this folder's helpers, from anywhere?"""
    code = "import importlib.util as u; s = u.find_spec('src'); print(s.origin if s else '')"
    with tempfile.TemporaryDirectory() as elsewhere:
        run = subprocess.run([sys.executable, "-c", code], cwd=elsewhere, stdout=subprocess.PIPE)
    origin = run.stdout.decode().strip()
    if origin and Path(origin).resolve().parent == ROOT / "src":
        return OK, "`import src` finds this folder", None
    found = "finds nothing" if not origin else "finds another folder, " + str(Path(origin).parent)
    mend = PYTHON + " -m pip install --no-deps -e ."
    if origin and os.environ.get("PYTHONPATH"):
        mend = "unset PYTHONPATH (it is " + os.environ["PYTHONPATH"] + "), or: " + mend
    return BROKEN, "`import src` " + found, mend


def data_files():
    """Is each file of src/data there, with the content it should have?"""
    wrong, lines = [], (ROOT / "src/data/SHA256SUMS").read_text("utf-8").splitlines()
    for expected, name in (line.split(None, 1) for line in lines):
        path = ROOT / "src" / "data" / name
        if not path.is_file():
            wrong.append((name, "is missing"))
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == expected:
            continue
        if content.startswith(b"version https://git-lfs"):
            wrong.append((name, "is only a pointer of git-lfs"))
        elif hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest() == expected:
            wrong.append((name, "has line ends of Windows"))
        else:
            wrong.append((name, "is cut off or changed, {:,} bytes".format(len(content))))
    if wrong:
        names = " ".join("src/data/" + name for name, _ in wrong)
        mend = "git checkout -- " + names
        if any("git-lfs" in what for _, what in wrong):
            mend = "git lfs pull"
        if any("line ends" in what for _, what in wrong):
            mend = "git config core.autocrlf false, delete these files, then: " + mend
        return BROKEN, "; ".join(name + " " + what for name, what in wrong), mend
    return OK, "all " + str(len(lines)) + " data files have their SHA-256", None


def kernel():
    """Does Jupyter's kernel `python3`, which the notebooks name, run this Python?"""
    command = [sys.executable, "-m", "jupyter", "kernelspec", "list", "--json"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    mend = PYTHON + " -m ipykernel install --sys-prefix --name python3"
    try:
        kernels = json.loads(run.stdout.decode())["kernelspecs"]
    except (ValueError, KeyError):
        return BROKEN, "Jupyter does not list its kernels", INSTALL
    if "python3" not in kernels:
        return BROKEN, "Jupyter has no kernel `python3`", mend
    program = kernels["python3"]["spec"]["argv"][0]
    if program in ("python", "python3") or same_python(program):  # Jupyter then takes its own
        return OK, "the kernel `python3` runs this Python", None
    where = kernels["python3"]["resource_dir"]
    return BROKEN, "the kernel `python3` in " + where + " runs " + program, mend


def same_python(program):
    """Tell whether `program` is this Python: in the same folder, so of the same environment."""
    folder = Path(program).parent.resolve()
    return folder == Path(sys.executable).parent.resolve() and Path(program).exists()


def processor_build():
    """Is PyTorch the build for processors, which is all that the course needs?"""
    from importlib.metadata import distributions

    names = {(d.metadata["Name"] or "").lower() for d in distributions()}
    extra = [name for name in names if name.startswith(("nvidia-", "triton"))]
    if extra:
        text = "PyTorch came with libraries for NVIDIA cards, several GB that are never used"
        return NOTE, text, "it works; to save the space, see README.md, CPU build"
    return OK, "PyTorch came without libraries for NVIDIA cards", None


def write_access():
    """Can the book and the notebooks be written?"""
    for folder in (ROOT, ROOT / "chapters"):
        try:
            tempfile.TemporaryFile(dir=str(folder)).close()
        except OSError as error:
            return (
                BROKEN,
                "cannot write in " + str(folder) + ": " + str(error.strerror),
                (
                    "copy the course to a folder of your own"
                    if WINDOWS
                    else "chown -R $USER " + str(ROOT)
                ),
            )
    return OK, "can write in this folder", None


def room(disk=None, memory=None):
    """Is there disk and memory enough to build the book and run a lesson?"""
    disk = shutil.disk_usage(str(ROOT)).free / 1e9 if disk is None else disk
    if memory is None and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    text = "{:.0f} GB of disk free".format(disk)
    text += "" if memory is None else ", {:.0f} GB of memory".format(memory)
    if disk < FREE_DISK_GB:
        return (
            BROKEN,
            text + "; at least 1 GB of disk is needed",
            "pip cache purge, or delete files",
        )
    if memory is not None and memory < MEMORY_GB:
        return NOTE, text + "; with less than 3 GB, run one notebook at a time", None
    return OK, text, None


def browser():
    """Is there a Chromium? Only the browser tests need it."""
    named = os.environ.get("CHROMIUM")
    for name in [named] if named else ["chromium", "chromium-browser", "google-chrome"]:
        if shutil.which(name):
            return OK, "browser for make test-book: " + name, None
    text = "no Chromium" + (" called " + named if named else "") + "; only make test-book needs it"
    return NOTE, text, "install Chromium, or name yours: CHROMIUM=/path/to/chrome make test-book"


CHECKS = [
    python_version,
    environment,
    package_versions,
    course_package,
    data_files,
    kernel,
    processor_build,
    write_access,
    room,
    browser,
]


def main():
    """Run the checks and print the report."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    broken = 0
    for check in CHECKS:
        try:
            state, text, mend = check()
        except Exception as error:  # a check must not hide the ones after it
            text = check.__name__ + " could not look: " + repr(error)
            state, mend = BROKEN, "make clean book, or open an issue with this line"
        broken += state == BROKEN
        print("{:6} {}".format(state, text))
        if mend:
            print("       mend: " + mend)
        if check is python_version and state == BROKEN:
            break  # the other checks would only say the same
    if broken:
        print("\n{} broken. Mend the first, then run this again.".format(broken))
    else:
        print("\nNothing is broken.")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
