"""Fewer files that a page waits for: each is a way to the host and back.

- All style sheets become one, the same for all pages, in the order in which a page names them.
- Sphinx's options, without which nothing below them is read, stand in the page.
- The theme's script of 1.5 MB that draws icons goes: they come from its style sheet and its font.
"""

import hashlib
import os
import re
from pathlib import Path

LINK = re.compile(r'\s*<link[^>]* href="([^"]*_static/)([^"?]+\.css)[^"]*"[^>]*>')
ICONS = re.compile(r"\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>")
OPTIONS = re.compile(r'<script src="[^"]*documentation_options\.js[^"]*"></script>')
ADDRESS = re.compile(r"""url\(("[^"]*"|'[^']*'|[^)]*)\)""")
ELSEWHERE = ("data:", "#", "http:", "https:")


def whole(path: Path, static: Path) -> str:
    """Return a style sheet with what it imports, its addresses as seen from `static`."""

    def seen_from_static(match: re.Match) -> str:
        address = match[1].strip("\"'")
        if address.startswith(ELSEWHERE):
            return match[0]
        return f"url({os.path.relpath(path.parent / address, static)})"

    css = re.sub(r'@charset "[^"]*";\s*', "", path.read_text(encoding="utf8"))
    css = ADDRESS.sub(seen_from_static, css)
    return re.sub(r'@import "([^"]+)";', lambda m: whole(path.parent / m[1], static), css)


def join(html: str, static: Path) -> str:
    """Write the style sheet of a page; return the page with its one link where the first was."""
    links = list(LINK.finditer(html))
    if not links:
        return html
    css = "\n".join(whole(static / link[2], static) for link in links)
    name = f"styles-{hashlib.sha256(css.encode()).hexdigest()[:8]}.css"
    static.joinpath(name).write_text(css, encoding="utf8")
    start, end = links[0].span()
    one = f'\n<link rel="stylesheet" href="{links[0][1]}{name}">'
    return html[:start] + one + LINK.sub("", html[end:])


def on_finished(app, exception):
    """Change all pages once they are written."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    options = static / "documentation_options.js"
    inside = f"<script>{options.read_text(encoding='utf8')}</script>"
    replaced = [options, *static.rglob("*.css")]  # also what an earlier build has joined
    kept = set()
    for path in (path for path in out.rglob("*.html") if static not in path.parents):
        html = ICONS.sub("", path.read_text(encoding="utf8"))
        html = OPTIONS.sub(lambda _: inside, html)
        html = join(html, static)
        kept.update(link[2] for link in LINK.finditer(html))
        path.write_text(html, encoding="utf8")
    for path in replaced:
        if path.name not in kept:
            path.unlink()


def setup(app):
    """Register what is done at the end, after light_pages."""
    app.connect("build-finished", on_finished, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
