"""Run one command of nbgrader in a process of its own.

nbgrader takes seconds to import. Where the system can fork, it is imported once, and each run
starts from there.
"""

import contextlib
import importlib
import multiprocessing
import os
import sys

from grading.sandbox import end_with_parent

APPS = {
    "generate_assignment": ("generateassignmentapp", "GenerateAssignmentApp"),
    "autograde": ("autogradeapp", "AutogradeApp"),
    "generate_feedback": ("generatefeedbackapp", "GenerateFeedbackApp"),
}
MOST_MEMORY = 3 << 30
"""Bytes for nbgrader itself; what students print lands there."""


def processes():
    """Return how processes are started here, nbgrader imported beforehand if possible."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    apps = [f"nbgrader.apps.{module}" for module, _ in APPS.values()]
    context.set_forkserver_preload(["grading.preprocessors", *apps])
    return context


def run(
    arguments: list[str], log: str, folder: str, environment: dict[str, str], seconds: float
) -> int | None:
    """Run nbgrader; return its exit code, None if time was up.

    Args:
        arguments: of nbgrader, the command first.
        log: the file for what it prints.
        folder: the working folder.
        environment: variables to set.
        seconds: how long it may take.
    """
    process = processes().Process(target=work, args=(arguments, log, folder, environment))
    process.start()
    try:
        process.join(seconds)
        return process.exitcode
    finally:
        process.kill()
        process.join()
        process.close()


def work(arguments: list[str], log: str, folder: str, environment: dict[str, str]) -> None:
    """Be nbgrader, in the new process."""
    with open(log, "wb", buffering=0) as output, open(os.devnull) as nothing:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        os.dup2(nothing.fileno(), 0)
    end_with_parent()
    if not multiprocessing.parent_process().is_alive():
        os._exit(1)
    with contextlib.suppress(ImportError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, hard))
    os.environ.update(environment)
    os.chdir(folder)
    module, name = APPS[arguments[0]]
    app = getattr(importlib.import_module(f"nbgrader.apps.{module}"), name)
    sys.argv = ["nbgrader", *arguments]
    app.launch_instance(arguments[1:])
