"""The figures to play with: from disk, with the network off, by keyboard, and without scripts."""

import re

import pytest

from book.browser import PHONE, book_pages, scroll_to, visit_page
from book.figures.neighbours.neighbours import NEAREST
from book.figures.sentence.sentence import COLUMNS
from src.position_lab import FACTORS, LABS, load_results
from src.pretrained import load_minilm
from src.token_embeddings import nearest

PLACES = {
    "sentence": "token_embeddings/01_tokens_and_ids",
    "neighbours": "token_embeddings/04_a_real_table",
    "lab": "combining/04_position_lab",
}
ON_PAGES = [
    (name, page)
    for page in book_pages()
    for name in re.findall(r'class="interactive" data-figure="([^"]+)"', page.read_text("utf8"))
]
TEXTS = [
    "I love AI",
    "",
    "   \t \n ",
    "Hello, world!",
    "it's John's 2nd-best, isn't it?",
    "naïve café Ångström",
    "ÉCOLE, Zürich; São Paulo",
    "state-of-the-art e-mail",
    "3.14159 and 1,000,000 or 2026-11-25",
    "strawberry unbelievably antidisestablishmentarianism",
    "我爱人工智能",
    "I 爱 AI",
    "東京タワー ひらがな",
    "한국어 문장",
    "Привет мир",
    "مرحبا بالعالم",
    "नमस्ते दुनिया",
    "ΑΣ ΟΔΥΣΣΕΥΣ",
    "İstanbul DİYARBAKIR ß ẞ",
    "smile 😀 and 🤖, please",
    "∑ ∞ ≈ √2 €5 £3 $9",
    "a[MASK]b [CLS] [UNK] [mask]",
    "[unused5] and [ CLS ]",
    "x_1 + y^2 = `z` ~ |w|",
    "tab\tnew\u00a0space\u2003wide\u200bzero\u00adsoft",
    "control\x00\x07 and \ufffd gone",
    "“quotes” ‘single’ «guillemets» — dash… ¿que? ¡si!",
    "##ing ing #hash",
    "q" * 100,
    "q" * 101,
    "https://example.org/a_b?c=d&e=%20#f",
    "e\u0301 combining n\u0303 marks",
    "ﬁne ligature ﬀ ½ ² Ⅳ",
    "ALL CAPS AND MiXeD cAsE",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
    "𝐁𝐨𝐥𝐝 and 𠀋 far planes 𫠝",
    "word " * 600,
]
KEPT = {ord(c): " " for c in "\t\n\r"}  # a text field holds one line


@pytest.fixture(scope="module")
def open_figure(book, browser):
    """Open the page of a figure once, wait until it is drawn, and see that nothing failed."""
    visits = {}

    def open_one(name):
        if name not in visits:
            visits[name] = visit_page(browser, book / "chapters" / f"{PLACES[name]}.html")
            scroll_to(figure(visits[name].page, name))
            drawn(visits[name].page, name)
        return figure(visits[name].page, name)

    yield open_one
    for visit in visits.values():
        assert visit.console_errors == visit.failed_requests == visit.outside_requests == []
        visit.context.close()


def figure(page, name):
    return page.locator(f"figure.interactive[data-figure={name}]").first


def drawn(page, name):
    page.locator(f"figure[data-figure={name}][data-state=ready]").first.wait_for(timeout=20_000)


def test_there_are_at_least_six_figures():
    assert len({name for name, _ in ON_PAGES}) >= 6


def test_the_numbers_are_small(book):
    sizes = [file.stat().st_size for file in (book / "_static/interactive/data").glob("*")]
    assert 500_000 < sum(sizes) < 1_500_000


def test_only_pages_with_a_figure_load_it():
    with_figure = {page for _, page in ON_PAGES}
    loading = {page for page in book_pages() if "interactive/loader.js" in page.read_text("utf8")}
    assert loading == with_figure


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    ("name", "path"), ON_PAGES, ids=[f"{n}-{p.stem}" for n, p in ON_PAGES] or None
)
def test_each_figure_draws(name, path, phone, browser):
    """Nothing loads before the figure comes near; then it draws, and nothing sticks out."""
    visit = visit_page(browser, path, **({"viewport": PHONE} if phone else {}))
    page = visit.page
    scroll_to(figure(page, name))
    drawn(page, name)
    assert figure(page, name).locator(".interactive-root").bounding_box()["height"] > 100
    assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    assert visit.console_errors == visit.failed_requests == visit.outside_requests == []
    visit.context.close()


def test_nothing_loads_before_a_figure_is_near(book, browser):
    visit = visit_page(browser, book / "chapters" / f"{PLACES['lab']}.html")
    visit.page.wait_for_timeout(300)
    loaded = "[...document.scripts].filter(s => /interactive\\/(d3|lab|data)/.test(s.src)).length"
    assert visit.page.evaluate(loaded) == 0
    scroll_to(figure(visit.page, "lab"))
    drawn(visit.page, "lab")
    assert visit.page.evaluate(loaded) == 3
    visit.context.close()


@pytest.mark.parametrize(
    ("name", "path"), ON_PAGES, ids=[f"{n}-{p.stem}" for n, p in ON_PAGES] or None
)
def test_without_scripts_a_picture_is_shown(name, path, browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    still = figure(page, name).locator("img")
    scroll_to(still)
    box = still.bounding_box()
    assert len(still.get_attribute("alt").split()) >= 8
    assert box["width"] > 200
    assert box["height"] > 100
    assert not figure(page, name).locator(".interactive-wait").is_visible()
    context.close()


def test_a_missing_file_is_reported_in_the_figure(book, browser):
    visit = visit_page(browser, book / "chapters" / f"{PLACES['lab']}.html")
    visit.page.route("**/data/lab.js", lambda route: route.abort())
    scroll_to(figure(visit.page, "lab"))
    message = figure(visit.page, "lab").locator("[role=alert]")
    message.wait_for(timeout=20_000)
    assert "data/lab.js is missing" in message.inner_text()
    assert figure(visit.page, "lab").locator("img").get_attribute("alt")
    visit.context.close()


# Walks along the tokens of the figure, and reads ids, and numbers where there is a position.
READ = """(figure, text) => {
    const input = figure.querySelector('input[type=text]');
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    return [...figure.querySelectorAll('.tokens label')].map(label => {
        const radio = label.querySelector('input');
        const read = kind => label.querySelector(kind).textContent;
        if (!radio.disabled) radio.click();
        const cells = radio.disabled ? [] : [...figure.querySelectorAll('tbody td')];
        return {
            position: read('.position'), token: read('.token'), id: Number(read('.id')),
            numbers: cells.map(cell => cell.textContent),
        };
    });
}"""


@pytest.mark.parametrize("text", TEXTS, ids=[repr(text)[:20] for text in TEXTS])
def test_sentence_agrees_with_src(text, open_figure):
    """Tokens, ids, and to the third decimal the numbers of rows and sums."""
    minilm = load_minilm()
    encoded = minilm.tokenizer.encode(text.translate(KEPT))
    shown = open_figure("sentence").evaluate(READ, text.translate(KEPT))
    assert [part["token"] for part in shown] == encoded.tokens
    assert [part["id"] for part in shown] == encoded.ids
    for p, (part, row) in enumerate(zip(shown, encoded.ids, strict=True)):
        if p >= len(minilm.position_vectors):
            assert (part["position"], part["numbers"]) == ("none", [])
            continue
        what, where = minilm.table.vectors[row, :COLUMNS], minilm.position_vectors[p, :COLUMNS]
        expected = [f"{x:.3f}" for v in (what, where, what + where) for x in v.tolist()]
        assert (part["position"], part["numbers"]) == (str(p), expected)


def test_sentence_says_when_a_text_is_too_long(open_figure):
    box = open_figure("sentence")
    box.evaluate(READ, "word " * 600)
    assert "602 tokens" in box.locator(".note").inner_text()
    assert "the last 90 have none" in box.locator(".note").inner_text()
    box.evaluate(READ, "I love AI")
    assert box.locator(".note").inner_text() == "5 tokens with [CLS] and [SEP]."


def test_sentence_by_keyboard(open_figure):
    """Type, go to a token, move it: each sum is that of `src`."""
    minilm, box = load_minilm(), open_figure("sentence")
    page = box.page
    box.locator("input[type=text]").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("cats purr")
    assert (
        box.locator(".tokens .token").all_inner_texts()
        == minilm.tokenizer.encode("cats purr").tokens
    )
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    row = minilm.tokenizer.encode("cats purr").ids[2]
    total = (minilm.table.vectors[row] + minilm.position_vectors[511])[:3].tolist()
    said = box.locator(".says").inner_text()
    assert f"id {row}, at position 511, moved from 2" in said
    assert ", ".join(f"{x:.3f}" for x in total) in said


@pytest.mark.parametrize(
    "word",
    """love good may ai king queen cat dog monday red bank river water he she london paris music
    school computer""".split(),
)
def test_neighbours_agree_with_src(word, open_figure):
    box = open_figure("neighbours")
    box.locator("input[type=text]").fill(word)
    shown = box.locator(".near li").evaluate_all(
        "rows => rows.map(row => [row.firstChild, row.lastChild].map(e => e.textContent))"
    )
    expected = nearest(load_minilm().table, word, k=NEAREST)
    assert shown == [[token, f"{cosine:.2f}"] for token, cosine in expected]
    assert f"{expected[0][0]} {expected[0][1]:.2f}" in box.locator(".says").inner_text()


def test_neighbours_by_keyboard(open_figure):
    """Type a word, go to the first neighbour that leads on, follow it; errors are said."""
    box = open_figure("neighbours")
    page = box.page
    box.locator("input[type=text]").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("zzzz")
    assert "“zzzz” is not among" in box.locator(".says").inner_text()
    page.keyboard.press("Control+A")
    page.keyboard.type("King")
    assert box.locator(".near li").first.locator("*").first.inner_text() == "kings"
    target = box.locator(".near button").first.inner_text()
    for _ in range(7):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert box.locator("input[type=text]").input_value() == target
    assert f"Nearest to “{target}”" in box.locator(".says").inner_text()


@pytest.mark.parametrize("task", LABS)
def test_lab_agrees_with_the_file(task, open_figure):
    box = open_figure("lab")
    box.locator("input[type=radio]").nth(list(LABS).index(task)).check()
    shown = box.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    digits = 2 if task == "text" else 1
    expected = [
        [
            "{:.{d}f} ({:.{d}f} to {:.{d}f})".format(sum(v) / len(v), min(v), max(v), d=digits)
            for v in (seeds(task, name.lower(), factor) for factor in FACTORS)
        ]
        for name, *_ in shown
    ]
    assert len(shown) == 6
    assert [cells for _, *cells in shown] == expected
    points = box.locator(".point").evaluate_all("all => all.map(p => p.ariaLabel)")
    assert len(points) == 24
    assert f"ALiBi at 8x: {expected[4][3]} {LABS[task].unit}" in points


def seeds(task, scheme, factor):
    """Return the values in the results file."""
    found = [
        row["value"]
        for row in load_results()
        if (row["task"], row["scheme"], row["factor"]) == (task, scheme, factor)
        and (row["scaling"], row["extra_steps"], row["lr"]) == ("none", 0, LABS[task].lr)
    ]
    assert len(found) == 3
    return found


def test_lab_by_keyboard(open_figure):
    """Choose a test, take a scheme away, and walk along the points."""
    box = open_figure("lab")
    page = box.page
    box.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first scheme, none
    assert box.locator(".end").all_text_contents().count("none") == 0
    page.keyboard.press("Space")
    box.locator(".point.current").focus()
    page.keyboard.press("ArrowLeft")
    at_4x = box.locator(".says").inner_text()
    mean = sum(seeds("text", "alibi", 4)) / 3
    assert at_4x.startswith(f"ALiBi at 4x, 128 tokens: mean {mean:.2f}")
    page.keyboard.press("ArrowUp")
    assert box.locator(".says").inner_text().startswith("T5 at 4x")
    assert page.evaluate("document.activeElement.classList.contains('point')")


def test_lab_by_pointer(open_figure):
    """A point under the mouse, or clicked or tapped, is read out."""
    box = open_figure("lab")
    box.locator("input[type=radio]").first.check()
    box.locator(".point[aria-label^='none at 1x']").hover()
    assert box.locator(".says").inner_text().startswith("none at 1x")
    box.locator(".point[aria-label^='T5 at 8x']").click()
    assert box.locator(".says").inner_text().startswith("T5 at 8x")
