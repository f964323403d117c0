"""Distil MiniLM into a table of tokens that the book's search reads a question with.

`python -m experiments.search_table` writes `book/search/meaning_table.js` and
`book/search/meaning_map.safetensors`. It needs a built book (`make book` leaves the sections in
`_build/sections.json`), and takes about ten minutes on two free cores, nearly all of it for the
vectors that MiniLM gives to sentences; those are kept in `_build/search_table.safetensors`.

A text's vector is to be the mean of its tokens' rows. The rows start as what MiniLM makes of each
token alone. They are trained, with the map from MiniLM's vectors to their narrower space, so that

- a text points to where its MiniLM vector is mapped to;
- the pieces of the book are as like it as MiniLM finds them (Hinton et al. 2015);
- a heading, or a wording of a question, is like the text of its own section.

The texts are the book's sentences, headings and wordings, glosses of WordNet, and what PyTorch and
`transformers` write about their own code. No question that the search is measured with is among
them.
"""

import ast
import importlib.util
import json
import random
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from safetensors.numpy import save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, normalize, softmax

from book.course import ROOT
from book.search.meaning import HERE, MAP, TOLD, as_script, kept_vectors, parts_of, pieces_of
from book.search.sections import SENTENCE, Section
from src.pretrained import load_corpus, load_minilm

WIDTH = 64
GLOSSES = 4000
PACKAGES = ("torch", "transformers")
ABOUT = re.compile(
    r"embed|position|token|vocab|attention|rotary|rope|cache|padding|sequence|encod|mask|index"
    r"|gradient|similar|cosine|vector",
    re.IGNORECASE,
)
STATEMENT = re.compile(r"(?<=[.?!])\s+(?=[A-Z])|\n\s*\n|\n\s*[-*]|\n(?=\s*\w+ ?\()")
TOKENS = 200  # of a long text
DROPPED = 0.2  # share of a text's tokens that are left out, anew each time
BATCH, EPOCHS, RATE = 256, 5, 3e-3
SHARPNESS = 0.05  # of likenesses to pieces: what softmax divides by
OWN_SHARPNESS = 0.07  # of likenesses to sections
ALIKE, OWN = 0.3, 0.3  # how much the second and the third aim count beside the first
BANK = 512  # pieces that a batch is compared with


def tokens_alone() -> Float[Tensor, "V 384"]:
    """Return what MiniLM makes of each token between [CLS] and [SEP]: the mean of the three."""
    model = load_minilm()
    rows = []
    with torch.inference_mode():
        for some in torch.arange(len(model.table.vectors)).split(512):
            ids = nn.functional.pad(some[:, None], (1, 0), value=101)
            ids = nn.functional.pad(ids, (0, 1), value=102)
            rows.append(normalize(model(ids, torch.ones_like(ids, dtype=torch.bool))[-1].mean(1)))
    return torch.cat(rows)


def docstrings(package: str) -> Iterator[str]:
    """Yield the sentences about the subject in a package's docstrings, from its source alone."""
    folder = Path(importlib.util.find_spec(package).submodule_search_locations[0])
    for file in sorted(folder.rglob("*.py")):
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except SyntaxError:  # of another version of Python
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                for sentence in STATEMENT.split(ast.get_docstring(node) or ""):
                    sentence = " ".join(sentence.split())
                    if 5 < len(sentence.split()) < 40 and ABOUT.search(sentence):
                        yield sentence


def vectors_of(texts: list[str]) -> Float[Tensor, "N 384"]:
    """Return MiniLM's vectors of texts."""
    return torch.tensor(kept_vectors(texts, ROOT / "_build" / "search_table.safetensors"))


class Student(nn.Module):
    """The table and the map."""

    def __init__(
        self, alone: Float[Tensor, "V 384"], directions: Float[Tensor, "384 D"], often: Tensor
    ):
        super().__init__()
        rows = (alone - alone.mean(0)) @ directions
        less = (1 + often / 0.005).rsqrt()  # a word that is in many texts says less
        self.rows = nn.EmbeddingBag.from_pretrained(
            3 * rows * less[:, None], freeze=False, mode="mean"
        )
        self.map = nn.Parameter(directions.clone())

    def forward(self, texts: list[np.ndarray]) -> Float[Tensor, "B D"]:
        """Return the directions of texts, given as ids."""
        starts = torch.tensor([0, *accumulate(map(len, texts))][:-1])
        return normalize(self.rows(torch.tensor(np.concatenate(texts)), starts))

    def mapped(self, vectors: Float[Tensor, "N 384"]) -> Float[Tensor, "N D"]:
        """Return the directions of centred vectors of MiniLM."""
        return normalize(vectors @ self.map)


def distilled(sections: list[Section]) -> tuple[Student, Float[Tensor, "384"]]:
    """Return the trained table and map, and the mean that is taken off MiniLM's vectors."""
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    tokenizer = load_minilm().tokenizer

    def ids_of(texts: list[str]) -> list[np.ndarray]:
        found = tokenizer.encode_batch(texts, add_special_tokens=False)
        return [np.array(encoding.ids[:TOKENS] or [100]) for encoding in found]

    pieces = [(text, n) for n, section in enumerate(sections) for text in pieces_of(section)]
    parts = [(text, n) for n, section in enumerate(sections) for text in parts_of(section.text)]
    bank = vectors_of([text for text, _ in pieces + parts])
    mean = bank.mean(0)
    bank = normalize(bank - mean)
    bodies = torch.zeros(len(sections), bank.shape[1])
    bodies.index_add_(0, torch.tensor([n for _, n in parts]), bank[len(pieces) :])
    bodies = normalize(bodies)

    sentences = [
        s.strip() for section in sections for s in re.split(rf"{SENTENCE.pattern}|\n", section.text)
    ]
    glosses = [line for line in load_corpus().splitlines() if line]
    random.Random(0).shuffle(glosses)
    texts = [text for text, _ in pieces + parts] + [s for s in sentences if 3 < len(s.split()) < 60]
    texts += glosses[:GLOSSES] + [s for package in PACKAGES for s in docstrings(package)]
    texts = list(dict.fromkeys(texts))
    aims = normalize(vectors_of(texts) - mean)
    ids = ids_of(texts)
    learned = [(t, n) for t, n in pieces if sections[n].kind in TOLD]
    own_ids, own = ids_of([t for t, _ in learned]), torch.tensor([n for _, n in learned])

    often = torch.zeros(tokenizer.get_vocab_size())
    for row in ids:
        often[np.unique(row)] += 1 / len(ids)
    directions = torch.linalg.eigh(bank.T @ bank)[1].flip(1)[:, :WIDTH]
    student = Student(tokens_alone(), directions, often)
    optimizer = torch.optim.Adam(
        [{"params": student.rows.parameters()}, {"params": [student.map], "lr": RATE / 10}], lr=RATE
    )
    steps = EPOCHS * (len(texts) // BATCH)
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(texts)), len(texts) // BATCH):
            kept = [row[rng.random(len(row)) > DROPPED] for row in (ids[n] for n in batch)]
            said = student([k if len(k) else ids[n] for k, n in zip(kept, batch, strict=True)])
            some = torch.tensor(rng.choice(len(bank), BANK, replace=False))
            theirs = softmax(aims[batch] @ bank[some].T / SHARPNESS, 1)
            ours = log_softmax(said @ student.mapped(bank[some]).T / SHARPNESS, 1)
            pick = rng.choice(len(learned), BATCH, replace=False)
            places = student([own_ids[n] for n in pick]) @ student.mapped(bodies).T / OWN_SHARPNESS
            loss = 1 - (said * student.mapped(aims[batch])).sum(1).mean()
            loss = loss + ALIKE * nn.functional.kl_div(ours, theirs, reduction="batchmean")
            loss = loss + OWN * cross_entropy(places, own[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            slower.step()
        print(f"{loss.item():.3f}", flush=True)
    return student, mean


def main() -> None:
    """Train and write."""
    sections = [Section(**one) for one in json.loads((ROOT / "_build/sections.json").read_text())]
    student, mean = distilled(sections)
    vocabulary = load_minilm().table.tokens
    used = [n for n, token in enumerate(vocabulary) if not token.startswith("[unused")]
    rows = student.rows.weight.detach().numpy()[used]
    tokens = [vocabulary[n] for n in used]
    (HERE / "meaning_table.js").write_text(
        as_script("meaningTable", rows, tokens=" ".join(tokens)), "utf-8"
    )
    parts = {"map": student.map.detach().numpy(), "mean": mean.numpy()}
    save_file({name: np.ascontiguousarray(part, np.float16) for name, part in parts.items()}, MAP)


if __name__ == "__main__":
    main()
