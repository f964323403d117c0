"""Rotary positional embedding (RoPE): queries and keys turned by an angle per position."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float, Num
from torch import Tensor

from src._checks import even_width, not_negative, positive

LAYOUTS = ("interleaved", "half")
SCALING_KEYS = {
    "linear": {"factor"},
    "ntk": {"factor"},
    "yarn": {"factor", "original_max_position_embeddings", "beta_fast", "beta_slow"},
}


def rotary_frequencies(
    dim: int, *, base: float = 10000.0, scaling: Mapping | None = None
) -> Float[Tensor, "{dim}//2"]:
    """Return how far each pair of features turns from one position to the next.

    Pair ``i`` has ``1 / base**(2i/dim)`` radians per position. ``scaling`` stretches a trained
    model to a longer context; its keys are those of the ``transformers`` library:

    - ``{"rope_type": "linear", "factor": s}``, position interpolation: all frequencies over ``s``.
    - ``{"rope_type": "ntk", "factor": s}``, NTK-aware: the base grows by ``s**(dim/(dim - 2))``, so
      that the fastest pair keeps its frequency and the slowest is divided by ``s``.
    - ``{"rope_type": "yarn", "factor": s, "original_max_position_embeddings": L}``: pairs that
      turn more than ``beta_fast`` (32) times in L positions stay, those that turn less than
      ``beta_slow`` (1) times are divided by ``s``, with a linear ramp over the pair's index
      between. YaRN also multiplies cosine and sine by ``0.1 ln(s) + 1``; that temperature is not
      a frequency and is left to the caller.

    Args:
        dim: D, the width of a head; even.
        base: sets the longest wavelength.
        scaling: one of the mappings above, or None.

    Returns:
        Frequencies in radians per position, shape (D/2,), float32, falling.

    Raises:
        TypeError: ``dim`` is not a whole number, or ``scaling`` is not a mapping.
        ValueError: ``dim`` is odd, ``base`` not above 0, or ``scaling`` has a wrong key or value.

    Source:
        Su et al. 2021, RoFormer, section 3.4.2; Chen et al. 2023, Position Interpolation; Peng et
        al. 2023, YaRN, sections 3.1 (NTK-aware) and 3.2 to 3.4. Lesson: Rotary.
    """
    D = even_width("dim", dim)
    base = positive("base", base)
    scaling = _checked_scaling(scaling)
    kind = scaling["rope_type"]
    if kind == "ntk" and D > 2:
        base = base * scaling["factor"] ** (D / (D - 2))
    # The form of the published models, in float32: base**(-2i/D) differs in the last digits.
    frequencies = 1.0 / base ** (torch.arange(0, D, 2, dtype=torch.float32) / D)
    if kind == "linear":
        return frequencies / scaling["factor"]
    if kind == "yarn":
        keep = _yarn_share_kept(D, base, scaling)
        return frequencies / scaling["factor"] * (1 - keep) + frequencies * keep
    return frequencies


def _checked_scaling(scaling: Mapping | None) -> Mapping:
    if scaling is None:
        return {"rope_type": "default"}
    if not isinstance(scaling, Mapping):
        raise TypeError(
            f"scaling must be a mapping such as {{'rope_type': 'linear', 'factor': 2.0}}, "
            f"but got {scaling!r}."
        )
    kind = scaling.get("rope_type")
    if kind not in SCALING_KEYS:
        raise ValueError(
            f"scaling['rope_type'] must be one of {', '.join(map(repr, SCALING_KEYS))}, "
            f"but got {kind!r}."
        )
    given = set(scaling) - {"rope_type"}
    needed = SCALING_KEYS[kind] - {"beta_fast", "beta_slow"}
    if given - SCALING_KEYS[kind] or needed - given:
        raise ValueError(
            f"scaling of type {kind!r} takes the keys {sorted(SCALING_KEYS[kind])} and needs "
            f"{sorted(needed)}, but got {sorted(given)}."
        )
    for key in given:
        positive(f"scaling[{key!r}]", scaling[key])
    if scaling["factor"] < 1:
        raise ValueError(
            f"scaling['factor'] must be at least 1, the ratio of the new context length to the "
            f"trained one, but got {scaling['factor']}."
        )
    return scaling


def _yarn_share_kept(D: int, base: float, scaling: Mapping) -> Tensor:
    """Share of each pair's own frequency that YaRN keeps: 1 for fast pairs, 0 for slow ones."""

    def pair_turning(times: float) -> float:
        length = scaling["original_max_position_embeddings"]
        return D * math.log(length / (times * 2 * math.pi)) / (2 * math.log(base))

    low = max(math.floor(pair_turning(scaling.get("beta_fast", 32))), 0)
    high = min(math.ceil(pair_turning(scaling.get("beta_slow", 1))), D - 1)
    ramp = (torch.arange(D // 2, dtype=torch.float32) - low) / max(high - low, 0.001)
    return 1 - ramp.clamp(0, 1)


def apply_rotary(
    x: Float[Tensor, "*batch T D"],
    positions: Num[Tensor, "*B T"],
    *,
    frequencies: Float[Tensor, "half_D"] | None = None,
    layout: str = "interleaved",
) -> Float[Tensor, "*batch T D"]:
    """Turn every pair of features by its frequency times the position.

    Apply it to queries and to keys, not to values. The score of a turned query with a turned key
    depends on their offset only, and no vector changes its length.

    Args:
        x: queries or keys, shape (..., T, D), such as (B, H, T, D).
        positions: shape (T,), or (B, T) with B the first axis of ``x``; whole or fractional.
        frequencies: radians per position, shape (D/2,); default ``rotary_frequencies(D)``.
        layout: which features form pair ``i``. ``"interleaved"``: 2i and 2i + 1, as in the paper.
            ``"half"``: i and i + D/2, as in Llama's weights in ``transformers``. Weights trained
            with one layout give wrong scores with the other.

    Returns:
        The turned vectors, with the shape and dtype of ``x``.

    Raises:
        TypeError: an argument is not a tensor, or ``x`` is not floating point.
        ValueError: D is odd, shapes do not fit, a position is negative or the layout is unknown.

    Source:
        Su et al. 2021, equations 14, 15 and 34. Lesson: Rotary.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be 'interleaved' or 'half', but got {layout!r}.")
    angles = _angles(x, positions, frequencies)  # (T, D/2) or (B, 1, ..., T, D/2)
    if layout == "half":
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        swapped = x.unflatten(-1, (2, -1)).flip(-2).flatten(-2)
        cos, sin = torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)
        return torch.addcmul(x * cos, swapped, sin)
    # A pair as one complex number: turning it is one multiplication. Complex has no bfloat16.
    exact = x if x.dtype == torch.float64 else x.float()
    pairs = torch.view_as_complex(exact.unflatten(-1, (-1, 2)).contiguous())
    turn = torch.polar(torch.ones_like(angles), angles).to(pairs.dtype)
    return torch.view_as_real(pairs * turn).flatten(-2).to(x.dtype)


def _angles(x: Tensor, positions: Tensor, frequencies: Tensor | None) -> Tensor:
    """Check the arguments of :func:`apply_rotary`; return angles that broadcast to x's pairs."""
    for name, value in (("x", x), ("positions", positions)):
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{name} must be a torch tensor, but got {type(value).__name__}. "
                f"Wrap it: torch.tensor({name})."
            )
    if not x.is_floating_point():
        raise TypeError(f"x must be floating point, but got dtype {x.dtype}. Use x.float().")
    if x.ndim < 2:
        raise ValueError(f"x must have shape (..., T, D), but got {tuple(x.shape)}.")
    T, D = x.shape[-2:]
    even_width("the last axis of x", D)
    if positions.shape != (T,) and not (x.ndim > 2 and positions.shape == (x.shape[0], T)):
        batched = f" or ({x.shape[0]}, {T})" if x.ndim > 2 else ""
        raise ValueError(
            f"positions must have shape ({T},){batched} for x of shape {tuple(x.shape)}, "
            f"but got {tuple(positions.shape)}. One position per token: torch.arange({T})."
        )
    not_negative(
        "positions", positions, "To undo a rotation, pass frequencies=-frequencies instead."
    )
    if frequencies is None:
        frequencies = rotary_frequencies(D)
    if frequencies.shape != (D // 2,):
        raise ValueError(
            f"frequencies must have shape ({D // 2},), one per pair of the {D} features, "
            f"but got {tuple(frequencies.shape)}. Make them with rotary_frequencies({D})."
        )
    exact = torch.float64 if x.dtype == torch.float64 else torch.float32
    angles = positions.to(exact).unsqueeze(-1) * frequencies.to(x.device, exact)
    if positions.ndim == 2:
        angles = angles.view(len(x), *[1] * (x.ndim - 3), T, D // 2)
    return angles
