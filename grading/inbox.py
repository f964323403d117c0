"""Unpack what a learning-management system gives: one zip with the files of a whole class.

Canvas names a file `doejane_LATE_1234_98765_homework-1.ipynb`: the student's name, whether it came
late, the student's number, the submission's, and the file's own name with the number of the
resubmission. Moodle makes a folder `Jane Doe_1234_assignsubmission_file` for each student, or puts
that before the file's name.
"""

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grading.submission import LARGEST

CANVAS = re.compile(r"(?P<name>[^_]+)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<sent>\d+)_(?P<file>.+)")
MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_file_?/?(?P<file>.+)")


@dataclass
class HandedIn:
    """One file of one student in the zip."""

    member: zipfile.ZipInfo
    name: str
    id: str
    late: bool
    file: str
    sent: int

    @property
    def folder(self) -> str:
        """Return the student's folder: the name and the number that tells namesakes apart."""
        safe = "".join(c if c.isalnum() or c in " .-" else "_" for c in self.name).strip(". ")
        return f"{safe or 'student'}-{self.id}"

    @property
    def age(self) -> tuple:
        """Return what sorts the student's files: the one that counts comes last."""
        again = re.search(r"[-(](\d+)\)?\.ipynb$", self.file)
        is_ours = self.file.startswith("homework")
        return is_ours, self.sent, int(again[1]) if again else 0, self.member.date_time


def unpack(archive: Path, submitted: Path, chapter: str) -> tuple[int, list[str]]:
    """Put each student's newest notebook at submitted/<student>/<chapter>/homework.ipynb.

    What lay there before is kept in the folder `earlier` beside it.

    Returns:
        the number of students, and the names of files that nothing could be done with.

    Raises:
        ValueError: the file is no zip, or no name in it is one of Canvas or Moodle.
    """
    if not archive.is_file():
        raise ValueError(f"there is no file {archive}")
    if not zipfile.is_zipfile(archive):
        raise ValueError(f"{archive} is no zip file, or was cut off: download it again")
    with zipfile.ZipFile(archive) as opened:
        found, unknown = {}, []
        for member in opened.infolist():
            if member.is_dir() or "__MACOSX" in member.filename:
                continue
            handed_in = parse(member)
            if handed_in is None:
                unknown.append(member.filename)
            else:
                found.setdefault(handed_in.folder, []).append(handed_in)
        if not found:
            raise ValueError(
                f"no file in {archive} is named as Canvas or Moodle name downloads; put each "
                f"notebook at {submitted}/<student>/{chapter}/homework.ipynb instead"
            )
        for folder, files in found.items():
            unknown += put(opened, sorted(files, key=lambda f: f.age), submitted / folder / chapter)
    return len(found), unknown


def parse(member: zipfile.ZipInfo) -> HandedIn | None:
    """Read the name of a file in the zip; None if it is neither Canvas's nor Moodle's."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if match := MOODLE.fullmatch("/".join(path.parts[-2:])) or MOODLE.fullmatch(path.name):
        return HandedIn(member, match["name"], match["id"], False, match["file"], 0)
    if match := CANVAS.fullmatch(path.name):
        late, sent = bool(match["late"]), int(match["sent"])
        return HandedIn(member, match["name"], match["id"], late, match["file"], sent)
    return None


def put(opened: zipfile.ZipFile, files: list[HandedIn], target: Path) -> list[str]:
    """Write the last of a student's notebooks; return the names of those that cannot be read."""
    notebooks = [f for f in files if f.file.endswith(".ipynb")]
    target.mkdir(parents=True, exist_ok=True)
    last = (notebooks or files)[-1]
    flags = [f"{len(notebooks)} notebooks: graded {last.file}"] if len(notebooks) > 1 else []
    if not notebooks:
        flags = [f"handed in {last.file}, no notebook"]
    elif not re.fullmatch(r"homework([-_ ]?\(?\d+\)?)?\.ipynb", last.file):
        flags.append(f"renamed file: {last.file}")
    about = {"name": last.name, "id": last.id, "late": last.late, "file": last.file}
    about["age"] = list(last.age[:3])
    if (target / "handed_in.json").exists():
        before = json.loads((target / "handed_in.json").read_text(encoding="utf8"))
        if before["age"] > about["age"]:
            return []  # an older zip after a newer one
    try:
        data = b"" if last.member.file_size > LARGEST else opened.read(last.member)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        data, flags = b"", [*flags, f"cannot be read from the zip: {error}"]
    if last.member.file_size > LARGEST:
        flags.append(f"the file has {last.member.file_size >> 20} MB; open it by hand")
    if notebooks:
        keep(target / "homework.ipynb", data)
    keep(target / "handed_in.json", json.dumps(about | {"flags": flags}, indent=1).encode())
    return [last.member.filename] if notebooks and not data else []


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
