"""Say what is wrong with this installation and how to mend it: `make doctor`, `python doctor.py`.

It needs nothing but Python itself, and runs on an old one too, to say that it is old. Where there
is a `.venv` that runs, its Python answers. Each line of the report is ok, or broken with the
command that mends it; the exit status is 1 if anything is broken.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 14)
WINDOWS = os.name == "nt"
OWN = os.path.normcase(str(ROOT / ".venv"))
PYTHON = ".venv\\Scripts\\python.exe" if WINDOWS else ".venv/bin/python"
INSTALL = PYTHON + " -m pip install -c constraints.txt -r requirements.txt"
ANEW = "py -m venv --clear .venv, then: " + INSTALL if WINDOWS else "make book"
# Each check returns what is the case, and what mends it, or None where nothing is broken.


def python_version(version=None):
    """Is this Python new enough?"""
    version = tuple((version or sys.version_info)[:2])
    text = "Python " + ".".join(map(str, version))
    if version < OLDEST:
        new = (
            ANEW.replace("py -m", "py -3.12 -m") if WINDOWS else "make clean book PYTHON=python3.12"
        )
        return text + "; the course needs 3.11 or newer", "install Python 3.12, then: " + new
    return text + ("; newer than those it is tested with" if version > NEWEST else ""), None


def environment():
    """Does the .venv run, and was it made in this folder?"""
    if not (ROOT / ".venv").exists():
        return "no .venv in this folder; this is " + sys.executable, None
    try:
        subprocess.check_call([str(ROOT / PYTHON), "-c", ""])
    except (OSError, subprocess.CalledProcessError):
        gone = os.path.realpath(str(ROOT / PYTHON))
        return "the Python behind .venv is gone or does not run: " + gone, ANEW
    settings = (ROOT / ".venv" / "pyvenv.cfg").read_text("utf-8")
    made = re.search(r"^command = .* -m venv (?:--\S+ )*(.+)$", settings, re.M)
    if made and os.path.normcase(os.path.realpath(made.group(1))) != OWN:
        return "the .venv was made in another folder, " + made.group(1), ANEW
    return "the .venv runs and belongs to this folder", None


def package_versions():
    """Is each pinned package installed, at its version?"""
    from importlib.metadata import PackageNotFoundError, version

    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("#")[0].strip().split("==") for line in lines if "==" in line)
    wrong = []
    for name, wanted in sorted(pins.items()):
        try:
            found = version(name)
        except PackageNotFoundError:
            wrong.append(name + " " + wanted + " is missing")
            continue
        if found.split("+")[0] != wanted:  # torch says 2.13.0+cpu
            wrong.append(name + " is " + found + ", not " + wanted)
    if wrong:
        more = "; and {} more".format(len(wrong) - 4) if len(wrong) > 4 else ""
        return "; ".join(wrong[:4]) + more, INSTALL if (ROOT / ".venv").exists() else ANEW
    return "all {} packages of requirements.txt are there".format(len(pins)), None


def answer(code, folder=None):
    """Return what this Python prints when it runs a piece of code in a folder."""
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, stdout=pipe, stderr=null)
    return run.stdout.decode().strip()


def course_package():
    """Does `import src` find this folder's helpers, from anywhere?"""
    code = "import src; print(*src.__path__)"
    with tempfile.TemporaryDirectory() as elsewhere:
        origin = answer(code, elsewhere)
    if origin and Path(origin).resolve() == ROOT / "src":
        return "`import src` finds this folder", None
    mend = sys.executable + " -m pip install --no-deps -e ."
    if not origin:
        return "`import src` finds nothing", mend
    if os.environ.get("PYTHONPATH"):
        mend = "unset PYTHONPATH (it is " + os.environ["PYTHONPATH"] + "), or: " + mend
    return "`import src` finds another project's, " + origin, mend


def data_files():
    """Is each file of src/data there, with the content it should have?"""
    wrong, lines = {}, (ROOT / "src/data/SHA256SUMS").read_text("utf-8").splitlines()
    for expected, name in (line.split(None, 1) for line in lines):
        path = ROOT / "src" / "data" / name
        content = path.read_bytes() if path.is_file() else None
        if content is None:
            wrong[name] = "is missing"
        elif hashlib.sha256(content).hexdigest() == expected:
            continue
        elif hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest() == expected:
            wrong[name] = "has line ends of Windows"
        else:
            wrong[name] = "is cut off or changed, {:,} bytes".format(len(content))
    if not wrong:
        return "all {} data files have their SHA-256".format(len(lines)), None
    names = " ".join("src/data/" + name for name in wrong)
    # git takes such a file for unchanged, and a checkout alone leaves it as it is.
    mend = "git rm -q -f --ignore-unmatch " + names
    mend += " && git -c core.autocrlf=false checkout HEAD -- " + names
    return "; ".join(name + " " + what for name, what in wrong.items()), mend


def kernel():
    """Does Jupyter's kernel `python3`, which the notebooks name, run this Python?"""
    code = "from jupyter_client.kernelspec import get_kernel_spec as g; print(g('python3').argv[0])"
    program = answer(code)
    bare = program in ("python", "python3")  # Jupyter then takes its own
    if bare or os.path.dirname(program) == os.path.dirname(sys.executable):
        return "the kernel `python3` runs this Python", None
    mend = sys.executable + " -m ipykernel install --sys-prefix --name python3"
    if not program:
        return "Jupyter finds no kernel `python3`", mend
    return "the kernel `python3` runs " + program, mend


def room(free=None):
    """Is there disk enough to build the book?"""
    free = shutil.disk_usage(str(ROOT)).free / 1e9 if free is None else free
    text = "{:.1f} GB of disk free".format(free)
    return (text, None) if free > 1 else (text + "; 1 GB is needed", "pip cache purge")


FIRST = [python_version, environment]  # without these the others would only say the same
CHECKS = [*FIRST, package_versions, course_package, data_files, kernel, room]


def main():
    """Run the checks and print the report."""
    broken = 0
    for check in CHECKS:
        try:
            text, mend = check()
        except Exception as error:  # a check must not hide the ones after it
            text, mend = check.__name__ + " could not look: " + repr(error), ANEW
        print("{:6} {}".format("BROKEN" if mend else "ok", text))
        if mend:
            print("       mend: " + mend)
        broken += bool(mend)
        if broken and check in FIRST:
            break
    if broken:
        print("\n{} broken. Mend the first, then run this again.".format(broken))
    else:
        print("\nNothing is broken.")
    return int(broken > 0)


if __name__ == "__main__":
    if os.path.normcase(os.path.realpath(sys.prefix)) != OWN and (ROOT / ".venv").exists():
        if environment()[1] is None:
            sys.exit(subprocess.call([str(ROOT / PYTHON), str(ROOT / "doctor.py")]))
    sys.exit(main())
