"""A private edition of the homework: other numbers, words and data, and other things asked for.

`make variant SEED=...` makes one. What each item changes stands in `editions/<chapter>.py`: a
function for each item, named as the item, which gets a random generator and returns a `Change`.
"""

import ast
import copy
import importlib
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from grading.course import SOURCES
from grading.trial import Item, Wrong, answers, graded, source, try_all

REGION = re.compile(r"\n[^\n]*### END SOLUTION[^\n]*\s*$")


class EditionError(Exception):
    """A change does not fit its item."""


@dataclass(frozen=True)
class Change:
    """What an edition changes of an item.

    Attributes:
        texts: what stands in the item's cells and answers, and what stands there in this edition.
            All are replaced at once, as whole words.
        asks: the sentence, added to the item's text, that says what this edition asks for instead.
        answer: code that gives an answer to the public homework what `asks` adds. `STANDARD` in it
            is the answer's own function.
        check: code that takes this away again, so that the checks see what they know: a function
            called `BACK`, which calls the student's.
        fixed: why the item stays as it is, "" if it does not.
        public: why the public solution still gets the points, "" if it loses them.
    """

    texts: dict[str, str] = field(default_factory=dict)
    asks: str = ""
    answer: str = ""
    check: str = ""
    fixed: str = ""
    public: str = ""


def changes(chapter: str, items: list[str], seed: str) -> dict[str, Change]:
    """Return what an edition changes of each item.

    Args:
        chapter: a chapter that has a homework.
        items: names of its solution cells.
        seed: any text; the same gives the same edition.

    Raises:
        EditionError: an item has no function, or a function no item.
    """
    module = importlib.import_module(f"grading.editions.{chapter}")
    own = {
        name: value
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__ and name[0] != "_"
    }
    if set(own) != set(items):
        raise EditionError(
            f"grading/editions/{chapter}.py: no function for {sorted(set(items) - set(own))}, "
            f"no item for {sorted(set(own) - set(items))}"
        )
    return {name: own[name](random.Random(f"{seed} {chapter} {name}")) for name in items}


def items_of(notebook: nbformat.NotebookNode) -> dict[str, list[nbformat.NotebookNode]]:
    """Return the cells of each item, from its heading to the next, by its solution cell's name."""
    parts = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            parts.append([])
        parts[-1].append(cell)
    names = [[graded(x)["grade_id"] for x in part if graded(x).get("solution")] for part in parts]
    return {name[0]: part for name, part in zip(names, parts, strict=True) if name}


def edited(notebook: nbformat.NotebookNode, changed: dict[str, Change]) -> nbformat.NotebookNode:
    """Return the instructor's notebook of an edition.

    Args:
        notebook: the public one.
        changed: what the edition changes of each item.

    Raises:
        EditionError: a text to be replaced is nowhere in its item.
    """
    notebook = copy.deepcopy(notebook)
    parts = items_of(notebook)
    for name, change in changed.items():
        edit(parts[name], name, change)
    return notebook


def edit(cells: list[nbformat.NotebookNode], name: str, change: Change) -> None:
    """Change the cells of an item."""
    text = "\n".join(cell.source for cell in cells)
    lost = [old for old in change.texts if not word(old).search(text)]
    if lost:
        raise EditionError(f"{name}: its cells do not have {lost}")
    function = function_of(cells, name)
    if not function and (change.answer or change.check):
        raise EditionError(f"{name} defines no function: change its texts alone")
    for cell in cells:
        label = graded(cell)
        cell.source = replaced(cell.source, change)
        if change.asks and cell is cells[0]:
            cell.source += f"\n\n**In this edition:** {change.asks}"
        elif change.answer and label.get("solution"):
            code = f"\n\n\n{own_names(change.answer, name, function)}"
            end = REGION.search(cell.source)
            cell.source = cell.source[: end.start()] + code + cell.source[end.start() :]
        elif change.check and label.get("grade"):
            cell.source = with_check(cell.source, name, change, function)


def with_check(source: str, name: str, change: Change, function: str) -> str:
    """Let a test call the function that takes the edition's change away."""
    lines = source.encode().splitlines(keepends=True)
    uses = [x for x in ast.walk(ast.parse(source)) if isinstance(x, ast.Name) and x.id == function]
    for use in sorted(uses, key=lambda x: (x.lineno, x.col_offset), reverse=True):
        line, end = lines[use.lineno - 1], use.end_col_offset
        lines[use.lineno - 1] = line[: use.col_offset] + f"_back_{name}".encode() + line[end:]
    code = b"".join(lines).decode()
    back = change.check.replace("BACK", f"_back_{name}")
    hidden = "### BEGIN HIDDEN TESTS\n"
    if hidden in code:
        return code.replace(hidden, f"{hidden}{back}\n\n\n", 1)
    return f"{back}\n\n\n{code}"


def function_of(cells: list[nbformat.NotebookNode], name: str) -> str:
    """Return the name that the item's solution cell defines."""
    source = next(cell.source for cell in cells if graded(cell).get("grade_id") == name)
    try:
        defined = [x.name for x in ast.parse(source).body if hasattr(x, "name")]
    except SyntaxError:  # a written answer
        return ""
    return defined[-1] if defined else ""


def own_names(code: str, name: str, function: str) -> str:
    """Return code that is added to an answer, with a name of its own for what it wraps."""
    standard = f"_standard_{name}"
    return f"{standard} = {function}\n\n\n" + code.replace("STANDARD", standard)


def edited_answers(
    items: dict[str, Item], cells: dict, changed: dict[str, Change]
) -> dict[str, Item]:
    """Return the right and wrong answers for an edition.

    Args:
        items: those to the public homework.
        cells: the cells of each item of the public homework, by its name.
        changed: what the edition changes of each item.
    """
    new = {}
    for name, change in changed.items():
        if name not in items:
            continue
        function = function_of(cells[name], name)

        def turn(code: str, change=change, name=name, function=function) -> str:
            code = replaced(code, change)
            if change.answer:
                code = f"{code}\n\n\n{own_names(change.answer, name, function)}"
            return code

        new[name] = Item(
            [Wrong(w.mistake, turn(w.code), replaced(w.says, change)) for w in items[name].wrong],
            [turn(code) for code in items[name].right],
        )
    return new


def write(root: Path, chapter: str, seed: str) -> tuple[list[str], int]:
    """Write the instructor's notebook of an edition, if all answers get what they should.

    Returns:
        what to tell the instructor: a line for each item; and how many answers did not.
    """
    public = source(chapter)
    cells = items_of(public)
    changed = changes(chapter, list(cells), seed)
    notebook = edited(public, changed)
    trial = try_all(notebook, edited_answers(answers(chapter), cells, changed))
    faults = [*trial.survived, *trial.unsaid, *trial.lost]
    lines = [
        f"\n{chapter.replace('_', ' ')}: {trial.right} right answers tried, "
        f"{trial.right - len(trial.lost)} get all points; {trial.wrong} wrong ones, "
        f"{trial.wrong - len(trial.survived)} lose them",
        *(f"  NOT AS IT SHOULD BE: {fault}" for fault in faults),
    ]
    module = importlib.import_module(f"grading.editions.{chapter}")
    for name, change in changed.items():
        what = getattr(module, name).__doc__.strip().splitlines()[0]
        if change.fixed:
            what = f"stays as it is: {change.fixed}"
        elif change.public:
            what += f" The public solution still gets its points: {change.public}"
        lines.append(f"  {name}: {what}")
    if not faults:
        target = root / SOURCES / chapter / "homework.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
    return lines, len(faults)


def word(text: str) -> re.Pattern:
    """Return a pattern for a text that is no part of a longer word or number."""
    before = r"(?<![\w.])" if re.match(r"\w", text) else ""
    after = r"(?!\w|\.\d)" if re.search(r"\w$", text) else ""
    return re.compile(before + re.escape(text) + after)


def replaced(text: str, change: Change) -> str:
    """Return a text with all of the change's texts replaced at once, the longest first."""
    olds = sorted(change.texts, key=len, reverse=True)
    if not olds:
        return text
    pattern = re.compile("|".join(word(old).pattern for old in olds))
    return pattern.sub(lambda match: change.texts[match[0]], text)
