"""Open the notebooks in JupyterLab: `python -m book.lab [OPTION ...]`, or `make lab`.

It shows the lessons and the students' homework, and nothing else of the repository: no solution
stands beside a lesson. Options are passed on to JupyterLab.
"""

import os
import sys

from book.course import ROOT

SHOWN = ("chapters", "homework")


def options() -> list[str]:
    """Return what JupyterLab is told: where to start, and what to leave out of its lists."""
    hidden = sorted({path.name for path in ROOT.iterdir()} - set(SHOWN))
    return [
        f"--ServerApp.root_dir={ROOT}",
        f"--ContentsManager.hide_globs={[*hidden, '__pycache__', '*.pyc', '*~']}",
        "--LabApp.default_url=/lab/tree/chapters",
    ]


def main() -> None:
    """Start the server."""
    given = sys.argv[1:]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in given:
        sys.exit(
            "JupyterLab does not start as root unless you say so, as in a container:\n"
            "    make lab LAB=--allow-root   or   .venv/bin/python -m book.lab --allow-root"
        )
    from jupyterlab.labapp import LabApp  # slow, so not for root's answer

    LabApp.launch_instance([*options(), *given])


if __name__ == "__main__":
    main()
