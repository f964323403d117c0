"""Combining what and where: the layer that turns token ids into the input of a transformer."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from src._checks import has_readable_values, integer_tensor, position_ids_tensor, whole_number
from src.positional_embeddings import (
    PositionVectors,
    SchemeSettings,
    make_scheme,
    schemes_acting_on,
)


class InputEmbedding(nn.Module):
    """Token embeddings plus positional embeddings, with what models put around the sum.

    Dropout(LayerNorm(sqrt(D) * token + token type + position)), where each of the factor, the
    token type, the position, the LayerNorm and the dropout is there only if asked for.

    Args:
        vocab_size: V, how many rows the token table has.
        dim: D, the width of a row.
        position: what adds the positions: ``"sinusoidal"``, ``"learned"``, a module whose call with
            a length gives (1, T, D), or None for schemes that act inside attention. One that keeps
            the contract :class:`~src.positional_embeddings.PositionVectors` also takes positions
            and is told the device.
        scale: multiply token embeddings by ``sqrt(dim)``, as the original transformer does.
        layer_norm: normalise the sum, as BERT does.
        dropout: share of the numbers set to zero in training.
        max_len: rows of the table for ``position="learned"``.
        token_types: how many token types (segments) there are; 0 for none. BERT has 2.
        eps: the LayerNorm's epsilon; BERT uses 1e-12.

    Attributes:
        token: the token table, an ``nn.Embedding`` with weight (V, D).
        position: the position module, or None.

    Raises:
        TypeError: ``position`` is none of the above.
        ValueError: ``position`` has another width.

    Source:
        Vaswani et al. 2017, sections 3.4 and 3.5; Devlin et al. 2019, section 3 and figure 2.
        Lesson: Adding what and where.
    """

    def __init__(
        self,
        vocab_size: int,
        dim: int,
        *,
        position: str | nn.Module | None,
        scale: bool = False,
        layer_norm: bool = False,
        dropout: float = 0.0,
        max_len: int = 512,
        token_types: int = 0,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        vocab_size = whole_number("vocab_size", vocab_size, minimum=1)
        dim = whole_number("dim", dim, minimum=1)
        self.token = nn.Embedding(vocab_size, dim)
        types = whole_number("token_types", token_types)
        self.token_type = nn.Embedding(types, dim) if types else None
        self.position = _position_module(position, dim, max_len)
        self.factor = math.sqrt(dim) if scale else 1.0
        self.norm = nn.LayerNorm(dim, eps=eps) if layer_norm else nn.Identity()
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        ids: Int[Tensor, "B T"],
        position_ids: Int[Tensor, "*B T"] | None = None,
        *,
        token_type_ids: Int[Tensor, "B T"] | None = None,
    ) -> Float[Tensor, "B T D"]:
        """Look up the tokens, add the positions, return (B, T, D).

        Args:
            ids: token ids, shape (B, T).
            position_ids: positions, shape (T,) or (B, T); 0, 1, 2, … if not given.
            token_type_ids: token types, shape (B, T); all 0 if not given.

        Raises:
            ValueError: shapes do not fit, a position is negative or beyond a learned table.
            IndexError: a token id or token type is not a row of its table.
        """
        ids = integer_tensor("ids", ids, (2,), "(B, T)")
        x = _rows(self.token, "ids", ids)  # (B, T, D)
        if self.factor != 1.0:
            x = x * self.factor
        if self.token_type is not None:
            types = torch.zeros_like(ids) if token_type_ids is None else token_type_ids
            types = integer_tensor("token_type_ids", types, (2,), "(B, T)")
            _same_shape("token_type_ids", types, ids)
            x = x + _rows(self.token_type, "token_type_ids", types)
        elif token_type_ids is not None:
            raise ValueError(
                "token_type_ids were given, but the layer was made with token_types=0."
            )
        if self.position is not None:
            x = x + self._positions(ids, position_ids).to(x.dtype)
        elif position_ids is not None:
            raise ValueError("position_ids were given, but the layer was made with position=None.")
        return self.dropout(self.norm(x))

    def _positions(self, ids: Tensor, position_ids: Tensor | None) -> Tensor:
        if position_ids is None:
            ours = isinstance(self.position, PositionVectors)
            where = {"device": ids.device} if ours else {}
            return self.position(ids.shape[1], **where)  # (1, T, D)
        position_ids = position_ids_tensor(position_ids)
        # (T,) or (1, T) serves every sequence of the batch.
        shared = position_ids.ndim == 1 or len(position_ids) == 1
        position_ids = position_ids.view(1, -1) if shared else position_ids
        _same_shape("position_ids", position_ids, ids[:1] if shared else ids)
        if not hasattr(self.position, "at"):
            raise TypeError(
                f"position_ids need a position module with a method at(position_ids), but "
                f"{type(self.position).__name__} has none. Write one, or leave position_ids out."
            )
        return self.position.at(position_ids)  # (1 or B, T, D)


def _position_module(position: object, dim: int, max_len: int) -> nn.Module | None:
    names = schemes_acting_on("input")
    if isinstance(position, str) and position in names:
        return make_scheme(position, "input", SchemeSettings(dim=dim, max_len=max_len))
    if position is None:
        return None
    if not isinstance(position, nn.Module):
        raise TypeError(
            f"position must be {', '.join(map(repr, names))}, a module such as "
            f"SinusoidalEncoding(dim), or None, but got {position!r}."
        )
    width = getattr(position, "dim", dim)
    if width != dim:
        raise ValueError(
            f"position must be as wide as the tokens to be added to them: dim is {dim}, but the "
            f"position module has width {width}. Make it with dim={dim}."
        )
    return position


def _rows(table: nn.Embedding, name: str, ids: Tensor) -> Tensor:
    """Look ids up in the table, or say which one is out of range."""
    if has_readable_values(ids):
        rows = table.num_embeddings
        wrong = ids[(ids < 0) | (ids >= rows)]
        if len(wrong):
            raise IndexError(
                f"{name} must lie between 0 and {rows - 1}, because the table has {rows} rows, "
                f"but got {wrong[0].item()}. Make the ids with the tokenizer that belongs to this "
                "table, or make the table larger."
            )
    return table(ids)


def _same_shape(name: str, given: Tensor, ids: Tensor) -> None:
    if given.shape != ids.shape:
        raise ValueError(
            f"{name} must have the shape {tuple(ids.shape)} of the ids, "
            f"but got {tuple(given.shape)}."
        )
