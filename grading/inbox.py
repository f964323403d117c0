"""Take what a platform gives to download, and put each student's newest notebook in its place.

A download is a zip, or the folder that a browser made of it, or a folder of both. Whose a file is
stands in its name, or in the name of a folder around it:

- Canvas: `doejane_LATE_1234_98765_homework-1.ipynb`: name, late, number of the user, number of the
  file; anonymous `anon_Ab1Cd_98765_homework.ipynb` (canvas-lms, lib/content_zipper.rb).
- Moodle: `Jane Doe_4711_assignsubmission_file_/homework.ipynb`, or with the folder's name before
  the file's; a group's name may stand first, and `Participant` for a hidden name.
- Blackboard: `Homework 1_jdoe_attempt_2026-11-30-23-50-00_homework.ipynb`.
- Brightspace: `12345-67890 - Jane Doe - Nov 30, 2026 1150 PM/homework.ipynb`.
- Gradescope: `submission_345678/homework.ipynb`; whose it is stands in submission_metadata.yml.

Where no name is like that, the folders themselves are the students: a clone of each repository of a
class, say. What cannot be given to a student is named; nothing is dropped.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import stat
import struct
import subprocess
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import yaml

from grading.submission import LARGEST, plain_name, whole

MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL
)
BLACKBOARD = re.compile(
    r"(?P<who>.+)_attempt_(?P<date>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<file>.+)|\.txt)",
    re.DOTALL,
)
BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-(?P<sent>\d+) ?- (?P<name>.+) - (?P<date>[^-]*\d{4}[^-]*)", re.DOTALL
)
GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")
ANONYMOUS = re.compile(r"anon_[0-9A-Za-z]+")
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # some browsers add the latter
GIVEN_OUT = re.compile(r"homework([-_ ]?\(?\d+\)?)?\.ipynb")
NOT_HANDED_IN = {"__MACOSX", ".git", ".github", ".venv", ".DS_Store"}
CHECKPOINTS = ".ipynb_checkpoints"
ISO = re.compile(r"\d{4}-\d\d-\d\d")
BY_THE_PLATFORM = {"index.html", "submission_metadata.yml"}
CANNOT_BE_READ = (
    zipfile.BadZipFile,
    RuntimeError,  # it has a password
    NotImplementedError,  # packed in a way that Python does not know
    OSError,
    EOFError,
    zlib.error,
    struct.error,
    ValueError,  # its directory lies
)
DEEPEST = 4
"""Zips within zips that are opened."""


@dataclass
class Found:
    """One file of a download: where it was found, when it was changed, and how to read it.

    A file in a zip has the zip's time before its own.
    """

    parts: tuple[str, ...]
    size: int
    changed: list[float]
    read: Callable[[], bytes]

    @property
    def path(self) -> str:
        """Return its path in the download."""
        return "/".join(self.parts)


@dataclass
class HandedIn:
    """A file that has an owner."""

    found: Found
    scheme: str
    name: str
    id: str
    file: str
    late: bool = False
    sent: int = 0
    date: str = ""
    doubt: str = ""
    ours: bool = False

    @property
    def owner(self) -> tuple[str, str]:
        """Return what tells students apart."""
        return self.scheme, self.id.casefold()

    @property
    def age(self) -> list:
        """Return what sorts a student's files: the newest comes last."""
        again = re.search(r"[-(](\d+)\)?\.ipynb", self.file)
        later = [int(again[1]) if again else 0, self.found.changed]
        return [self.date, self.sent, *(later if self.scheme == "Canvas" else later[::-1])]


def unpack(
    downloads: str, submitted: Path, chapter: str, is_ours: Callable[[bytes], bool]
) -> tuple[int, list[str]]:
    """Put each student's newest notebook at submitted/<student>/<chapter>/homework.ipynb.

    What lay there before is kept in the folder `earlier` beside it; other files that were handed
    in, in the folder `also`.

    Args:
        downloads: path of a zip or a folder; `~` is the home.
        submitted: the folder of all students.
        chapter: the homework.
        is_ours: whether a notebook is this homework, whatever its file is called.

    Returns:
        the number of students, and the paths of files that could be given to nobody.

    Raises:
        ValueError: there is nothing there, or nothing that can be read.
    """
    path = Path(downloads).expanduser()
    if not path.exists():
        raise ValueError(f"there is no file {path} (in {Path.cwd()})")
    if path.is_file() and not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is no zip file, or was cut off: download it again")
    try:
        files = without_class_zips(list(look(path)))
    except CANNOT_BE_READ as error:
        raise ValueError(f"{path} cannot be read ({error}): download it again") from None
    owned, unknown = owners(files)
    if not any(is_notebook(x.file) for x in owned):
        owned, unknown = by_folder(files, path) or (owned, unknown)
    if not owned:
        raise ValueError(
            f"nothing in {path} is named as Canvas, Moodle, Blackboard, Brightspace or Gradescope "
            "name downloads, and no folder holds a notebook; put each notebook at "
            f"{submitted}/<student>/{chapter}/homework.ipynb instead"
        )
    students = {}
    for handed_in in owned:
        students.setdefault(handed_in.owner, []).append(handed_in)
    known = folders(submitted, chapter)
    for owner, own in students.items():
        place = known.get(owner) or submitted / free_name(own, known.values())
        known[owner] = place
        unknown += put(own, place / chapter, is_ours)
    return len(students), unknown


def look(path: Path) -> Iterator[Found]:
    """Return the files of a download, also those in zips within it."""
    if path.is_file():
        yield from in_zip(lambda: path, (), 0)
        return
    for place in sorted(path.rglob("*")):
        parts = place.relative_to(path).parts
        if NOT_HANDED_IN & set(parts) or not place.is_file() or place.name.startswith("._"):
            continue
        about = place.stat()
        parts = tuple(unicodedata.normalize("NFC", whole(part)) for part in parts)
        read = place.read_bytes
        yield from opened_if_zip(Found(parts, about.st_size, [about.st_mtime], read), 0)


def without_class_zips(files: list[Found]) -> list[Found]:
    """Take the zip of a whole class off the paths of what is in it.

    Its name may look like a student's (`hw_2026_11_submissions.zip`), and a file in a student's zip
    like a class's (`homework_2026_11_30.ipynb`). A folder that names the student decides; then how
    many people the names in it are; then whether there is anything beside it.
    """
    groups: dict[tuple[str, ...], list[Found]] = {}
    for found in files:
        zips = [i for i, part in enumerate(found.parts[:-1], 1) if part.lower().endswith(".zip")]
        groups.setdefault(found.parts[: zips[0]] if zips else (), []).append(found)
    beside = sum(bool(read_name(found)) for found in groups.get((), []))
    beside += len([outer for outer in groups if outer])
    for outer, group in groups.items():
        inner = [Found(found.parts[len(outer) :], 0, [], bytes) for found in group]
        people = {options[0].id for x in inner if (options := read_name(x))}
        own = read_name(Found(outer, 0, [], bytes)) if outer else []
        by_folder_name = bool(own) and own[0].scheme not in ("Canvas", "Blackboard")
        if not outer or not people or by_folder_name:
            continue
        if not own or len(people) > 1 or beside == 1:
            for found, short in zip(group, inner, strict=True):
                found.parts, found.changed = short.parts, found.changed[1:]
    return files


def in_zip(source: Callable, before: tuple[str, ...], depth: int) -> Iterator[Found]:
    """Return the files of a zip; `source` gives its path, or its bytes as a file."""

    def reader(member: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            with zipfile.ZipFile(source()) as opened:
                return opened.read(member)

        return read

    with zipfile.ZipFile(source()) as opened:
        members = opened.infolist()
    for member in members:
        parts = (*before, *PurePosixPath(name_of(member).replace("\\", "/")).parts)
        parts = tuple(part for part in parts if part not in ("/", "..", "."))
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        if member.is_dir() or is_link or not parts or NOT_HANDED_IN & set(parts):
            continue
        if not parts[-1].startswith("._"):
            found = Found(parts, member.file_size, [seconds(member.date_time)], reader(member))
            yield from opened_if_zip(found, depth)


def seconds(date_time: tuple) -> float:
    """Return the time at which a file of a zip was changed; 0 if there is no such day."""
    try:
        return datetime(*date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def opened_if_zip(found: Found, depth: int) -> Iterator[Found]:
    """Return the files within, if it is a zip that can be opened, or the file itself."""
    within = []
    if found.parts[-1].lower().endswith(".zip") and depth < DEEPEST and found.size <= LARGEST:
        with contextlib.suppress(*CANNOT_BE_READ):
            within = list(in_zip(lambda: io.BytesIO(found.read()), found.parts, depth + 1))
    for inner in within:
        inner.changed = [*found.changed, *inner.changed]
    yield from within or [found]


def name_of(member: zipfile.ZipInfo) -> str:
    """Return a file's name in a zip, also where the zip does not say how it is written.

    Without the mark for UTF-8, Python takes a name for cp437. Many programs write UTF-8 all the
    same; where it is not, the letters are lost and the name keeps only what is certain.
    """
    name = member.filename
    if not member.flag_bits & 0x800 and not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = re.sub(r"[^\x00-\x7f]+", "\N{REPLACEMENT CHARACTER}", name)
    return unicodedata.normalize("NFC", name)


def owners(files: list[Found]) -> tuple[list[HandedIn], list[str]]:
    """Give the files to students; return them, and the paths of those that name nobody."""
    readings = [(found, read_name(found)) for found in files]
    sure = [options[0] for _, options in readings if len(options) == 1]
    people = submitters(files)
    owned, unknown = [], []
    for found, options in readings:
        if not options:
            if found.parts[-1] not in BY_THE_PLATFORM:
                unknown.append(found.path)
            continue
        chosen = options[0] if len(options) == 1 else choose(options, sure)
        if chosen.scheme == "Gradescope" and people.get(chosen.id):
            for name, number, date in people[chosen.id]:
                owned.append(HandedIn(found, "Gradescope", name, number, chosen.file, date=date))
        else:
            owned.append(chosen)
    return without_assignment(owned), unknown


def read_name(found: Found) -> list[HandedIn]:
    """Return the ways to read whose a file is; [] if its path names nobody."""
    for place, part in enumerate(found.parts):
        rest = "/".join(found.parts[place + 1 :])
        is_file = not rest or part.lower().endswith(".zip")
        if match := MOODLE.fullmatch(part):
            name = match["name"].rpartition("_")[2]
            return [HandedIn(found, "Moodle", name, match["id"], rest or match["file"])]
        if match := BRIGHTSPACE.fullmatch(part):
            sent, date = int(match["sent"]), brightspace_date(match["date"])
            name, number = match["name"], match["id"]
            return [HandedIn(found, "Brightspace", name, number, rest, sent=sent, date=date)]
        if (match := GRADESCOPE.fullmatch(part)) and rest:
            return [HandedIn(found, "Gradescope", f"submission {match['id']}", match["id"], rest)]
        if not is_file:
            continue
        if match := BLACKBOARD.fullmatch(part):
            day, hour = match["date"][:10], match["date"][11:].replace("-", ":")
            date = f"{day}T{hour}"
            file = rest or match["file"] or "receipt.txt"
            return [HandedIn(found, "Blackboard", match["who"], match["who"], file, date=date)]
        if options := canvas(found, part, rest):
            return options
    return []


def brightspace_date(text: str) -> str:
    """Return the date of a Brightspace folder, such as `Nov 30, 2026 1150 PM`, in ISO's form.

    One in another language stays as it is; then the submissions' numbers say which is newer.
    """
    pieces = re.sub(r"[.,]", " ", text).split()
    month, day = sorted(pieces[:2], key=str.isdigit) if len(pieces) > 1 else ("", "")
    for form in ("%b %d %Y %I%M %p", "%B %d %Y %I%M %p", "%b %d %Y %H%M", "%B %d %Y %H%M"):
        with contextlib.suppress(ValueError, IndexError):
            clock = pieces[3].replace(":", "").zfill(4)
            whole_date = " ".join([month, day, pieces[2], clock, *pieces[4:]])
            return datetime.strptime(whole_date, form).isoformat()
    return text


def canvas(found: Found, part: str, rest: str) -> list[HandedIn]:
    """Return the ways to read a name as one of Canvas's: several, where it has many numbers."""
    pieces = part.split("_")
    options = []
    for i in range(len(pieces) - 1):
        file = "_".join(pieces[i + 2 :])
        text_entry = i + 2 == len(pieces) and pieces[i + 1] in ("text.html", "link.html")
        number = pieces[i]
        if i and pieces[i - 1] == "anon":
            number, before = f"anon_{number}", pieces[: i - 1]
        else:
            before = pieces[:i]
        is_number = number.isascii() and (number.isdigit() or ANONYMOUS.fullmatch(number))
        is_sent = pieces[i + 1].isascii() and pieces[i + 1].isdigit() and file
        if not is_number or not (is_sent or text_entry):
            continue
        late = bool(before) and before[-1].lower() == "late"
        name = "_".join(before[:-1] if late else before)
        sent = int(pieces[i + 1]) if is_sent else 0
        file = file or pieces[i + 1]
        options.append(HandedIn(found, "Canvas", name, number, rest or file, late, sent))
        if number.startswith("anon_"):
            return options[-1:]
    return options


def choose(options: list[HandedIn], sure: list[HandedIn]) -> HandedIn:
    """Choose among the readings of a Canvas name with more than two numbers.

    A group may be called `team_3`, a file `2_homework.ipynb`. The numbers of the files that can be
    read in one way decide; without any, a short number belongs to a name.
    """
    people = {(x.id, x.name) for x in sure if x.scheme == "Canvas"}
    known = [x for x in options if (x.id, x.name) in people]
    lengths = {len(number) for number, _ in people}
    alike = [x for x in options if len(x.id) in lengths]
    if len(known) == 1:
        return known[0]
    chosen = options[0]
    if len(alike) == 1:
        chosen = alike[0]
    elif len(options[0].id) < 3:
        chosen = options[1]
    others = ", ".join(x.id for x in options if x is not chosen)
    chosen.doubt = f"{chosen.found.parts[-1]} taken for number {chosen.id}; may be {others}"
    return chosen


def without_assignment(owned: list[HandedIn]) -> list[HandedIn]:
    """Take the assignment's name, which is the same for all, off Blackboard's user names."""
    ours = [x for x in owned if x.scheme == "Blackboard"]
    who = {x.id for x in ours}
    start = os.path.commonprefix(sorted(who)) if len(who) > 1 else next(iter(who), "")
    start = start[: start.rfind("_") + 1]
    for x in ours:
        x.name = x.id.removeprefix(start)
    return owned


def submitters(files: list[Found]) -> dict[str, list[tuple[str, str, str]]]:
    """Return the names, numbers and date of those who made each submission of Gradescope's."""
    people = {}
    for found in files:
        if found.parts[-1] != "submission_metadata.yml":
            continue
        try:
            table = yaml.safe_load(found.read()) or {}
            for key, about in table.items():
                match = GRADESCOPE.fullmatch(str(key))
                date = str(about.get(":created_at", ""))
                for one in about.get(":submitters", []) if match else []:
                    name = str(one.get(":name") or one.get(":email") or key)
                    number = str(one.get(":sid") or one.get(":email") or match["id"])
                    people.setdefault(match["id"], []).append((name, number, date))
        except (yaml.YAMLError, AttributeError, UnicodeError, TypeError):
            continue
    return people


def by_folder(files: list[Found], path: Path) -> tuple[list[HandedIn], list[str]] | None:
    """Give files to the students that folders are named after, as clones of repositories are.

    Returns:
        None if no folder holds a notebook.
    """
    notebooks = [x for x in files if is_notebook(x.parts[-1]) and len(x.parts) > 1]
    if not notebooks:
        return None
    place = 0
    while len({x.parts[: place + 1] for x in notebooks}) == 1 and all(
        len(x.parts) > place + 2 for x in notebooks
    ):
        place += 1
    above = notebooks[0].parts[:place]
    homes: dict[str, list[Found]] = {}
    unknown = []
    for found in files:
        if found.parts[:place] == above and len(found.parts) > place + 1:
            homes.setdefault(found.parts[place], []).append(found)
        else:
            unknown.append(found.path)
    start = os.path.commonprefix(sorted(homes)) if len(homes) > 1 else ""
    start = start[: start.rfind("-") + 1]  # the assignment's name before each student's
    same = given_out(list(homes.values()), place)
    owned = []
    for home, own in homes.items():
        name, date = home.removeprefix(start), commit_date(path.joinpath(*above, home))
        for found in [x for x in own if x.parts[place + 1 :] not in same] or own:
            file = "/".join(found.parts[place + 1 :])
            owned.append(HandedIn(found, "folder", name, home, file, date=date))
    return owned, unknown


def given_out(homes: list[list[Found]], place: int) -> set[tuple[str, ...]]:
    """Return the files that lie in each folder with equal content, and are no notebooks.

    The folder `src` is the course's own, in the repositories that it makes; it is large.
    """
    found = [{x.parts[place + 1 :]: x for x in own} for own in homes]
    notebooks = {parts for own in found for parts in own if is_notebook(parts[-1])}
    ours = {parts for own in found for parts in own if parts[0] == "src"} - notebooks
    if len(homes) < 2:
        return ours
    common = set(found[0]).intersection(*found[1:]) - notebooks - ours
    return ours | {
        parts
        for parts in common
        if len({x[parts].size for x in found}) == 1
        and len({hashlib.sha256(x[parts].read()).digest() for x in found}) == 1
    }


def commit_date(repository: Path) -> str:
    """Return the date of a repository's last commit, "" if it is none."""
    if not (repository / ".git").exists():
        return ""
    command = ["git", "-C", str(repository), "log", "-1", "--format=%cI"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def is_notebook(name: str) -> bool:
    """Tell whether a file is called as a notebook is."""
    return bool(NOTEBOOK.search(name))


def folders(submitted: Path, chapter: str) -> dict[tuple[str, str], Path]:
    """Return the folders of students who have handed in before, by what tells students apart."""
    known = {}
    for path in submitted.glob("*/*/handed_in.json"):
        about = json.loads(path.read_text(encoding="utf8"))
        for scheme in [about["scheme"]] if "scheme" in about else ["Canvas", "Moodle"]:
            owner = scheme, str(about["id"]).casefold()
            if path.parent.name == chapter or owner not in known:
                known[owner] = path.parent.parent
    return known


def free_name(files: list[HandedIn], taken) -> str:
    """Return a folder's name for a student: the name, and the number that tells namesakes apart."""
    number = "" if files[0].scheme in ("folder", "Blackboard") else files[0].id
    both = "-".join(filter(None, [best_name(files) or "student", number]))
    safe = plain_name(both, " .-").strip(". ")[:80]
    folder, more = safe or "student", 1
    used = {place.name.casefold() for place in taken}
    while folder.casefold() in used:
        more += 1
        folder = f"{safe}-{more}"
    return folder


def put(files: list[HandedIn], target: Path, is_ours: Callable[[bytes], bool]) -> list[str]:
    """Write a student's newest notebook; return the paths of files that cannot be read."""
    broken, flags = [], []
    # Jupyter's own copies count only where there is nothing else.
    files = [x for x in files if CHECKPOINTS not in x.found.parts] or files
    data = {id(x): read_file(x, flags) for x in files}
    for x in files:
        broken += [x.found.path] if data[id(x)] is None else []
        x.ours = is_notebook(x.file) and is_ours(data[id(x)] or b"")
    dated = all(ISO.match(x.date) for x in files)
    files.sort(key=lambda x: x.age if dated else x.age[1:])
    notebooks = [x for x in files if is_notebook(x.file)]
    last = ([x for x in notebooks if x.ours] or notebooks or files)[-1]
    others = [x for x in files if x is not last and PurePosixPath(x.file).name != "receipt.txt"]
    target.mkdir(parents=True, exist_ok=True)
    if len(notebooks) > 1:
        flags.append(f"{len(notebooks)} notebooks: graded {last.file}")
        if notebooks[-1] is not last:
            flags.append(f"{notebooks[-1].file} is newer, but not this homework")
    if not notebooks:
        flags.append(f"handed in {last.file}, no notebook")
    elif not last.ours:
        flags.append(f"{last.file} has nothing of this homework")
    elif not GIVEN_OUT.fullmatch(PurePosixPath(last.file).name):
        flags.append(f"renamed file: {last.file}")
    flags += sorted({x.doubt for x in files if x.doubt})
    also = [x.file for x in others if not is_notebook(x.file)]
    flags += [f"also handed in: {', '.join(also)}"] if also and notebooks else []
    about = {"name": best_name(files), "id": last.id, "scheme": last.scheme, "late": last.late}
    about |= {"file": last.file, "date": last.date, "age": last.age}
    if (target / "handed_in.json").exists():
        before = json.loads((target / "handed_in.json").read_text(encoding="utf8"))
        if newer(before.get("age"), about["age"]):
            return broken  # an older zip after a newer one
    if notebooks:
        keep(target / "homework.ipynb", data[id(last)] or b"")
    for x in others if notebooks else files:
        if data[id(x)]:
            (target / "also").mkdir(exist_ok=True)
            name = plain_name(x.file, " .-()").lstrip(".")[-80:]
            keep(target / "also" / name, data[id(x)])
    keep(target / "handed_in.json", json.dumps(about | {"flags": flags}, indent=1).encode())
    return broken


def newer(one: list | None, other: list) -> bool:
    """Tell whether one age is later; ages of another kind cannot be compared, and are not."""
    try:
        return bool(one) and one > other
    except TypeError:
        return False


def best_name(files: list[HandedIn]) -> str:
    """Return the student's name, as it is written where its letters can be read."""
    names = [x.name for x in files if "\N{REPLACEMENT CHARACTER}" not in x.name]
    return names[-1] if names else ""


def read_file(handed_in: HandedIn, flags: list[str]) -> bytes | None:
    """Read a file; None, with a flag, if it cannot be read."""
    if handed_in.found.size > LARGEST:
        flags.append(f"{handed_in.file} has {handed_in.found.size >> 20} MB; open it by hand")
        return None
    try:
        return handed_in.found.read()
    except CANNOT_BE_READ as error:
        flags.append(f"{handed_in.file} cannot be read from the zip: {error}")
        return None


def keep(path: Path, data: bytes) -> None:
    """Write a file; one that is there with other content moves to `earlier`."""
    if path.exists() and path.read_bytes() != data:
        earlier = path.parent / "earlier"
        earlier.mkdir(exist_ok=True)
        number = len(list(earlier.glob(f"*{path.name}"))) + 1
        path.rename(earlier / f"{number}-{path.name}")
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(data)
    temporary.replace(path)
