"""Every scheme by its name, and what a model may expect of it.

A scheme acts in one of three places: it adds a vector to each token at the input, adds a number to
each attention score, or turns queries and keys. Each place has its contract below.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn
from torch.types import Device

from src._checks import even_width
from src.positional_embeddings.alibi import AlibiBias
from src.positional_embeddings.kerple import KerpleBias
from src.positional_embeddings.learned import LearnedPositions
from src.positional_embeddings.rotary import Rotary, rotary_frequencies
from src.positional_embeddings.sinusoidal import SinusoidalEncoding
from src.positional_embeddings.t5 import T5RelativeBias


@runtime_checkable
class PositionVectors(Protocol):
    """Acts at the input: a vector per position, to be added to the token embeddings."""

    dim: int
    """D, the width of a vector."""

    def __call__(self, seq_len: int, *, device: Device = None) -> Float[Tensor, "1 T D"]:
        """Return the vectors of positions 0 to ``seq_len - 1``, on the device asked for."""

    def at(self, position_ids: Int[Tensor, "*B T"]) -> Float[Tensor, "*B T D"]:
        """Return the vectors of the given positions, on their device."""


@runtime_checkable
class ScoreBias(Protocol):
    """Acts on the scores: a number per head, query and key, to be added before the softmax."""

    def __call__(
        self, q_len: int, k_len: int, *, query_start: int = 0, device: Device = None
    ) -> Float[Tensor, "H Tq Tk"]:
        """Return the bias of queries from ``query_start`` on, on the device asked for."""


@runtime_checkable
class Turn(Protocol):
    """Acts on queries and keys: turns each by its position, before the scores."""

    def __call__(
        self, x: Float[Tensor, "*batch T D"], positions: Num[Tensor, "*B T"] | None = None
    ) -> Float[Tensor, "*batch T D"]:
        """Return queries or keys turned; positions are 0, 1, 2, … if not given."""


CONTRACTS = {"input": PositionVectors, "scores": ScoreBias, "queries and keys": Turn}


@dataclass(frozen=True, kw_only=True)
class SchemeSettings:
    """What a scheme may need to know of the model that it serves; each takes what it needs."""

    dim: int  # D of the model
    num_heads: int = 1
    causal: bool = False
    max_len: int = 512  # rows of the learned table
    std: float = 0.02  # start of the learned table
    num_buckets: int = 32  # of T5
    max_distance: int = 128  # of T5
    rotary_scaling: Mapping | None = None
    rotary_share: float = 1.0  # of the numbers of a head that turn; the others never do


def _rotary(settings: SchemeSettings) -> Rotary:
    """Make a rotary embedding; if partial, with the speeds of a head as wide as what turns."""
    width = settings.dim // settings.num_heads
    if settings.rotary_share == 1:
        return Rotary(width, scaling=settings.rotary_scaling)
    turning = rotary_frequencies(
        even_width("rotary_share times the head's width", round(settings.rotary_share * width))
    )
    still = torch.zeros(width // 2 - len(turning))
    return Rotary(width, scaling=settings.rotary_scaling, frequencies=torch.cat((turning, still)))


@dataclass(frozen=True)
class _Scheme:
    acts_on: str
    make: Callable[[SchemeSettings], nn.Module]


_SCHEMES = {
    "sinusoidal": _Scheme("input", lambda s: SinusoidalEncoding(s.dim)),
    "learned": _Scheme("input", lambda s: LearnedPositions(s.max_len, s.dim, std=s.std)),
    "t5": _Scheme(
        "scores",
        lambda s: T5RelativeBias(
            s.num_heads,
            bidirectional=not s.causal,
            num_buckets=s.num_buckets,
            max_distance=s.max_distance,
        ),
    ),
    "alibi": _Scheme("scores", lambda s: AlibiBias(s.num_heads)),
    "kerple": _Scheme("scores", lambda s: KerpleBias(s.num_heads)),
    "rotary": _Scheme("queries and keys", _rotary),
}

POSITIONS = ("none", *_SCHEMES)
"""Every scheme by name; ``"none"`` acts nowhere."""


def schemes_acting_on(place: str) -> tuple[str, ...]:
    """Return the names of the schemes that act on a place, one of ``CONTRACTS``."""
    return tuple(name for name, scheme in _SCHEMES.items() if scheme.acts_on == place)


def make_scheme(name: str, acts_on: str, settings: SchemeSettings) -> nn.Module | None:
    """Make the module of a scheme for one place of a model, or None if the scheme acts elsewhere.

    Args:
        name: one of ``POSITIONS``.
        acts_on: the place: ``"input"``, ``"scores"`` or ``"queries and keys"``.
        settings: what the scheme takes its own settings from.

    Returns:
        A module that keeps the place's contract: :class:`PositionVectors`, :class:`ScoreBias` or
        :class:`Turn`.

    Raises:
        ValueError: there is no such scheme or place.
    """
    if acts_on not in CONTRACTS:
        raise ValueError(f"acts_on must be one of {tuple(CONTRACTS)}, but got {acts_on!r}.")
    if name not in POSITIONS:
        raise ValueError(f"position must be one of {POSITIONS}, but got {name!r}.")
    scheme = _SCHEMES.get(name)
    return scheme.make(settings) if scheme and scheme.acts_on == acts_on else None
