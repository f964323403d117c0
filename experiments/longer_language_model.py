"""Read SmolLM2 past its trained 8,192 positions: `python -m experiments.longer_language_model`.

Why: the lesson Longer than trained says what a real model loses past its length and what three
scalings save, on long and on short texts, and whether it still finds a fact that it was told.
Each text is read once by each scaling, 512 tokens at a time, with a cache. Facts of one form, such
as "The code of Anna is 7391.", stand in it at eight depths. After each 4,096 tokens the model is
asked for all eight: those that it has not read yet are the control.
Factor 4 is measured on the first text alone.
Makes: src/data/longer_losses.csv and src/data/longer_facts.csv. On one quiet core it takes about
an hour and a half, and 1.7 GB. Finished parts are kept in _build/longer and are not made again.
"""

import csv
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from experiments.data_files import ROOT, table_of, write_table
from src.language_model import Cache, LanguageModel
from src.pretrained import load_corpus
from src.smollm2 import load_language_model

LENGTH, CHUNK, WINDOW = 16_384, 512, 1_024
ASKED_AFTER = range(4_096, LENGTH + 1, 4_096)
DEPTHS = range(1_000, LENGTH, 2_048)
NAMES = ("Anna", "Boris", "Clara", "David", "Emma", "Felix", "Greta", "Hugo")
TRAINED = 8_192
SCALINGS = {"none": None} | {
    f"{kind} {factor}": {"rope_type": kind, "factor": float(factor)}
    | ({"original_max_position_embeddings": TRAINED} if kind == "yarn" else {})
    for factor in (2, 4)
    for kind in ("linear", "ntk", "yarn")
}
PARTS = ROOT / "_build" / "longer"
LOSSES = ("text", "scaling", "start", "loss")
FACTS = ("text", "scaling", "read", "depth", "name", "told", "loss", "right")


def texts() -> dict[str, str]:
    """Return long texts: two stretches of the Bible, and glosses of a dictionary."""
    bible = load_corpus("king_james")
    return {
        "Genesis": bible,
        "later Bible": bible[len(bible) // 2 :],
        "glosses": load_corpus("wordnet_glosses"),
    }


def with_facts(model: LanguageModel, text: str, seed: int) -> tuple[Tensor, list[tuple]]:
    """Return ids (1, LENGTH), and the facts in them: depth, name and code."""
    draws = random.Random(seed)
    ids = model.token_ids(text[: LENGTH * 8])[0].tolist()
    facts = []
    for name, depth in zip(draws.sample(NAMES, len(NAMES)), DEPTHS, strict=True):
        code = f"{draws.randrange(1000, 10_000)}"
        told = model.token_ids(f"\nThe code of {name} is {code}.\n")[0].tolist()
        ids[depth:depth] = told
        facts.append((depth, name, code))
    return torch.tensor([ids[:LENGTH]]), facts


def ask(model: LanguageModel, cache: Cache, name: str, code: str) -> tuple[float, bool]:
    """Return the mean loss of the code's digits after the question, in nats, and whether each wins.

    The cache stays as it was.
    """
    question = model.token_ids(f"\nThe code of {name} is {code}")
    scores = model(question, cache=list(cache))[0]
    digits = len(code)
    targets = question[0, -digits:]
    before = scores[-digits - 1 : -1]
    return F.cross_entropy(before, targets).item(), bool((before.argmax(-1) == targets).all())


def read(model: LanguageModel, ids: Tensor, facts: list[tuple]) -> tuple[list, list]:
    """Return the mean loss of each window of WINDOW tokens, and what was answered."""
    cache: Cache = []
    losses, answers, last = [], [], None
    for start in range(0, LENGTH, CHUNK):
        chunk = ids[:, start : start + CHUNK]
        scores = model(chunk, cache=cache)[0]
        if last is not None:
            losses.append(F.cross_entropy(last, chunk[0, :1], reduction="none"))
        losses.append(F.cross_entropy(scores[:-1], chunk[0, 1:], reduction="none"))
        last = scores[-1:]
        done = start + CHUNK
        if done in ASKED_AFTER:
            for depth, name, code in facts:
                loss, right = ask(model, cache, name, code)
                answers.append((done, depth, name, int(depth + 16 < done), loss, int(right)))
    every = torch.cat(losses)  # (LENGTH - 1,): the first token has nothing before it
    means = [(n, every[max(n - 1, 0) : n - 1 + WINDOW].mean()) for n in range(0, LENGTH, WINDOW)]
    return means, answers


def parts(model: LanguageModel) -> Iterator[tuple[Path, Path]]:
    """Make each part that is not there yet; yield its two files."""
    PARTS.mkdir(parents=True, exist_ok=True)
    own = model.rotary
    for seed, (text, words) in enumerate(texts().items()):
        ids, facts = with_facts(model, words, seed)
        for name, scaling in SCALINGS.items():
            if seed and name.endswith("4"):
                continue
            stem = f"{text} {name}".replace(" ", "_")
            files = PARTS / f"{stem}_losses.csv", PARTS / f"{stem}_facts.csv"
            if not all(file.exists() for file in files):
                model.rotary = own.scaled(scaling)
                means, answers = read(model, ids, facts)
                rows = [(text, name, start, f"{loss:.3f}") for start, loss in means]
                files[0].write_text(table_of(LOSSES, rows), "utf-8")
                rows = [(text, name, *a[:4], f"{a[4]:.3f}", a[5]) for a in answers]
                files[1].write_text(table_of(FACTS, rows), "utf-8")
                print(text, name, [f"{loss:.2f}" for _, loss in means], flush=True)
            yield files


def joined(files: Iterable[Path]) -> list[list[str]]:
    """Return the rows of several tables of one kind."""
    return [row for file in files for row in [*csv.reader(file.open(encoding="utf-8"))][1:]]


def main() -> None:
    """Make what is missing, and write both files."""
    losses, facts = zip(*parts(load_language_model()), strict=True)
    notes = (
        "Made by experiments/longer_language_model.py. Nats per token, SmolLM2-135M.",
        f"torch {torch.__version__}",
    )
    write_table("longer_losses.csv", LOSSES, joined(losses), *notes)
    write_table("longer_facts.csv", FACTS, joined(facts), *notes)


if __name__ == "__main__":
    main()
