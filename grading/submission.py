"""What a student handed in: find it, read it, and put its cells back in order.

Nothing here changes a file that was handed in; a mended copy is what gets graded.
"""

import ast
import copy
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

LARGEST = 100 << 20
"""Bytes; a larger file is not opened."""

MISSING_CELLS = "missing cells: "


class UnreadableError(Exception):
    """The file that was handed in is no notebook."""


@dataclass
class Submission:
    """One student's work: where it is, what it was called, and what a person should know."""

    student: str
    folder: Path
    name: str = ""
    path: Path | None = None
    late: bool = False
    flags: list[str] = field(default_factory=list)
    lms_id: str = ""

    @property
    def digest(self) -> str:
        """Return a fingerprint of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest() if self.path else ""


def find(submitted: Path, chapter: str) -> list[Submission]:
    """Return one entry for each student folder, also where the notebook is missing."""
    folders = sorted(p for p in submitted.glob("*") if p.is_dir() and p.name[0] != ".")
    return [find_one(folder, chapter) for folder in folders]


def find_one(folder: Path, chapter: str) -> Submission:
    """Find the notebook of a student, whatever it is called."""
    found = Submission(student_id(folder.name), folder / chapter, name=folder.name)
    handed_in = folder / chapter / "handed_in.json"
    if handed_in.exists():
        about = json.loads(handed_in.read_text(encoding="utf8"))
        found.name, found.late, found.lms_id = about["name"], about["late"], about["id"]
        found.flags += about["flags"]
    if (folder / chapter / "homework.ipynb").is_file():
        found.path = folder / chapter / "homework.ipynb"
        return found
    others = [p for p in (folder / chapter).glob("*.ipynb") if p.is_file()]
    if others:
        found.path = max(others, key=lambda p: (p.stat().st_mtime, p.name))
        found.flags.append(f"renamed file: graded {found.path.name}")
        if len(others) > 1:
            found.flags.append(f"{len(others)} notebooks, none called homework.ipynb")
    return found


def student_id(folder: str) -> str:
    """Return a name without the characters that mean something to nbgrader in a path."""
    plain = "".join(c if c.isalnum() or c in " ._@-" else "_" for c in folder)
    if plain == folder:
        return plain
    return f"{plain}-{hashlib.sha256(folder.encode()).hexdigest()[:6]}"


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook as it comes from a student.

    Raises:
        UnreadableError: with the reason, in words for a person.
    """
    if path.stat().st_size > LARGEST:
        raise UnreadableError(f"the file has {path.stat().st_size >> 20} MB; open it by hand")
    if path.stat().st_size == 0:
        raise UnreadableError("the file is empty")
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not a notebook, or cut off: {error}") from None
    try:
        notebook = nbformat.reads(json.dumps(content), as_version=4)
        for cell in notebook.cells:
            cell.source = "".join(cell.source)
            cell.metadata = cell.get("metadata", {})
    except Exception as error:  # whatever a hand-made file makes nbformat raise
        raise UnreadableError(f"not a Jupyter notebook: {error!r:.200}") from None
    return notebook


def mend(
    notebook: nbformat.NotebookNode, template: nbformat.NotebookNode
) -> tuple[nbformat.NotebookNode, list[str]]:
    """Return the student's answers in the cells of the template, and what was not as given out.

    Tests that were edited or deleted come back; labels that a program stripped are found again by
    the cell's id, its text or the names it defines; cells return to their order. The student's own
    cells stay behind the cell that they followed.
    """
    flags = []
    wanted = {label_of(cell): cell for cell in template.cells if label_of(cell)}
    labels = find_labels(notebook, template, wanted, flags)
    chunks, current = {"": []}, ""
    for cell, label in zip(notebook.cells, labels, strict=True):
        if label:
            current = label
            chunks[label] = [answer(cell, wanted[label], flags)]
        elif cell.cell_type in ("code", "markdown"):
            chunks[current].append(plain(cell))
    order = [label for label in labels if label]
    if order != [label for label in wanted if label in order]:
        flags.append("cells in another order: put back")
    missing = [label for label in wanted if label not in order]
    if missing:
        flags.append(f"{MISSING_CELLS}{', '.join(missing)}")
    mended = copy.deepcopy(template)
    mended.cells = set_up(notebook, template, flags) + chunks[""]
    for label, cell in wanted.items():
        mended.cells += chunks.get(label, [copy.deepcopy(cell)])
    if not missing and unanswered(mended, wanted):
        flags.append("blank: nothing was filled in")
    for number, cell in enumerate(mended.cells):
        cell.id = f"cell-{number}"
    return mended, flags


def label_of(cell: nbformat.NotebookNode) -> str:
    """Return the cell's grade_id, "" if it has none."""
    settings = cell.metadata.get("nbgrader")
    label = settings.get("grade_id") if isinstance(settings, dict) else ""
    return label if isinstance(label, str) else ""


def find_labels(notebook, template, wanted, flags) -> list[str]:
    """Return each cell's label, once each; stripped ones are found again."""
    labels = [label_of(cell) if label_of(cell) in wanted else "" for cell in notebook.cells]
    for label in sorted({label for label in labels if labels.count(label) > 1} - {""}):
        flags.append(f"duplicated cell: {label}; the last edited one counts")
        places = [i for i, own in enumerate(labels) if own == label]
        edited = [i for i in places if notebook.cells[i].source != wanted[label].source]
        for i in set(places) - {(edited or places)[-1]}:
            labels[i] = ""
            if notebook.cells[i].source == wanted[label].source or is_locked(wanted[label]):
                notebook.cells[i].source = ""  # an untouched copy would undo the answer
    last, again = -1, False
    for label, cell in wanted.items():
        if label not in labels:
            free = [i for i, own in enumerate(labels) if not own]
            same = [i for i in free if looks_like(notebook.cells[i], cell)]
            same = same or [i for i in free if i and follows(notebook, i, cell, template)]
            if same:
                labels[next((i for i in same if i > last), same[-1])] = label
                again = True
        last = labels.index(label) if label in labels else last
    flags += ["labels stripped: found again"] if again else []
    return labels


def follows(notebook, place, original, template) -> bool:
    """Tell whether a text stands where the original does: right behind the same text."""
    before = template.cells[template.cells.index(original) - 1]
    return (
        original.cell_type == notebook.cells[place].cell_type == "markdown"
        and not is_locked(original)
        and notebook.cells[place - 1].source.strip() == before.source.strip()
    )


def looks_like(cell, original) -> bool:
    """Tell whether a cell without a label is the student's version of the original."""
    if cell.source.strip() == original.source.strip():
        return True
    if is_locked(original):
        return False
    if cell.get("id") and cell.get("id") == original.get("id"):
        return True
    if original.cell_type != "code":
        return False
    names = defined(original.source)
    return bool(names) and names <= defined(cell.source)


def defined(code: str) -> set[str]:
    """Return the names of functions, classes and variables that the code defines at its top."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {node.name for node in body if hasattr(node, "name")}
    for node in body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def is_locked(cell) -> bool:
    """Tell whether students are not meant to change the cell."""
    return bool(cell.metadata.nbgrader.get("locked"))


def answer(cell, original, flags):
    """Return the original cell, with the student's text if it is theirs to write."""
    new = copy.deepcopy(original)
    if not is_locked(original):
        new.source = cell.source
        if cell.cell_type == original.cell_type == "markdown" and cell.get("attachments"):
            new.attachments = cell.attachments
    elif cell.source.strip() != original.source.strip():
        flags.append(f"edited test: {label_of(original)}; the original counts")
    return new


def plain(cell):
    """Return a student's own cell without outputs and settings."""
    make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    return make(cell.source)


def set_up(notebook, template, flags):
    """Return the cells before the first label that the student lost, such as the imports."""
    texts = {cell.source.strip() for cell in notebook.cells}
    lost = []
    for cell in template.cells:
        if label_of(cell):
            break
        if cell.cell_type == "code" and cell.source.strip() not in texts:
            lost.append(copy.deepcopy(cell))
    if lost:
        flags.append("set-up cell missing or edited: the original runs first")
    return lost


def unanswered(notebook, wanted) -> bool:
    """Tell whether every cell for an answer is as it was given out."""
    return all(
        cell.source.strip() == wanted[label_of(cell)].source.strip()
        for cell in notebook.cells
        if label_of(cell) and not is_locked(wanted[label_of(cell)])
    )
