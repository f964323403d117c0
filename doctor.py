"""Say what is wrong with this installation and how to mend it: `make doctor`, `python doctor.py`.

It needs nothing but Python itself, and runs on an old one too, to say that it is old. Where there
is a `.venv` that runs, its Python answers. Each line of the report is ok, or broken with the
command that mends it; the exit status is 1 if anything is broken.
"""

import hashlib
import os
import re
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
    text = "Python {}.{}".format(*version)
    if version < OLDEST:
        new = ANEW.replace("py -m", "py -3.12 -m").replace("book", "clean book PYTHON=python3.12")
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
    from importlib.metadata import distributions

    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("#")[0].strip().lower().split("==") for line in lines if "==" in line)
    found = {
        str(d.metadata["Name"]).lower().replace("_", "-"): d.version.split("+")[0]
        for d in distributions()
    }
    wrong = [
        "{} is {}, not {}".format(n, found.get(n, "missing"), v)
        for n, v in pins.items()
        if found.get(n) != v
    ]
    if wrong:
        return "; ".join(wrong[:4]), INSTALL if (ROOT / ".venv").exists() else ANEW
    return "all {} packages of requirements.txt are there".format(len(pins)), None


def answer(code):
    """Return what this Python prints when it runs a piece of code elsewhere."""
    with tempfile.TemporaryDirectory() as elsewhere:
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        run = subprocess.run([sys.executable, "-c", code], cwd=elsewhere, stdout=pipe, stderr=null)
    return run.stdout.decode().strip()


def course_package():
    """Does `import src` find this folder's helpers, from anywhere?"""
    origin = answer("import src; print(*src.__path__)")
    if origin and Path(origin).resolve() == ROOT / "src":
        return "`import src` finds this folder", None
    mend = sys.executable + " -m pip install --no-deps -e ."
    if origin and os.environ.get("PYTHONPATH"):
        mend = "unset PYTHONPATH (it is " + os.environ["PYTHONPATH"] + "), or: " + mend
    return "`import src` finds " + (origin and "another project's, " + origin or "nothing"), mend


def data_files():
    """Is each file of src/data there, with the content it should have?"""
    lines = (ROOT / "src/data/SHA256SUMS").read_text("utf-8").splitlines()
    paths = [("src/data/" + name, expected) for expected, name in map(str.split, lines)]
    wrong = [name for name, expected in paths if sha256(ROOT / name) != expected]
    if not wrong:
        return "all {} data files have their SHA-256".format(len(lines)), None
    # git takes one with line ends of Windows for unchanged, and a checkout alone leaves it.
    mend = "git rm -q -f --ignore-unmatch {0} && git -c core.autocrlf=false checkout HEAD -- {0}"
    names = " ".join(wrong)
    return "missing, cut off or changed: " + names, mend.format(names)


def sha256(path):
    """Return the hash of a file's content, None without it."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


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


def language_model():
    """Was the language model fetched, which only its own lessons need?"""
    if (Path(sys.prefix) / "share" / "what-and-where" / "smollm2.safetensors").is_file():
        return "the language model is there", None
    fetch = sys.executable + " -m src.smollm2"
    return "no language model; its lessons need it: " + fetch, None


FIRST = [python_version, environment]  # without these the others would only say the same
CHECKS = [*FIRST, package_versions, course_package, data_files, kernel, language_model]


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
    print("\nMend the first, then run this again." if broken else "\nNothing is broken.")
    return int(broken > 0)


if __name__ == "__main__":
    if os.path.normcase(os.path.realpath(sys.prefix)) != OWN and (ROOT / ".venv").exists():
        if environment()[1] is None:
            sys.exit(subprocess.call([str(ROOT / PYTHON), str(ROOT / "doctor.py")]))
    sys.exit(main())
