"""What the search looks through: each section of each page, each term, each name of the API."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx import addnodes
from sphinx.search.en import js_porter_stemmer

from book.course import Page, pages
from book.extensions.glossary_links import GLOSSARY, Entry, read_glossary
from book.search import BY_MEANING, BY_WORDS

HERE = Path(__file__).parent
INDEX, MEANING = BY_WORDS[-1], BY_MEANING[-1]
"""The files beside the pages; Sphinx writes one of the first name for its own search."""
LONG_ENOUGH = 50  # letters of an answer: "No, though it helps." takes the next sentence along
BOLD = 15  # letters of a bold sentence that settles something
ASIDES = re.compile(r"Self-check|Exercises|Summary|Polls?\b")
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“\"'`(\[]|\d)")
NOTE = re.compile(r"<!-- also:(?P<also>.*?)(?:\nsource:.*)?-->", re.DOTALL)
"""What an author writes below the heading of a question: how else it is asked, and where."""
UNSEEN = (nodes.raw, nodes.comment, nodes.image, addnodes.index, addnodes.toctree)
ELSEWHERE = (nodes.title, nodes.section, addnodes.desc, addnodes.glossary)
BLOCKS = (nodes.paragraph, nodes.term, nodes.caption, nodes.rubric, nodes.line, nodes.citation)

SIGNS = {"times": "×", "cdot": "·", "sqrt": "√", "le": "≤", "ge": "≥", "approx": "≈", "pi": "π"}
SIGNS |= {"theta": "θ", "alpha": "α", "sigma": "σ", "top": "ᵀ", "to": "→", "ldots": "…", "pm": "±"}


@dataclass
class Section:
    """A place that a result leads to."""

    url: str
    heading: str
    path: str
    """Part and page, and the section it stands in."""
    kind: str
    """`question`, `lesson`, `claim`, `term`, `name`, `page` or `aside`: see KINDS in engine.js."""
    names: str = ""
    """What else it is called."""
    also: str = ""
    """How else it is asked."""
    key: str = ""
    """Bold sentences and names in code."""
    text: str = ""
    answer: str = ""
    """The sentence that a result shows; without one it shows the one that fits best."""


def plain(tex: str) -> str:
    """Return a formula as a line of text."""
    tex = re.sub(
        r"\\(?:text|mathrm|operatorname|mathbf|textcolor\{[^}]*\})\{([^{}]*)\}", r"\1", tex
    )
    tex = re.sub(r"\\tag\{[^}]*\}|\\[,;!:> ]|\\(?:left|right|quad)\b", " ", tex)
    tex = re.sub(r"\\([a-zA-Z]+)", lambda m: SIGNS.get(m[1], m[1]), tex)
    return " ".join(re.sub(r"[{}]", "", tex.replace("^2", "²")).split())


def words_of(node: nodes.Node) -> str:
    """Return the text of a node on one line."""
    if isinstance(node, (nodes.math, nodes.math_block)):
        return plain(node.astext())
    if isinstance(node, UNSEEN):
        return ""
    text = "".join(map(words_of, node.children)) if node.children else node.astext()
    return text if isinstance(node, (nodes.Text, nodes.Inline)) else " ".join(text.split())


def own(node: nodes.Element) -> Iterator[nodes.Node]:
    """Yield what stands in a section, but not in the sections, terms and names below it."""
    for child in node.children:
        if isinstance(child, (*UNSEEN, *ELSEWHERE)):
            continue
        yield child
        if isinstance(child, nodes.Element):
            yield from own(child)


def filled(section: Section, found: list[nodes.Node]) -> Section:
    """Put the words of nodes into the fields of a section."""
    blocks = [words_of(node) for node in found if isinstance(node, BLOCKS)]
    bold = [words_of(node) for node in found if isinstance(node, nodes.strong)]
    names = [node.astext() for node in found if isinstance(node, nodes.literal)]
    section.key = " ".join([*bold, *dict.fromkeys(names)])
    section.text = "\n".join(filter(None, blocks))
    settled = [text for text in bold if len(text) >= BOLD and text.endswith(".")]
    if section.kind in ("lesson", "claim") and settled:
        section.answer = settled[-1]
    elif section.kind in ("question", "term", "name"):
        section.answer = start_of(blocks)
    return section


def also(node: nodes.section) -> str:
    """Return how else people ask a question, from the comment below its heading."""
    notes = [NOTE.match(child.astext()) for child in node.children if isinstance(child, nodes.raw)]
    return " ".join(" ".join(note["also"].split()) for note in notes if note)


def without_notes(app, document: nodes.document, page: str) -> None:
    """Leave the comments of authors out of the pages."""
    for raw in list(document.findall(nodes.raw)):
        if NOTE.match(raw.astext()):
            raw.parent.remove(raw)


def start_of(blocks: list[str]) -> str:
    """Return the first sentence, or so many that they say something."""
    answer = ""
    for sentence in SENTENCE.split(blocks[0]) if blocks else ():
        answer = f"{answer} {sentence}".strip()
        if len(answer) >= LONG_ENOUGH:
            break
    return answer


def kind_of(page: Page, title: str, top: bool) -> str:
    """Return what kind of section a page has below a title."""
    if ASIDES.match(title) or page.name.startswith("homework/"):
        return "aside"
    if page.chapter == "questions" and not top:
        return "question"
    if page.is_notebook:
        return "claim" if page.chapter == "reference" else "lesson"
    return "page"


def sections_of(page: Page, document: nodes.document, glossary: dict[str, Entry]):
    """Yield the sections of a page in their order."""

    def walk(node: nodes.Element, above: tuple[str, ...]) -> Iterator[Section]:
        title = words_of(node.next_node(nodes.title))
        top = len(above) < 2
        url = f"{page.name}.html" + ("" if top else f"#{node['ids'][0]}")
        kind = kind_of(page, title, top)
        where = " › ".join(filter(None, above))
        yield filled(Section(url, title, where, kind, also=also(node)), list(own(node)))
        yield from below(node, (*above, title))

    def below(node: nodes.Element, above: tuple[str, ...]) -> Iterator[Section]:
        for child in node.children:
            if isinstance(child, nodes.section):
                yield from walk(child, above)
            elif isinstance(child, addnodes.desc):
                yield from described(child, above)
            elif isinstance(child, nodes.Element):
                for item in child.findall(nodes.definition_list_item):
                    if (term := item[0])["ids"] and isinstance(child, addnodes.glossary):
                        yield explained(item, term, above)

    def described(node: addnodes.desc, above: tuple[str, ...]) -> Iterator[Section]:
        sign, content = node[0], node[-1]
        if not sign["ids"]:
            return
        where = " › ".join(filter(None, above))
        section = Section(f"{page.name}.html#{sign['ids'][0]}", sign["fullname"], where, "name")
        yield filled(section, list(own(content)))
        yield from below(content, (*above, sign["fullname"]))

    def explained(item: nodes.Element, term: nodes.term, above: tuple[str, ...]) -> Section:
        name = words_of(term)
        where = " › ".join(filter(None, above))
        section = Section(f"{page.name}.html#{term['ids'][0]}", name, where, "term")
        section.names = "; ".join(glossary[name].synonyms) if name in glossary else ""
        return filled(section, list(own(item[1])))

    for node in document.children:
        if isinstance(node, nodes.section):
            yield from walk(node, (page.part,))


def glossary_of(env) -> dict[str, Entry]:
    """Return the entries of the glossary by their names."""
    return {e.name: e for e in read_glossary(Path(env.doc2path(GLOSSARY)).read_text("utf-8"))}


def all_sections(env) -> list[Section]:
    """Return the sections of the whole book."""
    glossary = glossary_of(env)
    contents = pages(Path(env.srcdir))
    return [s for page in contents for s in sections_of(page, env.get_doctree(page.name), glossary)]


def synonyms(env) -> list[list[str]]:
    """Return the groups of words that mean the same: those of the file and of the glossary."""
    lines = (HERE / "synonyms.txt").read_text("utf-8").splitlines()
    groups = [line.split(";") for line in lines if line and not line.startswith("#")]
    groups += [[e.name, *e.synonyms] for e in glossary_of(env).values() if e.synonyms]
    return [[phrase.strip() for phrase in group] for group in groups]


def engine() -> str:
    """Return the script that ranks: a stemmer, as Sphinx has it, and our own lines."""
    return js_porter_stemmer + (HERE / "engine.js").read_text("utf-8")


def indexed(found: list[Section]) -> str:
    """Return MiniSearch's index of sections, packed; a phone would take seconds to make it."""
    with MiniRacer() as v8:
        v8.eval((HERE.parent / "static/minisearch/minisearch.js").read_text("utf-8"))
        v8.eval(engine())
        sections = json.dumps([asdict(section) for section in found])
        return v8.eval(f"JSON.stringify(BookSearch.pack(BookSearch.build({sections})))")


def shown(section: Section) -> dict[str, str]:
    """Return what a result shows of a section."""
    fields = ["url", "heading", "path", "kind", "answer" if section.answer else "text"]
    return {field: getattr(section, field) for field in fields}


def script(found: list[Section], groups: list[list[str]]) -> str:
    """Return the file that the browser loads when the search is first used."""
    parts = json.dumps([list(map(shown, found)), groups], ensure_ascii=False, separators=(",", ":"))
    return (
        "window.bookSearch = () => {\n"
        f"const [sections, groups] = {parts};\n"
        f"const index = BookSearch.load({indexed(found)});\n"
        "const same = BookSearch.stemmed(groups);\n"
        "const like = question => window.bookLikeness?.(question);\n"
        "const placed = found => found.map(one => ({ ...one, section: sections[one.id] }));\n"
        "const search = question => "
        "placed(BookSearch.rank(index, sections, same, question, like(question)));\n"
        "const byMeaning = question => placed(BookSearch.byMeaning(sections, like(question)));\n"
        "return Object.assign(search, { sections, byMeaning });\n};\n"
    )


def on_start(app) -> None:
    """Have Sphinx make no search of its own."""
    if app.builder.name == "html":
        app.builder.search = False


def on_read(app, env) -> None:
    """Put the scripts where the pages look for them."""
    if app.builder.format == "html":
        folder = Path(app.outdir) / "_static/search"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "engine.js").write_text(engine(), "utf-8")
        for name in ("meaning.js", "meaning_table.js", "search.css"):
            shutil.copy(HERE / name, folder)
        dialog = (HERE / "dialog.js").read_text("utf-8")
        for name, files in (("BY_WORDS", BY_WORDS), ("BY_MEANING", BY_MEANING)):
            dialog = dialog.replace(f"book.search.{name}", json.dumps(files))
        (folder / "dialog.js").write_text(dialog, "utf-8")


def on_finished(app, exception) -> None:
    """Write the index, after light_pages, which would take each of its words for a class."""
    if exception or app.builder.name != "html":
        return
    from book.search import meaning  # it loads MiniLM, which pages in parallel need not

    found, folder = all_sections(app.env), Path(app.outdir)
    (folder / INDEX).write_text(script(found, synonyms(app.env)), "utf-8")
    vectors = meaning.script(found, folder.parent / "meaning.safetensors")
    (folder / MEANING).write_text(vectors, "utf-8")
    (folder.parent / "sections.json").write_text(json.dumps(list(map(asdict, found))), "utf-8")
    for name in ("searchtools.js", "language_data.js", "doctools.js", "sphinx_highlight.js"):
        (folder / "_static" / name).unlink(missing_ok=True)


def on_page(app, page, template, context, doctree) -> None:
    """Take away the scripts that only Sphinx's search needs."""
    unused = ("doctools.js", "sphinx_highlight.js")
    files = context["script_files"]
    context["script_files"] = [f for f in files if not str(f.filename or "").endswith(unused)]


def setup(app):
    """Register the moments at which something is done."""
    app.connect("builder-inited", on_start)
    app.connect("env-updated", on_read)
    app.connect("doctree-resolved", without_notes)
    app.connect("html-page-context", on_page, priority=600)
    app.connect("build-finished", on_finished, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
