"""Words in front and another query, by keyboard and pointer: each cell is that of `src`."""

from book.figures.biases.biases import minilm_position_scores, t5_bias
from book.figures.offset import offset
from src.positional_embeddings import alibi_bias, t5_relative_buckets

T, SLIDER = len(offset.WORDS), "Words in front"
ROWS = ["place", "offset", "T5 bucket", "T5 bias", "ALiBi", "learned"]


def shown(figure):
    """Return the rows of the table, and the names of those that have an outlined cell."""
    rows = figure.place.locator("tbody tr")
    assert [text.strip() for text in rows.locator("th").all_inner_texts()] == ROWS
    cells = [row.locator("td").all_inner_texts() for row in rows.all()]
    outlined = [
        name
        for name, row in zip(ROWS, rows.all(), strict=True)
        if row.locator("td.changed").count()
    ]
    return [[text.replace("−", "-") for text in row] for row in cells], outlined


def expected(n, q):
    """Compute the table for n words in front, seen from word q."""
    size, i, text = n + T, n + q, range(n, n + T)
    settings = dict(bidirectional=False, num_buckets=16, max_distance=32)
    buckets = t5_relative_buckets(size, size, **settings)[i]
    scores = t5_bias()(size, size)[offset.HEAD, i], alibi_bias(8, size, size)[0, i] + 0.0
    return [
        [str(j) for j in text],
        [f"{j - i:+d}" if j != i else "0" for j in text],
        *(
            ["–" if j > i else format(row[j].item(), form) for j in text]
            for row, form in zip((buckets, *scores), ("d", ".2f", ".1f"), strict=True)
        ),
        [f"{minilm_position_scores()[offset.HEAD, i, j]:.1f}" for j in text],
    ]


def press(figure, key):
    figure.place.get_by_label(SLIDER).press(key)


def test_words_in_front_change_places_and_the_learned_term_alone(figure):
    assert shown(figure) == (expected(0, T - 1), [])
    seen = []
    for n in range(1, len(offset.FRONT) + 1):
        press(figure, "ArrowRight")
        cells, outlined = shown(figure)
        assert cells == expected(n, T - 1)
        assert outlined == ["place", "learned"]
        assert f"{n} more in front" in figure.says()
        assert "Changed: place and learned." in figure.says()
        words = figure.place.locator(".text").inner_text().split()
        assert words == offset.FRONT[-n:] + offset.WORDS
        seen.append(cells[1:5])
    assert all(rows == seen[0] for rows in seen)
    press(figure, "Home")
    assert shown(figure) == (expected(0, T - 1), [])


def test_another_query_changes_all_but_the_places(figure):
    press(figure, "End")
    arcs = figure.place.locator("svg path").evaluate_all("all => all.map(p => p.getAttribute('d'))")
    figure.place.locator("thead label").nth(2).click()
    assert shown(figure) == (expected(12, 2), ROWS[1:])
    assert "From “bites” (14) instead of “man” (16)." in figure.says()
    now = figure.place.locator("svg path").evaluate_all("all => all.map(p => p.getAttribute('d'))")
    assert len(now) == len(arcs) == T - 1
    assert now != arcs
    figure.page.keyboard.press("ArrowLeft")
    assert shown(figure) == (expected(12, 1), ROWS[1:])
    press(figure, "ArrowLeft")
    assert shown(figure) == (expected(11, 1), ["place", "learned"])


def test_a_prediction_is_judged(figure):
    assert "ticked" not in figure.says()
    press(figure, "End")
    assert "ticked" not in figure.says()
    press(figure, "Home")
    for name in ("place", "ALiBi"):
        figure.place.get_by_label(name, exact=True).check()
    assert "ticked" not in figure.says()  # nothing has changed yet
    press(figure, "ArrowRight")
    assert figure.says().endswith("Not as you ticked: ALiBi and learned.")
    figure.place.get_by_label("ALiBi", exact=True).uncheck()
    figure.place.get_by_label("learned", exact=True).press("Space")
    press(figure, "ArrowRight")
    assert figure.says().endswith("All as you ticked.")
