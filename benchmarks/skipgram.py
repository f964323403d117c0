"""Compare `src.skipgram` with gensim: words per second, and quality at equal time.

    make bench

Both train on the course's corpus, in this one process, in turns. gensim has the best settings of a
grid of 18 over learning rate, window and subsampling (`--tune` runs it again), by the mean over 2
and 5 epochs on WordSim-353's odd pairs and SimLex-999: 0.483. `src` has its defaults, which come
third in a grid of its own, 0.437 where the best has 0.439. The comparison shows WordSim-353's even
pairs, which the choice has not seen, and SimLex-999, which it has. Each gets the better one of the
two usual readings: the centre vectors, or the sum of both tables.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import torch
from gensim.models import Word2Vec
from gensim.test.utils import datapath

from benchmarks.page import record
from src.pretrained import load_corpus, load_wordsim
from src.skipgram import train_skipgram
from src.token_embeddings import EmbeddingTable, human_correlation, split_words

OURS = {"lr": 0.1, "window": 8, "subsample": 1e-4}
GENSIM = {"alpha": 0.15, "window": 12, "sample": 1e-4}
Judgements = list[tuple[str, str, float]]


def simlex() -> Judgements:
    """Read SimLex-999 from gensim's test data; the course does not ship it."""
    with open(datapath("simlex999.txt"), encoding="utf-8") as file:
        rows = (line.rstrip("\n").split("\t") for line in file if not line.startswith("#"))
        return [(a, b, float(x)) for a, b, x in rows]


def ours(sentences: list[list[str]], epochs: int, threads: int, **settings: float) -> tuple:
    """Train with `src`; return the seconds and both readings of the result."""
    torch.set_num_threads(threads)
    start = time.perf_counter()
    tables = train_skipgram(sentences, epochs=epochs, **(OURS | settings))
    seconds = time.perf_counter() - start
    total = tables.centre.vectors + tables.context.vectors
    return seconds, tables.centre, replace(tables.centre, vectors=total)


def theirs(sentences: list[list[str]], epochs: int, threads: int, **settings: float) -> tuple:
    """Train with gensim; return the seconds and both readings of the result."""
    start = time.perf_counter()
    model = Word2Vec(
        sentences,
        vector_size=100,
        sg=1,
        negative=5,
        min_count=5,
        seed=0,
        epochs=epochs,
        workers=threads,
        **(GENSIM | settings),
    )
    seconds = time.perf_counter() - start
    centre, context = torch.tensor(model.wv.vectors), torch.tensor(model.syn1neg)
    table = EmbeddingTable(model.wv.index_to_key, centre, split_words)
    return seconds, table, replace(table, vectors=centre + context)


def compare(sentences: list[list[str]], rounds: int) -> None:
    """Print time, speed and quality of both, for several numbers of epochs and threads."""
    words = sum(map(len, sentences))
    test, other = load_wordsim()[1::2], simlex()
    print(f"{words:,} words; median of {rounds} rounds, in turns\n")
    print("threads epochs | seconds          | words per second  | WordSim-353 | SimLex-999")
    print("               | ours gensim      |     ours   gensim | ours gensim | ours gensim")
    rows = []
    for threads, epochs in product((1, 2), (1, 2, 3, 5)):
        seconds = {ours: [], theirs: []}
        for _ in range(rounds):
            quality = {}
            for train in (ours, theirs):
                elapsed, *readings = train(sentences, epochs, threads)
                seconds[train].append(elapsed)
                quality[train] = [
                    max(human_correlation(reading, pairs)[0] for reading in readings)
                    for pairs in (test, other)
                ]
        a, b = (statistics.median(seconds[train]) for train in (ours, theirs))
        speed = [epochs * words / x for x in (a, b)]
        (w1, s1), (w2, s2) = quality[ours], quality[theirs]
        rows.append(
            {
                "Threads": threads,
                "Epochs": epochs,
                "`src`, s": f"{a:.1f}",
                "gensim, s": f"{b:.1f}",
                "WordSim-353, `src`": f"{w1:.2f}",
                "WordSim-353, gensim": f"{w2:.2f}",
                "SimLex-999, `src`": f"{s1:.2f}",
                "SimLex-999, gensim": f"{s2:.2f}",
            }
        )
        print(
            f"{threads:7} {epochs:6} | {a:4.1f} {b:6.1f}  x{b / a:3.1f} "
            f"| {speed[0]:8,.0f} {speed[1]:8,.0f} | {w1:4.2f} {w2:6.2f} | {s1:4.2f} {s2:6.2f}",
            flush=True,
        )
    record("skipgram", rows, ["torch", "gensim"])


def tune(sentences: list[list[str]]) -> None:
    """Print the quality of every setting of both grids on the pairs used to choose."""
    choose = (load_wordsim()[::2], simlex())

    def run(train: Callable[..., tuple], **settings: float) -> None:
        qualities = []
        for epochs in (2, 5):
            _, *readings = train(sentences, epochs, 1, **settings)
            qualities.append(
                max(
                    sum(human_correlation(reading, pairs)[0] for pairs in choose) / 2
                    for reading in readings
                )
            )
        mean = statistics.mean(qualities)
        print(f"{train.__name__:6} {settings} {mean:.3f} {qualities}", flush=True)

    for rate, window, sample in product((0.05, 0.1, 0.2), (5, 8, 12), (1e-3, 1e-4)):
        run(ours, lr=rate, window=window, subsample=sample)
    for rate, window, sample in product((0.05, 0.1, 0.15), (5, 8, 12), (1e-3, 1e-4)):
        run(theirs, alpha=rate, window=window, sample=sample)


def main() -> None:
    """Run the comparison, or the search for settings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tune", action="store_true", help="search settings instead (20 minutes)")
    arguments = parser.parse_args()
    sentences = [split_words(line) for line in load_corpus().splitlines()]
    if arguments.tune:
        tune(sentences)
    else:
        compare(sentences, arguments.rounds)


if __name__ == "__main__":
    main()
