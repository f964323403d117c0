"""Link the first use of each term on a page to the glossary, and show its meaning on the spot.

Authors write plain prose. While the book is built, the first use of a term in the running text of
a page becomes a link to the glossary, and its definition is put at the end of the page, once, as a
note that `book/static/scripts/glossary.js` shows under the pointer and on keyboard focus.

A first use in plain sight goes before one in a folded answer. Nothing is linked in headings, code,
formulas, links, captions, the heads of tables, or bold sentences that serve as headings.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

GLOSSARY = "chapters/reference/glossary"

# Words of every day: linked only where they are the whole of a bold text: "a **window** of 8".
EVERYDAY = frozenset(
    (
        "base, batch, bias, bin, buffer, centre, clock, context, contextual, dimension, distance,"
        " encode, encoding, first token, fixed, frequency, half, hand, head, interleaved,"
        " interpolation, key, learned, mask, norm, offset, parameter, position, projection,"
        " property, rotation, row, score, segment, speed, static, subspace, T5, value, weight,"
        " width, window"
    ).split(", ")
)

# Terms that mean something else in a paragraph that holds these words: not linked there.
ANOTHER_SENSE = {
    "cosine": r"\b(sines?|hands?|columns)\b",  # the function, not the likeness of two vectors
    "padding": r"\bdiagonal\b",  # of a matrix, not of a batch
}

SILENT_NODES = (
    nodes.Titular,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.reference,
    nodes.caption,
    nodes.citation,
    nodes.citation_reference,
    nodes.footnote,
    nodes.thead,
    nodes.comment,
    addnodes.toctree,
)
SILENT_TAGS = "a|button|code|figcaption|label|pre|script|style|sub|summary|sup|svg"


@dataclass(frozen=True)
class Entry:
    """One term of the glossary."""

    name: str
    paragraphs: tuple[str, ...]

    @property
    def definition(self) -> str:
        """The one or two sentences that say what it is, as written."""
        return self.paragraphs[0]

    @property
    def synonyms(self) -> tuple[str, ...]:
        """Other names of the same thing."""
        return tuple(name for name in self.line("Also called").rstrip(".").split("; ") if name)

    def line(self, label: str) -> str:
        """Return what stands after a label such as "Also called:", or nothing."""
        lines = (p for p in self.paragraphs[1:] if p.startswith(f"{label}: "))
        return next(lines, "").removeprefix(f"{label}: ")

    @property
    def note(self) -> str:
        """The definition as a piece of HTML."""
        text = re.sub(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", r"\1", self.definition)
        text = html.escape(text, quote=False)
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
        return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)


def read_glossary(text: str) -> list[Entry]:
    """Read the entries of a page that holds one `{glossary}` directive."""
    block = re.search(r"^```\{glossary\}\n(.*?)^```$", text, flags=re.S | re.M)
    if block is None:
        raise ValueError(f"{GLOSSARY}.md must hold a block ```{{glossary}}, but has none.")
    entries = []
    for chunk in re.split(r"\n(?=\S)", block[1].strip("\n")):
        name, _, body = chunk.partition("\n")
        paragraphs = re.split(r"\n\s*\n", body.strip())
        entries.append(Entry(name.strip(), tuple(" ".join(p.split()) for p in paragraphs)))
    return entries


def name_pattern(name: str) -> str:
    """Match a name and its regular plural; a name such as PMI or ALiBi only as it is written."""
    *start, last = map(re.escape, re.split(r"[ -]", name))
    if re.search(r"[^aeiou]y$", last):
        last = f"{last[:-1]}(?:y|ies)"
    else:
        last += "(?:e?s)?" if re.search(r"(s|x|ch|sh)$", last) else "s?"
    pattern = r"[\s-]+".join([*start, last]).replace("'", "['’]")
    return pattern if re.search(r"\w[A-Z]", name) else f"(?i:{pattern})"


@cache  # the same for all pages
def patterns(entries: tuple[Entry, ...]) -> tuple[list[Entry], re.Pattern, re.Pattern]:
    """Return what finds names: whole phrases, and all but everyday words in a text.

    Group `name7` of both has matched a name of entry 7 of the list. The alternatives stand by their
    first letter, so that a word is compared with those of its own letter alone.
    """
    names = [(name, entry) for entry in entries for name in (entry.name, *entry.synonyms)]
    names.sort(key=lambda pair: -len(pair[0]))  # the longest name that fits is the one meant
    by_letter = defaultdict(list)
    for i, (name, _) in enumerate(names):
        by_letter[name[0].lower()].append((f"(?P<name{i}>{name_pattern(name)})", name in EVERYDAY))

    def alternatives(everyday: bool) -> str:
        kept = {
            letter: "|".join(group for group, common in groups if everyday or not common)
            for letter, groups in by_letter.items()
        }
        return "|".join(f"(?i:(?={re.escape(a)}))(?:{b})" for a, b in kept.items() if b)

    plain = re.compile(rf"(?<![\w-])(?:{alternatives(everyday=False)})(?![\w-])")
    return [entry for _, entry in names], re.compile(alternatives(everyday=True)), plain


class Linker:
    """Finds the first use of each term on one page."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries, self.whole, self.plain = patterns(tuple(entries))
        self.used: list[Entry] = []

    def entry_of(self, match: re.Match) -> Entry:
        """Return the entry whose name was matched."""
        return self.entries[int(match.lastgroup.removeprefix("name"))]

    def look_up(self, phrase: str) -> Entry | None:
        """Return the entry that a whole phrase names, if there is one."""
        match = self.whole.fullmatch(phrase)
        return self.entry_of(match) if match else None

    def first_uses(
        self, text: str, *, bold: bool = False, paragraph: str = ""
    ) -> Iterator[tuple[int, int, Entry]]:
        """Yield start, end and entry of each term that this text is the first to use.

        Args:
            text: a piece of running text.
            bold: the text is all that stands between two `**`.
            paragraph: what the text is a piece of.
        """
        found = [self.whole.fullmatch(text)] if bold else []
        for match in found if any(found) else self.plain.finditer(text):
            entry = self.entry_of(match)
            other = ANOTHER_SENSE.get(entry.name)
            if entry not in self.used and not (other and re.search(other, paragraph or text, re.I)):
                self.used.append(entry)
                yield match.start(), match.end(), entry


class glossary_link(nodes.inline):  # noqa: N801, docutils names its nodes so
    """A term that leads to its entry."""


class glossary_notes(nodes.General, nodes.Element):  # noqa: N801
    """The definitions of a page's terms. They are no children: the search shall not find them."""


def running_text(document: nodes.document) -> Iterator[tuple[nodes.Text, bool, bool]]:
    """Yield each piece of running text, whether it is all of a bold text, and whether folded."""
    depth = {"details": 0, SILENT_TAGS: 0}

    def walk(node: nodes.Node, bold: bool) -> Iterator[tuple[nodes.Text, bool, bool]]:
        for child in node.children:
            if isinstance(child, nodes.raw):
                for tags in depth:
                    depth[tags] += len(re.findall(rf"<(?:{tags})\b", child.astext()))
                    depth[tags] -= len(re.findall(rf"</(?:{tags})\b", child.astext()))
            elif isinstance(child, nodes.Text):
                if depth[SILENT_TAGS] == 0:
                    yield child, bold and len(node.children) == 1, depth["details"] > 0
            elif not is_silent(child):
                yield from walk(child, isinstance(child, nodes.strong))

    return walk(document, False)


def is_silent(node: nodes.Node) -> bool:
    """Tell whether nothing inside may be linked."""
    if isinstance(node, nodes.strong):
        return node.astext().endswith((".", "?", "!", ":"))  # a heading that runs in
    return isinstance(node, SILENT_NODES) or "cell" in node.get("classes", [])


def link_terms(document: nodes.document, entries: list[Entry], uri_of) -> None:
    """Put the links and the notes into one page."""
    linker = Linker(entries)
    texts = list(running_text(document))
    around = {id(text): paragraph_of(text) for text, _, _ in texts}
    for text, bold, _ in sorted(texts, key=lambda piece: piece[2]):  # plain sight, then folded
        pieces, end = [], 0
        for start, stop, entry in linker.first_uses(
            str(text), bold=bold, paragraph=around[id(text)]
        ):
            pieces += [nodes.Text(text[end:start]), glossary_link("", text[start:stop])]
            pieces[-1].update_all_atts({"uri": uri_of(entry), "note": note_id(entry)})
            end = stop
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(text[end:])])
    if linker.used:
        document += glossary_notes("", entries=linker.used)


def paragraph_of(text: nodes.Text) -> str:
    """Return the text of the paragraph or cell that a piece of text stands in."""
    node = text.parent
    while isinstance(node, nodes.Inline):
        node = node.parent
    return node.astext()


def note_id(entry: Entry) -> str:
    """Return the id of a term's note on a page."""
    return f"note-{nodes.make_id(entry.name)}"


def visit_link(translator, node):
    """Open the link; screen readers read the note after its name."""
    link = {"href": node["uri"], "aria-describedby": node["note"]}
    translator.body.append(translator.starttag(node, "a", "", CLASS="gloss", **link))


def depart_link(translator, node):
    """Close the link."""
    translator.body.append("</a>")


def visit_notes(translator, node):
    """Write the notes, which stay hidden until the script shows one."""
    for entry in node["entries"]:
        translator.body.append(
            f'<div class="gloss-note" id="{note_id(entry)}" role="tooltip" popover="manual">'
            f"<strong>{html.escape(entry.name)}</strong> {entry.note}</div>\n"
        )
    raise nodes.SkipNode


def on_resolved(app, document, page):
    """Link the terms of a page of the book, but not those of the glossary itself."""
    if app.builder.format != "html" or not page.startswith("chapters/") or page == GLOSSARY:
        return
    entries = read_glossary(Path(app.env.doc2path(GLOSSARY)).read_text(encoding="utf8"))
    terms = app.env.get_domain("std").objects
    target = app.builder.get_relative_uri(page, GLOSSARY)
    link_terms(document, entries, lambda entry: f"{target}#{terms['term', entry.name][1]}")


def on_outdated(app, env, added, changed, removed):
    """Read all pages again when the glossary has changed."""
    return env.found_docs if GLOSSARY in changed else []


def setup(app):
    """Register the nodes and the two moments at which something is done."""
    app.add_node(glossary_link, html=(visit_link, depart_link))
    app.add_node(glossary_notes, html=(visit_notes, None))
    app.connect("doctree-resolved", on_resolved)
    app.connect("env-get-outdated", on_outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
