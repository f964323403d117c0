"""Train skip-gram on the glosses with five seeds: `python -m experiments.word_vectors`.

Why: one run says little about a trained table, and five take longer than a lesson may. It takes
one to five minutes. Makes, for the lesson Learning meaning:

- src/data/skipgram_pairs.csv: cosines of pairs of words, after each epoch of each seed, and those
  of the sum of both tables at the end. The pairs are those of WordSim-353 ("wordsim"), those within
  the groups of the odd one out ("group"), two pairs that never meet ("apart"), and random pairs: of
  all words ("any") and of words that occur 80 to 140 times ("band").
- src/data/skipgram_scores.csv: the score, centre times context, of random pairs that meet often.
- src/data/skipgram_neighbours.csv: the ten nearest words of some words.

The digits differ a little from one machine or version of torch to the next.
"""

from collections import Counter
from itertools import chain, combinations

import numpy as np
import scipy.sparse as sparse
import torch

from experiments.data_files import write_table
from src.pretrained import load_corpus, load_wordsim
from src.skipgram import SkipGram, train_skipgram
from src.token_embeddings import EmbeddingTable, nearest, split_words

SEEDS, EPOCHS, WINDOW = (0, 1, 2, 3, 4), 3, 8
GROUPS = """cat dog rabbit table
monday friday sunday april
red green blue seven
river lake sea mountain
doctor nurse surgeon lawyer
piano violin guitar singer
bread cake cheese plate
king queen prince president
chair table sofa window
france italy spain london
walk run jump sleep
happy sad angry tall""".splitlines()
APART = (("moth", "snakes"), ("cards", "tennis"))
BAND = (80, 140)  # how often the words of APART occur
RANDOM_PAIRS, SCORES, QUERIES = 400, 3000, 100
SHOWN = ("cat", "love", "hot", "river")


def pairs_to_measure(tally: Counter, words: list[str]) -> list[tuple[str, str, str]]:
    """Return what a pair is for, and its two words."""
    random = np.random.default_rng(0)
    band = [word for word in words if BAND[0] <= tally[word] <= BAND[1]]
    known = set(words)
    pairs = [("wordsim", a, b) for a, b, _ in load_wordsim() if a in known and b in known]
    pairs += [("group", a, b) for group in GROUPS for a, b in combinations(group.split(), 2)]
    pairs += [("apart", a, b) for a, b in APART]
    for use, among in (("any", words), ("band", band)):
        for _ in range(RANDOM_PAIRS):
            pairs.append((use, *random.choice(among, size=2, replace=False).tolist()))
    return pairs


def pairs_that_meet(text: list[list[str]], words: list[str]) -> list[tuple[str, str]]:
    """Return random pairs whose weighted count, as in the lesson, is 5 or more."""
    row = {word: n for n, word in enumerate(words)}
    known = [[row[word] for word in line if word in row] for line in text]
    ids = np.array(list(chain.from_iterable(known)))
    line_of = np.repeat(np.arange(len(known)), [len(line) for line in known])
    V = len(words)
    counts = sparse.csr_matrix((V, V), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        same = line_of[:-distance] == line_of[distance:]
        pairs = (ids[:-distance][same], ids[distance:][same])
        weight = np.full(same.sum(), 1 - (distance - 1) / WINDOW, "f4")
        counts += sparse.coo_matrix((weight, pairs), (V, V)).tocsr()
    counts = (counts + counts.T).tocoo()
    often = np.flatnonzero((counts.data >= 5) & (counts.row != counts.col))
    drawn = np.random.default_rng(0).choice(often, SCORES, replace=False)
    return [(words[counts.row[n]], words[counts.col[n]]) for n in drawn]


def cosines(table: EmbeddingTable, pairs: list[tuple[str, str, str]]) -> list[str]:
    """Return the cosines of the pairs, as text."""
    directions = table.directions
    a, b = (directions[[table.row(pair[side]) for pair in pairs]] for side in (1, 2))
    return [f"{cosine:.3f}" for cosine in (a * b).sum(dim=1).tolist()]


def main() -> None:
    """Train, measure and write the three files."""
    torch.set_num_threads(1)
    text = [split_words(line) for line in load_corpus("wordnet_glosses").splitlines()]
    tally = Counter(chain.from_iterable(text))
    words = [word for word, n in tally.most_common() if n >= 5]
    pairs, meet = pairs_to_measure(tally, words), pairs_that_meet(text, words)
    queries = np.random.default_rng(0).choice(words[200:5000], QUERIES, replace=False).tolist()
    queries = [*SHOWN, *queries]
    by_pair = dict(zip(("use", "a", "b"), map(list, zip(*pairs, strict=True)), strict=True))
    by_score = dict(zip(("word", "companion"), map(list, zip(*meet, strict=True)), strict=True))
    by_query = {"word": queries}

    for seed in SEEDS:

        def measure(tables: SkipGram, seed: int = seed) -> None:
            epoch = sum(column.startswith(f"seed {seed} ") for column in by_pair) + 1
            by_pair[f"seed {seed} epoch {epoch}"] = cosines(tables.centre, pairs)

        tables = train_skipgram(text, window=WINDOW, epochs=EPOCHS, seed=seed, after_epoch=measure)
        centre, context = tables.centre, tables.context
        both = EmbeddingTable(words, centre.vectors + context.vectors, split_words)
        by_pair[f"seed {seed} sum"] = cosines(both, pairs)
        w, c = ([centre.row(pair[side]) for pair in meet] for side in (0, 1))
        score = (centre.vectors[w] * context.vectors[c]).sum(dim=1).tolist()
        by_score[f"seed {seed}"] = [f"{value:.2f}" for value in score]
        by_query[f"seed {seed}"] = [
            " ".join(word for word, _ in nearest(centre, query, k=10)) for query in queries
        ]
        print(f"seed {seed} is done", flush=True)
    for name, columns in (("pairs", by_pair), ("scores", by_score), ("neighbours", by_query)):
        write_table(f"skipgram_{name}.csv", columns, zip(*columns.values(), strict=True))


if __name__ == "__main__":
    main()
