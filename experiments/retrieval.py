"""Search definitions of WordNet by example sentences: `python -m experiments.retrieval`.

Why: the lesson Embeddings at work says what it costs to cut or to round vectors, to pool them
another way and to put a prefix in front. It shows this on fewer; here are 2,000 definitions, and
for the ways to store vectors all of them.
About a quarter of an hour of one core; the vectors are kept in _build/retrieval for the next time.
Makes: src/data/retrieval.csv. The last digit may differ between machines.
"""

import random
from collections.abc import Callable, Iterator

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor
from torch.nn.functional import normalize
from tqdm import tqdm

from experiments.data_files import ROOT, write_table
from src.pretrained import load_corpus, load_minilm

RECALLS = [f"{name}_{k}" for k in (1, 10) for name in ("at", "low", "high")]
RECALLS += ["change", "low_change", "high_change"]  # of recall at 10, from the part's first line
COLUMNS = ("part", "form", "bytes", "texts", *RECALLS)
CACHE = ROOT / "_build" / "retrieval"
QUERIES = 2_000
POOLINGS = ("mean", "first token", "last token", "max", "mean of the table's rows")
PREFIXES = {  # before the query and before the passage
    "query and passage": ("query: ", "passage: "),
    "query only": ("query: ", ""),
    "query on both": ("query: ", "query: "),
    "other words": ("kitchen: ", "weather: "),
}


def task(glosses: list[str], count: int) -> tuple[list[str], list[str], list[int]]:
    """Return queries, definitions, and which definition is right for each query.

    A definition is what stands before the first example sentence, each once. A query is the first
    example of at least four words of a definition of at least three, drawn with seed 0.
    """
    definitions, examples = {}, {}
    for gloss in glosses:
        before, *quoted = gloss.split('"')
        definition = before.strip(" ;:,") or gloss
        row = definitions.setdefault(definition, len(definitions))
        if quoted and len(quoted[0].split()) >= 4 and len(definition.split()) >= 3:
            examples.setdefault(row, quoted[0])
    rows = random.Random(0).sample(sorted(examples), count)
    return [examples[row] for row in rows], list(definitions), rows


def pooled(texts: list[str], batch_size: int = 64) -> dict[str, Tensor]:
    """Return the vectors of texts by way of pooling, each (texts, 384) and of length 1.

    The vectors of tokens are those of the last layer; [CLS] is the first, [SEP] the last.
    """
    model = load_minilm()
    lengths = [len(row.ids) for row in model.tokenizer.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lengths.__getitem__, reverse=True)
    found = {kind: torch.empty(len(texts), 384) for kind in POOLINGS}
    for start in tqdm(range(0, len(texts), batch_size)):
        batch = order[start : start + batch_size]
        ids, mask = model.token_ids([texts[n] for n in batch])
        x, w = model(ids, mask)[-1], mask.unsqueeze(2)
        table = model.table.vectors[ids]
        ends = mask.sum(1) - 1
        found["mean"][batch] = (x * w).sum(1) / w.sum(1)
        found["first token"][batch] = x[:, 0]
        found["last token"][batch] = x[torch.arange(len(batch)), ends]
        found["max"][batch] = x.masked_fill(~w, -torch.inf).amax(1)
        found["mean of the table's rows"][batch] = (table * w).sum(1) / w.sum(1)
    return {kind: normalize(vectors) for kind, vectors in found.items()}


def kept(name: str, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the vectors that were made before under this name, or make them and keep them."""
    path = CACHE / f"{name}.safetensors"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        save_file(make(), path)
    return load_file(path)


def ranks(queries: Tensor, passages: Tensor, right: list[int], rescore: tuple = ()) -> np.ndarray:
    """Return how many passages stand before the right one, for each query; of equals, half.

    Args:
        queries: shape (Q, D).
        passages: shape (N, D).
        right: the right passage of each query.
        rescore: queries and passages that order the best 100 anew; none if not given.
    """
    before = []
    for start in range(0, len(queries), 250):
        rows = torch.tensor(right[start : start + 250])
        scores = queries[start : start + 250] @ passages.T
        own = scores.gather(1, rows.unsqueeze(1))
        rank = (scores > own).sum(1) + ((scores == own).sum(1) - 1) // 2
        if rescore:
            best = scores.topk(100).indices
            fine_q, fine_p = rescore[0][start : start + 250], rescore[1]
            again = (fine_p[best] @ fine_q.unsqueeze(2)).squeeze(2)
            right_score = (fine_p[rows] * fine_q).sum(1, keepdim=True)
            inside = (best == rows.unsqueeze(1)).any(1)
            rank = torch.where(inside, (again > right_score + 1e-6).sum(1), rank.clamp(min=100))
        before.append(rank)
    return torch.cat(before).numpy()


def recall(before: np.ndarray, base: np.ndarray) -> list[str]:
    """Return recall at 1 and at 10, and how far the latter is from that of base, on equal queries.

    Each with its 95% interval from 1,000 bootstrap samples of the queries.
    """
    draws = np.random.default_rng(0).integers(len(before), size=(1000, len(before)))
    found = []
    for hit in (before < 1, before < 10, (before < 10).astype(float) - (base < 10)):
        low, high = np.quantile(hit[draws].mean(1), (0.025, 0.975))
        found += [f"{hit.mean():.4f}", f"{low:.4f}", f"{high:.4f}"]
    return found


def forms(q: Tensor, p: Tensor) -> Iterator[tuple[str, int, Tensor, Tensor, tuple]]:
    """Yield ways to store vectors: name, bytes of a text, queries, passages, rescoring."""
    width = p.shape[1]
    yield "float32", 4 * width, q, p, ()
    yield "float16", 2 * width, q, p.half().float(), ()
    centre = p.mean(0)
    axes = torch.linalg.eigh((p - centre).T @ (p - centre)).eigenvectors.flip(1)
    draw = torch.Generator().manual_seed(0)
    for count in (192, 96, 48):
        cut = torch.arange(count)
        yield f"first {count}", 4 * count, normalize(q[:, cut]), normalize(p[:, cut]), ()
        for n in range(3):
            some = torch.randperm(width, generator=draw)[:count]
            name = f"random {count}, draw {n}"
            yield name, 4 * count, normalize(q[:, some]), normalize(p[:, some]), ()
        turned = [normalize((x - centre) @ axes[:, :count]) for x in (q, p)]
        yield f"PCA {count}", 4 * count, *turned, ()
        yield f"PCA {count}, int8", count, turned[0], int8(turned[1]), ()
    yield "int8", width, q, int8(p), ()
    signs = [torch.where(x > 0, 1.0, -1.0) for x in (q, p)]
    yield "signs", width // 8, *signs, ()
    yield "signs, float query", width // 8, q, signs[1], ()
    yield "signs, best 100 again", width // 8, *signs, (q, p)
    yield "signs, best 100 again by int8", width // 8, *signs, (q, int8(p))


def int8(vectors: Tensor) -> Tensor:
    """Round to 255 steps, in each dimension up to its largest number, and back to float32."""
    step = vectors.abs().amax(0) / 127
    return (vectors / step).round() * step


def by_words(queries: list[str], definitions: list[str], right: list[int]) -> np.ndarray:
    """Return ranks by TF-IDF, a search by words; equal scores count half as before."""
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    p = words.fit_transform(definitions).astype(np.float32)
    q = words.transform(queries).astype(np.float32)
    before = []
    for n, row in enumerate(right):
        scores = np.asarray((p @ q[n].T).todense())[:, 0]
        before.append((scores > scores[row]).sum() + (scores == scores[row]).sum() // 2)
    return np.array(before)


def main() -> None:
    """Measure and write."""
    torch.set_grad_enabled(False)
    queries, definitions, right = task(load_corpus().splitlines(), QUERIES)
    own = [definitions[row] for row in right]
    asked, answers = (
        kept(name, lambda texts=texts: pooled(texts))
        for name, texts in (("queries", queries), ("own definitions", own))
    )
    q, rows, lines, bases = asked["mean"], list(range(QUERIES)), [], {}

    def add(part: str, form: str, size: int, texts: int, before: np.ndarray) -> None:
        base = bases.setdefault(part, before)
        lines.append((part, form, size, texts, *recall(before, base)))
        print(*lines[-1], flush=True)

    for kind in POOLINGS:
        add("pooling", kind, 1536, QUERIES, ranks(asked[kind], answers[kind], rows))
    add("prefixes", "none", 1536, QUERIES, ranks(q, answers["mean"], rows))
    for kind, prefixes in PREFIXES.items():
        both = []
        for prefix, name, texts in zip(
            prefixes, ("queries", "own definitions"), (queries, own), strict=True
        ):
            begun = [prefix + text for text in texts]
            made = kept(f"{name}, {kind}", lambda begun=begun: {"mean": pooled(begun)["mean"]})
            both.append(made["mean"])
        add("prefixes", kind, 1536, QUERIES, ranks(*both, rows))
    p = answers["mean"]
    for form, size, some_q, some_p, rescore in forms(q, p):
        add("forms", form, size, QUERIES, ranks(some_q, some_p, rows, rescore))
    every = kept("all definitions", lambda: {"mean": pooled(definitions)["mean"]})["mean"]
    for form, size, some_q, some_p, rescore in forms(q, every):
        add("all", form, size, len(every), ranks(some_q, some_p, right, rescore))
    bases |= {"words": bases["forms"], "words, all": bases["all"]}
    add("words", "TF-IDF", 0, QUERIES, by_words(queries, own, rows))
    add("words, all", "TF-IDF", 0, len(every), by_words(queries, definitions, right))
    write_table(
        "retrieval.csv",
        COLUMNS,
        lines,
        "Made by experiments/retrieval.py: recall with 95% intervals, MiniLM.",
        f"torch {torch.__version__}",
    )


if __name__ == "__main__":
    main()
