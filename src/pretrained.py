"""Real weights and texts, shipped with the package: nothing is downloaded.

``src/data/README.md`` says where each file comes from, under which licence, and how it was rounded.
"""

import csv
import hashlib
import lzma
import re
from functools import cache
from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer

from src.minilm import MiniLM
from src.token_embeddings import EmbeddingTable, split_words

DATA = Path(__file__).parent / "data"
CORPORA = ("wordnet_glosses", "king_james")


@cache
def data_file(name: str) -> Path:
    """Return the path of a shipped file, its SHA-256 checked once per process.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: it is not listed in ``SHA256SUMS``, or its content is not the listed one.

    Source:
        ``src/data/SHA256SUMS``.
    """
    expected = dict(
        reversed(line.split(maxsplit=1)) for line in (DATA / "SHA256SUMS").read_text().splitlines()
    )
    restore = f"git checkout -- src/data/{name}"
    if name not in expected:
        raise ValueError(f"{name!r} is not a file of the course; src/data has {sorted(expected)}.")
    path = DATA / name
    if not path.is_file():
        raise FileNotFoundError(f"The data file src/data/{name} is missing. Restore it: {restore}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != expected[name]:
        raise ValueError(
            f"The data file src/data/{name} is damaged: its SHA-256 begins {digest[:12]}, "
            f"but {expected[name][:12]} is expected. Delete it, then restore it: {restore}"
        )
    return path


def load_runs(name: str) -> list[dict[str, str | int | float]]:
    """Load what a script of ``experiments`` measured and stored: a dict a line, by column.

    Columns of numbers hold numbers: ``int`` if all are whole, else ``float``. Lines that begin with
    ``#`` say how the file was made.

    Raises:
        FileNotFoundError, ValueError: as :func:`data_file`.

    Source:
        ``src/data/README.md`` names the script of each file.
    """
    with data_file(name).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(line for line in file if not line.startswith("#")))
    for column in lines[0]:
        texts = [line[column] for line in lines]
        if all(re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?", text) for text in texts):
            whole = all(text.lstrip("-").isdigit() for text in texts)
            for line in lines:
                line[column] = int(line[column]) if whole else float(line[column])
    return lines


@cache
def load_minilm() -> MiniLM:
    """Load all-MiniLM-L6-v2 from the course's own data; the second call returns the same object.

    All who call share it. To move it, or to change it otherwise, take a copy of your own:
    ``copy.deepcopy(load_minilm()).bfloat16()``.

    Large matrices are stored as int8 with float32 scales and come back as float32;
    ``src/data/README.md`` has the measured rounding.

    Returns:
        The model, in evaluation mode and frozen; ``.table`` is its token table.

    Raises:
        FileNotFoundError: a data file is missing.
        ValueError: a data file is damaged.

    Source:
        ``src/data/README.md``. Lesson: The embedding table.
    """
    weights = {}
    with safe_open(data_file("minilm.safetensors"), framework="pt") as file:
        config = file.metadata()
        names = [name for name in file.keys() if not name.endswith(".scale")]
        for name in names:
            tensor = file.get_tensor(name)
            if tensor.dtype == torch.int8:
                scale = file.get_tensor(f"{name}.scale")  # (rows, groups)
                grouped = tensor.float().unflatten(1, (scale.shape[1], -1))
                tensor = (grouped * scale.unsqueeze(2)).flatten(1)
            weights[name] = tensor
    tokenizer = Tokenizer.from_file(str(data_file("minilm_tokenizer.json")))
    return MiniLM.from_bert(tokenizer, weights, config)


@cache
def load_glove() -> EmbeddingTable:
    """Load the 20,000 most frequent words of GloVe 6B 50d, most frequent first.

    Stored as float16, returned as float32. The second call returns the same object.

    Raises:
        FileNotFoundError: a data file is missing.
        ValueError: a data file is damaged.

    Source:
        Pennington et al. 2014, GloVe; ``src/data/README.md``.
    """
    words = data_file("glove_6b_50d_words.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    with safe_open(data_file("glove_6b_50d.safetensors"), framework="pt") as file:
        vectors = file.get_tensor("vectors").float()
    return EmbeddingTable(words, vectors, split_words)


@cache
def load_corpus(name: str = "wordnet_glosses") -> str:
    """Load a shipped text: ``"wordnet_glosses"`` or ``"king_james"``, one gloss or verse a line.

    Raises:
        FileNotFoundError: the data file is missing.
        ValueError: there is no such corpus, or its file is damaged.

    Source:
        ``src/data/README.md``.
    """
    if name not in CORPORA:
        raise ValueError(f"name must be one of {CORPORA}, but got {name!r}.")
    return lzma.decompress(data_file(f"{name}.txt.xz").read_bytes()).decode("utf-8")


@cache
def load_wordsim() -> list[tuple[str, str, float]]:
    """Load WordSim-353: two words, and how related people judge them, from 0 to 10.

    Raises:
        FileNotFoundError: the data file is missing.
        ValueError: the data file is damaged.

    Source:
        Finkelstein et al. 2002, Placing Search in Context; ``src/data/README.md``.
    """
    lines = data_file("wordsim353.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return [(a, b, float(judgement)) for a, b, judgement in pairs]
