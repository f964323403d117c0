"""Skip-gram with negative sampling: word vectors learned from who stands near whom."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import embedding
from tqdm import tqdm

from src._checks import positive, whole_number
from src.token_embeddings import EmbeddingTable, split_words

CHUNK = 16  # centre words that are scored against their surroundings as one banded matrix
BLOCK = 32  # chunks per update
NOISE = 32  # random words per chunk, shared by its centres
DECAY = 0.2  # a row's steps shrink as its number of gradients to this power; in Adagrad it is 0.5


@dataclass(frozen=True, eq=False)
class SkipGram(EmbeddingTable):
    """The two tables that skip-gram learns: a word as the centre, and as a neighbour of others.

    Attributes:
        context: the vectors of the words as neighbours, shape (V, D). ``vectors`` holds those of
            the centres, which are the ones usually kept.

    Source:
        Lesson: Learning meaning.
    """

    context: Float[Tensor, "V D"]


def train_skipgram(
    sentences: Iterable[Sequence[str]],
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
    shares, and of the former a band is used. Only rows that occur are updated, each with a step
    that is measured by the size of its past gradients, as in Adagrad.

    Args:
        sentences: tokenized sentences; words of different sentences are not neighbours.
        dim: D, the width of a vector.
        window: largest distance of a neighbour, in words; each centre draws its own from 1 to this.
        negatives: how many random words weigh against each neighbour.
        min_count: words seen less often are left out.
        subsample: frequent words are dropped at random, the more the larger their share of the
            text is above this; 0 keeps all.
        epochs: how often the text is read.
        lr: length of the first steps; falls linearly to 0.
        seed: of the random numbers; the same seed gives the same vectors on the same machine.
        progress: show a progress bar, unless the environment has ``TQDM_DISABLE=1``.
        after_epoch: called after each epoch with the tables as they are then, which later epochs
            change in place.

    Returns:
        The tables of the kept words, most frequent first.

    Raises:
        TypeError: a count is not a whole number.
        ValueError: a setting is out of range, or fewer than two different words are left.

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
    if subsample < 0:
        raise ValueError(f"subsample must be 0 (keep all words) or above, but got {subsample}.")
    words, counts, ids, sentence = _count(sentences, min_count)
    random = torch.Generator().manual_seed(seed)
    noise = (counts**0.75).cumsum(0)  # word2vec's flattened frequencies
    share = counts / counts.sum()
    keep = (subsample / share).sqrt() + subsample / share if subsample else torch.ones_like(share)

    centre = (torch.rand(len(words), dim, generator=random) - 0.5) / dim
    context = torch.zeros(len(words), dim)
    past_centre, past_context = torch.zeros(2, 2, len(words))
    bar = tqdm(total=epochs, unit="epoch", **({} if progress else {"disable": True}))
    for epoch in range(epochs):
        kept = torch.rand(len(ids), generator=random) < keep[ids]
        blocks = list(_blocks(ids[kept], sentence[kept], window))
        for number, (middle, around, same) in enumerate(blocks):
            rate = lr * (1 - (epoch + number / len(blocks)) / epochs)
            reach = torch.randint(1, window + 1, middle.shape, generator=random)
            dice = torch.rand(len(middle), NOISE, generator=random) * noise[-1]
            drawn = torch.searchsorted(noise, dice).clamp_(max=len(words) - 1)  # dice may round up
            others = torch.cat((around, drawn), dim=1)
            near = same & _band(window, reach)
            to_middle, to_others = _gradients(
                embedding(middle, centre), embedding(others, context), near, negatives
            )
            _update(centre, past_centre, middle.flatten(), to_middle, rate)
            _update(context, past_context, others.flatten(), to_others, rate)
        bar.update()
        if after_epoch is not None:
            after_epoch(SkipGram(words, centre, split_words, context))
    bar.close()
    return SkipGram(words, centre, split_words, context)


def _count(
    sentences: Iterable[Sequence[str]], min_count: int
) -> tuple[list[str], Tensor, Tensor, Tensor]:
    """Return the kept words, their counts, and the text as word ids and sentence numbers."""
    sentences = [list(words) for words in sentences]
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


def _blocks(ids: Tensor, sentence: Tensor, window: int) -> Iterable[tuple[Tensor, Tensor, Tensor]]:
    """Cut the text into chunks (n, C) with their surroundings (n, C + 2 window).

    The third part says which surrounding words stand in the same sentence: (n, C, C + 2 window).
    """
    short = -len(ids) % CHUNK
    ids = torch.nn.functional.pad(ids, (window, window + short))
    sentence = torch.nn.functional.pad(sentence, (window, window + short), value=-1)
    wide_ids = ids.unfold(0, CHUNK + 2 * window, CHUNK)
    wide_sentence = sentence.unfold(0, CHUNK + 2 * window, CHUNK)
    inner = slice(window, window + CHUNK)
    for start in range(0, len(wide_ids), BLOCK):
        around, where = wide_ids[start : start + BLOCK], wide_sentence[start : start + BLOCK]
        middle = where[:, inner].unsqueeze(2)
        yield around[:, inner], around, (middle == where.unsqueeze(1)) & (middle >= 0)


def _band(window: int, reach: Tensor) -> Tensor:
    """True where a surrounding word is within the centre's reach, itself left out."""
    offset = torch.arange(CHUNK + 2 * window) - window - torch.arange(CHUNK).unsqueeze(1)
    return (offset != 0) & (offset.abs() <= reach.unsqueeze(2))


def _gradients(
    middle: Float[Tensor, "n C D"], others: Float[Tensor, "n O D"], near: Tensor, negatives: int
) -> tuple[Tensor, Tensor]:
    """Gradients of the negative-sampling loss for both kinds of rows, one row each.

    Of the O others the first S stand around, the last K are random; ``near`` (n, C, S) says who is
    whose neighbour. Every neighbour counts once; against it, ``negatives`` random words count,
    spread evenly over the K.
    """
    S = near.shape[2]
    K = others.shape[1] - S
    error = (middle @ others.transpose(1, 2)).sigmoid_()  # (n, C, S + K): score minus target
    near = near.to(error.dtype)
    error[:, :, :S].sub_(1).mul_(near)
    error[:, :, S:].mul_(near.sum(dim=2, keepdim=True) * (negatives / K))
    to_middle = error @ others
    to_others = error.transpose(1, 2) @ middle
    return to_middle.flatten(0, 1), to_others.flatten(0, 1)


def _update(table: Tensor, past: Tensor, rows: Tensor, gradient: Tensor, rate: float) -> None:
    """Update the rows in place; a row that occurs several times takes the sum of its steps.

    ``past`` (2, V) has, per row, the number of its gradients so far and the sum of their mean
    squares.
    """
    squares = torch.linalg.vector_norm(gradient, dim=1).square() / gradient.shape[1]
    past.index_add_(1, rows, torch.stack((torch.ones_like(squares), squares)))
    number, total = past.index_select(1, rows)
    size = (total / number + 1e-8).sqrt()
    table.index_add_(0, rows, gradient.mul_((-rate / (size * number**DECAY)).unsqueeze(1)))
