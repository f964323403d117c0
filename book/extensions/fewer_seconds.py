"""A build in fewer seconds.

- Pages are read and written in several processes, where the system can fork; `jupyter-book build`
  has no option for that.
- Citations without the wait: to look up the style of a name, pybtex lists every package installed,
  40 ms a time. Here it keeps what it has found.
"""

import os
from functools import cache

from pybtex import plugin


def on_start(app):
    """Vouch for two extensions that say nothing of it: one acts when all is read, one on LaTeX."""
    for name in ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"):
        app.extensions[name].parallel_read_safe = True


def setup(app):
    """Set the number of processes, and remember the plugins of pybtex."""
    app.parallel = 2 * (os.cpu_count() or 1)  # smaller portions, shorter waits at the end
    app.connect("builder-inited", on_start)
    plugin.find_plugin = cache(plugin.find_plugin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
