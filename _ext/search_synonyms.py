"""Search finds a lesson by every name of what it teaches.

The glossary says which lesson explains a term, and what else the term is called. Those words
become keywords of the lesson's page, which Sphinx puts into the search index: whoever asks for
"RoPE" finds the lesson on rotary embedding, whatever the lesson itself calls it.
"""

import re
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from glossary_links import GLOSSARY, Entry, read_glossary

LESSON = re.compile(r"\]\(\.\./(\w+/\w+)\.ipynb\)")


def words_by_page(entries: list[Entry]) -> dict[str, set[str]]:
    """Return, for each page that explains terms, all words of their names."""
    words = defaultdict(set)
    for entry in entries:
        for page in LESSON.findall(entry.line("Lesson")):
            for name in (entry.name, *entry.synonyms):
                words[f"chapters/{page}"].update(re.findall(r"\w+", name))
    return words


def on_resolved(app, document, page):
    """Add the keywords of a page."""
    if app.builder.name != "html":
        return
    entries = read_glossary(Path(app.env.doc2path(GLOSSARY)).read_text(encoding="utf8"))
    if words := words_by_page(entries).get(page):
        document += nodes.meta("", name="keywords", content=", ".join(sorted(words)))


def setup(app):
    """Register the moment at which something is done."""
    app.connect("doctree-resolved", on_resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
