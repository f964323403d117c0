"""Terms become links to the glossary: the first use, by the longest name, in plain text only."""

import pytest
from docutils.core import publish_doctree

from book.extensions.glossary_links import (
    Entry,
    glossary_link,
    glossary_notes,
    link_terms,
    read_glossary,
)


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
