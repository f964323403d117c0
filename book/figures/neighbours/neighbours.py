"""The nearest tokens of a word in MiniLM's table."""

import torch
from matplotlib.axes import Axes

from book.figures.packed import packed
from src.plotting import COLOURS, describe, new_axes
from src.pretrained import load_glove, load_minilm
from src.token_embeddings import nearest

WORDS = 8200
NEAREST = 8
CHUNK = 1000  # words at a time: 1000 x 30522 cosines are 122 MB

CAPTION = (
    "The nearest of all 30,522 rows of MiniLM's table, by cosine. Often other forms of the "
    "word come first, then words that keep the same company, opposites too. For random "
    "pairs of frequent words the mean cosine is 0.02."
)
ALT = (
    "Bars of cosine for the eight rows nearest to love: loves, loved, loving, lover, beloved, "
    "lovers, hate and hated."
)
HEIGHT = (405, 490)


def data() -> dict:
    """Return the neighbours of the most frequent words that are rows of MiniLM's table.

    Returns:
        ``words``: the words, most frequent first, and ``others``: further tokens, each joined by
        line ends; in base64 ``nearest``, uint16 of shape (words, 8), places in words + others,
        nearest first, and ``cosines``, int8 of the same shape, in hundredths.

    Source:
        :func:`src.token_embeddings.nearest`, for all words at once; GloVe's list gives the
        frequency. Lesson: A real table.
    """
    table = load_minilm().table
    words = [w for w in load_glove().tokens if w.isalpha() and w in table.vocab][:WORDS]
    rows = torch.tensor([table.row(word) for word in words])
    directions, found, cosines = table.directions, [], []
    for chunk in rows.split(CHUNK):
        scores = directions[chunk] @ directions.T  # (chunk, V)
        scores[torch.arange(len(chunk)), chunk] = -torch.inf
        top = scores.topk(NEAREST)
        found.append(top.indices)
        cosines.append(top.values)
    place = {row: n for n, row in enumerate(rows.tolist())}
    for row in torch.cat(found).flatten().tolist():
        place.setdefault(row, len(place))
    places = torch.cat(found).apply_(place.__getitem__)
    tokens = [table.tokens[row] for row in place]
    return {
        "words": "\n".join(tokens[:WORDS]),
        "others": "\n".join(tokens[WORDS:]),
        "nearest": packed(places.to(torch.uint16)),
        "cosines": packed((torch.cat(cosines) * 100).round().to(torch.int8)),
    }


def still() -> Axes:
    """Draw the neighbours of "love" as bars.

    Returns:
        The axes.
    """
    tokens, cosines = zip(*nearest(load_minilm().table, "love", k=NEAREST), strict=True)
    ax = new_axes(6.4, 3.6)
    bars = ax.barh(tokens, cosines, color=COLOURS["token"])
    ax.bar_label(bars, fmt="%.2f", padding=3)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    return describe(ax, title="Nearest to love", xlabel="cosine", ylabel="")
