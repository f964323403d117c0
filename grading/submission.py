"""What a student handed in: find it, read it, and put its cells back in order.

Nothing here changes a file that was handed in; a mended copy is what gets graded.
"""

import ast
import copy
import hashlib
import json
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from src.homework import LAST

LARGEST = 100 << 20
"""Bytes; a larger file is not opened."""

MISSING_CELLS = "missing cells: "

ATTACHED = re.compile(r"!\[[^\]]*\]\(attachment:([^)\s]*)[^)]*\)")
DEFINES = re.compile(r"^[#>\s]*(?:(?:def|class)\s+(\w+)|(\w+)\s*=[^=])", re.MULTILINE)


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
    scheme: str = ""
    date: str = ""
    also: list[str] = field(default_factory=list)

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
        found.date, found.scheme = about.get("date", ""), about.get("scheme", "")
        found.also = sorted(p.name for p in (folder / chapter / "also").glob("*"))
    if (folder / chapter / "homework.ipynb").is_file():
        found.path = folder / chapter / "homework.ipynb"
        return found
    own = {"earlier", "also", ".ipynb_checkpoints"}
    others = [
        p
        for p in (folder / chapter).rglob("*.ipynb")
        if p.is_file() and not own & set(p.relative_to(folder / chapter).parts)
    ]
    if others:
        found.path = max(others, key=lambda p: (p.stat().st_mtime, p.name))
        found.flags.append(f"renamed file: graded {found.path.relative_to(folder / chapter)}")
        if len(others) > 1:
            found.flags.append(f"{len(others)} notebooks, none called homework.ipynb")
    return found


def student_id(folder: str) -> str:
    """Return a name without the characters that mean something to nbgrader in a path."""
    safe = plain_name(folder, " ._@-")
    if safe == folder:
        return safe
    return f"{safe}-{hashlib.sha256(folder.encode()).hexdigest()[:6]}"


def plain_name(text: str, also: str) -> str:
    """Return a text as a file may be called: its letters, digits and some other characters."""
    return "".join(c if c.isalnum() or c in also else "_" for c in text)


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
        content = json.loads(whole(path.read_text(encoding="utf-8-sig")))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not a notebook, or cut off: {error}") from None
    try:
        notebook = nbformat.reads(whole(json.dumps(content, ensure_ascii=False)), as_version=4)
        for cell in notebook.cells:
            cell.source = "".join(cell.source)
            cell.metadata = cell.get("metadata", {})
    except Exception as error:  # whatever a hand-made file makes nbformat raise
        raise UnreadableError(f"not a Jupyter notebook: {error!r:.200}") from None
    return notebook


def whole(text: str) -> str:
    """Return a text in which half a character, such as half an emoji, is replaced by a mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Recognizer:
    """Tells whether a file is somebody's version of a homework, whatever it is called."""

    def __init__(self, source: nbformat.NotebookNode) -> None:
        """Take what tells it: labels, texts and names of answers of the instructor's notebook."""
        self.labels = {label_of(cell) for cell in source.cells} - {""}
        self.texts = {cell.source.strip() for cell in source.cells if len(cell.source) > 40}
        self.names = {name for cell in source.cells if is_answer(cell) for name in defined(cell)}

    def __call__(self, data: bytes) -> bool:
        """Look at a file's content."""
        try:
            content = json.loads(data.decode("utf-8-sig"))
            sheets = content.get("worksheets") or [content]
            cells = [cell for sheet in sheets for cell in sheet.get("cells", [])]
            labels = {(c.get("metadata", {}).get("nbgrader") or {}).get("grade_id") for c in cells}
            texts = {"".join(c.get("source", c.get("input", ""))).strip() for c in cells}
        except (ValueError, RecursionError, AttributeError, TypeError):
            return False
        names = {name for text in texts for name in defined_in(text)}
        return bool(labels & self.labels or texts & self.texts or names & self.names)


@dataclass
class Mended:
    """A student's answers in the cells of the template.

    Attributes:
        notebook: what is run and marked.
        flags: what was not as given out.
        doubts: why an item's answer may be right although its tests fail, by item.
        names: those that the student's cells give a meaning, but for the ones asked for.
    """

    notebook: nbformat.NotebookNode
    flags: list[str]
    doubts: dict[str, str]
    names: set[str]


def mend(
    notebook: nbformat.NotebookNode, template: nbformat.NotebookNode, also: list[str] | None = None
) -> Mended:
    """Put a student's answers in the cells of the template.

    Tests that were edited or deleted come back; labels that a program stripped are found again by
    the cell's id, its text or the names it defines; cells return to their order. The student's own
    cells stay behind the cell that they followed. A written answer that stands in other cells is
    added to its own.

    Args:
        notebook: what was handed in.
        template: what was given out, with all tests.
        also: other files that were handed in.
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
    pieces = own_pieces(notebook, template, labels, wanted)
    doubts = code_elsewhere(pieces, wanted, chunks)
    for label, cell in wanted.items():
        if is_answer(cell) and cell.cell_type == "markdown":
            chunk = chunks.setdefault(label, [copy.deepcopy(cell)])
            complete(chunk[0], cell, pieces, also or [], flags)
    mended = copy.deepcopy(template)
    mended.cells = set_up(notebook, template, flags) + chunks[""]
    for label, cell in wanted.items():
        mended.cells += chunks.get(label, [copy.deepcopy(cell)])
    if not missing and unanswered(mended, wanted):
        flags.append("blank: nothing was filled in")
    for number, cell in enumerate(mended.cells):
        without_lost_pictures(cell)
        cell.id = f"cell-{number}"
    asked_for = set().union(*(defined(cell) for cell in wanted.values() if is_answer(cell)))
    names = set().union(*(bound_in(cell.source) for cell in notebook.cells)) - asked_for
    return Mended(mended, flags, doubts, names)


@dataclass
class Piece:
    """What a student wrote in a cell that is not for it: the own lines, and the label before it."""

    after: str
    text: str
    source: str
    cell_type: str
    picture: bool = False


def own_pieces(notebook, template, labels, wanted) -> list[Piece]:
    """Return what stands in the student's own cells, and what was added to locked ones.

    Of the cells for code, the longer comments and texts, which may answer another question.
    """
    given_out = {line for cell in template.cells for line in cell.source.splitlines()}
    pieces, current = [], ""
    for cell, label in zip(notebook.cells, labels, strict=True):
        current = label or current
        own = [line for line in cell.source.splitlines() if line not in given_out]
        if label == LAST:
            own = [line for line in own if "show_open" not in line]
        elif label and is_answer(wanted[label]):
            if wanted[label].cell_type == "code" and (text := remarks(cell.source, given_out)):
                pieces.append(Piece(current, text, "", "remark"))
            continue
        text = "\n".join(own).strip() if any(line.strip() for line in own) else ""
        picture = has_picture(cell) and (text or not label)
        if text or picture:
            pieces.append(Piece(current, text, cell.source, cell.cell_type, bool(picture)))
    return pieces


def remarks(code: str, given_out: set[str]) -> str:
    """Return the comments and texts of five words and more in a cell for code."""
    lines = [line for line in code.splitlines() if line not in given_out]
    comments = [line.strip("# ") for line in lines if line.strip().startswith("#")]
    nodes = [x.value for x in ast.walk(parsed(code) or ast.Module()) if isinstance(x, ast.Expr)]
    texts = [x.value for x in nodes if isinstance(x, ast.Constant) and isinstance(x.value, str)]
    old = "\n".join(given_out)
    texts = [x for x in texts if not any(line in old for line in x.splitlines() if line)]
    found = [text for text in ("\n".join(comments), *texts) if len(text.split()) >= 5]
    return "\n".join(found)


def code_elsewhere(pieces: list[Piece], wanted, chunks) -> dict[str, str]:
    """Return the items whose answer may stand where its tests do not look."""
    answers = {x: cell for x, cell in wanted.items() if is_answer(cell) and defined(cell)}
    doubts = {}
    for label, original in answers.items():
        names, own_cell = defined(original), chunks.get(label, [original])[0].source
        elsewhere = [piece.source for piece in pieces]
        elsewhere += [chunks[x][0].source for x in answers if x != label and x in chunks]
        if any(names & bound_in(text) for text in elsewhere):
            doubts[label] = f"an answer to {label} stands in another cell"
        elif label not in chunks or own_cell.strip() == original.source.strip():
            own = [p for p in pieces if p.after in (label, f"{label}_test", f"{label}_hidden")]
            if any(p.cell_type != "markdown" or "=" in p.text or p.picture for p in own):
                doubts[label] = f"{label} is blank, and own cells stand below it"
        elif original.source.strip() in own_cell:
            doubts[label] = f"in the cell of {label} the answer stands beside what was given out"
        elif not names <= bound_in(own_cell, strictly=True) and any(
            {x.lower() for x in names} <= {x.lower() for x in bound_in(text, strictly=True)}
            for text in (own_cell, unwrapped(own_cell))
        ):
            doubts[label] = f"the answer to {label} is no code that runs, but nearly"
    return doubts


def bound_in(text: str, *, strictly: bool = False) -> set[str]:
    """Return all names that a text gives a meaning, at any place in it.

    Args:
        text: code, or a text with code in it.
        strictly: return nothing for what is no code.
    """
    tree = parsed(text)
    if tree is None:
        return set() if strictly else written_in(text)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def parsed(text: str) -> ast.Module | None:
    """Return the tree of a text that is code, None of one that is not."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def unwrapped(text: str) -> str:
    """Return code as it was before it was pasted: without fences, prompts and its own margin."""
    lines = [x for x in text.replace("\xa0", " ").splitlines() if not x.strip().startswith("```")]
    lines = [re.sub(r"^\s*(>>>|\.\.\.|In \[\d*\]:) ?", "", line) for line in lines]
    return textwrap.dedent("\n".join(lines))


def complete(cell, original, pieces: list[Piece], also: list[str], flags: list[str]) -> None:
    """Add to a written answer what of it stands in other cells, or may."""
    label = label_of(original)
    blank = cell.source.strip() in ("", original.source.strip())
    below = [p for p in pieces if p.after == label and p.cell_type != "code"]
    others = pieces if blank else [p for p in below if p.cell_type != "remark"]
    texts = [p.text for p in others if p.text]
    if has_picture(cell) or any(p.picture for p in others):
        flags.append(f"a picture is part of {label}")
        texts.append("(There is a picture: see the notebook.)")
    if blank and also:
        flags.append(f"{label} may be in another file")
        texts.append(f"(Also handed in: {', '.join(also)}.)")
    if texts:
        if any(p.text for p in others):
            where = "is in other cells, if anywhere" if blank else "goes on in another cell"
            flags.append(f"the answer to {label} {where}")
        start = [] if blank else [cell.source]
        cell.source = "\n\n".join([*start, "[From other cells:]", *texts])


def has_picture(cell) -> bool:
    """Tell whether a text holds a picture."""
    text = cell.source
    shown = "![" in text or "<img" in text or "data:image" in text
    return cell.cell_type != "code" and bool(shown or cell.get("attachments"))


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
    names = defined(original)
    return bool(names) and names <= defined_in(cell.source)


def is_answer(cell) -> bool:
    """Tell whether a cell of the template is for an answer."""
    settings = cell.metadata.get("nbgrader")
    return isinstance(settings, dict) and bool(settings.get("solution"))


def defined(cell) -> set[str]:
    """Return the names that a cell of code defines, such as those an answer is asked to define."""
    return defined_in(cell.source) if cell.cell_type == "code" else set()


def defined_in(text: str) -> set[str]:
    """Return the names of functions, classes and variables that the text defines at its top.

    Of a text that is no code, those that a line of it would define.
    """
    tree = parsed(text)
    body = tree.body if tree else []
    names = {node.name for node in body if hasattr(node, "name")}
    for node in body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names or written_in(text)


def written_in(text: str) -> set[str]:
    """Return the names that lines of a text would define, comments included."""
    return {match[1] or match[2] for match in DEFINES.finditer(text)}


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
    elif cell.source.strip() != original.source.strip() and label_of(original) != LAST:
        flags.append(f"edited test: {label_of(original)}; the original counts")
    return new


def plain(cell):
    """Return a student's own cell without outputs and settings."""
    make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    new = make(cell.source)
    if cell.cell_type == "markdown" and cell.get("attachments"):
        new.attachments = cell.attachments
    return new


def without_lost_pictures(cell) -> None:
    """Take pictures out of a text that it does not bring along: nbconvert would stop at them."""
    if cell.cell_type == "markdown":
        own = cell.get("attachments") or {}
        cell.source = ATTACHED.sub(lambda x: x[0] if x[1] in own else "(picture)", cell.source)


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
