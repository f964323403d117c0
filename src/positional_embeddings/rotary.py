"""Rotary positional embedding (RoPE): queries and keys turned by an angle per position."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float, Num
from torch import Tensor, nn
from torch.types import Device

from src._checks import even_width, exact_positions, not_negative, positive

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
      ``beta_slow`` (1) times are divided by ``s``. Between is a linear ramp over the pair's index,
      as in the authors' code; the ramp of the paper, over the number of turns, keeps less. YaRN
      also multiplies cosine and sine by ``0.1 ln(s) + 1``; that temperature is not a frequency:
      :class:`Rotary` has both.

    Args:
        dim: D, the width of a head; even.
        base: sets the longest wavelength.
        scaling: one of the mappings above, or None.

    Returns:
        Frequencies in radians per position, shape (D/2,), float32, falling.

    Raises:
        ValueError: ``dim`` is odd, ``base`` not above 0, or ``scaling`` has a wrong key or value.

    Source:
        Su et al. 2021, RoFormer, section 3.4.2; Chen et al. 2023, Position Interpolation; Peng et
        al. 2023, YaRN, sections 3.1 (NTK-aware, which u/bloc97 had posted in June 2023) and 3.2 to
        3.4, and its code. Lesson: Rotary.
    """
    return _frequencies(even_width("dim", dim), positive("base", base), scaling)


def _frequencies(
    D: int, base: float = 10000.0, scaling: Mapping | None = None, device: Device = None
) -> Tensor:
    scaling = _checked_scaling(scaling)
    kind = scaling["rope_type"]
    if kind == "ntk" and D > 2:
        base = base * scaling["factor"] ** (D / (D - 2))
    # The form of the published models, in float32: base**(-2i/D) differs in the last digits.
    pairs = torch.arange(0, D, 2, dtype=torch.float32, device=device)
    frequencies = 1.0 / base ** (pairs / D)
    if kind == "linear":
        return frequencies / scaling["factor"]
    if kind == "yarn":
        keep = _yarn_share_kept(D, base, scaling, device)
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


def _yarn_share_kept(D: int, base: float, scaling: Mapping, device: Device = None) -> Tensor:
    """Share of each pair's own frequency that YaRN keeps: 1 for fast pairs, 0 for slow ones."""
    length = scaling["original_max_position_embeddings"]
    fast, slow = (
        # The pair, as a fraction, that turns so many times within the length.
        D * math.log(length / (times * 2 * math.pi)) / (2 * math.log(base))
        for times in (scaling.get("beta_fast", 32), scaling.get("beta_slow", 1))
    )
    low, high = max(math.floor(fast), 0), min(math.ceil(slow), D - 1)
    pairs = torch.arange(D // 2, dtype=torch.float32, device=device)
    return 1 - ((pairs - low) / max(high - low, 0.001)).clamp(0, 1)


def apply_rotary(
    x: Float[Tensor, "*batch T D"],
    positions: Num[Tensor, "*B T"],
    *,
    frequencies: Float[Tensor, "D//2"] | None = None,
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
        The turned vectors, with the shape and dtype of ``x``; computed in float32 or better and
        rounded once.

    Raises:
        TypeError: ``x`` is not floating point, or ``positions`` come in 16 bits.
        ValueError: D is odd, shapes do not fit, a position is negative or the layout is unknown.

    Source:
        Su et al. 2021, equations 14, 15 and 34. Lesson: Rotary.
    """
    layout = _checked_layout(layout)
    _check_vectors(x)
    _check_positions(positions, x)
    D = x.shape[-1]
    if frequencies is None:
        frequencies = _frequencies(D, device=x.device)
    _check_frequencies(frequencies, D)
    return _turn(x, positions, frequencies, layout)


class Rotary(nn.Module):
    """A rotary embedding with its settings: turns queries and keys, has nothing to train or save.

    Give a model another one, or :meth:`scaled`, to try other settings on the same weights.

    Args:
        dim: Dh, the width of a head; even.
        base: as in :func:`rotary_frequencies`.
        scaling: as in :func:`rotary_frequencies`; type ``"yarn"`` also sets the temperature.
        layout: as in :func:`apply_rotary`.
        frequencies: radians per position of every pair, shape (Dh/2,), in place of those that
            ``base`` and ``scaling`` give; 0 where a pair is not to turn.

    Raises:
        ValueError: ``dim`` is odd, ``base`` not above 0, ``scaling`` or ``layout`` is wrong, or
            ``frequencies`` come with a scaling or are not (Dh/2,).

    Source:
        Su et al. 2021, section 3.4.2; Peng et al. 2023, YaRN, section 3.4. Lesson: Longer than
        trained.
    """

    def __init__(
        self,
        dim: int,
        *,
        base: float = 10000.0,
        scaling: Mapping | None = None,
        layout: str = "interleaved",
        frequencies: Float[Tensor, "half_the_width"] | None = None,
    ) -> None:
        super().__init__()
        self.dim = even_width("dim", dim)
        self.base = positive("base", base)
        self.scaling = None if scaling is None else dict(_checked_scaling(scaling))
        self.layout = _checked_layout(layout)
        if frequencies is not None:
            _check_frequencies(frequencies, dim)
            if scaling is not None:
                raise ValueError(
                    "give frequencies or a scaling, not both: a scaling is of the frequencies that "
                    "the base gives. Pass frequencies=rotary_frequencies(…, scaling=…) as they are."
                )
        self._own = frequencies

    def extra_repr(self) -> str:
        """Return the settings that a printed model shows."""
        own = ", frequencies of its own" if self._own is not None else ""
        return f"{self.dim}, base={self.base}, scaling={self.scaling}, layout={self.layout!r}{own}"

    @property
    def frequencies(self) -> Float[Tensor, "half_the_width"]:
        """Radians per position of every pair, shape (Dh/2,), float32, falling."""
        if self._own is not None:
            return self._own
        return rotary_frequencies(self.dim, base=self.base, scaling=self.scaling)

    @property
    def temperature(self) -> float:
        """What every turned vector is multiplied by: YaRN's ``0.1 ln(s) + 1``, or else 1."""
        if self.scaling is None or self.scaling["rope_type"] != "yarn":
            return 1.0
        return 0.1 * math.log(self.scaling["factor"]) + 1

    def scaled(self, scaling: Mapping | None) -> "Rotary":
        """Return a rotary embedding of this base and layout with another scaling, or None."""
        return Rotary(self.dim, base=self.base, scaling=scaling, layout=self.layout)

    def forward(
        self, x: Float[Tensor, "*batch T D"], positions: Num[Tensor, "*B T"] | None = None
    ) -> Float[Tensor, "*batch T D"]:
        """Turn queries or keys, shape (..., T, Dh), as :func:`apply_rotary` does.

        Args:
            x: queries or keys, shape (..., T, Dh).
            positions: shape (T,) or (B, T); 0, 1, 2, … if not given.

        Raises:
            TypeError, ValueError: as :func:`apply_rotary`, or ``x`` is not ``dim`` wide.
        """
        _check_vectors(x)
        if x.shape[-1] != self.dim:
            raise ValueError(
                f"x must have shape (..., T, {self.dim}), as wide as this rotary embedding, "
                f"but got {tuple(x.shape)}."
            )
        if positions is None:
            positions = torch.arange(x.shape[-2], device=x.device)
        else:
            _check_positions(positions, x)
        frequencies = self._own
        if frequencies is None:
            frequencies = _frequencies(self.dim, self.base, self.scaling, x.device)
        return _turn(x, positions, frequencies, self.layout, self.temperature)


def _turn(
    x: Tensor, positions: Tensor, frequencies: Tensor, layout: str, temperature: float = 1.0
) -> Tensor:
    """Turn the pairs of x (..., T, D), in float32 or better; all arguments are checked."""
    exact = torch.promote_types(x.dtype, torch.float32)
    positions, frequencies = positions.to(x.device, exact), frequencies.to(x.device, exact)
    angles = positions.unsqueeze(-1) * frequencies  # (T, D/2) or (B, T, D/2)
    if positions.ndim == 2:
        angles = angles.view(len(x), *[1] * (x.ndim - 3), *angles.shape[1:])  # (B, 1, T, D/2)
    if layout == "half":
        cos, sin = temperature * angles.cos(), temperature * angles.sin()
        # Rounding cosine and sine to 16 bits first would take half the time,
        # and make 1.5 times the error.
        swapped = x.unflatten(-1, (2, -1)).flip(-2).flatten(-2)
        cos, sin = torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)
        return torch.addcmul(x * cos, swapped, sin).to(x.dtype)
    # A pair as one complex number: turning it is one multiplication.
    pairs = torch.view_as_complex(x.to(exact).unflatten(-1, (-1, 2)).contiguous())
    turn = torch.polar(torch.full_like(angles, temperature), angles)
    return torch.view_as_real(pairs * turn).flatten(-2).to(x.dtype)


def _check_frequencies(frequencies: Tensor, D: int) -> None:
    if frequencies.shape != (D // 2,):
        raise ValueError(
            f"frequencies must have shape ({D // 2},), one per pair of the {D} features, "
            f"but got {tuple(frequencies.shape)}. Make them with rotary_frequencies({D})."
        )


def _checked_layout(layout: str) -> str:
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be 'interleaved' or 'half', but got {layout!r}.")
    return layout


def _check_vectors(x: Tensor) -> None:
    _check_is_tensor("x", x)
    if not x.is_floating_point():
        raise TypeError(f"x must be floating point, but got dtype {x.dtype}. Use x.float().")
    if x.ndim < 2:
        raise ValueError(f"x must have shape (..., T, D), but got {tuple(x.shape)}.")
    even_width("the last axis of x", x.shape[-1])


def _check_positions(positions: Tensor, x: Tensor) -> None:
    _check_is_tensor("positions", positions)
    exact_positions("positions", positions)
    T = x.shape[-2]
    if positions.shape != (T,) and not (x.ndim > 2 and positions.shape == (x.shape[0], T)):
        batched = f" or ({x.shape[0]}, {T})" if x.ndim > 2 else ""
        raise ValueError(
            f"positions must have shape ({T},){batched} for x of shape {tuple(x.shape)}, "
            f"but got {tuple(positions.shape)}. One position per token: torch.arange({T})."
        )
    not_negative(
        "positions", positions, "To undo a rotation, pass frequencies=-frequencies instead."
    )


def _check_is_tensor(name: str, value: object) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a torch tensor, but got {type(value).__name__}. "
            f"Wrap it: torch.tensor({name})."
        )
