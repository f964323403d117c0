"""Token embedding tables: looking vectors up, and finding what lies near what."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from scipy.stats import spearmanr
from torch import Tensor

from src._checks import whole_number


@dataclass(frozen=True, eq=False)
class EmbeddingTable:
    """A vocabulary and its vectors: row ``i`` of ``vectors`` belongs to ``tokens[i]``.

    Args:
        tokens: the V tokens in the order of the rows, each once.
        vectors: the table, shape (V, D).
        tokenize: splits a text into tokens.

    Attributes:
        vocab: token to row number.

    Raises:
        ValueError: tokens and rows differ in number, or a token occurs twice.

    Source:
        Lesson: The embedding table.
    """

    tokens: Sequence[str]
    vectors: Float[Tensor, "V D"]
    tokenize: Callable[[str], list[str]]

    def __post_init__(self) -> None:
        """Check that tokens and rows match."""
        if self.vectors.ndim != 2 or len(self.tokens) != len(self.vectors):
            raise ValueError(
                f"vectors must have one row per token, ({len(self.tokens)}, D), "
                f"but got {tuple(self.vectors.shape)}."
            )
        if len(self.vocab) != len(self.tokens):
            raise ValueError(
                f"every token must occur once, but {len(self.tokens)} tokens hold only "
                f"{len(self.vocab)} different ones."
            )

    @cached_property
    def vocab(self) -> dict[str, int]:
        """Token to row number."""
        return {token: row for row, token in enumerate(self.tokens)}

    @cached_property
    def directions(self) -> Float[Tensor, "V D"]:
        """The rows scaled to length 1 (rows of zeros stay), for cosines."""
        return torch.nn.functional.normalize(self.vectors, dim=-1)

    def row(self, token: str) -> int:
        """Return the row number of a token.

        Raises:
            ValueError: the table has no such row; the message offers what comes near.
        """
        if token in self.vocab:
            return self.vocab[token]
        pieces = [piece for piece in self.tokenize(token) if piece in self.vocab]
        near = difflib.get_close_matches(token.lower(), self.tokens, n=3, cutoff=0.8)
        hint = ""
        if len(pieces) > 1:
            hint = f" The tokenizer splits it into {' '.join(pieces)}."
        if near:
            hint += f" Similar rows: {', '.join(near)}."
        raise ValueError(
            f"{token!r} is not a row of this table of {len(self.tokens)} tokens.{hint} "
            "Ask for a token of .vocab, or pass a vector."
        )

    def vector(self, token: str) -> Float[Tensor, "D"]:
        """Return the vector of a token, shape (D,).

        Raises:
            ValueError: the table has no such row.
        """
        return self.vectors[self.row(token)]


def nearest(
    table: EmbeddingTable,
    query: str | Float[Tensor, "D"],
    k: int = 5,
    *,
    exclude: Iterable[str] = (),
) -> list[tuple[str, float]]:
    """Return the ``k`` tokens whose vectors point most nearly the way the query points.

    Args:
        table: where to look.
        query: a token of the table, which is then left out of the answer, or a vector (D,).
        k: how many.
        exclude: further tokens to leave out.

    Returns:
        Pairs of token and cosine, the largest cosine first.

    Raises:
        TypeError: ``query`` is neither a string nor a tensor.
        ValueError: a token is not in the table, the vector has another width or no direction, or
            ``k`` is below 1.

    Source:
        Lesson: The embedding table.
    """
    k = whole_number("k", k, minimum=1)
    D = table.vectors.shape[1]
    left_out = [table.row(token) for token in exclude]
    if isinstance(query, str):
        left_out.append(table.row(query))
        query = table.vector(query)
    elif not isinstance(query, Tensor):
        raise TypeError(f"query must be a token or a tensor, but got {type(query).__name__}.")
    if query.shape != (D,):
        raise ValueError(
            f"query must have shape ({D},), as wide as the table, but got {tuple(query.shape)}."
        )
    length = query.norm()
    if not 0 < length < torch.inf:
        raise ValueError(
            "query must have a direction, but its length is "
            f"{length.item()}; a cosine with it is not defined."
        )
    cosines = table.directions @ (query / length).to(table.vectors.dtype)  # (V,)
    cosines[left_out] = -torch.inf
    top = cosines.topk(min(k, len(cosines) - len(set(left_out))))
    return [
        (table.tokens[row], round(value, 6))
        for value, row in zip(top.values.tolist(), top.indices.tolist(), strict=True)
    ]


def analogy(
    table: EmbeddingTable, a: str, b: str, c: str, *, k: int = 5, exclude_inputs: bool = True
) -> list[tuple[str, float]]:
    """Answer "a is to b as c is to …" with the tokens nearest to ``b - a + c``.

    The three vectors are scaled to length 1 first.

    Args:
        table: where to look.
        a: a token, such as ``"man"``.
        b: what ``a`` is paired with, such as ``"king"``.
        c: the token to be answered, such as ``"woman"``.
        k: how many answers.
        exclude_inputs: leave ``a``, ``b`` and ``c`` out, as published scores do. Without this the
            nearest token is often ``b`` or ``c`` itself.

    Returns:
        Pairs of token and cosine, the largest cosine first.

    Raises:
        ValueError: a token is not in the table, or ``k`` is below 1.

    Source:
        Mikolov et al. 2013, Linguistic Regularities in Continuous Space Word Representations,
        section 4.
    """
    at_a, at_b, at_c = (table.directions[table.row(token)] for token in (a, b, c))
    return nearest(table, at_b - at_a + at_c, k, exclude=(a, b, c) if exclude_inputs else ())


def human_correlation(
    table: EmbeddingTable, judgements: Iterable[tuple[str, str, float]]
) -> tuple[float, int]:
    """Return how well the cosines of word pairs agree with people, and for how many pairs.

    Args:
        table: the vectors to be judged.
        judgements: two words and a number, as :func:`src.pretrained.load_wordsim` gives them.

    Returns:
        Spearman's rank correlation, 1 for the same order and 0 for none, and the number of pairs
        that it rests on: those with both words in the table.

    Raises:
        ValueError: the table has both words of fewer than two pairs.

    Source:
        Lesson: Learning meaning.
    """
    known = [(a, b, x) for a, b, x in judgements if a in table.vocab and b in table.vocab]
    if len(known) < 2:
        raise ValueError(
            f"judgements must have at least two pairs of words of this table, but it has "
            f"{len(known)}. Give pairs of tokens of .vocab."
        )
    a, b = (
        table.directions[[table.row(pair[side]) for pair in known]] for side in (0, 1)
    )  # (pairs, D)
    cosines = (a * b).sum(dim=1)
    return float(spearmanr(cosines, [x for _, _, x in known]).statistic), len(known)


def split_words(text: str) -> list[str]:
    """Split a text into lower-case words, numbers and punctuation marks, one token each."""
    return re.findall(r"[^\W_]+(?:[-'.][^\W_]+)*|[^\w\s]", text.lower())
