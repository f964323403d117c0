"""A decoder small enough to train while you watch, with every position scheme of the course."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from src._checks import even_width, positive, whole_number
from src.attention import attention, causal_mask
from src.combining import InputEmbedding
from src.positional_embeddings import (
    BIAS_SCHEMES,
    INPUT_SCHEMES,
    apply_rotary,
    rotary_frequencies,
)

POSITIONS = ("none", *INPUT_SCHEMES, *BIAS_SCHEMES, "rotary")
"""Every scheme that a decoder takes."""

SCHEMES = ("none", "sinusoidal", "learned", "t5", "alibi", "rotary")
"""Those that the lessons compare, in their order: the position lab has measured each."""


@dataclass(frozen=True)
class DecoderConfig:
    """Settings of :class:`TinyDecoder`.

    Raises:
        TypeError: a count is not a whole number, or ``rotary_scaling`` is not a mapping.
        ValueError: ``position`` is unknown, ``dim`` does not divide into heads of even width,
            ``rotary_scaling`` is wrong or comes with another scheme, or ``window`` is below 1 or
            comes without ``causal``.
    """

    vocab_size: int
    position: str = "rotary"  # one of POSITIONS
    dim: int = 64
    num_layers: int = 2
    num_heads: int = 4
    max_len: int = 32  # rows of the learned table; no other scheme has a limit
    max_distance: int = 32  # sets T5's buckets; fits the training length, not T5's 128
    num_buckets: int = 16  # T5: must leave one-offset buckets well below max_distance
    std: float = 0.3  # start of both tables; 0.02 beside unit-variance tokens learns no positions
    causal: bool = True  # False: every position sees every other, as in an encoder
    rotary_scaling: Mapping | None = None  # as rotary_frequencies takes it
    window: int | None = None  # keys a query may see, its own included; None: all so far

    def __post_init__(self) -> None:
        """Check the settings that only make sense together."""
        if self.position not in POSITIONS:
            raise ValueError(f"position must be one of {POSITIONS}, but got {self.position!r}.")
        for name in ("vocab_size", "num_layers", "num_heads", "max_len"):
            whole_number(name, getattr(self, name), minimum=1)
        if whole_number("dim", self.dim, minimum=2) % self.num_heads:
            raise ValueError(
                f"dim must be a multiple of num_heads={self.num_heads}, but got {self.dim}."
            )
        even_width("dim / num_heads", self.dim // self.num_heads)
        if self.rotary_scaling is not None:
            if self.position != "rotary":
                raise ValueError(
                    f"rotary_scaling needs position='rotary', but got {self.position!r}. Leave it "
                    "None: no other scheme has angles to scale."
                )
            rotary_frequencies(self.dim // self.num_heads, scaling=self.rotary_scaling)
        if self.window is not None:
            whole_number("window", self.window, minimum=1)
            if not self.causal:
                raise ValueError("window needs causal=True: it counts keys back from the query.")


class TinyDecoder(nn.Module):
    """A pre-norm transformer that predicts the next token.

    Args:
        config: the settings; ``config.position`` names the scheme.

    Source:
        Radford et al. 2019, GPT-2, section 2.3, for the arrangement of the layers.
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = InputEmbedding(
            config.vocab_size, config.dim, position=_input_positions(config)
        )
        nn.init.normal_(self.embedding.token.weight, std=config.std)
        # As in T5, one bias serves all layers.
        make_bias = BIAS_SCHEMES.get(config.position)
        self.bias = make_bias(config) if make_bias else None
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, config.vocab_size, bias=False)
        self._scale_rotary()

    def adjust(self, **changes: Mapping | int | None) -> None:
        """Change settings that no weight depends on: ``rotary_scaling``, ``window`` or both.

        They hold from the next call on, so a model trained on short texts can be tried on long
        ones. Scaling of type ``"yarn"`` also multiplies turned queries and keys by YaRN's
        temperature ``0.1 ln(factor) + 1``; each gets it once, so a score gets its square.

        Args:
            **changes: settings of :class:`DecoderConfig` by name; None as a value switches off.

        Raises:
            TypeError: ``rotary_scaling`` is not a mapping, or ``window`` not a whole number.
            ValueError: a value is wrong, or another setting is named.

        Source:
            Peng et al. 2023, YaRN, section 3.4, for the temperature. Lesson: The position lab.
        """
        if changes.keys() - {"rotary_scaling", "window"}:
            raise ValueError(
                "Only rotary_scaling and window can change after training, "
                f"but got {sorted(changes)}. Make a new TinyDecoder for the others."
            )
        self.config = replace(self.config, **changes)
        self._scale_rotary()

    def _scale_rotary(self) -> None:
        scaling, frequencies, temperature = self.config.rotary_scaling, None, 1.0
        if scaling is not None:
            head_width = self.config.dim // self.config.num_heads
            frequencies = rotary_frequencies(head_width, scaling=scaling)
            if scaling["rope_type"] == "yarn":
                temperature = 0.1 * math.log(scaling["factor"]) + 1
        for block in self.blocks:
            block.frequencies, block.temperature = frequencies, temperature

    def forward(self, ids: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        """Return the scores of every token to come next, shape (B, T, V).

        Raises:
            TypeError: ids are not an integer tensor.
            ValueError: they are not (B, T), or longer than a learned table.
            IndexError: an id is not below ``vocab_size``.
        """
        x, _ = self._run(ids)
        return self.head(self.norm(x))

    def attention_weights(self, ids: Int[Tensor, "B T"]) -> Float[Tensor, "L B H T T"]:
        """Return how much each query looks at each key, shape (layers, B, H, Tq, Tk).

        Raises:
            TypeError, ValueError, IndexError: as :meth:`forward`.

        Source:
            Lesson: The position lab.
        """
        _, weights = self._run(ids)
        return torch.stack(weights)

    def _run(self, ids: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the last layer's output (B, T, D) and every layer's weights (B, H, T, T)."""
        x = self.embedding(ids)  # (B, T, D)
        T = x.shape[1]
        bias = self.bias(T, T) if self.bias is not None else None  # (H, T, T)
        mask = causal_mask(T) if self.config.causal else None
        if self.config.window is not None:
            mask = mask.triu(1 - self.config.window)
        weights = []
        for block in self.blocks:
            x, looks = block(x, bias, mask)
            weights.append(looks)
        return x, weights


def _input_positions(config: DecoderConfig) -> nn.Module | None:
    """The position module at the input; None for schemes that act inside attention."""
    make = INPUT_SCHEMES.get(config.position)
    return make(config.dim, config.max_len, config.std) if make else None


class _Block(nn.Module):
    """Self-attention and a two-layer network, each after a LayerNorm and added to its input."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        D = config.dim
        self.num_heads, self.rotary = config.num_heads, config.position == "rotary"
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.mlp = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))
        self.frequencies, self.temperature = None, 1.0  # set by TinyDecoder

    def _turn(self, x: Tensor) -> Tensor:
        positions = torch.arange(x.shape[-2], device=x.device)
        if self.frequencies is None:
            return apply_rotary(x, positions)
        return self.temperature * apply_rotary(x, positions, frequencies=self.frequencies)

    def forward(self, x: Tensor, bias: Tensor | None, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        heads = self.qkv(self.norm1(x)).unflatten(-1, (3, self.num_heads, -1))  # (B, T, 3, H, hd)
        q, k, v = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, hd)
        if self.rotary:
            q, k = self._turn(q), self._turn(k)
        mixed, weights = attention(q, k, v, bias=bias, mask=mask)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))  # (B, T, D)
        return x + self.mlp(self.norm2(x)), weights


def text_batches(
    ids: Int[Tensor, "N"], *, steps: int, batch_size: int = 16, seq_len: int = 32, seed: int = 0
) -> Iterator[tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]]:
    """Draw random stretches of a text: inputs, and targets one token further on.

    Args:
        ids: the text as token ids, shape (N,).
        steps: how many batches.
        batch_size: B.
        seq_len: T.
        seed: of the random starts.

    Yields:
        Inputs and targets, each of shape (B, T).

    Raises:
        TypeError: a count is not a whole number.
        ValueError: a count is below 1, or the text is not longer than ``seq_len``.
    """
    seq_len = whole_number("seq_len", seq_len, minimum=1)
    batch_size = whole_number("batch_size", batch_size, minimum=1)
    if len(ids) <= seq_len:
        raise ValueError(f"The text must be longer than seq_len={seq_len}, but has {len(ids)} ids.")
    random = torch.Generator().manual_seed(seed)
    window = torch.arange(seq_len + 1)
    for _ in range(whole_number("steps", steps, minimum=1)):
        start = torch.randint(len(ids) - seq_len, (batch_size, 1), generator=random)
        stretch = ids[start + window]
        yield stretch[:, :-1], stretch[:, 1:]


def train(
    model: nn.Module,
    batches: Iterable[tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]],
    *,
    lr: float = 6e-3,
    progress: bool = False,
) -> Float[Tensor, "steps"]:
    """Train a model with AdamW to predict the targets, one step per batch.

    Args:
        model: gives scores (B, T, V) for inputs (B, T).
        batches: inputs and targets, each (B, T); a target of -100 is ignored.
        lr: learning rate.
        progress: show a progress bar, unless the environment has ``TQDM_DISABLE=1``.

    Returns:
        The loss of every step, in nats per token.

    Raises:
        ValueError: ``lr`` is not above 0, or there is no batch.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=positive("lr", lr))
    losses = []
    model.train()
    for inputs, targets in tqdm(batches, unit="step", **({} if progress else {"disable": True})):
        loss = nn.functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    if not losses:
        raise ValueError("batches must hold at least one batch, but it is empty.")
    model.eval()
    return torch.stack(losses)
