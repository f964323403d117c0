"""Old addresses of pages and of sections lead to where their contents stand now.

`book/moved.csv` has a line for each: the old page and section, the page and section of today. A
line without an old section moves a whole page: sphinx-reredirects leaves a page there that leads on
and keeps what stands after the `#`. A section that moved to another page, or has another name, is
found by a few lines of script on the page on which its address now arrives.
"""

import csv
import json
from pathlib import Path
from posixpath import relpath

MOVED = Path("book/moved.csv")
SCRIPT = """<script>(() => {
  const moved = %s;
  const follow = () => {
    const old = decodeURIComponent(location.hash.slice(1));
    if (Object.hasOwn(moved, old) && !document.getElementById(old)) location.replace(moved[old]);
  };
  follow();
  addEventListener("hashchange", follow);
})();</script>"""


def read_moved(root: Path) -> list[dict[str, str]]:
    """Return the lines of the table; without one, nothing has moved."""
    if not (root / MOVED).is_file():
        return []
    with (root / MOVED).open(newline="", encoding="utf8") as file:
        return list(csv.DictReader(file))


def whole_pages(lines: list[dict[str, str]]) -> dict[str, str]:
    """Return the new page of each page that moved."""
    return {line["old_page"]: line["page"] for line in lines if not line["old_section"]}


def sections_of(page: str, lines: list[dict[str, str]]) -> dict[str, str]:
    """Return where those old sections have gone whose addresses arrive at a page of today."""
    pages = whole_pages(lines)
    found = {}
    for line in lines:
        arrives = pages.get(line["old_page"], line["old_page"])
        if line["old_section"] and arrives == page:
            there = "" if line["page"] == page else relative(page, line["page"])
            found[line["old_section"]] = f"{there}#{line['section']}" if line["section"] else there
    return found


def relative(page: str, other: str) -> str:
    """Return the address of another page, seen from a page."""
    return relpath(f"{other}.html", page.rpartition("/")[0] or ".")


def on_config(app, config) -> None:
    """Read the table, and tell sphinx-reredirects which pages moved."""
    app.moved = read_moved(Path(app.srcdir))
    pages = whole_pages(app.moved)
    config.redirects |= {old: relative(old, new) for old, new in pages.items()}


def on_page(app, page, template, context, doctree) -> None:
    """Put the script on a page on which old addresses of sections arrive."""
    if found := sections_of(page, app.moved):
        context["body"] = context.get("body", "") + SCRIPT % json.dumps(found)


def setup(app):
    """Register both moments."""
    app.setup_extension("sphinx_reredirects")
    app.connect("config-inited", on_config)
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
