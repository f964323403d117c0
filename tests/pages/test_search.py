"""The search: what it holds of the book, what it finds, and how it is used."""

import re
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from benchmarks.search import read_questions
from book.browser import BOOK, DESKTOP, PHONE, book_pages, visit_page
from book.search import BY_MEANING, BY_WORDS
from book.search.ask import search_of
from tests.pages.fixtures import sound_visit
from tests.pages.wcag import violations

LESSON = "chapters/combining/01_adding.html"
SECTION = "layernorm-and-dropout-before-after-or-not-at-all"
MOST = 1_500_000  # bytes that the search loads to find by words, and again to find by meaning


@pytest.fixture(scope="module")
def ask(book):
    """A function that returns what is found, the best first."""
    with search_of(book) as search:
        yield search


@pytest.fixture(scope="module")
def sections(ask):
    """All sections of the index."""
    return ask.sections


def test_each_section_of_each_page_is_there_once(sections, book):
    expected = []
    for path in book_pages():
        name, text = path.relative_to(book).as_posix(), path.read_text("utf-8")
        places = re.findall(r'<section\b[^>]*\bid="([^"]+)"', text)
        expected += [name if i == 0 else f"{name}#{place}" for i, place in enumerate(places)]
    held = [s["url"] for s in sections if s["kind"] not in ("term", "name")]
    assert sorted(held) == sorted(expected)


def test_anchors_exist_and_each_is_there_once(sections, book):
    urls = [section["url"] for section in sections]
    assert len(urls) == len(set(urls))
    for url in urls:
        page, _, place = url.partition("#")
        text = (book / page).read_text("utf-8")
        assert not place or f'id="{place}"' in text, url


def test_the_benchmark_knows_the_sections_of_today(sections):
    urls = {section["url"].replace(".html", "") for section in sections}
    right = {place for row in read_questions() for place in row["right"].split()}
    assert len(right) > 200
    assert right - urls == set()


def test_each_term_is_there(sections, book):
    glossary = (book / "chapters/reference/glossary.html").read_text("utf-8")
    terms = set(re.findall(r'<dt id="(term-[^"]+)"', glossary))
    assert terms
    assert terms == {s["url"].partition("#")[2] for s in sections if s["kind"] == "term"}


def test_what_finds_by_words_is_small(book):
    assert sum((book / file).stat().st_size for file in BY_WORDS) <= MOST


def test_what_finds_by_meaning_is_small(book):
    assert sum((book / file).stat().st_size for file in BY_MEANING) <= MOST


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("RoPE model's perplexity is bad after converting weights", "rotary.html#why-is-my-rope"),
        ("why do we add instead of concatenate?", "adding.html#why-are-token-and-positional"),
        ("index out of range in self", "index-out-of-range-in-self"),
        ("what is weight tying good for", "weight-tying"),
        ("why does generate want padding on the left side", "caches.html#why-does-generate-want"),
        ("what are glich tokens", "tokens.html#what-are-glitch-tokens"),
        ("strawbery", "strawberry"),
        ("does ALiBi work for encoders like BERT", "order.html#does-alibi-work-in-an-encoder"),
    ],
)
def test_finds_the_entry_first(question, place, ask):
    assert place in ask(question)[0]["section"]["url"]


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("padding_idx", "token_embeddings/02_the_embedding_table"),
        ("negative sampling", "token_embeddings/03_learning_meaning"),
        ("invariant", "positional_embeddings/01_why_order_needs_help"),
        ("RoBERTa 514", "questions/sinusoidal_and_learned"),
        ("rotate_half", "positional_embeddings/05_rotary"),
        ("cl100k_base", "encoding_vs_embedding/01_the_terms"),
        ("inputs_embeds", "combining/12_padding_caches_and_packed_texts"),
        ("YaRN", "questions/long_texts"),
        ("bfloat16", "questions/sinusoidal_and_learned"),
        ("sinusoidal_table", "reference/api"),
    ],
)
def test_finds_words_and_names(words, page, ask):
    assert any(page in found["section"]["url"] for found in ask(words)[:5])


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("RoPE", "rotary-embedding"),
        ("rotary position embedding", "rotary-embedding"),
        ("linear bias", "ALiBi"),
        ("lookup table", "embedding-table"),
        ("BPE", "byte-pair-encoding"),
        ("cache of keys", "key-value-cache"),
    ],
)
def test_finds_a_term_by_its_synonyms(name, term, ask):
    terms = [one["section"]["url"] for one in ask(name, 100) if one["section"]["kind"] == "term"]
    assert f"chapters/reference/glossary.html#term-{term}" in terms[:2]


@pytest.fixture
def lesson(book, browser):
    """A lesson on a desktop, from disk, with the network off."""
    with sound_visit(browser, book / LESSON) as page:
        yield page


def search(page, question: str) -> None:
    """Type a question and wait for what is said of it, by words and then by meaning as well."""
    page.keyboard.press("Control+k")
    page.keyboard.insert_text(question)
    said = "/found/.test(document.querySelector('.search-status').textContent)"
    page.wait_for_function(f"() => window.bookLikeness && {said}")


def active(page) -> str:
    """Return the address of the result that Enter would open."""
    id_of = "document.activeElement.getAttribute('aria-activedescendant')"
    return page.evaluate(f"document.getElementById({id_of}).href")


def test_keyboard(lesson):
    """Arrows move, Enter opens the very section."""
    search(lesson, "which vector is longer, token or position?")
    results = lesson.locator(".search-result")
    addresses = [result.get_attribute("href") for result in results.all()]
    assert active(lesson) == addresses[0]
    lesson.keyboard.press("ArrowDown")
    assert active(lesson) == addresses[1]
    lesson.keyboard.press("ArrowUp")
    lesson.keyboard.press("ArrowUp")
    assert active(lesson) == addresses[-1]
    assert lesson.locator("[role=option][aria-selected=true]").count() == 1
    lesson.keyboard.press("Enter")
    lesson.wait_for_url(addresses[-1])


def test_opens_at_the_section(lesson):
    """Also on the page that is open."""
    search(lesson, "LayerNorm before or after the sum")
    lesson.locator(f".search-result[href$='#{SECTION}']").first.click()
    lesson.locator("#search-dialog").wait_for(state="hidden")
    lesson.wait_for_function("place => location.hash === place", arg=f"#{SECTION}")
    lesson.wait_for_timeout(300)
    top = lesson.locator(f"section#{SECTION} > h2").bounding_box()["y"]
    assert 0 <= top < DESKTOP["height"] / 3


@pytest.mark.parametrize("key", ["Control+k", "/"])
def test_escape_closes_and_gives_the_focus_back(lesson, key):
    link = lesson.locator("article p a[href]").first
    link.focus()
    lesson.keyboard.press(key)
    assert lesson.evaluate("document.activeElement.role ?? ''") == "combobox"
    lesson.keyboard.insert_text("rotary")
    lesson.keyboard.press("Escape")
    lesson.locator("#search-dialog").wait_for(state="hidden")
    assert link.evaluate("link => link === document.activeElement")


def test_a_slash_stays_a_slash_where_one_writes(lesson):
    lesson.evaluate("document.querySelector('article').prepend(document.createElement('input'))")
    lesson.locator("article > input").first.focus()
    lesson.keyboard.press("/")
    assert lesson.locator("article > input").first.input_value() == "/"
    assert lesson.locator("#search-dialog").count() == 0


def test_result_shows_heading_place_and_answer(lesson):
    search(lesson, "why do we add instead of concatenate?")
    entry = lesson.locator(".search-result", has_text="Why are token and positional").first
    assert entry.locator(".search-path").inner_text() == "Questions › Questions: adding"
    assert entry.locator(".search-answer").inner_text().startswith("Because it is simple")
    assert {"added", "concatenated"} <= set(entry.locator(".search-heading mark").all_inner_texts())


def test_nothing_found_says_so_and_what_to_try(lesson):
    search(lesson, "zxqv")
    said = lesson.locator(".search-status").inner_text()
    assert said.startswith("Nothing found for “zxqv”. Try other words")
    assert lesson.locator(".search-result").count() == 0
    assert lesson.locator("[role=combobox]").get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_while_open(lesson, theme, viewport):
    """Names, roles, targets and contrast, with results and without."""
    lesson.set_viewport_size(viewport)
    lesson.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    search(lesson, "rotary")
    for _ in ("some", "none"):
        assert violations(lesson, contrast=False, within="#search-dialog") == []
        assert violations(lesson, contrast=True, within="#search-dialog") == []
        lesson.keyboard.insert_text("zxqv")
        lesson.wait_for_timeout(100)


def test_phone_has_it_whole(lesson):
    """A press opens it over the whole screen; nothing sticks out; a press closes it."""
    lesson.set_viewport_size(PHONE)
    lesson.locator(".search-open").click()
    lesson.keyboard.insert_text("position_ids with padding on the left")
    lesson.locator(".search-result").first.wait_for()
    box = lesson.locator("#search-dialog").bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, PHONE["width"])
    assert lesson.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    lesson.get_by_role("button", name="Close").click()
    lesson.locator("#search-dialog").wait_for(state="hidden")


def test_search_page_answers_the_question_of_its_address(book, browser):
    visit = visit_page(browser, book / "search.html")
    visit.page.goto(f"{(book / 'search.html').as_uri()}?q=glitch+tokens")
    first = visit.page.locator(".search-result").first
    first.wait_for()
    assert "glitch" in first.inner_text()
    box = visit.page.locator("input[name=q]")
    assert box.input_value() == "glitch tokens"
    box.fill("strawberry")
    visit.page.wait_for_function("/strawberry/.test(document.querySelector('.search-result').href)")
    assert urlparse(visit.page.url).query == "q=strawberry"
    assert violations(visit.page, contrast=False) == []
    visit.context.close()
    assert visit.console_errors == []


def test_it_uses_the_files_that_are_there(lesson, book):
    search(lesson, "rows")
    loaded = lesson.evaluate("[...document.scripts].map(script => script.src)")
    names = {Path(unquote(urlparse(src).path)) for src in loaded if src}
    assert {book / file for file in BY_WORDS} <= names


def test_finds_by_meaning_once_that_is_loaded(lesson, book):
    """The words come first; an answer that is shown is given again with both."""
    search(lesson, "rows")
    lesson.wait_for_function("window.bookLikeness !== undefined")
    loaded = lesson.evaluate("[...document.scripts].map(script => script.src)")
    names = {Path(unquote(urlparse(src).path)) for src in loaded if src}
    assert {book / file for file in BY_MEANING} <= names
    assert BOOK == book
