"""Skip-gram with negative sampling: word vectors learned from who stands near whom."""

from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from src._checks import positive, whole_number
from src.token_embeddings import EmbeddingTable, split_words

CHUNK = 32  # centre words whose neighbourhoods are scored as one banded matrix
BLOCK = 64  # chunks per update


def train_skipgram(
    sentences: Iterable[Sequence[str]],
    dim: int = 100,
    *,
    window: int = 5,
    negatives: int = 5,
    min_count: int = 5,
    subsample: float = 1e-3,
    epochs: int = 5,
    lr: float = 0.1,
    shared_negatives: int = 128,
    seed: int = 0,
    progress: bool = False,
) -> EmbeddingTable:
    """Train one vector per word so that a word's vector predicts the words around it.

    The objective is that of word2vec. The arithmetic is arranged in matrices: a chunk of
    consecutive words is scored against its surroundings by one product of which a band is used,
    the negatives of a block are shared, and only rows that occur are updated, by row-wise Adagrad.

    Args:
        sentences: tokenized sentences; words of different sentences are not neighbours.
        dim: D, the width of a vector.
        window: largest distance of a neighbour, in words; each centre draws its own from 1 to this.
        negatives: how many random words weigh against each neighbour.
        min_count: words seen less often are left out.
        subsample: frequent words are dropped at random, the more the larger their share of the
            text is above this; 0 keeps all.
        epochs: how often the text is read.
        lr: learning rate of Adagrad; falls linearly to a tenth.
        shared_negatives: how many random words a block draws to stand for all its negatives.
        seed: of the random numbers; the same seed gives the same vectors on the same machine.
        progress: show a progress bar.

    Returns:
        A table of the kept words, most frequent first, with vectors (V, D).

    Raises:
        TypeError: a count is not a whole number.
        ValueError: a setting is out of range, or fewer than two different words are left.

    Source:
        Mikolov et al. 2013, Distributed Representations of Words and Phrases, section 2; sharing
        negatives: Ji et al. 2016, Parallelizing Word2Vec in Shared and Distributed Memory.
    """
    dim, window, negatives, min_count, epochs, shared_negatives = (
        whole_number(name, value, minimum=1)
        for name, value in {
            "dim": dim,
            "window": window,
            "negatives": negatives,
            "min_count": min_count,
            "epochs": epochs,
            "shared_negatives": shared_negatives,
        }.items()
    )
    positive("lr", lr)
    words, counts, ids, sentence = _count(sentences, min_count)
    random = torch.Generator().manual_seed(seed)
    noise = counts**0.75  # word2vec's flattened frequencies
    share = counts / counts.sum()
    keep = (subsample / share).sqrt() + subsample / share if subsample else torch.ones_like(share)

    centre = (torch.rand(len(words), dim, generator=random) - 0.5) / dim
    context = torch.zeros(len(words), dim)
    squares = torch.zeros(2, len(words))  # Adagrad: one number per row of centre and of context
    bar = tqdm(total=epochs, disable=not progress, unit="epoch")
    for epoch in range(epochs):
        kept = torch.rand(len(ids), generator=random) < keep[ids]
        blocks = list(_blocks(ids[kept], sentence[kept], window))
        for number, (middle, around, same) in enumerate(blocks):
            rate = lr * (1 - 0.9 * (epoch + number / len(blocks)) / epochs)
            reach = torch.randint(1, window + 1, middle.shape, generator=random)
            drawn = torch.multinomial(noise, shared_negatives, replacement=True, generator=random)
            near = same & _band(window, reach)
            gradients = _gradients(centre[middle], context[around], context[drawn], near, negatives)
            _adagrad(centre, squares[0], middle.flatten(), gradients[0], rate)
            rows = torch.cat((around.flatten(), drawn))
            _adagrad(context, squares[1], rows, torch.cat(gradients[1:]), rate)
        bar.update()
    bar.close()
    return EmbeddingTable(words, centre, split_words)


def _count(
    sentences: Iterable[Sequence[str]], min_count: int
) -> tuple[list[str], Tensor, Tensor, Tensor]:
    """Return the kept words, their counts, and the text as word ids and sentence numbers."""
    sentences = [list(words) for words in sentences]
    tally = Counter(word for words in sentences for word in words)
    words = [word for word, count in tally.most_common() if count >= min_count]
    if len(words) < 2:
        raise ValueError(
            f"At least two different words must occur min_count={min_count} times or more, but "
            f"{len(words)} of {len(tally)} do. Give more text, or lower min_count."
        )
    vocab = {word: row for row, word in enumerate(words)}
    pairs = [
        (vocab[word], n)
        for n, sentence in enumerate(sentences)
        for word in sentence
        if word in vocab
    ]
    ids, sentence = torch.tensor(pairs).unbind(1)
    return words, torch.tensor([float(tally[word]) for word in words]), ids, sentence


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
    middle: Float[Tensor, "n C D"],
    around: Float[Tensor, "n S D"],
    drawn: Float[Tensor, "K D"],
    near: Tensor,
    negatives: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the negative-sampling loss for the three kinds of rows, one row each.

    Every neighbour counts once; against it, ``negatives`` random words count, spread evenly over
    the K drawn ones.
    """
    weight = near.sum(dim=2, keepdim=True) * (negatives / len(drawn))  # (n, C, 1)
    pull = ((middle @ around.transpose(1, 2)).sigmoid() - 1) * near  # (n, C, S)
    push = (middle @ drawn.T).sigmoid() * weight  # (n, C, K)
    to_middle = pull @ around + push @ drawn
    to_around = pull.transpose(1, 2) @ middle
    to_drawn = push.flatten(0, 1).T @ middle.flatten(0, 1)
    return to_middle.flatten(0, 1), to_around.flatten(0, 1), to_drawn


def _adagrad(table: Tensor, squares: Tensor, rows: Tensor, gradient: Tensor, rate: float) -> None:
    """Update the rows in place; a row that occurs several times takes the sum of its steps."""
    squares.index_add_(0, rows, gradient.square().mean(dim=1))
    step = gradient * (-rate / (squares[rows] + 1e-8).sqrt()).unsqueeze(1)
    table.index_add_(0, rows, step)
