"""Token embedding tables: looking vectors up, and finding what lies near what."""

import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Num
from scipy.stats import spearmanr
from torch import Tensor

from src._checks import whole_number
from src._texts import list_of_strings, text_of


@dataclass(frozen=True, eq=False)
class EmbeddingTable:
    """A vocabulary and its vectors: row ``i`` of ``vectors`` belongs to ``tokens[i]``.

    The vectors are not copied. If they are trained on, all that is asked of the table is answered
    from the new ones.

    Args:
        tokens: the V tokens in the order of the rows, each once.
        vectors: the table, shape (V, D), of any floating-point dtype and on any device.
        tokenize: splits a text into tokens.

    Attributes:
        vocab: token to row number.

    Raises:
        TypeError: ``tokens`` is no list of strings, or ``vectors`` no floating-point tensor.
        ValueError: tokens and rows differ in number, or a token occurs twice.

    Source:
        Lesson: The embedding table.
    """

    tokens: Sequence[str]
    vectors: Float[Tensor, "V D"]
    tokenize: Callable[[str], list[str]]

    def __post_init__(self) -> None:
        """Check that tokens and rows match."""
        hint = "Pass the V tokens as a list, in the order of the rows."
        list_of_strings("tokens", self.tokens, hint)
        if not isinstance(self.tokens, Sequence):
            raise TypeError(f"tokens must be a list, but got {type(self.tokens).__name__}. {hint}")
        if not isinstance(self.vectors, Tensor) or not self.vectors.is_floating_point():
            given = self.vectors
            got = given.dtype if isinstance(given, Tensor) else type(given).__name__
            raise TypeError(
                f"vectors must be a torch tensor of floating-point numbers, but got {got}. "
                "Convert with torch.as_tensor(vectors, dtype=torch.float32)."
            )
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

    def __repr__(self) -> str:
        return f"EmbeddingTable of {len(self.tokens):,} tokens, width {self.vectors.shape[1]}"

    @cached_property
    def vocab(self) -> dict[str, int]:
        """Token to row number."""
        return {token: row for row, token in enumerate(self.tokens)}

    @property
    def directions(self) -> Float[Tensor, "V D"]:
        """The rows scaled to length 1 (rows of zeros stay), for cosines; in float32 or better.

        Computed anew each time, since the vectors may have been trained on: keep the result for a
        loop, or ask for the :meth:`direction` of single tokens.

        Raises:
            ValueError: a row holds NaN or infinity.
        """
        return _scaled(self.vectors, _lengths(self).unsqueeze(1))

    def row(self, token: str) -> int:
        """Return the row number of a token.

        Raises:
            TypeError: ``token`` is not a string.
            ValueError: the table has no such row; the message offers what comes near.
        """
        if not isinstance(token, str):
            raise TypeError(f"token must be a string, but got {token!r}.")
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

    def direction(self, token: str) -> Float[Tensor, "D"]:
        """Return the vector of a token scaled to length 1, shape (D,), in float32 or better.

        Raises:
            ValueError: the table has no such row, or it has no direction: it holds only zeros, or
                NaN or infinity.
        """
        return _direction(f"the vector of {token!r}", self.vector(token))


def nearest(
    table: EmbeddingTable,
    query: str | Num[Tensor, "D"],
    k: int = 5,
    *,
    exclude: Iterable[str] = (),
) -> list[tuple[str, float]]:
    """Return the ``k`` tokens whose vectors point most nearly the way the query points.

    Args:
        table: where to look.
        query: a token of the table, which is then left out of the answer, or a vector (D,).
        k: how many; fewer come back where the table has fewer.
        exclude: further tokens to leave out.

    Returns:
        Pairs of token and cosine, the largest cosine first. The cosine with a row of zeros, which
        has no direction, is given as 0.

    Raises:
        TypeError: ``table`` is no table, ``query`` neither a string nor a tensor, or ``exclude`` no
            list of tokens.
        ValueError: a token is not in the table, the vector has another width or no direction, a row
            holds NaN or infinity, or ``k`` is below 1.

    Source:
        Lesson: The embedding table.
    """
    _check_table(table)
    k = whole_number("k", k, minimum=1)
    D = table.vectors.shape[1]
    hint = "Pass a list of tokens, such as ['cat']."
    left_out = {table.row(token) for token in list_of_strings("exclude", exclude, hint)}
    if isinstance(query, str):
        left_out.add(table.row(query))
        query = table.direction(query)
    elif not isinstance(query, Tensor):
        raise TypeError(f"query must be a token or a tensor, but got {type(query).__name__}.")
    elif query.shape != (D,):
        raise ValueError(
            f"query must have shape ({D},), as wide as the table, but got {tuple(query.shape)}."
        )
    with torch.no_grad():
        query = _direction("query", query).to(table.vectors.device, _wide(table.vectors.dtype))
        cosines = _scaled(table.vectors.to(query.dtype) @ query, _lengths(table))  # (V,)
        cosines[list(left_out)] = -torch.inf
        top = cosines.topk(min(k, len(cosines) - len(left_out)))
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
        TypeError: ``table`` is no table.
        ValueError: a token is not in the table or has no direction, a row holds NaN or infinity, or
            ``k`` is below 1.

    Source:
        Mikolov et al. 2013, Linguistic Regularities in Continuous Space Word Representations,
        section 4.
    """
    _check_table(table)
    at_a, at_b, at_c = (table.direction(token) for token in (a, b, c))
    target = _direction(f"{b!r} - {a!r} + {c!r}", at_b - at_a + at_c)
    return nearest(table, target, k, exclude=(a, b, c) if exclude_inputs else ())


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
        TypeError: ``table`` is no table.
        ValueError: the table has both words of fewer than two pairs, a row holds NaN or infinity,
            or there is no order to compare: all cosines or judgements are equal, or one is NaN.

    Source:
        Lesson: Learning meaning.
    """
    _check_table(table)
    known = [(a, b, x) for a, b, x in judgements if a in table.vocab and b in table.vocab]
    if len(known) < 2:
        raise ValueError(
            f"judgements must have at least two pairs of words of this table, but it has "
            f"{len(known)}. Give pairs of tokens of .vocab."
        )
    directions = table.directions
    a, b = (directions[[table.row(pair[side]) for pair in known]] for side in (0, 1))  # (pairs, D)
    cosines, judged = (a * b).sum(dim=1).tolist(), [float(x) for _, _, x in known]
    for name, values in (("the cosines", cosines), ("the judgements", judged)):
        if len(set(values)) == 1 or any(math.isnan(value) for value in values):
            raise ValueError(
                f"{name} must differ, and none may be NaN, for their order to be compared, but "
                f"they are {', '.join(f'{value:.3g}' for value in values[:4])}, …"
            )
    return float(spearmanr(cosines, judged).statistic), len(known)


# Python's \w lacks combining marks: vowel signs, accents of their own. Two joiners go with them.
MARKS = "\u200c\u200d" + "".join(
    chr(c) for c in range(0x300, 0x1F000) if unicodedata.category(chr(c)).startswith("M")
)
MARK = rf"(?=[^\x00-\x7f])[{MARKS}]"  # looking ahead makes English text 2.4 times as fast
WORD = rf"[^\W_]+(?:{MARK}[^\W_]*)*"
TOKEN = re.compile(rf"{WORD}(?:[-'.’\u2010\u2011]{WORD})*|[^\w\s](?:{MARK})*")


def split_words(text: str) -> list[str]:
    """Split a text into lower-case words, numbers and punctuation marks, one token each.

    An apostrophe, hyphen or full stop inside a word belongs to it, and so do the combining marks of
    any script. What a script writes without spaces between words, as Thai does, stays one token.

    Raises:
        TypeError: ``text`` is not a string.
        ValueError: it is not valid Unicode.
    """
    return TOKEN.findall(text_of(text).lower())


def _wide(dtype: torch.dtype) -> torch.dtype:
    """Return float32 for 16-bit numbers, whose cosines would tie, and other dtypes as they are."""
    return torch.promote_types(dtype, torch.float32)


def _lengths(table: EmbeddingTable) -> Float[Tensor, "V"]:
    """Return the length of each row, shape (V,), or name a row that has none."""
    vectors = table.vectors
    lengths = torch.linalg.vector_norm(vectors, dim=1, dtype=_wide(vectors.dtype))
    if lengths.is_meta:  # no numbers, so none to check
        return lengths
    broken = lengths.isfinite().logical_not().nonzero().flatten().tolist()
    if broken:
        more = f" and {len(broken) - 1} more rows have none either" if broken[1:] else ""
        raise ValueError(
            f"every row must have a finite length, but that of row {broken[0]}, "
            f"{table.tokens[broken[0]]!r}, is {lengths[broken[0]].item()}{more}. Look for NaN or "
            "infinity in .vectors; in training they come from too large a step."
        )
    return lengths


def _scaled(x: Tensor, lengths: Tensor) -> Tensor:
    return x / lengths.clamp_min(1e-12)  # 0 stays 0


def _direction(name: str, vector: Tensor) -> Tensor:
    """Return the vector scaled to length 1, in float32 or better; ``name`` is for the error."""
    vector = vector.to(_wide(vector.dtype))
    length = vector.norm()
    if not 0 < length < torch.inf:
        raise ValueError(
            f"{name} must have a direction, but its length is {length.item()}; a cosine with it is "
            "not defined."
        )
    return vector / length


def _check_table(table: object) -> None:
    if isinstance(table, EmbeddingTable):
        return
    parts = [n for n in ("table", "centre", "context") if hasattr(table, n)]
    remedy = "Make one: EmbeddingTable(tokens, vectors, tokenize)."
    if parts:
        remedy = f"Pass its {' or '.join(f'.{part}' for part in parts)}."
    raise TypeError(f"table must be an EmbeddingTable, but got {type(table).__name__}. {remedy}")
