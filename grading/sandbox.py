"""Start a kernel for a student's notebook: with limits and, on Linux, shut in.

    python grading/sandbox.py [--memory MB] [--isolate] [--see PATH ...] -f CONNECTION_FILE

Shut in means, with an ordinary user's rights and without further programs: a root folder of its
own, that holds only Python, its packages and the folders named by --see, all read only; an empty
working folder and /tmp in memory; no network; no sight of other processes; no way to regain rights.
Everything in it ends when the grader ends.
"""

import argparse
import ctypes
import os
import select
import signal
import site
import subprocess
import sys
import tempfile
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS = 1, 24, 28, 38
MOUNT_SETATTR, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, 0x8000, 1
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
KEPT = ("PATH", "LANG", "OMP_NUM_THREADS", "TQDM_DISABLE", "TZ", "JPY_SESSION_NAME")
UNPROTECTED = (
    "JPY_PARENT_PID",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
)  # kept if nothing is shut in


def call(name: str, *arguments) -> None:
    """Call a function of the C library; an error becomes an OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    values = [ctypes.c_char_p(os.fsencode(a)) if isinstance(a, str) else a for a in arguments]
    values = [ctypes.c_long(v) if isinstance(v, int) else v for v in values]
    if getattr(libc, name)(*values) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}{arguments}: {os.strerror(number)}")


def end_with_parent() -> None:
    """Have the system end this process when its parent ends; only Linux can."""
    if sys.platform == "linux":
        call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


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


def packages() -> list[str]:
    """Return the folders that hold Python and its packages."""
    here = str(Path(__file__).resolve().parent)
    folders = {sys.prefix, sys.base_prefix, str(Path(os.path.realpath(sys.executable)).parent)}
    folders |= {p for p in sys.path if "site-packages" in p or "dist-packages" in p}
    folders |= {sys.prefix + "/lib", *site.getsitepackages(), os.path.dirname(os.__file__)}
    return [f for f in folders if f != here and os.path.isdir(f)]


def shut_in(see: list[str], write: str) -> None:
    """Leave the machine's files, network and processes behind; returns in a new process.

    Args:
        see: files and folders to see, read only.
        write: an empty folder to see and write to, where the kernel's sockets are.

    Raises:
        OSError: this machine does not let an ordinary user do so.
    """
    user, group = os.getuid(), os.getgid()
    call(
        "unshare",
        CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
    )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    end_with_grader()
    alive, held = os.pipe()
    child = os.fork()
    if child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the kernel, which gets it too
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os._exit(status if status >= 0 else 128 - status)
    end_with_parent()
    os.close(held)
    if select.select([alive], [], [], 0)[0]:
        os._exit(1)  # the parent ended before this process asked to end with it
    build_root(see, write)
    for number in range(64):
        try:
            call("prctl", PR_CAPBSET_DROP, number, 0, 0, 0)
        except OSError:
            break  # no more of them
    call("prctl", PR_SET_SECUREBITS, 0x2F, 0, 0, 0)  # root is nobody special, for good
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def build_root(see: list[str], write: str) -> None:
    """Make the new root folder of what may be seen, and go there."""
    work, root = os.getcwd(), os.path.join(write, "root")
    os.mkdir(root)
    call("mount", "none", "/", 0, MS_REC | MS_PRIVATE, 0)
    mount_memory(root)
    for folder in ("tmp", "proc", "dev/shm"):
        os.makedirs(f"{root}/{folder}")
    own = [f"{root}/tmp", f"{root}/dev/shm"]
    for folder in own:
        mount_memory(folder)
    for path in sorted({*SYSTEM, *DEVICES, *see}, key=len):  # a folder before what is in it
        if os.path.islink(path):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            os.symlink(os.readlink(path), root + path)
        elif os.path.exists(path) and not os.path.exists(root + path):
            bind(path, root + path)
    for folder in (work, write):
        os.makedirs(root + folder, exist_ok=True)
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
    call("syscall", MOUNT_SETATTR, -100, root, AT_RECURSIVE, attributes, 32)
    attributes[0], attributes[1] = 0, MOUNT_ATTR_RDONLY
    for folder in own:
        call("syscall", MOUNT_SETATTR, -100, folder, 0, attributes, 32)
    mount_memory(root + work)
    call("mount", write, root + write, 0, MS_BIND, 0)
    try:
        call("mount", "proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV, 0)
    except OSError:
        pass  # some containers forbid it; Python does without
    os.chroot(root)
    os.chdir(work)


def mount_memory(folder: str) -> None:
    """Mount an empty folder in memory, of 256 MB at most."""
    call("mount", "tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=256m,mode=777")


def bind(path: str, target: str) -> None:
    """Show a file or folder at a second place."""
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    call("mount", path, target, 0, MS_BIND | MS_REC, 0)


CHECK = """
import os, socket, sys
seen = [name for name in ("/home", "/root/.ssh", sys.argv[1]) if os.path.exists(name)]
reached = []
try:
    socket.create_connection(("192.0.2.1", 9), timeout=1)
except OSError as error:
    reached = [] if error.errno == 101 else [str(error)]
os.chdir("/tmp")
sys.exit(f"seen: {seen}, reached: {reached}" if seen or reached else 0)
"""


def why_not() -> str:
    """Return why this machine cannot shut kernels in, "" if it can."""
    if sys.platform != "linux":
        return f"only Linux can, and this is {sys.platform}"
    with tempfile.TemporaryDirectory(prefix="hw") as folder:
        command = [
            sys.executable,
            __file__,
            "--isolate",
            "-f",
            f"{folder}/none",
            "--check",
            __file__,
        ]
        outside = {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"}
        done = subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True)
        clean(folder)
    return (done.stderr.strip().splitlines() or ["no reason"])[-1] if done.returncode else ""


def clean(folder: str) -> None:
    """Remove what `build_root` left in a folder."""
    if os.path.isdir(f"{folder}/root"):
        os.rmdir(f"{folder}/root")


def main() -> None:
    """Become the kernel."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", type=int, default=4096)
    parser.add_argument("--isolate", action="store_true")
    parser.add_argument("--see", action="append", default=[])
    parser.add_argument("--check")
    parser.add_argument("-f", dest="connection", required=True)
    options, more = parser.parse_known_args()
    environment = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith("LC_")}
    environment |= {"HOME": tempfile.gettempdir(), "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    limit(options.memory)
    if options.isolate:
        environment |= {
            "HOME": "/tmp",
            "PYTHONPATH": os.pathsep.join(map(os.path.dirname, options.see)),
        }
        shut_in([*packages(), *options.see], os.path.dirname(options.connection))
    else:
        environment |= {"PYTHONPATH": os.pathsep.join(map(os.path.dirname, options.see))}
        environment |= {k: v for k, v in os.environ.items() if k in UNPROTECTED}
        end_with_grader()
    command = ["-m", "ipykernel_launcher", "-f", options.connection, *more]
    if options.check:
        command = ["-c", CHECK, options.check]
    os.execve(sys.executable, [sys.executable, *command], environment)


if __name__ == "__main__":
    main()
