"""Skip-gram with negative sampling: word vectors learned from who stands near whom."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor
from torch.nn.functional import embedding, pad
from tqdm import tqdm

from src._checks import positive, whole_number
from src._texts import list_of_strings
from src.token_embeddings import EmbeddingTable, split_words

CHUNK = 16  # centre words that are scored against their surroundings as one banded matrix
BLOCK = 32  # chunks per update
NOISE = 32  # random words per chunk, shared by its centres


@dataclass(frozen=True, eq=False)
class SkipGram:
    """The two tables that skip-gram learns, with the same words in the same order.

    Attributes:
        centre: the words as centres, whose neighbours they predict; usually the table to keep.
        context: the words as neighbours of others.

    Source:
        Lesson: Learning meaning.
    """

    centre: EmbeddingTable
    context: EmbeddingTable


def train_skipgram(
    sentences: Iterable[Iterable[str]],
    dim: int = 100,
    *,
    window: int = 8,
    negatives: int = 5,
    min_count: int = 5,
    subsample: float = 1e-4,
    epochs: int = 5,
    lr: float = 0.1,
    seed: int = 0,
    progress: bool = False,
    after_epoch: Callable[[SkipGram], None] | None = None,
) -> SkipGram:
    """Train one vector per word so that a word's vector predicts the words around it.

    The objective is that of word2vec. The arithmetic is arranged in matrices: a chunk of
    consecutive words is scored by one product against the words around it and the random words it
    shares, and of the former a band is used. Only rows that occur are updated, by
    :class:`RowAdagrad`.

    Args:
        sentences: lists of words, read once; words of different sentences are not neighbours.
        dim: D, the width of a vector.
        window: largest distance of a neighbour, in words; each centre draws its own from 1 to this.
        negatives: how many random words weigh against each neighbour.
        min_count: words seen less often are left out.
        subsample: frequent words are dropped at random, the more the larger their share of the
            text is above this; 0 keeps all, as a short text needs.
        epochs: how often the text is read.
        lr: length of the first steps; falls linearly to 0.
        seed: of the random numbers; the same seed gives the same vectors on the same machine.
        progress: show a progress bar, unless the environment has ``TQDM_DISABLE=1``.
        after_epoch: called after each epoch with the tables as they are then, which later epochs
            change in place.

    Returns:
        The two tables of the kept words, most frequent first.

    Raises:
        TypeError: a count is not a whole number, or a sentence is not a list of words.
        ValueError: a setting is out of range, fewer than two different words are left, or
            ``subsample`` would leave next to nothing of a short text.

    Source:
        Mikolov et al. 2013, Distributed Representations of Words and Phrases, section 2; sharing
        random words: Ji et al. 2016, Parallelizing Word2Vec in Shared and Distributed Memory.
        Lesson: Learning meaning.
    """
    dim, window, negatives, min_count, epochs = (
        whole_number(name, value, minimum=1)
        for name, value in {
            "dim": dim,
            "window": window,
            "negatives": negatives,
            "min_count": min_count,
            "epochs": epochs,
        }.items()
    )
    positive("lr", lr)
    if not subsample >= 0:
        raise ValueError(f"subsample must be 0 (keep all words) or above, but got {subsample}.")
    words, counts, ids, sentence = _count(_lists_of_words(sentences), min_count)
    keep = _keep_probability(counts, subsample)
    cumulative = _cumulative_noise(counts)

    random = torch.Generator().manual_seed(seed)
    centre = (torch.rand(len(words), dim, generator=random) - 0.5) / dim
    context = torch.zeros(len(words), dim)
    tables = SkipGram(*(EmbeddingTable(words, rows, split_words) for rows in (centre, context)))
    update_centre, update_context = RowAdagrad(centre), RowAdagrad(context)

    bar = tqdm(total=epochs, unit="epoch", **({} if progress else {"disable": True}))
    for epoch in range(epochs):
        kept = torch.rand(len(ids), generator=random) < keep[ids]
        blocks = list(_blocks(ids[kept], sentence[kept], window))
        for number, (middle, around, same) in enumerate(blocks):
            rate = lr * (1 - (epoch + number / len(blocks)) / epochs)
            reach = torch.randint(1, window + 1, middle.shape, generator=random)
            drawn = _draw(cumulative, (len(middle), NOISE), random)  # (chunks, NOISE)
            others = torch.cat((around, drawn), dim=1)  # (chunks, CHUNK + 2 window + NOISE)
            near = same & _band(window, reach)
            to_middle, to_others = _gradients(
                embedding(middle, centre), embedding(others, context), near, negatives
            )
            update_centre(middle.flatten(), to_middle, rate)
            update_context(others.flatten(), to_others, rate)
        bar.update()
        if after_epoch is not None:
            after_epoch(tables)
    bar.close()
    return tables


class RowAdagrad:
    """Row-wise Adagrad with a smaller power: the n-th step shrinks as n^-0.2, not as n^-0.5.

    After n gradients g of a row, with the root mean square over all their numbers so far::

        rms = sqrt((mean(g_1²) + … + mean(g_n²)) / n),

    the row moves by ``-rate * g_n / (rms * n ** power)``. Power 0.5 is row-wise Adagrad, whose
    divisor is the square root of the sum; 0 is RMSprop with equal weights, whose steps do not
    shrink. The learning rate falls as well, and a power in between learns most: after 3 epochs of
    the glosses, at lr 0.1, agreement with WordSim-353 is 0.52 for power 0, 0.59 for 0.1, 0.60 for
    0.2, 0.57 for 0.3 and 0.46 for 0.5 (mean of two seeds, which differ by some 0.03).

    Args:
        table: the rows, shape (V, D), updated in place.
        power: how fast the steps of a row shrink with its number of gradients.

    Source:
        Duchi et al. 2011, Adaptive Subgradient Methods, in the diagonal form of section 1.1; one
        size per row is what FBGEMM calls ``EXACT_ROWWISE_ADAGRAD``.
    """

    def __init__(self, table: Float[Tensor, "V D"], power: float = 0.2) -> None:
        self.table = table
        self.power = power
        self.past = torch.zeros(2, len(table))  # per row: n, and the sum of mean(g²)

    def __call__(
        self, rows: Int[Tensor, "updates"], gradients: Float[Tensor, "updates D"], rate: float
    ) -> None:
        """Move the rows; one that occurs several times takes the sum of its steps.

        Args:
            rows: row numbers, shape (updates,).
            gradients: one for each, shape (updates, D); overwritten.
            rate: the learning rate.
        """
        squares = torch.linalg.vector_norm(gradients, dim=1).square() / gradients.shape[1]
        self.past.index_add_(1, rows, torch.stack((torch.ones_like(squares), squares)))
        number, total = self.past.index_select(1, rows)
        rms = (total / number + 1e-8).sqrt()
        steps = gradients.mul_((-rate / (rms * number**self.power)).unsqueeze(1))
        self.table.index_add_(0, rows, steps)


def _lists_of_words(sentences: object) -> list[list[str]]:
    """Return the sentences as lists, or say which one is no list of words."""
    hint = "Split texts into words first: [split_words(text) for text in texts]."
    if isinstance(sentences, str | bytes) or not isinstance(sentences, Iterable):
        raise TypeError(
            "sentences must be a list of sentences, each a list of words, but got one "
            f"{type(sentences).__name__}. {hint}"
        )
    return [list_of_strings(f"sentences[{n}]", words, hint) for n, words in enumerate(sentences)]


def _count(sentences: list[list[str]], min_count: int) -> tuple[list[str], Tensor, Tensor, Tensor]:
    """Return the kept words, their counts, and the text as word ids and sentence numbers."""
    tally = Counter(chain.from_iterable(sentences))
    words = [word for word, count in tally.most_common() if count >= min_count]
    if len(words) < 2:
        raise ValueError(
            f"At least two different words must occur min_count={min_count} times or more, but "
            f"{len(words)} of {len(tally)} do. Give more text, or lower min_count."
        )
    vocab = dict.fromkeys(tally, -1) | {word: row for row, word in enumerate(words)}
    rows = map(vocab.__getitem__, chain.from_iterable(sentences))
    ids = torch.from_numpy(np.fromiter(rows, dtype=np.int64))
    lengths = torch.tensor([len(words) for words in sentences])
    sentence = torch.arange(len(sentences)).repeat_interleave(lengths)
    counts = torch.tensor([float(tally[word]) for word in words])
    return words, counts, ids[ids >= 0], sentence[ids >= 0]


def _keep_probability(counts: Tensor, threshold: float) -> Tensor:
    """Probability to keep an occurrence of each word, shape (V,): ``sqrt(t / f) + t / f``.

    Here f is the word's share of the text and t the threshold; above 1 all are kept.

    Raises:
        ValueError: the threshold would leave less than a chunk of the text.

    Source:
        word2vec.c, which differs from the paper's ``sqrt(t / f)`` in section 2.3 by the ``t / f``.
    """
    if threshold == 0:
        return torch.ones_like(counts)
    share = counts / counts.sum()
    keep = (threshold / share).sqrt() + threshold / share
    left = (counts * keep.clamp(max=1)).sum().item()
    if left < min(CHUNK, counts.sum()):
        raise ValueError(
            f"The text is too short for subsample={threshold}, which keeps some {left:.0f} of its "
            f"{counts.sum():.0f} words. Set subsample=0 to keep all, or give more text."
        )
    return keep


def _cumulative_noise(counts: Tensor) -> Tensor:
    """Cumulative weights (V,) of the noise distribution: a word's count to the power 3/4.

    Source:
        Mikolov et al. 2013, Distributed Representations of Words and Phrases, section 2.2.
    """
    return (counts**0.75).cumsum(0)


def _draw(cumulative: Tensor, shape: tuple[int, ...], random: Generator) -> Tensor:
    """Draw word ids of the given shape from cumulative weights."""
    dice = torch.rand(shape, generator=random) * cumulative[-1]
    return torch.searchsorted(cumulative, dice).clamp_(max=len(cumulative) - 1)  # dice may round up


def _blocks(ids: Tensor, sentence: Tensor, window: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Cut the text into chunks, (chunks, CHUNK), with their surroundings, CHUNK + 2 window wide.

    The third part says which surrounding words stand in the same sentence, for each centre. A text
    of no words has no blocks.
    """
    if not len(ids):
        return
    short = -len(ids) % CHUNK
    ids = pad(ids, (window, window + short))
    sentence = pad(sentence, (window, window + short), value=-1)
    wide_ids = ids.unfold(0, CHUNK + 2 * window, CHUNK)
    wide_sentence = sentence.unfold(0, CHUNK + 2 * window, CHUNK)
    inner = slice(window, window + CHUNK)
    for start in range(0, len(wide_ids), BLOCK):
        around, where = wide_ids[start : start + BLOCK], wide_sentence[start : start + BLOCK]
        middle = where[:, inner].unsqueeze(2)
        yield around[:, inner], around, (middle == where.unsqueeze(1)) & (middle >= 0)


def _band(window: int, reach: Tensor) -> Tensor:
    """True where a surrounding word is within the centre's reach, itself left out.

    The shape is (chunks, CHUNK, CHUNK + 2 window). A reach drawn evenly from 1 to the window gives
    near words more weight, as in word2vec.
    """
    offset = torch.arange(CHUNK + 2 * window) - window - torch.arange(CHUNK).unsqueeze(1)
    return (offset != 0) & (offset.abs() <= reach.unsqueeze(2))


def _gradients(
    middle: Float[Tensor, "chunks centres D"],
    others: Float[Tensor, "chunks others D"],
    near: Bool[Tensor, "chunks centres around"],
    negatives: int,
) -> tuple[Tensor, Tensor]:
    """Gradients of the negative-sampling loss for both kinds of rows, one row each.

    For centre v, neighbour u and k random words the loss is::

        -log sigmoid(v · u) - sum_i log sigmoid(-v · u_i),

    whose derivative by each score is the error ``sigmoid(score) - target``, target 1 for u and 0
    for u_i. Of the others the first stand around, the last are random; ``near`` says who is whose
    neighbour. Every neighbour counts once; against it, k = ``negatives`` random words count, spread
    evenly over those that the chunk shares.

    Source:
        Mikolov et al. 2013, Distributed Representations of Words and Phrases, equation 4.
    """
    around = near.shape[2]
    drawn = others.shape[1] - around
    error = (middle @ others.transpose(1, 2)).sigmoid_()  # score minus target, for each pair
    near = near.to(error.dtype)
    error[:, :, :around].sub_(1).mul_(near)
    error[:, :, around:].mul_(near.sum(dim=2, keepdim=True) * (negatives / drawn))
    to_middle = error @ others
    to_others = error.transpose(1, 2) @ middle
    return to_middle.flatten(0, 1), to_others.flatten(0, 1)
