"""The figures about positions, played by keyboard and compared with `src` at every setting."""

import random
import re

import pytest
import torch

from book.browser import scroll_to, visit_page
from book.figures.adding import adding
from book.figures.biases import biases
from book.figures.rotary import rotary
from src.attention import causal_mask
from src.positional_embeddings import alibi_bias, apply_rotary, sinusoidal_table

PLACES = {
    "clock": "positional_embeddings/02_sinusoidal",
    "rotary": "positional_embeddings/05_rotary",
    "biases": "combining/03_into_attention",
    "adding": "combining/02_why_adding_works",
}
SETTINGS = 24
NAMES = ["None", "Sinusoidal", "Learned", "T5", "ALiBi", "Rotary"]


class Figure:
    """A figure in an open page: its controls by label, and what it says."""

    def __init__(self, page, name):
        self.page = page
        self.place = page.locator(f"figure[data-figure={name}]")
        scroll_to(self.place)
        page.locator(f"figure[data-figure={name}][data-state=ready]").wait_for(timeout=30_000)

    def move(self, label, chance):
        """Move a slider by keyboard: to one of its ends, then some steps back; return its value."""
        slider = self.place.get_by_label(label, exact=True)
        low, high, step = (float(slider.get_attribute(name)) for name in ("min", "max", "step"))
        start = chance.choice(["Home", "End", "stay"])
        value = {"Home": low, "End": high, "stay": float(slider.input_value())}[start]
        key = {"Home": "ArrowRight", "End": "ArrowLeft"}.get(start, "ArrowRight")
        slider.focus()
        if start != "stay":
            self.page.keyboard.press(start)
        for _ in range(chance.randrange(8)):
            self.page.keyboard.press(key)
            value = min(high, max(low, value + (step if key == "ArrowRight" else -step)))
        assert float(slider.input_value()) == pytest.approx(value)
        return value

    def value(self, label):
        return float(self.place.get_by_label(label, exact=True).input_value())

    def says(self):
        """Return the sentence of the result, with a plain minus."""
        return self.place.locator(".says").inner_text().replace("−", "-")

    def numbers(self, pattern):
        """Return the numbers that a pattern finds in the sentence."""
        found = re.search(pattern, self.says())
        assert found, f"{pattern!r} is not in {self.says()!r}"
        return [float(group.replace(",", "")) for group in found.groups()]

    def lines(self):
        """Return the ends of the first picture's lines: x1, y1, x2, y2."""
        return (
            self.place.locator("svg")
            .first.locator("line")
            .evaluate_all(
                "all => all.map(l => ['x1', 'y1', 'x2', 'y2'].map(a => Number(l.getAttribute(a))))"
            )
        )


@pytest.fixture(scope="module")
def play(book, browser):
    """Open a figure from disk with the network off, and see at the end that nothing failed."""
    visits = []

    def open_one(name):
        visit = visit_page(browser, book / f"chapters/{PLACES[name]}.html")
        visits.append(visit)
        return Figure(visit.page, name)

    yield open_one
    for visit in visits:
        assert visit.console_errors == visit.failed_requests == visit.outside_requests == []
        visit.context.close()


def test_clock_agrees_with_src(play):
    figure, chance = play("clock"), random.Random(0)
    for _ in range(SETTINGS):
        figure.move(chance.choice(["Position", "Width D", "Base"]), chance)
        p, D = int(figure.value("Position")), int(figure.value("Width D"))
        base = round(10 ** figure.value("Base"))
        row = sinusoidal_table(p + 1, D, base=base)[p]
        shown = re.search(rf"Row {p} of the table: ([-\d., ]+\d)", figure.says())[1].split(", ")
        assert shown == [f"{x:.3f}".replace("-0.000", "0.000") for x in row[:8].tolist()]
        r = float(figure.place.locator("svg circle").first.get_attribute("r"))
        tips = [part for _, _, x, y in figure.lines() for part in (x / r, -y / r)]
        assert tips == pytest.approx(row.tolist(), abs=1e-5)
        mark = figure.place.locator("svg").nth(1).locator("rect").last
        assert (float(mark.get_attribute("y")) - 4) / (282 / 64) == pytest.approx(p % 64)


def test_clock_paints_the_table(play):
    """Each cell of the heat map is as strong as its number, to a twentieth."""
    figure = play("clock")
    paths = figure.place.locator("svg").nth(1).locator("g").first.locator("path")
    found = paths.evaluate_all(
        """all => all.flatMap(path => path.getAttribute('d').split('M').slice(1).map(cell => {
            const [x, y] = cell.split(/[,h]/).map(Number);
            const sign = path.getAttribute('fill') === 'var(--ink)' ? -1 : 1;
            return [x, y, sign * Number(path.getAttribute('fill-opacity'))];
        }))"""
    )
    table = sinusoidal_table(128, 16)[64:]
    assert len(found) == table.numel()
    for x, y, value in found:
        row, column = round((y - 4) / (282 / 64)), round((x - 34) / (282 / 16))
        assert value == pytest.approx(table[row, column].item(), abs=0.0251)


def test_clock_runs_and_honours_reduced_motion(play):
    figure = play("clock")
    button = figure.place.get_by_role("button")
    before = figure.value("Position")
    button.press("Enter")
    figure.page.wait_for_timeout(700)
    button.press("Enter")
    stopped = figure.value("Position")
    assert before < stopped
    figure.page.wait_for_timeout(500)
    assert figure.value("Position") == stopped
    figure.page.emulate_media(reduced_motion="reduce")
    figure.place.get_by_role("button", name="One step").wait_for(timeout=10_000)
    button.press("Enter")
    figure.page.wait_for_timeout(500)
    assert figure.value("Position") == stopped + 1


def test_rotary_agrees_with_src(play):
    figure, chance = play("rotary"), random.Random(1)
    vectors = [torch.tensor([rotary.data()[name]]).double() for name in ("query", "key")]
    labels = ["Query's position", "Key's position", "Move both by"]
    for n in range(SETTINGS):
        figure.move(chance.choice(labels), chance)
        pair = n % 4
        figure.place.get_by_label("Pair shown").select_option(str(pair))
        m, n, by = (int(figure.value(label)) for label in labels)
        q, k = (
            apply_rotary(vector, torch.tensor([at + by]))[0]
            for vector, at in zip(vectors, (m, n), strict=True)
        )
        alone = apply_rotary(vectors[1], torch.tensor([n]))[0]
        part = slice(2 * pair, 2 * pair + 2)
        expected = [m + by, n + by, n - m, q[part] @ k[part], q @ k, q @ alone]
        shown = figure.numbers(
            r"Query at (\d+), key at (\d+), offset (\S+)\. .*score (\S+)\. "
            rf"All 4 pairs: (\S+)\. If only the query moves by {by}: (\S+)\."
        )
        assert shown == pytest.approx([float(x) for x in expected], abs=6e-4)
        tips = [((x - 160) / 160 * 2.7, (160 - y) / 160 * 2.7) for _, _, x, y in figure.lines()]
        assert tips[2] == pytest.approx(q[part].tolist(), abs=1e-4)
        assert tips[3] == pytest.approx(k[part].tolist(), abs=1e-4)


def test_rotary_score_stays_as_both_move(play):
    figure = play("rotary")
    scores = set()
    figure.place.get_by_label("Move both by").focus()
    for _ in range(20):
        figure.page.keyboard.press("ArrowRight")
        scores.add(figure.numbers(r"All 4 pairs: (\S+)\.")[0])
    assert figure.value("Move both by") == 20
    assert scores == {-0.712}


@pytest.mark.parametrize("kind", ["score", "weight"])
def test_biases_agree_with_src(play, kind):
    figure, chance = play("biases"), random.Random(2)
    figure.place.get_by_label("Show").select_option(kind)
    data = {name: torch.tensor(value) for name, value in biases.data().items()}
    t5 = biases.t5_bias()
    for _ in range(SETTINGS):
        figure.move(chance.choice(["Length T", "Head", "Query", "Key"]), chance)
        T, h, q, k = (int(figure.value(name)) for name in ("Length T", "Head", "Query", "Key"))
        assert max(q, k) < T
        away = (torch.arange(T).unsqueeze(1) - torch.arange(T)).abs()
        hidden = ~causal_mask(T)
        expected = [
            torch.zeros(T, T),
            data["sinusoidal"][away],
            data["minilm"][h, :T, :T],
            t5(T, T)[h].masked_fill(hidden, -torch.inf),
            alibi_bias(12, T, T)[h].masked_fill(hidden, -torch.inf),
            data["rotary"][h][away],
        ]
        if kind == "weight":
            expected = [matrix.softmax(dim=-1) for matrix in expected]
        shown = re.findall(r"(\w+) (-?[\d.]+\d|masked)(?:;|\.$)", figure.says())
        assert [name for name, _ in shown] == NAMES
        for (name, text), matrix in zip(shown, expected, strict=True):
            if name in ("T5", "ALiBi") and k > q:
                assert text == "masked"
            else:
                assert float(text) == pytest.approx(matrix[q, k].item(), abs=0.0051), name


def test_biases_by_pointer(play):
    """The pointer on a panel reads that cell in all six."""
    figure = play("biases")
    panel = figure.place.locator("svg").nth(2)
    box = panel.bounding_box()
    side = box["width"] / 200
    panel.hover(position={"x": (22 + 174 * 3.5 / 16) * side, "y": (4 + 174 * 11.5 / 16) * side})
    assert (figure.value("Query"), figure.value("Key")) == (11, 3)
    assert "for query 11 and key 3, offset -8" in figure.says()


def test_adding_agrees_with_src(play):
    figure, chance = play("adding"), random.Random(3)
    right = torch.arange(adding.ROWS)
    for _ in range(SETTINGS):
        labels = ["Width D", "Position length", "Token", "Position"]
        figure.move(chance.choice(labels), chance)
        width, power, t, p = (int(figure.value(label)) for label in labels)
        D = adding.WIDTHS[width]
        token, position = adding.nearest(D, 2.0**power)
        shown = figure.numbers(
            r"at width (\d+): token (\d+) .* and position (\d+) .* "
            r"(\d+) have the right token nearest and (\d+) the right position"
        )
        hits = ((token == right.unsqueeze(1)).sum(), (position == right).sum())
        assert shown == [float(x) for x in (D, token[t, p], position[t, p], *hits)]
        says = figure.says()
        assert (f"token {t} (right)" in says) == (token[t, p] == t)
        assert (f"position {p} (right)" in says) == (position[t, p] == p)
