"""What names say: encoding, embedding, both or neither, in papers and in code."""

import csv
import re
from dataclasses import dataclass

from src.pretrained import data_file

NOUNS = ("encoding", "embedding", "both", "neither")
ORIGINS = ("fixed", "learned", "both", "general", "unclear")

# An encoder is no encoding: the word mostly names a stack of layers.
ENCODING = {"encoding", "encodings", "encode", "encoded", "enc", "posenc"}
EMBEDDING = {
    *("embedding", "embeddings", "embed", "embeds", "embedded", "embedder", "emb", "embs"),
    *("posemb", "posembed"),
}
POSITION = {
    *("position", "positions", "positional", "posemb", "posembed", "posenc"),
    *("rotary", "rope", "sinusoid", "sinusoids", "sinusoidal", "alibi"),
}


@dataclass(frozen=True)
class CodeName:
    """How often one name of position code occurs in one library.

    Attributes:
        library: the package's name.
        version: the version that was read.
        kind: ``"class"``; ``"attribute"`` for a table that is no class of its own; ``"argument"``.
        name: a class name without the model's name before it, or the attribute's or argument's.
        noun: one of ``NOUNS``, from :func:`noun_of`.
        origin: for a class one of ``"fixed"``, ``"learned"``, ``"both"``, ``"unclear"``; for an
            attribute one of the first two; for an argument always ``"unclear"``, since a name alone
            does not tell.
        count: how many classes, classes with the attribute, or functions that take the argument.
        example: the module where the first one stands.
    """

    library: str
    version: str
    kind: str
    name: str
    noun: str
    origin: str
    count: int
    example: str


@dataclass(frozen=True)
class PaperName:
    """One term that a paper uses for one thing.

    Attributes:
        key: the paper's key in ``chapters/reference/references.bib``.
        year: of publication.
        author: the first author's family name.
        title: of the paper.
        term: the words as printed.
        place: where they stand in the paper.
        thing: what they name.
        origin: ``"fixed"``, ``"learned"``, ``"both"``, or ``"general"`` for the technique at large.
        noun: one of ``NOUNS``.
        read_in: ``"paper"``, or ``"notes"`` if the words were read where others quote them.
        address: the paper's own address, where one is known.
    """

    key: str
    year: int
    author: str
    title: str
    term: str
    place: str
    thing: str
    origin: str
    noun: str
    read_in: str
    address: str


@dataclass(frozen=True)
class CheckedName:
    """One class of the audit, judged twice: by the script's rules and by reading its code.

    Attributes:
        library: the package's name.
        name: the class's name.
        path: the file it stands in.
        by_rule: its origin by the rules, as in :class:`CodeName`.
        by_reading: its origin by a reader who did not know the rules' verdict.
        reason: what the reader saw.
    """

    library: str
    name: str
    path: str
    by_rule: str
    by_reading: str
    reason: str


def words_of(name: str) -> list[str]:
    """Split an identifier or a phrase into lower-case words.

    ``"LlamaRotaryEmbedding"`` gives llama, rotary, embedding; ``"pos_emb_2d"`` gives pos, emb, 2d.
    The capitals within RoPE and ALiBi do not split them.

    Source:
        Lesson: Names in the wild.
    """
    whole = re.sub("R[oO]PE", "Rope", re.sub("A[lL]iBi", "Alibi", name))
    parts = re.findall(r"\d+[a-zA-Z]?(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", whole)
    return [part.lower() for part in parts]


def noun_of(name: str) -> str:
    """Return which noun a name or phrase carries, one of ``NOUNS``.

    Source:
        Lesson: Names in the wild.
    """
    words = set(words_of(name))
    encoding, embedding = bool(words & ENCODING), bool(words & EMBEDDING)
    if encoding and embedding:
        return "both"
    return "encoding" if encoding else "embedding" if embedding else "neither"


def is_about_position(name: str) -> bool:
    """Tell whether a name is about the position of tokens, by its words alone.

    "pos" alone may be a part of speech, so it counts only beside a noun (``pos_emb``,
    ``PosEncoding``). "Position-wise" layers treat each position alike and do not count.

    Source:
        Lesson: Names in the wild.
    """
    words = words_of(name)
    if "wise" in words or "positionwise" in words:
        return False
    pairs = set(zip(words, words[1:], strict=False))
    pos = any(a == "pos" and b in ENCODING | EMBEDDING for a, b in pairs)
    return pos or bool(set(words) & POSITION)


def keeps_habit(noun: str, origin: str) -> bool | None:
    """Tell whether a name follows the habit "embedding if learned, encoding if fixed".

    Returns:
        True or False; None where the habit says nothing: the name has neither noun or both, or the
        thing is not plainly fixed or learned.

    Raises:
        ValueError: ``noun`` is not one of ``NOUNS``, or ``origin`` not one of ``ORIGINS``.

    Source:
        Lesson: Names in the wild.
    """
    for what, value, allowed in (("noun", noun, NOUNS), ("origin", origin, ORIGINS)):
        if value not in allowed:
            raise ValueError(f"{what} must be one of {', '.join(allowed)}, but got {value!r}.")
    expected = {"fixed": "encoding", "learned": "embedding"}.get(origin)
    return None if expected is None or noun in ("both", "neither") else noun == expected


def load_names_in_code() -> list[CodeName]:
    """Load the audit of libraries that ``experiments/audit_names.py`` made.

    Raises:
        FileNotFoundError: the data file is missing.
        ValueError: the data file is damaged.

    Source:
        ``src/data/names_in_code.csv``. Lesson: Names in the wild.
    """
    return [CodeName(**{**row, "count": int(row["count"])}) for row in _rows("names_in_code.csv")]


def load_names_in_papers() -> list[PaperName]:
    """Load the terms that papers use, collected by hand, each with the place where it stands.

    Raises:
        FileNotFoundError: the data file is missing.
        ValueError: the data file is damaged.

    Source:
        ``src/data/names_in_papers.csv``. Lesson: Names in the wild.
    """
    return [PaperName(**{**row, "year": int(row["year"])}) for row in _rows("names_in_papers.csv")]


def load_checked_names() -> list[CheckedName]:
    """Load the 70 classes, drawn at random from the audit, that were also judged by reading.

    Raises:
        FileNotFoundError: the data file is missing.
        ValueError: the data file is damaged.

    Source:
        ``src/data/names_checked.csv``. Lesson: Names in the wild.
    """
    return [CheckedName(**row) for row in _rows("names_checked.csv")]


def _rows(name: str) -> list[dict[str, str]]:
    with open(data_file(name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
