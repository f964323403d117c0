"""The sentence: the page cuts any text into the tokens of MiniLM, and adds the numbers of `src`."""

from book.figures.sentence.sentence import COLUMNS
from src.pretrained import load_minilm

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


def written(number):
    """Return a number with a true minus sign, and none before a zero."""
    return f"{number:z.3f}".replace("-", "−")


def test_sentence_agrees_with_src(figure):
    """Tokens, ids, and to the third decimal the numbers of rows and sums."""
    minilm, wrong = load_minilm(), []
    for text in (text.translate(KEPT) for text in TEXTS):
        encoded, expected = minilm.tokenizer.encode(text), []
        for p, (token, row) in enumerate(zip(encoded.tokens, encoded.ids, strict=True)):
            position, numbers = "none", []
            if p < len(minilm.position_vectors):
                what, where = (
                    minilm.table.vectors[row, :COLUMNS],
                    minilm.position_vectors[p, :COLUMNS],
                )
                numbers = [written(x) for v in (what, where, what + where) for x in v.tolist()]
                position = str(p)
            expected.append(dict(position=position, token=token, id=row, numbers=numbers))
        if figure.place.evaluate(READ, text) != expected:
            wrong.append(text)
    assert wrong == []


def test_sentence_says_when_a_text_is_too_long(figure):
    box = figure.place
    box.evaluate(READ, "word " * 600)
    assert "602 tokens" in box.locator(".note").inner_text()
    assert "the last 90 have none" in box.locator(".note").inner_text()
    box.evaluate(READ, "I love AI")
    assert box.locator(".note").inner_text() == "5 tokens with [CLS] and [SEP]."


def test_each_place_of_the_text_can_be_chosen_with_a_finger(figure):
    """A place has five pixels or more of the slider on a phone; a longer text has all places."""
    figure.page.set_viewport_size({"width": 390, "height": 844})
    slider = figure.place.locator("input[type=range]")
    last = int(slider.get_attribute("max"))
    assert slider.bounding_box()["width"] / last >= 5
    figure.place.evaluate(READ, "word " * 100)
    assert slider.get_attribute("max") == "101"
    figure.place.evaluate(READ, "word " * 600)
    assert slider.get_attribute("max") == "511"


def test_sentence_by_keyboard(figure):
    """Type, go to a token, move it: each sum is that of `src`."""
    minilm, box = load_minilm(), figure.place
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
    total = (minilm.table.vectors[row] + minilm.position_vectors[15])[:3].tolist()
    said = box.locator(".says").inner_text()
    assert f"id {row}, at position 15, moved from 2" in said
    assert ", ".join(map(written, total)) in said
