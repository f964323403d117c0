"""Search finds a term, and the lesson on it, by every name it has.

The glossary says which lesson explains a term, and what else the term is called. Whoever asks for
"RoPE" finds the entry "rotary embedding" and the lesson on it first, whatever the lesson itself
calls it. For this, names become entries of Sphinx's index, which its search puts on top; and their
words become keywords of the lesson's page, so that a question may hold other words beside them.
What is found is put in order by `search_scorer.js`.
"""

import json
import re
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from book.extensions.glossary_links import GLOSSARY, Entry, read_glossary

LESSON = re.compile(r"\]\(\.\./(\w+/\w+)\.(?:ipynb|md)\)")


def names_by_page(entries: list[Entry]) -> dict[str, set[str]]:
    """Return, for each page that explains terms, all their names."""
    names = defaultdict(set)
    for entry in entries:
        for page in LESSON.findall(entry.line("Lesson")):
            names[f"chapters/{page}"].update((entry.name, *entry.synonyms))
    return names


def index_of(places: dict[str, str]) -> addnodes.index:
    """Return entries of the index: each name with the identifier of its place on the page."""
    entries = [("single", name, place, "main", None) for name, place in sorted(places.items())]
    return addnodes.index(entries=entries)


def terms(env) -> dict[str, str]:
    """Return the terms of the glossary, each with the identifier of its entry."""
    objects = env.get_domain("std").objects.items()
    return {name: place for (kind, name), (_, place) in objects if kind == "term"}


def on_read(app, env):
    """Tell the search in which order to show what it finds, and the names of the glossary."""
    names = json.dumps({f"#{place}": name for name, place in terms(env).items()})
    scorer = Path(__file__).with_name("search_scorer.js").read_text(encoding="utf8")
    path = Path(app.doctreedir, "search_scorer.js")
    path.write_text(f"const TERMS = {names};\n{scorer}", encoding="utf8")
    app.config.html_search_scorer = str(path)


def on_resolved(app, document, page):
    """Add the names of what a page explains."""
    if app.builder.name != "html":
        return
    entries = read_glossary(Path(app.env.doc2path(GLOSSARY)).read_text(encoding="utf8"))
    if names := names_by_page(entries).get(page):
        words = {word for name in names for word in re.findall(r"\w+", name)}
        document += nodes.meta("", name="keywords", content=", ".join(sorted(words)))
        document += index_of(dict.fromkeys(names, ""))
    if page == GLOSSARY:  # the names of the entries themselves are in the index
        places = terms(app.env)
        document += index_of({name: places[e.name] for e in entries for name in e.synonyms})


def setup(app):
    """Register the moments at which something is done."""
    app.connect("env-updated", on_read)
    app.connect("doctree-resolved", on_resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
