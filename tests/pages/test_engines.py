"""What readers do, in Firefox and in WebKit: a sample of the pages, from disk.

The other tests open all pages in Chromium. Here is what another engine may well do otherwise:
scripts, keys, fingers, links to sections, colours, widths.
"""

import pytest

from book.browser import DESKTOP, PHONE
from tests.pages.engines import ENGINES, launch_engine

FRONT = "intro.html"
TOUR = "chapters/in_ten_minutes.html"
LESSON = "chapters/positional_embeddings/02_sinusoidal.html"
ORDER = "chapters/positional_embeddings/01_why_order_needs_help.html"
QUESTIONS = "chapters/questions/adding.html"
GLOSSARY = "chapters/reference/glossary.html"
SEARCH = "search.html"
PAGES = [FRONT, TOUR, LESSON, QUESTIONS, GLOSSARY, SEARCH]

WIDEST = {"desktop": DESKTOP["width"], "narrow": 447}  # WebKit's window gets no narrower than that
VIEWS = {"desktop": DESKTOP, "narrow": PHONE}
ASIDE = 40  # pixels that a heading may be away from its place
CLOCK = "figure[data-figure=clock]"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, book):
    """Each engine, started once."""
    try:
        with launch_engine(request.param) as running:
            yield running
    except FileNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="module", params=VIEWS)
def view(request, engine):
    """The engine at each width."""
    assert engine.resize(VIEWS[request.param]) <= WIDEST[request.param]
    return request.param


@pytest.fixture
def open_page(engine, view, book):
    """A function that opens a page; afterwards nothing has reported an error."""

    def go(page):
        engine.goto((book / page).as_uri())
        return engine

    yield go
    assert engine.errors() == []


def section_is_there(engine, place):
    """Wait until nothing moves; then the section is at the top, below the page's own header."""
    engine.wait_for("location.hash === args[0] && document.readyState === 'complete'", f"#{place}")
    top, wanted, heading = engine.evaluate(
        """(async () => {
            const section = document.getElementById(args[0]);
            const top = () => section.getBoundingClientRect().top;
            const frames = { before: NaN, still: 0 };
            for (let i = 0; i < 100 && frames.still < 10; i++) {
                await new Promise((resolve) => setTimeout(resolve, 30));
                frames.still = top() === frames.before ? frames.still + 1 : 0;
                frames.before = top();
            }
            const header = getComputedStyle(document.documentElement).scrollPaddingTop;
            const heading = section.querySelector(':is(h1, h2, h3)').getBoundingClientRect();
            return [top(), parseFloat(header), heading.top];
        })()""",
        place,
    )
    assert abs(top - wanted) <= ASIDE
    assert wanted - 1 <= heading <= wanted + 2 * ASIDE  # its margin may lie within the section


@pytest.mark.parametrize("page", PAGES)
def test_page_loads_without_an_error(page, engine, book):
    assert engine.errors_of_loading((book / page).as_uri()) == []


@pytest.mark.parametrize("view", ["narrow"], indirect=True)
@pytest.mark.parametrize("page", PAGES)
def test_page_does_not_scroll_sideways(page, open_page):
    engine = open_page(page)
    wide = engine.evaluate(
        """(() => {
            const all = document.createElement('style');
            all.textContent = 'section { content-visibility: visible !important }';
            document.head.append(all);
            return document.scrollingElement.scrollWidth - innerWidth;
        })()"""
    )
    assert wide <= 0


def test_contents_lead_to_the_section(open_page, view):
    """One link after the other: what has been seen of the page is laid out, the rest may not be."""
    engine = open_page(QUESTIONS)
    for place in [
        "may-i-normalise-the-tokens-first-and-why-is-there-dropout-on-positions",
        "how-long-should-positions-be-against-tokens",
        "how-do-i-set-token-type-ids-in-xlnet",
    ]:
        if view == "narrow":
            engine.click(".secondary-toggle")
        link = f".page-toc a[href='#{place}']"
        engine.wait_for("document.querySelector(args[0]).offsetWidth", link)
        engine.click(link)
        section_is_there(engine, place)


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (QUESTIONS, "../combining/01_adding.html#who-is-longer"),
        (LESSON, "12_sinusoids_in_detail.html#in-code-exp-and-log"),
    ],
)
def test_link_from_another_page_leads_to_the_section(page, link, open_page):
    engine = open_page(page)
    engine.evaluate(
        """document.querySelector(`article a[href="${args[0]}"]`).setAttribute('id', 'followed')""",
        link,
    )
    engine.click("#followed")
    file, place = link.removeprefix("../").split("#")
    engine.wait_for("location.pathname.endsWith(args[0])", file)
    section_is_there(engine, place)


def test_search_by_keyboard(open_page):
    """Either key opens it, a whole question is typed, arrows choose, Enter opens the section."""
    engine = open_page(LESSON)
    engine.click("article h1")  # or the browser's own bar may have the keys
    for key in ("Control+k", "/"):
        engine.press("Escape")
        engine.wait_for("!document.querySelector('#search-dialog')?.open")
        engine.press(key)
        engine.wait_for("document.activeElement.role === 'combobox'")
    engine.write("why add and not concatenate?")
    engine.wait_for("/found/.test(document.querySelector('.search-status').textContent)")
    engine.wait_for("window.bookLikeness")  # what finds by meaning, and changes the order
    results = "[...document.querySelectorAll('.search-result')].map((result) => result.href)"
    chosen = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
    first = "why-are-token-and-positional-embeddings-added-and-not-concatenated"
    engine.wait_for(f"{chosen}?.href.endsWith(args[0])", f"{QUESTIONS}#{first}")
    addresses = engine.evaluate(results)
    for press, expected in [("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1), ("ArrowDown", 0)]:
        engine.press(press)
        assert engine.evaluate(f"{chosen}.href") == addresses[expected]
    engine.press("Enter")
    engine.wait_for("location.href === args[0]", addresses[0])
    section_is_there(engine, first)


def test_first_tap_shows_the_note_of_a_term(open_page):
    """It stays on the page; the second tap leaves."""
    engine = open_page(LESSON)
    here = engine.evaluate("location.href")
    engine.tap("a.gloss")
    notes = "[...document.querySelectorAll('.gloss-note:popover-open')].map((note) => note.id)"
    note = "document.querySelector('a.gloss').getAttribute('aria-describedby')"
    engine.wait_for(f"{notes}.length")
    engine.evaluate(  # the page moved below a mouse that lies still
        """document.body.dispatchEvent(
            new PointerEvent('pointerover', { pointerType: 'mouse', bubbles: true }))"""
    )
    engine.evaluate("new Promise((resolve) => setTimeout(resolve, 400))")
    assert engine.evaluate(notes) == [engine.evaluate(note)]
    assert engine.evaluate("location.href") == here
    engine.tap("a.gloss")
    engine.wait_for("location.pathname.endsWith(args[0])", GLOSSARY)


def live_clock(engine):
    """Bring the figure onto the screen and wait until it is live."""
    engine.place(CLOCK)
    engine.press("Shift")  # someone is there
    engine.wait_for("document.querySelector(args[0]).dataset.state === 'ready'", CLOCK)


def row(engine):
    """Return the number and the values that the figure says."""
    says = engine.evaluate(f"document.querySelector('{CLOCK} .says').textContent")
    name, values = says.split(" of the table: ")
    return int(name.removeprefix("Row ")), values


def test_figure_answers_keys_and_pointer(open_page):
    engine = open_page(LESSON)
    live_clock(engine)
    start, values = row(engine)
    engine.evaluate(f"document.querySelector('{CLOCK} input').focus()")
    engine.press("ArrowRight", "ArrowRight", "ArrowLeft")
    after, changed = row(engine)
    assert after == start + 1
    assert changed != values
    engine.click(f"{CLOCK} input", x=0.75)
    assert 320 < row(engine)[0] < 448  # of 511
    before = row(engine)[0]
    engine.click(f"{CLOCK} button")  # it plays
    engine.wait_for(f"Number(document.querySelector('{CLOCK} input').value) >= {before + 2}")
    engine.click(f"{CLOCK} button")


@pytest.mark.parametrize("page", [LESSON, ORDER])
def test_text_stays_when_the_figure_above_it_goes_live(page, open_page):
    """The reader has gone past it. One grows then, the other shrinks."""
    engine = open_page(page)
    moved, grown = engine.evaluate(
        """(async () => {
            const place = document.querySelector('figure.interactive');
            const heading = document.querySelector('article section h2');
            const seen = () => [heading.getBoundingClientRect().top, place.offsetHeight];
            const past = place.getBoundingClientRect().bottom + 20;
            scrollBy({ top: past, behavior: 'instant' }); // tells that someone is there, too
            const before = seen();
            while (place.dataset.state !== 'ready') {
                await new Promise((resolve) => setTimeout(resolve, 20));
            }
            for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
            return seen().map((now, i) => now - before[i]);
        })()"""
    )
    assert abs(grown) > 50
    assert abs(moved) < 3


def test_figure_steps_where_nothing_shall_move(engine, book):
    """With `prefers-reduced-motion` a press is one step, and nothing runs by itself."""
    with launch_engine(engine.name, reduced_motion=True) as still:
        still.goto((book / LESSON).as_uri())
        live_clock(still)
        button = f"document.querySelector('{CLOCK} button')"
        assert still.evaluate(f"{button}.textContent") == "One step"
        before = row(still)[0]
        still.evaluate(f"{button}.focus()")
        still.press("Enter")
        still.evaluate("new Promise((resolve) => setTimeout(resolve, 500))")
        assert row(still)[0] == before + 1
        assert still.errors() == []


def test_theme_button_changes_ground_and_drawn_figures(open_page):
    engine = open_page(LESSON)
    looks = """(() => {
        const drawn = document.querySelector('.drawn svg [style*="var(--ink)"]');
        const { fill, stroke } = getComputedStyle(drawn);
        const ink = drawn.style.fill.includes('--ink') ? fill : stroke;
        return [getComputedStyle(document.body).backgroundColor, ink];
    })()"""
    seen = {}
    for _ in range(3):  # dark, light, as the system has it
        engine.click(".theme-switch-button")
        theme = engine.evaluate("document.documentElement.dataset.theme")
        engine.evaluate("new Promise((resolve) => setTimeout(resolve, 300))")  # colours fade
        seen[theme] = engine.evaluate(looks)
    engine.evaluate("localStorage.clear()")
    assert seen.keys() == {"light", "dark"}
    assert seen["light"][0] != seen["dark"][0]
    assert seen["light"][1] != seen["dark"][1]
    dark, light = (sum(map(int, colour[4:-1].split(","))) for colour in seen["dark"])
    assert dark < light  # light ink on a dark ground
