"""Positional embeddings: one module per scheme, from a fixed table to a rotation.

``sinusoidal`` and ``learned`` give a vector per position, added to the token embeddings.
``t5``, ``alibi`` and ``kerple`` give a number per pair of positions, added to the attention scores;
``shaw`` makes such a number from the query.
``rotary`` turns queries and keys by an angle per position.
``schemes`` makes them by name, for models.
"""

from src.positional_embeddings.alibi import AlibiBias, alibi_bias, alibi_key_row, alibi_slopes
from src.positional_embeddings.kerple import KerpleBias
from src.positional_embeddings.learned import LearnedPositions
from src.positional_embeddings.rotary import Rotary, apply_rotary, rotary_frequencies
from src.positional_embeddings.schemes import (
    POSITIONS,
    PositionVectors,
    SchemeSettings,
    ScoreBias,
    Turn,
    make_scheme,
    schemes_acting_on,
)
from src.positional_embeddings.shaw import shaw_relative_scores
from src.positional_embeddings.sinusoidal import SinusoidalEncoding, sinusoidal_table
from src.positional_embeddings.t5 import T5RelativeBias, t5_relative_buckets

__all__ = [
    "POSITIONS",
    "AlibiBias",
    "KerpleBias",
    "LearnedPositions",
    "PositionVectors",
    "Rotary",
    "SchemeSettings",
    "ScoreBias",
    "SinusoidalEncoding",
    "T5RelativeBias",
    "Turn",
    "alibi_bias",
    "alibi_key_row",
    "alibi_slopes",
    "apply_rotary",
    "make_scheme",
    "rotary_frequencies",
    "schemes_acting_on",
    "shaw_relative_scores",
    "sinusoidal_table",
    "t5_relative_buckets",
]
