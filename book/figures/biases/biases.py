"""What six schemes add to the attention scores, side by side."""

from functools import cache
from pathlib import Path

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor

from book.figures.numbers import rounded
from src.attention import score_terms
from src.plotting import heat_map, new_axes
from src.positional_embeddings import (
    T5RelativeBias,
    alibi_bias,
    apply_rotary,
    sinusoidal_table,
)
from src.pretrained import load_corpus, load_minilm

CAPTION = (
    "What six schemes bring to the scores of one head, before the softmax. Orange is above 0, "
    "grey below, each panel on its own scale. <strong>Sinusoidal</strong>: rows of the table (D = "
    "64) with each other, over √D, before any trained matrix. <strong>Learned</strong>: the "
    "position-position term in MiniLM's first layer, with σ set to its mean over words of the "
    "King James Bible; word 0 stands at position 1, after <code>[CLS]</code>. "
    "<strong>T5</strong>: the bias of a small decoder, trained for this figure on the same text. "
    "<strong>ALiBi</strong>: fixed slopes for 12 heads. Both are shown under a causal mask. "
    "<strong>Rotary</strong> adds nothing of its own, it bends the word-word score: here that of "
    "one random vector per head with itself, 32 numbers wide."
)
ALT = (
    "Six heat maps of 16 queries by 16 keys in head 2. None is empty. Sinusoidal and rotary are "
    "brightest on the diagonal. Learned, from MiniLM, has its highest band on the diagonal and "
    "just left of it. T5 is highest one and two back. ALiBi falls steadily to the left."
)
HEIGHT = (840, 680)

T5_BIAS = Path(__file__).with_name("t5_bias.csv")
HEADS = 12  # MiniLM's, and so everybody's
LONGEST = 64  # words
T5_DISTANCE = 32  # the length of the texts that experiments/t5_bias.py trains on
ROTARY_WIDTH = 32  # of a head, as in MiniLM
SINUSOIDAL_WIDTH = 64
TYPICAL_TEXT = 2000  # tokens whose mean standard deviation scales MiniLM's positions


def data() -> dict[str, list]:
    """Return what each scheme adds to the scores of 64 words, for 12 heads.

    Returns:
        For ``"alibi"``, ``"t5"`` and ``"rotary"`` a number per head and distance, shape (12, 64);
        for ``"sinusoidal"`` one per distance, (64,). For ``"minilm"`` a number per head, query and
        key, (12, 64, 64). All are scores, divided by the root of the head's width already.

    Raises:
        FileNotFoundError: a data file is missing.

    Source:
        Lesson: Into attention.
    """
    alibi = alibi_bias(HEADS, LONGEST, LONGEST)[:, 0]  # the first row: distances 0, 1, 2, …
    t5 = t5_bias()(LONGEST, LONGEST)[:, -1].flip(-1)  # the last row, from the query backwards
    sines = sinusoidal_table(LONGEST, SINUSOIDAL_WIDTH)
    return {
        "alibi": rounded(alibi),
        "t5": rounded(t5),
        "sinusoidal": rounded(sines[0] @ sines.T / SINUSOIDAL_WIDTH**0.5),
        "rotary": rounded(rotary_scores()),
        "minilm": rounded(minilm_position_scores(), 2),
    }


def t5_bias(path: Path = T5_BIAS) -> T5RelativeBias:
    """Load the T5 bias that ``experiments/t5_bias.py`` trained: 16 buckets, 12 heads, causal.

    Raises:
        FileNotFoundError: the file is missing.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing. Make it: python -m experiments.t5_bias")
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    weight = torch.tensor([[float(value) for value in row] for row in rows]).T  # (buckets, H)
    bias = T5RelativeBias(
        HEADS, bidirectional=False, num_buckets=len(weight), max_distance=T5_DISTANCE
    ).requires_grad_(False)
    bias.weight.copy_(weight)
    return bias


def rotary_scores() -> Float[Tensor, "H T"]:
    """Score a random vector per head with itself, turned by 0, 1, 2, … positions.

    Returns:
        Scores, shape (12, 64), divided by the root of the width, 32.
    """
    random = torch.Generator().manual_seed(0)
    x = torch.randn(HEADS, 1, ROTARY_WIDTH, generator=random).expand(-1, LONGEST, -1)
    turned = apply_rotary(x, torch.arange(LONGEST))  # (H, T, Dh)
    return (turned[:, :1] @ turned.mT).squeeze(1) / ROTARY_WIDTH**0.5


@cache
def minilm_position_scores() -> Float[Tensor, "H T T"]:
    """Return the position-position term of the scores in MiniLM's first layer.

    Word 0 stands at position 1: ``[CLS]`` is at 0. As in the lesson, the mean row of the position
    table is left out. The LayerNorm divides by the standard deviation of a token's whole input;
    here by its mean over words of the King James Bible, so that the term depends on no text.

    Returns:
        Scores, shape (12, 64, 64), divided by the root of the head's width, 32.

    Source:
        Lesson: Into attention.
    """
    minilm = load_minilm()
    embedding, first = minilm.embedding, minilm.layers[0].self_attn
    with torch.no_grad():
        places = embedding.position.weight - embedding.position.weight.mean(dim=0)
        places = places[1 : LONGEST + 1]
        places = places - places.mean(dim=1, keepdim=True)
        text = load_corpus("king_james")[200_000:220_000]
        ids = minilm.tokenizer.encode(text, add_special_tokens=False).ids[:TYPICAL_TEXT]
        ids = torch.tensor(ids)
        where = torch.arange(len(ids)) % LONGEST + 1
        words = embedding.token.weight[ids] + embedding.token_type.weight[0]
        sigma = (words + embedding.position.weight[where]).std(dim=1, correction=0).mean()
        w_q, w_k, _ = first.in_proj_weight.chunk(3)
        parts = {"position": embedding.norm.weight * places / sigma}
        return score_terms(parts, w_q, w_k, num_heads=HEADS)["position-position"]


def still(head: int = 2, length: int = 16) -> Axes:
    """Draw the six matrices of one head.

    Returns:
        The axes of the last one.
    """
    axes = new_axes(7.0, 5.0, nrows=2, ncols=3)
    distance = (torch.arange(length).unsqueeze(1) - torch.arange(length)).abs()
    hidden = torch.ones(length, length, dtype=torch.bool).triu(1)
    by_distance = {name: torch.tensor(value) for name, value in data().items()}
    panels = {
        "None": torch.zeros(length, length),
        "Sinusoidal": by_distance["sinusoidal"][distance],
        "Learned (MiniLM)": by_distance["minilm"][head, :length, :length],
        "T5": by_distance["t5"][head][distance].masked_fill(hidden, torch.nan),
        "ALiBi": by_distance["alibi"][head][distance].masked_fill(hidden, torch.nan),
        "Rotary": by_distance["rotary"][head][distance],
    }
    for ax, (title, values) in zip(axes.flat, panels.items(), strict=True):
        limit = values.nan_to_num().abs().max().item() or 1.0
        heat_map(values, "position", title=title, xlabel="key", ylabel="query", limit=limit, ax=ax)
        ax.set_facecolor("#EEEEEC")  # masked
    return axes[-1, -1]
