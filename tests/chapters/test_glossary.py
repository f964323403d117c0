"""The glossary is in good order, and each entry leads to a lesson."""

import re
from pathlib import Path

from book.course import ROOT, lessons
from book.extensions.glossary_links import ANOTHER_SENSE, EVERYDAY, Entry, Linker, read_glossary

EXPLAIN = [lesson.notebook for lesson in lessons()]
EXPLAIN += (ROOT / "chapters/questions").glob("*.md")
PAGE = ROOT / "chapters/reference/glossary.md"
ENTRIES = read_glossary(PAGE.read_text(encoding="utf8"))
GLOSSARY = Linker(ENTRIES)


def test_exceptions_of_the_linker_are_names_of_the_glossary():
    names = {name for entry in ENTRIES for name in (entry.name, *entry.synonyms)}
    assert names >= EVERYDAY | set(ANOTHER_SENSE)


def sentences(text: str) -> int:
    """Count sentences; the dots of "..." end none."""
    return len(re.findall(r"[.?!](?=\s+[A-Z`]|$)", text.replace("...", "…")))


def lesson_of(entry: Entry) -> Path | None:
    """Return the lesson, or the page of questions, that an entry's last line links to."""
    link = re.fullmatch(r"\[[^]]+\]\(\.\./(\w+/\w+\.\w+)\)", entry.line("Lesson"))
    return link and ROOT / "chapters" / link[1]


def lacks(entry: Entry) -> list[str]:
    """Return what is wrong with an entry."""
    labels = [paragraph.split(": ")[0] for paragraph in entry.paragraphs[1:]]
    order = ["Symbol and shape", "Also called", "Not to be confused with", "Lesson"]
    rules = {
        "one or two sentences": 1 <= sentences(entry.definition) <= 2,
        "a point at the end": entry.definition.endswith("."),
        "formulas in the line of symbol and shape": "$" not in entry.definition,
        f"lines of {order}, in order": labels == [label for label in order if label in labels],
        "a last line that links to one lesson": lesson_of(entry) in EXPLAIN,
    }
    return [f"{entry.name} needs {rule}" for rule, kept in rules.items() if not kept]


def test_entries_are_whole():
    assert [problem for entry in ENTRIES for problem in lacks(entry)] == []


def letters(name: str) -> str:
    """Return what entries are sorted by: case and hyphens do not count."""
    return name.lower().replace("-", "")


def test_entries_are_in_alphabetical_order():
    names = [entry.name for entry in ENTRIES]
    assert names == sorted(names, key=letters)


def test_letters_lead_to_the_first_entry_of_each():
    first = {}
    for entry in ENTRIES:
        first.setdefault(entry.name[0].upper(), entry.name)
    text = PAGE.read_text(encoding="utf8")
    assert re.findall(r"\{term\}`([A-Z]) <([^>]+)>`", text) == list(first.items())


def test_no_name_stands_twice():
    names = [name.lower() for entry in ENTRIES for name in (entry.name, *entry.synonyms)]
    assert sorted(names) == sorted(set(names))


def test_every_name_leads_to_its_own_entry():
    """A name that is also another's plural would not."""
    for entry in ENTRIES:
        for name in (entry.name, *entry.synonyms):
            assert GLOSSARY.look_up(name) is entry, name
