"""Figures to play with, in the built pages; in Jupyter their place says in words what they are.

An author writes one line of HTML in a page or a markdown cell:

    <div class="interactive" data-figure="sentence">In the book, this place holds a figure …</div>

Here it becomes a <figure> with a caption and a still picture, which stays where scripts are off and
in print, until the figure is near and the reader scrolls, presses or points at it (`loader.js`).
A teacher can show it alone: `figures/sentence.html` of the book holds it and nothing else.
Each is a folder of `book/figures`, whose `__init__.py` says what must be in it. What they compute
is kept in `_build/interactive` until they or `src` change.
"""

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

from book.course import pages
from book.extensions.vector_figures import for_page
from book.narrow import narrow
from src.plotting import as_svg

PLACE = re.compile(r'<div class="interactive" data-figure="([^"]*)">.*?</div>', re.DOTALL)
TARGET = "_static/interactive"
ALONE = "figures"
"""The folder of the pages that show a figure alone."""
# The modules of D3 in the order of their needs.
D3 = "array color interpolate format time time-format scale path shape selection axis".split()

logger = logging.getLogger(__name__)


def module_names(source: Path) -> list[str]:
    """Return the names of the modules that describe a figure: those with a script beside them."""
    files = (source / "book/figures").glob("*/*.js")
    return sorted(file.stem for file in files if file.stem == file.parent.name)


def fingerprint(source: Path) -> str:
    """Return a hash of everything that the figures' numbers and pictures come from."""
    files = [
        *source.glob("src/**/*.py"),
        source / "src/data/SHA256SUMS",
        *source.glob("book/figures/**/*.py"),
        *source.glob("book/figures/**/*.csv"),
        source / "requirements.txt",
        Path(__file__),
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(source)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def compute(source: Path, folder: Path) -> None:
    """Ask `src` for each figure's words, numbers and still picture, and write them to a folder.

    The stills are drawn as all figures are (`vector_figures.py`), also for phones.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    (folder / "data").mkdir(parents=True)
    words = {}
    for module_name in module_names(source):
        module = import_module(f"book.figures.{module_name}.{module_name}")
        name = module_name.replace("_", "-")
        picture = module.still().figure
        small = narrow(picture)
        still = for_page(as_svg(picture), f"still-{name}", "wide" if small else "only")
        still += for_page(as_svg(small), f"phone-{name}", "narrow") if small else ""
        plt.close("all")
        if hasattr(module, "data"):
            text = json.dumps(module.data(), ensure_ascii=False, separators=(",", ":"))
            line = f'WhatAndWhere.data("{name}",{text});\n'
            (folder / f"data/{name}.js").write_text(line, encoding="utf8")
        words[name] = {
            "caption": module.CAPTION,
            "alt": module.ALT,
            "height": module.HEIGHT,
            "data": hasattr(module, "data"),
            "still": still,
        }
    (folder / "figures.json").write_text(json.dumps(words), encoding="utf8")


def on_start(app) -> None:
    """Begin to compute the figures, in a process of its own while pages are read."""
    app.interactive_figures, app.computing_figures = {}, None
    if app.builder.format != "html":
        return
    app.add_css_file("interactive/interactive.css")
    source = Path(app.srcdir)
    kept = Path(app.outdir).parent / "interactive"
    app.figures_folder = kept / fingerprint(source)
    if not app.figures_folder.is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        command = [sys.executable, "-m", "book.extensions.interactive_figures", str(kept / "new")]
        app.computing_figures = subprocess.Popen(
            command, cwd=source, env=os.environ | {"OMP_NUM_THREADS": "1"}
        )


def on_read(app, env) -> None:
    """Put the scripts and the numbers where the pages will look for them."""
    if app.builder.format != "html":
        return
    source, output, made = Path(app.srcdir), Path(app.outdir) / TARGET, app.figures_folder
    if app.computing_figures is not None:
        logger.info("computing the interactive figures ...")
        if app.computing_figures.wait() != 0:
            raise ExtensionError("the interactive figures cannot be computed; see the error above")
        (made.parent / "new").rename(made)
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(made, output, ignore=shutil.ignore_patterns("figures.json"))
    scripts = source / "book/figures"
    for file in (*scripts.glob("*.js"), *scripts.glob("*.css")):
        shutil.copy(file, output)
    for module_name in module_names(source):
        script = scripts / module_name / f"{module_name}.js"
        shutil.copy(script, output / script.name.replace("_", "-"))
    parts = [(scripts / f"d3/d3-{name}.min.js").read_text(encoding="utf8") for name in D3]
    (output / "d3.js").write_text("".join(parts), encoding="utf8")
    shutil.copy(scripts / "d3/LICENSE", output / "d3-LICENSE")
    app.interactive_figures = json.loads((made / "figures.json").read_text(encoding="utf8"))


def figure_html(name: str, figure: dict, more: str = "") -> str:
    """Return the figure's place in a page."""
    desktop, phone = figure["height"]
    source = ' data-numbers=""' if figure["data"] else ""
    return (
        f'<figure class="interactive" data-figure="{name}"{source}'
        f' style="--height: {desktop}px; --phone: {phone}px">\n'
        f'<div class="interactive-body"><div class="interactive-still drawn" role="img"'
        f' aria-label="{html.escape(figure["alt"])}">{figure["still"]}</div></div>\n'
        f"<figcaption>{figure['caption']}{more}</figcaption>\n</figure>"
    )


def on_resolved(app, document, page: str) -> None:
    """Replace the authors' lines."""
    if app.builder.format != "html":
        return

    def place(match: re.Match) -> str:
        figure = app.interactive_figures.get(match[1])
        if figure is None:
            known = ", ".join(app.interactive_figures)
            message = f"no interactive figure {match[1]!r}; book/figures has {known}"
            logger.warning(message, location=page)
            return match[0]
        root = "../" * page.count("/")
        alone = f' <a href="{root}{ALONE}/{match[1]}.html">Open it alone</a>'
        alone = alone if app.builder.name == "html" else ""  # the PDF has no such pages
        return figure_html(match[1], figure, alone)

    for raw in list(document.findall(nodes.raw)):
        text = raw.astext()
        if PLACE.search(text):
            raw.parent.replace(raw, nodes.raw("", PLACE.sub(place, text), format="html"))


def on_page(app, page: str, template: str, context: dict, document) -> None:
    """Add the loader to pages that have a figure, and to no others."""
    if '<figure class="interactive"' in context.get("body", ""):
        app.add_js_file("interactive/loader.js", loading_method="defer")


def alone(app) -> Iterator[tuple[str, dict, str]]:
    """Yield a page for each figure that shows it alone, with the way to its first lesson."""
    if app.builder.name != "html":
        return
    texts = {page: app.env.doc2path(page.name) for page in pages(Path(app.srcdir))}
    texts = {page: Path(path).read_text("utf-8") for page, path in texts.items()}
    for name, figure in app.interactive_figures.items():
        uses = rf'data-figure=\\?"{name}\\?"'
        home = next((page for page, text in texts.items() if re.search(uses, text)), None)
        if home is None:
            continue
        title, _, rest = figure["caption"].partition(". ")
        yield (
            f"{ALONE}/{name}",
            {
                "title": html.unescape(re.sub(r"<[^>]+>", "", title)),
                "figure": figure_html(name, figure | {"caption": rest}),
                "home": home.name,
                "home_title": app.env.titles[home.name].astext(),
            },
            "figure.html",
        )


def setup(app):
    """Register the moments at which something is done."""
    app.connect("builder-inited", on_start)
    app.connect("env-updated", on_read)
    app.connect("doctree-resolved", on_resolved)
    app.connect("html-page-context", on_page)
    app.connect("html-collect-pages", alone)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    compute(Path.cwd(), Path(sys.argv[1]))
