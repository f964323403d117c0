"""Start a kernel for a student's notebook: with limits and, on Linux, shut in by bubblewrap.

    python grading/sandbox.py [--memory MB] [--isolate] [--see PATH ...] -f CONNECTION_FILE

Shut in, it sees only Python, its packages and what --see names, all read only, and an empty /tmp in
memory. It has no network, sees no other process, has no rights and cannot regain any. Everything in
it ends when the grader ends.
"""

import argparse
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime")
KEPT = ("PATH", "LANG", "TZ", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
ALONE = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
IN_MEMORY = ["--size", str(256 << 20), "--tmpfs"]
# Some containers forbid these; the rest protects without them.
OPTIONAL = (["--proc", "/proc"], ["--disable-userns"])


def end_with_parent() -> None:
    """Have the system end this process when its parent ends; only Linux can."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)


def end_with_grader() -> None:
    """End with the grader that started this process, also if it is gone already."""
    end_with_parent()
    grader = os.environ.get("JPY_PARENT_PID", "")
    if sys.platform == "linux" and grader and os.getppid() != int(grader):
        os._exit(1)


def limit(megabytes: int) -> None:
    """Limit memory and the size of files; do nothing where the system knows no limits."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("DATA", megabytes << 20), ("FSIZE", 100 << 20), ("CORE", 0)):
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def packages() -> set[str]:
    """Return the folders that hold Python and its packages."""
    installed = {p for p in sys.path if p.endswith(("site-packages", "dist-packages"))}
    program = os.path.dirname(os.path.realpath(sys.executable))
    return {sys.prefix, sys.base_prefix, program, *installed}


def shut_in(see: list[str], folder: str) -> list[str]:
    """Return the start of a command line: bwrap with what the program behind it gets.

    Args:
        see: files and folders to see, read only.
        folder: one to see and write to, where the kernel's sockets are.
    """
    command = ["bwrap", *ALONE, "--cap-drop", "ALL", *IN_MEMORY, "/tmp"]
    for path in sorted({*SYSTEM, *packages(), *see}, key=len):  # a folder before what is in it
        command += ["--ro-bind-try", path, path]
    command += ["--dev", "/dev", *IN_MEMORY, "/dev/shm", "--remount-ro", "/dev"]
    for option in OPTIONAL:
        probe = ["bwrap", *ALONE, "--ro-bind", "/", "/", *option, "true"]
        if subprocess.run(probe, capture_output=True).returncode == 0:
            command += option
    return [*command, "--bind", folder, folder, "--remount-ro", "/", "--chdir", "/tmp"]


def why_not() -> str:
    """Return why this machine cannot shut kernels in, "" if it can."""
    if sys.platform != "linux":
        return f"only Linux can, and this is {sys.platform}"
    if not shutil.which("bwrap"):
        return "the program bwrap is missing; install the package bubblewrap"
    with tempfile.TemporaryDirectory() as folder:
        command = [*shut_in([], folder), sys.executable, "-c", "import ipykernel"]
        done = subprocess.run(command, capture_output=True, text=True)
    said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"the system does not let bubblewrap do it: {said}" if done.returncode else ""


def become_nobody(connection: str) -> None:
    """Give up all rights but to the connection file; do nothing if there are none to give up.

    Args:
        connection: the file, in a folder that holds nothing secret.
    """
    if os.name == "nt" or os.geteuid() != 0:
        return
    nobody = 65534
    for path in (os.path.dirname(connection), connection):
        os.chown(path, nobody, nobody, follow_symlinks=False)
    os.setgroups([])
    os.setgid(nobody)
    os.setuid(nobody)


def main() -> None:
    """Become the kernel."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", type=int, default=4096)
    parser.add_argument("--isolate", action="store_true")
    parser.add_argument("--as-nobody", action="store_true")
    parser.add_argument("--see", action="append", default=[])
    parser.add_argument("-f", dest="connection", required=True)
    options, more = parser.parse_known_args()  # nbclient has options for the kernel
    environment = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith("LC_")}
    environment |= {"HOMEWORK_IS_BEING_MARKED": "1"}  # see src/homework.py
    environment |= {"HOME": tempfile.gettempdir(), "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(map(os.path.dirname, options.see))
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", options.connection, *more]
    end_with_grader()
    limit(options.memory)
    if options.as_nobody:
        become_nobody(options.connection)
    if options.isolate:
        environment |= {"HOME": "/tmp", "TMPDIR": "/tmp"}
        command = [*shut_in(options.see, os.path.dirname(options.connection)), *command]
    elif "JPY_PARENT_PID" in os.environ:  # the kernel looks whether the grader is still there
        environment["JPY_PARENT_PID"] = os.environ["JPY_PARENT_PID"]
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    main()
