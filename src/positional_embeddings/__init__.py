"""Positional embeddings: one module per scheme, from a fixed table to a rotation.

``sinusoidal`` and ``learned`` give a vector per position, added to the token embeddings.
``relative`` gives a number per pair of positions, added to the attention scores.
``rotary`` turns queries and keys by an angle per position.
"""

from functools import partial

from src.positional_embeddings.kerple import KerpleBias
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
    "BIAS_SCHEMES",
    "INPUT_SCHEMES",
    "KerpleBias",
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

# The schemes a model can be given by name. A new one is a module of this folder and its test; what
# makes it known to models, to the tests of all schemes and to the API page is in this file.

INPUT_SCHEMES = {
    "sinusoidal": lambda dim, max_len, std: SinusoidalEncoding(dim),
    "learned": lambda dim, max_len, std: LearnedPositions(max_len, dim, std=std),
}
"""What is added to the tokens. Each entry makes a module that gives (1, T, D) for a length."""

BIAS_SCHEMES = {
    "t5": lambda config: T5RelativeBias(
        config.num_heads,
        bidirectional=not config.causal,
        num_buckets=config.num_buckets,
        max_distance=config.max_distance,
    ),
    "alibi": lambda config: partial(alibi_bias, config.num_heads),
    "kerple": lambda config: KerpleBias(config.num_heads),
}
"""What is added to the scores. Each entry takes a ``DecoderConfig`` and gives a callable from (Tq,
Tk) to the bias (H, Tq, Tk)."""
