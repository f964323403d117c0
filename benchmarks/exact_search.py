"""Time exact search among as many vectors as WordNet has definitions: seconds a question.

    make bench

The vectors are random, of MiniLM's width and of length 1: how long a product takes does not depend
on what is in it. Each way finds the ten best of all; scikit-learn's brute force is beside ours. The
ways take turns, and the least of five rounds counts.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch.nn.functional import normalize

from benchmarks.page import record

TEXTS, WIDTH, BEST, BATCH, ROUNDS = 116_697, 384, 10, 100, 5


def ways(vectors: torch.Tensor, signs: np.ndarray) -> dict[str, tuple[int, Callable]]:
    """Return for each way the bytes of a vector and a function of questions (Q, D)."""
    library = NearestNeighbors(n_neighbors=BEST, algorithm="brute", metric="cosine")
    library.fit(vectors.numpy())
    quarter = vectors[:, : WIDTH // 4].contiguous()

    def by_signs(questions: torch.Tensor) -> None:
        for bits in packed(questions):
            differ = np.bitwise_count(signs ^ bits).sum(1, dtype=np.uint16)
            np.argpartition(differ, BEST)[:BEST]

    return {
        "float32": (4 * WIDTH, lambda q: (q @ vectors.T).topk(BEST)),
        "96 numbers, float32": (WIDTH, lambda q: (q[:, : WIDTH // 4] @ quarter.T).topk(BEST)),
        "signs, one bit each": (WIDTH // 8, by_signs),
        "scikit-learn, float32": (4 * WIDTH, lambda q: library.kneighbors(q.numpy())),
    }


def packed(vectors: torch.Tensor) -> np.ndarray:
    """Return the signs of vectors (N, D) as bits in 64-bit words, shape (N, D / 64)."""
    return np.packbits(vectors.numpy() > 0, axis=1).view(np.uint64)


def main() -> None:
    """Measure and store."""
    torch.set_num_threads(2)
    draw = torch.Generator().manual_seed(0)
    vectors = normalize(torch.randn(TEXTS, WIDTH, generator=draw))
    questions = normalize(torch.randn(BATCH, WIDTH, generator=draw))
    found = ways(vectors, packed(vectors))
    best = {(name, count): float("inf") for name in found for count in (1, BATCH)}
    for _ in range(ROUNDS):
        for name, count in best:
            start = time.perf_counter()
            found[name][1](questions[:count])
            seconds = (time.perf_counter() - start) / count
            best[name, count] = min(best[name, count], seconds)
    rows = [
        {
            "Vectors": name,
            "Megabytes": round(size * TEXTS / 1e6),
            "One question, ms": f"{1000 * best[name, 1]:.1f}",
            f"Each of {BATCH} at once, ms": f"{1000 * best[name, BATCH]:.1f}",
        }
        for name, (size, _) in found.items()
    ]
    for row in rows:
        print(*row.values(), flush=True)
    record("exact_search", rows, ["torch", "numpy", "scikit-learn"])


if __name__ == "__main__":
    main()
