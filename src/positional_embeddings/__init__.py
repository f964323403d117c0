"""Positional embeddings: one module per scheme, from a fixed table to a rotation.

``sinusoidal`` and ``learned`` give a vector per position, added to the token embeddings.
``relative`` gives a number per pair of positions, added to the attention scores.
``rotary`` turns queries and keys by an angle per position.
"""

from src.positional_embeddings.learned import LearnedPositions
from src.positional_embeddings.relative import (
    T5RelativeBias,
    alibi_bias,
    alibi_slopes,
    shaw_relative_scores,
    t5_relative_buckets,
)
from src.positional_embeddings.rotary import apply_rotary, rotary_frequencies
from src.positional_embeddings.sinusoidal import SinusoidalEncoding, sinusoidal_table

__all__ = [
    "LearnedPositions",
    "SinusoidalEncoding",
    "T5RelativeBias",
    "alibi_bias",
    "alibi_slopes",
    "apply_rotary",
    "rotary_frequencies",
    "shaw_relative_scores",
    "sinusoidal_table",
    "t5_relative_buckets",
]
