"""What the sections mean: vectors of MiniLM, in the space of the table that reads a question.

`experiments/search_table.py` made the two files that this needs: `meaning_table.js`, a row for each
token, which the browser loads, and `meaning_map.safetensors`, a linear map from MiniLM's vectors to
the space of those rows. A section is several pieces: its heading, what else it is called, how else
it is asked, and how its text begins. The vectors of pieces are kept beside the book, so that a
second build makes those of changed pieces alone.
"""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from book.search.sections import SENTENCE, Section
from src.pretrained import load_minilm

HERE = Path(__file__).parent
MAP = HERE / "meaning_map.safetensors"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LEVELS = 8  # of each number; two numbers are a letter of the alphabet
STEP = 0.586  # of a normal distribution's width: the least error with eight levels
WORDS = 60  # of a text: so many make a part
STARTS = 1  # parts of a text that are pieces of its section
TOLD = ("question", "lesson", "claim", "term")  # kinds of sections of which the text is read, too


def parts_of(text: str) -> list[str]:
    """Return a text in parts: of whole sentences, at least one, and else of at most WORDS words."""
    parts, taken = [], ""
    for sentence in filter(str.strip, re.split(rf"{SENTENCE.pattern}|\n", text)):
        longer = f"{taken} {sentence}".strip()
        if taken and len(longer.split()) > WORDS:
            parts.append(taken)
            longer = sentence
        taken = longer
    return [*parts, taken] if taken else []


def pieces_of(section: Section) -> list[str]:
    """Return what is compared with a question: heading, names, wordings, the start of the text."""
    others = re.split(r";\s*", f"{section.names};{section.also}")
    text = parts_of(section.text)[:STARTS] if section.kind in TOLD else []
    return list(dict.fromkeys(filter(None, [section.heading, *map(str.strip, others), *text])))


def encoded(vectors: Float[np.ndarray, "N D"], steps: Float[np.ndarray, "D"]) -> str:
    """Return vectors as a text: each number as one of eight levels, two numbers a letter."""
    levels = np.clip(np.round(vectors / steps + (LEVELS - 1) / 2), 0, LEVELS - 1).astype(np.uint8)
    codes: UInt8[np.ndarray, "N D/2"] = levels[:, ::2] * LEVELS + levels[:, 1::2]
    return "".join(map(ALPHABET.__getitem__, codes.ravel()))


def as_script(name: str, vectors: Float[np.ndarray, "N D"], **more) -> str:
    """Return a script that sets a global object: `rows`, their `steps`, and more."""
    steps = STEP * vectors.std(0)
    parts = more | {"steps": [float(f"{step:.4g}") for step in steps], "rows": ""}
    parts["rows"] = encoded(vectors, np.array(parts["steps"]))
    return f"window.{name} = {json.dumps(parts, ensure_ascii=False, separators=(',', ':'))};\n"


def minilm_vectors(texts: list[str]) -> Float[np.ndarray, "N 384"]:
    """Return MiniLM's vectors of texts; what it has no positions for is left out."""
    model = load_minilm()
    most = len(model.position_vectors) - 2
    found = model.tokenizer.encode_batch(texts, add_special_tokens=False)
    spans = [encoding.offsets for encoding in found]
    texts = [t if len(s) <= most else t[: s[most][0]] for t, s in zip(texts, spans, strict=True)]
    with torch.inference_mode():
        return model.sentence_vectors(texts).numpy().astype(np.float16)


def kept_vectors(texts: list[str], cache: Path) -> Float[np.ndarray, "N 384"]:
    """Return MiniLM's vectors of texts, made only if the file has them not; keep them."""
    keys = [hashlib.sha256(text.encode()).hexdigest()[:20] for text in texts]
    known = {}
    if cache.exists():
        with safe_open(cache, framework="np") as file:
            kept = file.metadata()["keys"].split()
            known = dict(zip(kept, file.get_tensor("vectors"), strict=True))
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        known |= zip(new, minilm_vectors(list(new.values())), strict=True)
    vectors = np.stack([known[key] for key in keys])
    if new:
        save_file({"vectors": vectors}, cache, {"keys": " ".join(keys)})
    return vectors.astype(np.float32)


def mapped(vectors: Float[np.ndarray, "N 384"]) -> Float[np.ndarray, "N D"]:
    """Return the directions of MiniLM's vectors in the space of the table."""
    parts = load_file(MAP)
    centred = vectors - parts["mean"].astype(np.float32)
    turned = centred @ parts["map"].astype(np.float32)
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def script(sections: list[Section], cache: Path) -> str:
    """Return the file of the sections' vectors that the browser loads."""
    pieces = [pieces_of(section) for section in sections]
    texts = list(dict.fromkeys(text for own in pieces for text in own))
    row = dict(zip(texts, mapped(kept_vectors(texts, cache)), strict=True))
    vectors = np.stack([row[text] for own in pieces for text in own])
    return as_script("sectionMeaning", vectors, counts=list(map(len, pieces)))
