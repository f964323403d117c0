"""Scaled dot-product attention, and its scores taken apart."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.types import Device

from src._checks import whole_number


def attention(
    q: Float[Tensor, "*batch Tq D"],
    k: Float[Tensor, "*batch Tk D"],
    v: Float[Tensor, "*batch Tk Dv"],
    *,
    bias: Float[Tensor, "..."] | None = None,
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch Tq Dv"], Float[Tensor, "*batch Tq Tk"]]:
    """Mix the values of all keys, weighted by how well each key matches the query.

    The weights are softmax(q k^T / sqrt(D) + bias) over the keys. With no key at all the output is
    zero.

    Args:
        q: queries, shape (..., Tq, D), such as (B, H, Tq, D).
        k: keys, shape (..., Tk, D).
        v: values, shape (..., Tk, Dv).
        bias: added to the scores after the division; any shape that broadcasts to (..., Tq, Tk),
            such as (H, Tq, Tk). It may be more exact than the scores: bfloat16 ones with a bias in
            float32 go through the softmax in float32.
        mask: True where a query may look; broadcasts to (..., Tq, Tk). A query that may look
            nowhere gets zero weights and a zero output.

    Returns:
        The output, shape (..., Tq, Dv), and the weights, shape (..., Tq, Tk), in the dtype of
        ``v``; each row of weights sums to 1.

    Raises:
        TypeError: ``mask`` is not boolean.
        ValueError: shapes do not fit.

    Source:
        Vaswani et al. 2017, equation 1. Lesson: Why order needs help.
    """
    _check_shapes(q, k, v)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., Tq, Tk)
    if bias is not None:
        _check_broadcast("bias", bias, scores)
        scores = scores + bias.to(scores.device)
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        if mask.dtype != torch.bool:
            raise TypeError(
                "mask must be boolean, True where a query may look, "
                f"but got dtype {mask.dtype}. Pass mask.bool(), or an additive mask as bias."
            )
        _check_broadcast("mask", mask, scores)
        mask = mask.to(scores.device)
        weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
        weights = weights.masked_fill(~mask.any(dim=-1, keepdim=True), 0.0)
    weights = weights.to(v.dtype)
    return weights @ v, weights


def _check_shapes(q: Tensor, k: Tensor, v: Tensor) -> None:
    shapes = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ValueError(f"q, k and v must have shape (..., T, D), but got {shapes}.")
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q and k must have the same width, their last axis, but got {shapes}.")
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"k and v must have the same number of positions, but got {shapes}.")


def _check_broadcast(name: str, value: Tensor, scores: Tensor) -> None:
    try:
        fits = torch.broadcast_shapes(value.shape, scores.shape) == scores.shape
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name} must broadcast to the scores' shape {tuple(scores.shape)}, (..., Tq, Tk), "
            f"but got {tuple(value.shape)}."
        )


def causal_mask(
    q_len: int, k_len: int | None = None, *, query_start: int = 0, device: Device = None
) -> Bool[Tensor, "Tq Tk"]:
    """Return the mask that lets each query look at its own position and those before it.

    Args:
        q_len: Tq, how many queries.
        k_len: Tk, how many keys; as many as queries if not given.
        query_start: position of the first query; ``k_len - q_len`` with a key-value cache.
        device: where it is made; on torch's default device if not given.

    Returns:
        True where the query may look, shape (Tq, Tk).

    Source:
        Vaswani et al. 2017, section 3.2.3.
    """
    q_len = whole_number("q_len", q_len)
    k_len = whole_number("k_len", q_len if k_len is None else k_len)
    queries = torch.arange(q_len, device=device) + whole_number("query_start", query_start)
    return queries.unsqueeze(1) >= torch.arange(k_len, device=device)


def score_terms(
    parts: Mapping[str, Float[Tensor, "*#batch T D"]],
    w_q: Float[Tensor, "projection D"],
    w_k: Float[Tensor, "projection D"],
    *,
    num_heads: int = 1,
    b_q: Float[Tensor, "projection"] | None = None,
    b_k: Float[Tensor, "projection"] | None = None,
) -> dict[str, Float[Tensor, "*batch H T T"]]:
    """Open the attention scores of a sum into one term for each pair of its parts.

    If the input is ``token + position``, a score is the sum of four terms: the token's query with
    the token's key, with the position's key, and so on. Any number of parts may be given. Biases of
    the projections join the part named ``"constant"``, which is made if it is missing.

    Args:
        parts: the summands of the input by name, each of shape (..., T, D) or one that broadcasts.
        w_q: the query projection as ``nn.Linear`` stores it, shape (H * Dh, D).
        w_k: the key projection, same shape.
        num_heads: H.
        b_q: bias of the query projection, shape (H * Dh,).
        b_k: bias of the key projection.

    Returns:
        ``"query part-key part"`` to its term, shape (..., H, T, T), already divided by the square
        root of Dh. All terms sum to the scores of the summed input.

    Raises:
        ValueError: no parts are given, widths do not fit, or H does not divide the projection.

    Source:
        Ke et al. 2021, Rethinking Positional Encoding in Language Pre-training, equation 6; Dai et
        al. 2019, Transformer-XL, section 3.3.
    """
    if not parts:
        raise ValueError("parts must name at least one summand of the input, but it is empty.")
    num_heads = whole_number("num_heads", num_heads, minimum=1)
    if w_q.shape != w_k.shape or len(w_q) % num_heads:
        raise ValueError(
            f"w_q and w_k must have the same shape (H * Dh, D) with H = {num_heads}, "
            f"but got {tuple(w_q.shape)} and {tuple(w_k.shape)}."
        )
    for name, part in parts.items():
        if part.ndim < 2 or part.shape[-1] != w_q.shape[1]:
            raise ValueError(
                f"parts[{name!r}] must have shape (..., T, {w_q.shape[1]}), as wide as the "
                f"projections' input, but got {tuple(part.shape)}."
            )
    shape = torch.broadcast_shapes(*(part.shape for part in parts.values()))
    parts = {name: part.expand(shape) for name, part in parts.items()}
    if b_q is not None or b_k is not None:
        parts.setdefault("constant", torch.zeros(shape, dtype=w_q.dtype, device=w_q.device))

    def project(weight: Tensor, bias: Tensor | None) -> dict[str, Tensor]:
        heads = {}
        for name, part in parts.items():
            y = part @ weight.T  # (..., T, H * Dh)
            if bias is not None and name == "constant":
                y = y + bias
            heads[name] = y.unflatten(-1, (num_heads, -1)).transpose(-3, -2)  # (..., H, T, Dh)
        return heads

    queries, keys = project(w_q, b_q), project(w_k, b_k)
    root = math.sqrt(len(w_q) // num_heads)
    return {
        f"{a}-{b}": queries[a] @ keys[b].transpose(-2, -1) / root for a in queries for b in keys
    }


def normed_parts(
    norm: nn.LayerNorm, parts: Mapping[str, Float[Tensor, "*#batch D"]]
) -> dict[str, Float[Tensor, "*batch D"]]:
    """Split the LayerNorm of a sum into one part for each summand, exactly.

    Only the division by the standard deviation is not linear. It is computed from the whole sum and
    taken as given; mean and scale go through each summand. The shift joins the part named
    ``"constant"``, which is made if it is missing.

    Args:
        norm: a LayerNorm over the last axis, of width D.
        parts: the summands by name, each of shape (..., D) or one that broadcasts.

    Returns:
        Each name to its part of the output, shape (..., D). All parts sum to ``norm`` of the sum.

    Raises:
        ValueError: no parts are given, or their width is not the norm's.

    Source:
        Ba et al. 2016, Layer Normalization. Lesson: Into attention.
    """
    if not parts:
        raise ValueError("parts must name at least one summand of the input, but it is empty.")
    for name, part in parts.items():
        if part.ndim < 1 or tuple(part.shape[-1:]) != tuple(norm.normalized_shape):
            raise ValueError(
                f"parts[{name!r}] must have shape (..., D) with {tuple(norm.normalized_shape)} at "
                f"the end, as norm has it, but got {tuple(part.shape)}."
            )
    total = sum(parts.values())  # (..., D)
    sigma = (total.var(dim=-1, correction=0, keepdim=True) + norm.eps).sqrt()  # (..., 1)
    scale = 1.0 if norm.weight is None else norm.weight
    split = {
        name: scale * (part - part.mean(dim=-1, keepdim=True)) / sigma
        for name, part in parts.items()
    }
    if norm.bias is not None:
        split["constant"] = split.get("constant", torch.zeros_like(total)) + norm.bias
    return split
