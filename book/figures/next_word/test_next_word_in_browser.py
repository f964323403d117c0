"""The next word, predicted by pointer and keyboard: what is shown is what was measured."""

from book.figures.next_word import next_word

TEXTS = next_word.data()["texts"]


def spoken(token):
    return token.strip() or "(space)"


def shown(box):
    """Return names and numbers of the bars of words."""
    lines = box.locator("ol.next li").evaluate_all(
        """all => all.map(line =>
            ['.name', '.value'].map(part => line.querySelector(part).textContent))"""
    )
    return [tuple(line) for line in lines]


def expected(change):
    return [(spoken(word), f"{chance:.2f}") for word, chance, _ in change["words"]]


def choose(box, change):
    box.locator(".choices label", has_text=change["name"]).click()


def test_nothing_is_shown_before_a_prediction(figure):
    box = figure.place
    for n, text in enumerate(TEXTS):
        box.get_by_label("Text").select_option(str(n))
        own = text["changes"][0]
        for change in text["changes"][1:]:
            choose(box, change)
            assert shown(box) == expected(own)
            assert box.locator(".losses .value").all_inner_texts()[1] == "?"
            read = box.locator(".read .token").all_inner_texts()
            assert read == [spoken(token) for token in change["read"]]
            where = box.locator(".read .position").all_inner_texts()
            assert where == list(map(str, change["positions"])) or where == ["none"] * len(read)
            box.get_by_role("button", name="Yes", exact=True).click()
            assert shown(box) == expected(change)
            losses = box.locator(".losses .value").all_inner_texts()
            assert losses == [f"{one['losses'][0]:.2f}" for one in (own, change)]
            stayed = change["words"][0][0] == own["words"][0][0]
            assert figure.says().startswith("Right" if stayed else "No")
            marks = box.locator("ol.next .as-it-is").evaluate_all(
                "all => all.map(m => m.style.left)"
            )
            before = [before for _, _, before in change["words"]]
            assert [round(float(m[:-1]), 1) for m in marks] == [round(100 * b, 1) for b in before]
        choose(box, own)
        assert shown(box) == expected(own)


def test_next_word_by_keyboard(figure):
    """Walk to a change, predict, go back and forth: the first prediction counts."""
    box, page = figure.place, figure.page
    box.get_by_label("as it is").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    shuffled = TEXTS[0]["changes"][4]
    assert box.locator(".choices :checked").evaluate("e => e.parentNode.textContent") == "shuffled"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert shown(box) == expected(shuffled)
    assert figure.says().startswith("Right: “the” 0.13 comes first, “Rome” 0.65 as it is.")
    losses = figure.numbers(r"5 shuffles: ([\d.]+) to (\d+\.\d+)")
    assert losses == [round(f(shuffled["losses"]), 2) for f in (min, max)]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert figure.says().startswith("Right")
    pressed = box.locator("button[aria-pressed=true]").all_inner_texts()
    assert pressed == ["No"]
