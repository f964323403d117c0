"""The glossary holds every term of the lessons, is in good order, and is linked as it should be."""

import re
from pathlib import Path

import nbformat
import pytest
from docutils.core import publish_doctree

from book.course import ROOT, lessons
from book.extensions.glossary_links import (
    ANOTHER_SENSE,
    EVERYDAY,
    Entry,
    Linker,
    glossary_link,
    glossary_notes,
    link_terms,
    read_glossary,
)

LESSONS = [lesson.notebook for lesson in lessons()]
PAGE = ROOT / "chapters/reference/glossary.md"
ENTRIES = read_glossary(PAGE.read_text(encoding="utf8"))
GLOSSARY = Linker(ENTRIES)

# Bold in some lesson, or a word before embedding, encoding, bias or position, and yet no term.
# What no lesson has any more must go from here too.
NO_TERMS = frozenset(
    "At the training length, BERT and GPT-2, bert embeddings, code positions, Counting, Cut it"
    " in pieces, direction, Equally long, generation, k positions, key position, larger base,"
    " Learned and sinusoidal, limit, main position, Make the table longer, More tokens, no,"
    " None, not, not monotone, nothing to the input, number of keys, odd position, one,"
    " Predicting, PyTorch's default, query position, shift, smallest embedding, Symmetric ALiBi,"
    " The original's own code, token lookup only, Unequal lengths, vector, which row of each,"
    " worst, Xavier, yes".split(", ")
)

# Words that make no term with the noun that follows: "the position", "without bias", "T5's bias".
GRAMMAR = frozenset(
    """
    a an the this that these those each every any some no all both another other same different
    own its their his her your our my whose which what where how why one two three four five six
    seven eight nine ten first second third last next many few more most several further early
    late far near new old true right wrong plain real simple simplest sold of in on at to by for
    from with without about between among per as than beyond past after before over under into
    within through against and or but nor not so because if when while until like is are was were
    be been being has have had do does can may must will would it they there here only also then
    again still just even such add adds adding added call called count counts counted compare
    compares compute computes give gives hold holds know knows learn learns make makes name names
    need needs put puts read reads say says see seen shift shifts store stores tell tells treat
    turn turned want wants certain having leave leaves multiply random restarted restarting
    shifted short long shuffled uncounted unseen use uses
    """.split()
)


def prose(lesson: Path) -> str:
    """Return the running text of a lesson: no code, formulas, raw HTML tags or link targets."""
    cells = nbformat.read(lesson, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    text = re.sub(r"```.*?```|<(style|svg|script)\b.*?</\1>", " ", text, flags=re.S)
    text = re.sub(r"<summary>.*?</summary>|^#[^\n]*$", " ", text, flags=re.S | re.M)
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|\{cite[^`]*`[^`]*`", " ", text, flags=re.S)
    text = re.sub(r"(?<!\*)`[^`]*`(?!\*)", " # ", text)
    return re.sub(r"\]\([^)]*\)|<[^>]*>", " ", text)


def bold_terms(text: str) -> set[str]:
    """Return what is bold and looks like a term: at most four words, and no sentence."""
    bold = re.findall(r"\*\*([^*\n]+)\*\*", text)
    return {b for b in bold if len(b.split()) <= 4 and not re.search(r"[.?!:`#]", b)}


def noun_phrases(text: str) -> set[str]:
    """Return phrases such as "rotary embedding" and "relative bias", with the word before."""
    nouns = r"(?:embedding|encoding|position)s?|bias|biases"
    more = r"(?! (?:embedding|encoding|bias|id|table|layer|vector|row)s?\b)"
    text = re.sub(r"[*\s]+", " ", text)
    found = re.findall(rf"(?<![\w'’-])([A-Za-z][\w-]*) ({nouns})\b{more}", text)
    return {f"{word.lower()} {noun}" for word, noun in found if word.lower() not in GRAMMAR}


def missing(text: str) -> set[str]:
    """Return the terms of a text that the glossary does not hold."""
    return {term for term in bold_terms(text) | noun_phrases(text) if not GLOSSARY.look_up(term)}


@pytest.mark.parametrize("lesson", LESSONS, ids=[f"{p.parent.name}/{p.stem}" for p in LESSONS])
def test_every_term_of_a_lesson_is_in_the_glossary(lesson):
    absent = sorted(missing(prose(lesson)) - NO_TERMS)
    assert not absent, f"{lesson.stem} uses {absent}: add to the glossary, or to NO_TERMS here"


def test_exceptions_are_in_use():
    used = {term for lesson in LESSONS for term in missing(prose(lesson))}
    assert NO_TERMS <= used, f"no lesson needs {sorted(NO_TERMS - used)} in NO_TERMS any more"


def test_missing_terms_are_found():
    text = "A **glorp** turns. **Why glorp?** The glorp embeddings of a token, with no bias."
    assert missing(text) == {"glorp", "glorp embeddings"}


def test_exceptions_of_the_linker_are_names_of_the_glossary():
    names = {name for entry in ENTRIES for name in (entry.name, *entry.synonyms)}
    assert names >= EVERYDAY | set(ANOTHER_SENSE)


def sentences(text: str) -> int:
    """Count sentences; the dots of "..." end none."""
    return len(re.findall(r"[.?!](?=\s+[A-Z`]|$)", text.replace("...", "…")))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_entry_is_whole(entry):
    assert 1 <= sentences(entry.definition) <= 2, entry.definition
    assert entry.definition.endswith(".")
    assert "$" not in entry.definition, "formulas go into the line of symbol and shape"
    labels = [paragraph.split(": ")[0] for paragraph in entry.paragraphs[1:]]
    order = ["Symbol and shape", "Also called", "Not to be confused with", "Lesson"]
    assert labels == [label for label in order if label in labels], f"lines of {order}, in order"
    link = re.fullmatch(r"\[[^]]+\]\(\.\./(\w+/\w+\.ipynb)\)", entry.line("Lesson"))
    assert link, "the last line must be a link to one lesson"
    assert ROOT / "chapters" / link[1] in LESSONS


def letters(name: str) -> str:
    """Return what entries are sorted by: case and hyphens do not count."""
    return name.lower().replace("-", "")


def test_entries_are_in_alphabetical_order():
    names = [entry.name for entry in ENTRIES]
    assert names == sorted(names, key=letters)


def test_letters_lead_to_the_first_entry_of_each():
    first = {}
    for entry in ENTRIES:
        first.setdefault(entry.name[0].upper(), entry.name)
    text = PAGE.read_text(encoding="utf8")
    assert re.findall(r"\{term\}`([A-Z]) <([^>]+)>`", text) == list(first.items())


def test_no_name_stands_twice():
    names = [name.lower() for entry in ENTRIES for name in (entry.name, *entry.synonyms)]
    assert sorted(names) == sorted(set(names))


def test_every_name_leads_to_its_own_entry():
    """A name that is also another's plural would not."""
    for entry in ENTRIES:
        for name in (entry.name, *entry.synonyms):
            assert GLOSSARY.look_up(name) is entry, name


class TestLinker:
    """Links in small pages, written in reStructuredText."""

    ENTRIES = (
        Entry("embedding", ("A vector.",)),
        Entry("embedding layer", ("A layer.",)),
        Entry("PMI", ("A logarithm.",)),
        Entry("position", ("A place.",)),
        Entry("positional embedding", ("A vector for a place.", "Also called: position vector.")),
        Entry("vocabulary", ("A list of `<s>` & co, see {term}`embedding`.",)),
        Entry("window", ("Some words.",)),
    )

    def links(self, text):
        """Return the texts that become links."""
        page = publish_doctree(text, settings_overrides={"report_level": 5})
        before = page.astext()
        link_terms(page, self.ENTRIES, lambda entry: f"glossary.html#{entry.name}")
        notes = [note for node in page.findall(glossary_notes) for note in node["entries"]]
        found = list(page.findall(glossary_link))
        assert page.astext().strip() == before.strip(), "the text has changed"
        assert len(notes) == len(found)
        assert {f"glossary.html#{note.name}" for note in notes} == {node["uri"] for node in found}
        return [node.astext() for node in found]

    def test_first_use_only(self):
        assert self.links("An embedding is\n\n- an embedding\n\nEmbeddings.") == ["embedding"]

    def test_longest_name_wins(self):
        assert self.links("A positional embedding.") == ["positional embedding"]
        assert self.links("An embedding layer.") == ["embedding layer"]

    def test_long_name_hides_the_short_one_when_used_before(self):
        text = "Positional embeddings and positional embeddings, then an embedding."
        assert self.links(text) == ["Positional embeddings", "embedding"]

    def test_synonyms_count_as_the_term(self):
        assert self.links("A position vector or positional embedding.") == ["position vector"]

    def test_plurals_and_line_breaks(self):
        assert self.links("Vocabularies, positional\nembeddings.") == [
            "Vocabularies",
            "positional\nembeddings",
        ]

    def test_whole_words_only(self):
        assert self.links("Embeddinglike, re-embedding and embedding-like.") == []

    def test_capitals_of_a_name_count(self):
        assert self.links("pmi, then PMI") == ["PMI"]

    def test_everyday_words_only_in_bold(self):
        assert self.links("A window of a house. A **window** of 8.") == ["window"]
        assert self.links("In bold with others: **a window of 8**.") == []

    @pytest.mark.parametrize(
        "text",
        [
            "Title\n=====\n\nembedding\n---------\n\nNone.",
            "``embedding``",
            "::\n\n    embedding",
            "`embedding <https://example.org>`_",
            "**What is an embedding?** None.",
            ".. figure:: embedding.png\n   :alt: embedding\n\n   An embedding.",
            ":math:`embedding`",
            ".. raw:: html\n\n    <summary>embedding</summary>",
            ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<a href=x>` embedding "
            ":raw-html:`</a>`",
            ".. list-table::\n   :header-rows: 1\n\n   * - embedding\n   * - none",
        ],
        ids="heading code block link question caption math summary raw-link table-head".split(),
    )
    def test_nothing_is_linked_in(self, text):
        assert self.links(text) == []

    def test_folded_use_comes_after_one_in_plain_sight(self):
        fold = ".. raw:: html\n\n    <details>\n\n{}\n\n.. raw:: html\n\n    </details>\n\n{}"
        assert self.links(fold.format("Embedding.", "An embedding.")) == ["embedding"]
        assert self.links(fold.format("Embedding.", "None.")) == ["Embedding"]

    def test_other_sense_of_a_word(self):
        entry = Entry("cosine", ("Of an angle.",))
        page = publish_doctree("Sine and cosine.\n\nThe cosine of two rows.")
        link_terms(page, [entry], lambda entry: "")
        (link,) = page.findall(glossary_link)
        assert "rows" in link.parent.astext()

    def test_note_is_plain_html(self):
        (entry,) = (entry for entry in self.ENTRIES if entry.name == "vocabulary")
        assert entry.note == "A list of <code>&lt;s&gt;</code> &amp; co, see embedding."

    def test_a_page_without_a_glossary_says_so(self):
        with pytest.raises(ValueError, match="must hold a block"):
            read_glossary("# Glossary")
