"""A number in an alt text, a self-check, a poll or a page of reference comes from a lesson.

It is printed by a cell (at least as finely as it is quoted: 0.372 supports 0.37 and 37%) or stands
in its code, in a sentence that cites, in the question, or in an equation that holds.
"""

import re
from functools import cache, reduce
from operator import add
from pathlib import Path

import pytest

from book.course import ROOT, lessons, notebooks
from book.extensions.glossary_links import read_glossary
from tests.chapters.quoted_numbers import (
    Number,
    Sources,
    cited,
    lacking,
    numbers,
    sections,
    sources,
    sources_of,
    true_equations,
)
from tests.chapters.test_notebooks import markdown
from tests.chapters.test_polls import POLLS, options
from tests.chapters.test_portable import FORMULA_LINK
from tests.chapters.test_self_checks import CHOICE, QUESTION, self_check

REFERENCE = ROOT / "chapters/reference"
NOTEBOOKS = [page.notebook for page in notebooks() if "chapters" in page.name]
LESSONS = [lesson.notebook for lesson in lessons()]
BY_DEFINITION = {
    "257": "the first whole number that bfloat16, with 8 bits, lacks",
    "2048": "the last whole number up to which float16, with 11 bits, has all",
}
"""Numbers that nothing has to print: a standard says them."""


def alt_texts(notebook: Path) -> list[tuple[str, Sources]]:
    """Return the alt texts of a notebook's figures, each with the numbers of its section."""
    found = []
    for section in sections(notebook):
        known = sources_of(section)
        for cell in section:
            found.append(
                (cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", ""), known)
            )
            if cell["cell_type"] == "markdown":
                texts = re.findall(r"!\[([^\]]*)\]|:alt: (.+)", cell["source"])
                found += [(image or directive, known) for image, directive in texts]
    return found


def shown(notebook: Path) -> Sources:
    return sources(notebook.resolve()) + cited(notebook.resolve())


def missing(text: str, known: Sources, given: str = "") -> list[str]:
    return [found for found in lacking(text, known, given) if found not in BY_DEFINITION]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_alt_texts(notebook):
    """A figure's numbers are printed, or stand in code, within the figure's section."""
    wrong = {text: found for text, known in alt_texts(notebook) if (found := missing(text, known))}
    assert wrong == {}


@pytest.mark.parametrize("notebook", LESSONS, ids=lambda path: path.stem)
def test_self_checks(notebook):
    """What is asked may suppose anything; a right option and all explanations may not."""
    known, wrong = shown(notebook), {}
    body = self_check(markdown(notebook))
    stems = QUESTION.finditer(body)
    parts = re.split(QUESTION.pattern.replace("(", "(?:"), body, flags=re.M)[1:]
    for stem, part in zip(stems, parts, strict=True):
        for kind, option, explanation in CHOICE.findall(part):
            given = stem[0] if kind == "right" else f"{stem[0]}\n{part}"
            said = f"{option}\n{explanation}" if kind == "right" else explanation
            if found := missing(said, known, given):
                wrong[f"{stem[1]}, {option}"] = found
    assert wrong == {}


def test_polls():
    """Question, right option and explanation; the other options are wrong on purpose."""
    wrong = {}
    for poll in POLLS:
        right = options(poll)[poll["answer"]]
        text = "\n".join((poll["question"], right, poll["explanation"]))
        if found := missing(text, shown(REFERENCE / poll["lesson"])):
            wrong[poll["number"]] = found
    assert wrong == {}


def test_glossary():
    wrong = {}
    for entry in read_glossary((REFERENCE / "glossary.md").read_text(encoding="utf8")):
        lesson = re.search(r"\]\(\.\./(\w+/\w+\.ipynb)\)", entry.line("Lesson"))
        known = shown(ROOT / "chapters" / lesson[1]) if lesson else Sources((), ())
        if found := missing("\n".join(entry.paragraphs), known):
            wrong[entry.name] = found
    assert wrong == {}


@cache
def all_lessons() -> Sources:
    return reduce(add, map(sources, LESSONS))


def test_cheat_sheet():
    """A line with a formula's number is about the lesson of that formula."""
    wrong = {}
    for line in (REFERENCE / "cheat_sheet.md").read_text(encoding="utf8").splitlines():
        known = [sources((REFERENCE / page).resolve()) for _, page, _ in FORMULA_LINK.findall(line)]
        if found := missing(line, reduce(add, known) if known else all_lessons()):
            wrong[line] = found
    assert wrong == {}


def test_numbers_are_read_as_written():
    text = "In 2017 GPT-2 had 50,257 tokens, 0.85 or 85% of float16's 1.5 million, T5 32."
    assert [(number.text, round(number.value, 6)) for number in numbers(text)] == [
        ("2017", 2017),
        ("50,257", 50257),
        ("0.85", 0.85),
        ("85%", 0.85),
        ("1.5 million", 1.5e6),
        ("32", 32),
    ]
    assert true_equations(r"16 · 8 = 128, $\sqrt{256/2} = 11.3$, 4 · 30 = 100") == [
        "16 · 8 ", " 128", r"\sqrt{256/2} ", " 11.3"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("It falls to 0.37.", []),
        ("It falls to 37%.", []),
        ("Shares of 37 and 52 percent.", []),
        ("It falls to 0.4, from 2000 rows.", []),
        ("It falls to 0.41.", ["0.41"]),
        ("It falls to 0.3721.", ["0.3721"]),
        ("Of 384 numbers, 16 · 25 = 400.", ["384"]),
        ("Of 384 numbers, 16 · 25 = 500.", ["384", "16", "25", "500"]),
    ],
)
def test_what_supports_a_number(text, lacks):
    known = Sources(tuple(numbers("share 0.372, 52%")), (2000.0,))
    assert lacking(text, known) == lacks


def changed(number: Number) -> str | None:
    """Return a number with its last digit moved by four, as 0.37 becomes 0.41."""
    digits = re.match(r"[\d.]+$", number.text)
    if not digits or number.is_small:
        return None
    places = len(number.text.partition(".")[2])
    return f"{float(number.text) + 4 * 10**-places:.{places}f}"


def test_a_wrong_digit_in_an_alt_text_is_found():
    """Each number of each alt text is changed in turn, as 0.37 to 0.41.

    A new number may stand in the section by chance, so not every one can be found.
    """
    caught = tried = 0
    for notebook in NOTEBOOKS:
        for text, known in alt_texts(notebook):
            for number in numbers(text):
                if new := changed(number):
                    unit = " percent" if number.beside_percent else ""
                    tried += 1
                    caught += bool(lacking(new + unit, known))
    assert tried > 100
    assert caught > 0.75 * tried, f"{caught} of {tried}"


def test_a_wrong_digit_in_a_whole_alt_text_is_found():
    """The same on alt texts as they stand; and nothing else of them is called wrong."""
    caught = tried = 0
    for text, known in (alt for notebook in LESSONS for alt in alt_texts(notebook)):
        for number in numbers(text):
            if "." in number.text and text.count(number.text) == 1 and (new := changed(number)):
                found = missing(text.replace(number.text, new), known)
                assert found in ([], [new])
                tried += 1
                caught += found == [new]
    assert tried > 50
    assert caught > 0.75 * tried, f"{caught} of {tried}"
