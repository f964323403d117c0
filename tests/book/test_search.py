"""The search: what becomes a section, and in what order sections are found."""

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from docutils.core import publish_doctree
from py_mini_racer import MiniRacer

from book.course import Page
from book.search import meaning, sections
from book.search.ask import LIKENESS
from book.search.sections import Section, engine, indexed, plain, script, sections_of
from src.pretrained import load_minilm

LESSON = """
Turning
=======

**The idea of the page.**

.. code::

   rotate_half(x)

Two layouts
-----------

Read ``rope_theta``. **Only the offset is left in a score.** More.

Below
~~~~~

Nothing bold here. The answer.

Self-check
----------

**Wrong.** A wrong claim.
"""
QUESTIONS = """
Questions: adding
=================

About sums.

Does it help?
-------------

No, a little. It is simple, and it keeps the width as it is. The rest.
"""


def found_in(text: str, name: str) -> list[Section]:
    document = publish_doctree(
        text, settings_overrides={"report_level": 4, "doctitle_xform": False}
    )
    return list(sections_of(Page(name, "Part", Path("/nowhere")), document, {}))


@pytest.fixture
def lesson(monkeypatch):
    monkeypatch.setattr(Page, "is_notebook", True)
    return found_in(LESSON, "chapters/turning/01_turning")


def test_each_heading_is_found_once_with_its_place(lesson):
    page = "chapters/turning/01_turning.html"
    assert [(s.url, s.heading, s.path) for s in lesson] == [
        (page, "Turning", "Part"),
        (f"{page}#two-layouts", "Two layouts", "Part › Turning"),
        (f"{page}#below", "Below", "Part › Turning › Two layouts"),
        (f"{page}#self-check", "Self-check", "Part › Turning"),
    ]


def test_a_section_has_its_own_words_alone(lesson):
    top, layouts, below, _ = lesson
    assert "Only the offset" not in top.text
    assert "Nothing bold" not in layouts.text
    assert below.text == "Nothing bold here. The answer."
    assert layouts.key == "Only the offset is left in a score. rope_theta"


def test_a_lesson_answers_with_its_bold_sentence_an_entry_with_its_first(lesson):
    assert lesson[1].answer == "Only the offset is left in a score."
    assert lesson[2].answer == ""
    entry = found_in(QUESTIONS, "chapters/questions/adding")[1]
    assert entry.answer == "No, a little. It is simple, and it keeps the width as it is."


def test_kinds(lesson, monkeypatch):
    assert [s.kind for s in lesson] == ["lesson", "lesson", "lesson", "aside"]
    monkeypatch.setattr(Page, "is_notebook", False)
    assert [s.kind for s in found_in(QUESTIONS, "chapters/questions/adding")] == [
        "page",
        "question",
    ]


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\sqrt{D}\,E_w + P_p \tag{2}", "√D E_w + P_p"),
        (r"\text{token} \times 2", "token × 2"),
        (r"-m_h\,|i - j|", "-m_h |i - j|"),
    ],
)
def test_a_formula_is_a_line_of_text(tex, text):
    assert plain(tex) == text


def section(heading: str, text: str = "", kind: str = "lesson", **more: str) -> Section:
    return Section(heading, heading, "", kind, text=text, **more)


BOOK = [
    section("Adding", "Token and position are summed into one vector of the same width."),
    section("Why add and not concatenate?", "You may do either.", "question"),
    section("Rotary", "Queries and keys are turned by an angle.", key="rope_theta"),
    section("Loss", "Perplexity and the model after training.", "aside"),
    section("The hard limit", "An IndexError: index out of range in self."),
    section("Layer norms", "LayerNorm and position_ids: a neighbour of the tokenisation."),
    section("Letters", "A word of letters."),
    section("The letter Ġ", "It stands for a space."),
    section("The rows", "A word about turning rows, with nothing else in it."),
]
GROUPS = [["rope", "rotary"], ["out of range", "IndexError"], ["opposite meaning", "antonym"]]


@contextmanager
def finding(*scripts: str):
    """Give a function that returns the headings found, the best first; it has `v8`."""
    with MiniRacer() as v8:
        v8.eval((sections.HERE.parent / "static/minisearch/minisearch.js").read_text("utf-8"))
        v8.eval("var window = globalThis")
        for text in (engine(), script(BOOK, GROUPS), *scripts):
            v8.eval(text)
        v8.eval("var search = bookSearch()")

        def headings(question: str) -> list[str]:
            found = f"search({json.dumps(question)}).map(one => one.section.heading)"
            return json.loads(v8.eval(f"JSON.stringify({found})"))

        headings.v8 = v8
        yield headings


@pytest.fixture(scope="module")
def ask():
    """Find by words alone."""
    with finding() as headings:
        yield headings


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("why do we add instead of concatenate?", "Why add and not concatenate?"),  # any word
        ("adding versus concatenation", "Why add and not concatenate?"),  # stems
        ("concatinate", "Why add and not concatenate?"),  # codespell:ignore concatinate
        ("RoPE", "Rotary"),  # synonyms, in both directions
        ("rotary rope", "Rotary"),
        ("out of range", "The hard limit"),
        ("IndexError", "The hard limit"),
        ("rope_theta", "Rotary"),  # a name as it stands in code
        ("theta", "Rotary"),  # a part of it
        ("layer norm", "Layer norms"),
        ("tokenization of neighbors", "Layer norms"),  # American spelling
        ("quer", "Rotary"),  # the word that is being typed
        ("turning rows", "The rows"),  # more of the words
        ("请问rope_theta是什么", "Rotary"),  # a name between words without spaces
        ("what does Ġ mean?", "The letter Ġ"),  # a sign of byte-level tokens is a word
    ],
)
def test_finds_first(ask, question, heading):
    assert ask(question)[0] == heading


def test_a_heading_counts_for_more_than_text(ask):
    assert ask("letters word")[0] == "Letters"
    assert ask("loss perplexity")[0] == "Loss"


def test_words_without_weight_find_nothing(ask):
    assert ask("what is it and why?") == []
    assert ask("") == []
    assert ask("zebra crossing") == []


def test_a_known_word_is_no_typing_error(ask):
    """`letters` and `layers` are two edits apart; both are known."""
    assert "Letters" not in ask("layer")


def test_score_weighs_words_kind_and_meaning(ask):
    """A likeness of meaning counts beside the words."""
    exposed = "BookSearch.score({words: 2, best: 4, share: 1, kind: 'lesson', meaning: %s})"
    assert ask.v8.eval(exposed % "0") == 0.5
    assert ask.v8.eval(exposed % "0.25") == 1.0
    assert ask.v8.eval("BookSearch.score({words: 2, best: 4, share: 1, kind: 'question'})") > 0.5
    assert ask.v8.eval("BookSearch.score({words: 2, best: 4, share: 0, kind: 'lesson'})") < 0.5


def test_marks_what_was_found(ask):
    pieces = "BookSearch.marked('Adding rows, added.', ['add'])"
    found = json.loads(ask.v8.eval(f"JSON.stringify({pieces}.filter(one => one[1]))"))
    assert [text for text, _ in found] == ["Adding", "added"]


def test_shows_the_sentence_that_fits_best(ask):
    text = "One thing. Rows turn by an angle. Another\\nRows."
    assert (
        ask.v8.eval(f"BookSearch.sentence('{text}', ['row', 'angl'])") == "Rows turn by an angle."
    )


def test_a_packed_index_is_read_as_it_was_written(ask):
    some = [asdict(section) for section in [*BOOK, section("Twice", "twice twice two")]]
    ask.v8.eval(f"var made = BookSearch.build({json.dumps(some)})")
    ask.v8.eval("var packed = BookSearch.pack(made)")
    written, read = (
        json.loads(ask.v8.eval(f"JSON.stringify({index})"))
        for index in ("made", "BookSearch.load(packed)")
    )
    assert dict(written.pop("index")) == dict(read.pop("index"))
    assert written == read
    lengths = ask.v8.eval("[packed, made].map(one => JSON.stringify(one).length).join()")
    packed, plain = map(int, lengths.split(","))
    assert packed < 0.6 * plain


def test_index_is_the_same_each_time():
    assert indexed(BOOK) == indexed(BOOK)


@pytest.fixture(scope="module")
def ask_both(tmp_path_factory):
    """Find by words and by meaning."""
    files = [
        (sections.HERE / name).read_text("utf-8") for name in ("meaning.js", "meaning_table.js")
    ]
    vectors = meaning.script(BOOK, tmp_path_factory.mktemp("kept") / "vectors")
    with finding(*files, vectors, LIKENESS) as headings:
        yield headings


@pytest.mark.parametrize(
    "text",
    [
        "Why do we add, and not concatenate?",
        "NAÏVE café: Ångström's  déjà-vu\tand\nnew lines",
        "embeddings.position_ids size(0) != [514, 768]; `rope_theta=1e6` $x^2$ ~50% + |a|",
        "unbelievable tokenization of antidisestablishmentarianism",
        "位置编码 и токены مرحبا 한국어 ひらがな",
        "emoji \U0001f600, a zero\u200bwidth space, \u00a0 and x\u0301",
        "What is [CLS], [MASK]? [unused1] [cls]",
        "a" * 101 + " " + "b" * 100,
        "¿qué? «no» – don’t … “quoted” §3 ½ ²",
        "",
    ],
)
def test_tokens_are_those_of_the_tokenizers_library(ask_both, text):
    found = json.loads(
        ask_both.v8.eval(f"JSON.stringify(bookLikeness.tokenize({json.dumps(text)}))")
    )
    assert found == load_minilm().tokenize(text)


def test_vectors_are_those_of_minilm_and_kept(tmp_path, monkeypatch):
    """A second build makes those of new texts alone."""
    texts = ["Rows are looked up.", "An angle for each place."]
    first = meaning.kept_vectors(texts, tmp_path / "kept")
    expected = load_minilm().sentence_vectors(texts).numpy()
    np.testing.assert_allclose(first, expected, atol=1e-3)  # kept in 16 bits
    made = []
    real = meaning.minilm_vectors
    monkeypatch.setattr(meaning, "minilm_vectors", lambda new: made.extend(new) or real(new))
    second = meaning.kept_vectors([texts[1], "New.", texts[0]], tmp_path / "kept")
    assert made == ["New."]
    np.testing.assert_array_equal(second[[2, 0]], first)


def test_a_vector_is_read_as_it_was_written(ask_both):
    """Each number comes back as one of eight levels, the nearest."""
    vectors = np.random.default_rng(0).normal(size=(50, 6))
    written = meaning.as_script("written", vectors)
    ask_both.v8.eval(written)
    one = "[...BookMeaning.vector(written.rows, n, written.steps)]"
    read = f"Array.from({{length: 50}}, (_, n) => {one})"
    steps = np.array(json.loads(ask_both.v8.eval("JSON.stringify(written.steps)")))
    got = np.array(json.loads(ask_both.v8.eval(f"JSON.stringify({read})")))
    inside = np.abs(vectors) < 4 * steps
    assert inside.mean() > 0.95
    assert (
        np.abs(got - vectors)[inside] <= (steps / 2 + 1e-6).repeat(50).reshape(6, 50).T[inside]
    ).all()


def test_parts_are_whole_sentences_and_all_of_them():
    text = "One two. " + "Three words here. " * 40 + "\nThe end."
    parts = meaning.parts_of(text)
    assert " ".join(parts).split() == text.split()
    assert all(len(part.split()) <= meaning.WORDS and part.endswith(".") for part in parts)
    assert meaning.parts_of("") == []


@pytest.mark.parametrize(
    ("question", "heading"),
    [("sequence exceeds the maximum", "The hard limit"), ("spelling and characters", "Letters")],
)
def test_meaning_finds_what_no_word_finds(ask, ask_both, question, heading):
    assert ask(question) == []
    assert ask_both(question) == [heading]


@pytest.mark.parametrize("name", ["rope_theta", "IndexError", "Letters", "quer"])
def test_a_single_word_is_looked_for_by_its_letters(ask, ask_both, name):
    assert ask_both(name) == ask(name)


def test_nonsense_is_like_nothing(ask_both):
    assert ask_both("zxqv") == []
