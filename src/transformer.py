"""A decoder small enough to train while you watch, with every position scheme of the course."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import EllipsisType

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from src._checks import even_width, positive, whole_number
from src.attention import attention, causal_mask
from src.combining import InputEmbedding
from src.positional_embeddings import POSITIONS, Rotary, SchemeSettings, Turn, make_scheme

SCHEMES = ("none", "sinusoidal", "learned", "t5", "alibi", "rotary")
"""Those that the lessons compare, in their order: the position lab has measured each."""


@dataclass(frozen=True)
class DecoderConfig:
    """Settings of :class:`TinyDecoder`.

    Raises:
        ValueError: ``position`` is unknown, ``dim`` does not divide into heads of even width,
            ``rotary_scaling`` is wrong or comes with another scheme, ``window`` is below 1 or
            comes without ``causal``, ``rotary_share`` is not in (0, 1] or comes with another
            scheme, or there is no such layer as one of ``free_layers``.
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
    rotary_share: float = 1.0  # of a head's numbers that turn: partial rotary
    free_layers: tuple[int, ...] = ()  # see all keys and turn nothing, as full layers of hybrids

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
            Rotary(self.dim // self.num_heads, scaling=self.rotary_scaling)  # checks it
        if self.rotary_share != 1 and self.position != "rotary":
            raise ValueError(
                f"rotary_share needs position='rotary', but got {self.position!r}. Leave it 1: no "
                "other scheme turns pairs."
            )
        if not 0 < self.rotary_share <= 1:
            raise ValueError(
                f"rotary_share must be above 0 and at most 1, but got {self.rotary_share}."
            )
        for layer in self.free_layers:
            if whole_number("free_layers", layer, minimum=0) >= self.num_layers:
                raise ValueError(
                    f"free_layers must be below num_layers={self.num_layers}, but got {layer}."
                )
        if self.window is not None:
            whole_number("window", self.window, minimum=1)
            if not self.causal:
                raise ValueError("window needs causal=True: it counts keys back from the query.")


class TinyDecoder(nn.Module):
    """A pre-norm transformer that predicts the next token.

    Args:
        config: the settings; ``config.position`` names the scheme.

    Attributes:
        embedding: the :class:`~src.combining.InputEmbedding`.
        bias: what is added to the scores of every layer, or None.
        rotary: what turns queries and keys in every layer, a
            :class:`~src.positional_embeddings.Rotary`, or None. Set another one to try it on the
            same weights.

    Source:
        Radford et al. 2019, GPT-2, section 2.3, for the arrangement of the layers.
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        settings = SchemeSettings(
            dim=config.dim,
            num_heads=config.num_heads,
            causal=config.causal,
            max_len=config.max_len,
            std=config.std,
            num_buckets=config.num_buckets,
            max_distance=config.max_distance,
            rotary_scaling=config.rotary_scaling,
            rotary_share=config.rotary_share,
        )
        self.embedding = InputEmbedding(
            config.vocab_size,
            config.dim,
            position=make_scheme(config.position, "input", settings),
        )
        nn.init.normal_(self.embedding.token.weight, std=config.std)
        # As in T5, one bias serves all layers.
        self.bias = make_scheme(config.position, "scores", settings)
        self.rotary = make_scheme(config.position, "queries and keys", settings)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, config.vocab_size, bias=False)

    def adjust(
        self,
        *,
        rotary_scaling: Mapping | None | EllipsisType = ...,
        window: int | None | EllipsisType = ...,
    ) -> None:
        """Change settings that no weight depends on; what is not given, ``...``, stays as it is.

        They hold from the next call on, so a model trained on short texts can be tried on long
        ones.

        Args:
            rotary_scaling: as :class:`~src.positional_embeddings.Rotary` takes it, or None for no
                scaling.
            window: keys a query may see, its own included, or None for all so far.

        Raises:
            ValueError: as :class:`DecoderConfig`.

        Source:
            Lesson: The position lab.
        """
        given = {"rotary_scaling": rotary_scaling, "window": window}
        changes = {name: value for name, value in given.items() if value is not ...}
        self.config = replace(self.config, **changes)
        if "rotary_scaling" in changes and self.rotary is not None:
            self.rotary = self.rotary.scaled(rotary_scaling)

    def forward(self, ids: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        """Return the scores of every token to come next, shape (B, T, V).

        Raises:
            ValueError: they are not (B, T), or longer than a learned table.
            IndexError: an id is not below ``vocab_size``.
        """
        x, _ = self._run(ids)
        return self.head(self.norm(x))

    def attention_weights(self, ids: Int[Tensor, "B T"]) -> Float[Tensor, "layers B H T T"]:
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
        bias = self.bias(T, T, device=x.device) if self.bias is not None else None  # (H, T, T)
        every = mask = causal_mask(T, device=x.device) if self.config.causal else None
        if self.config.window is not None:
            mask = mask.triu(1 - self.config.window)
        weights = []
        for layer, block in enumerate(self.blocks):
            free = layer in self.config.free_layers
            x, looks = block(x, bias, *((every, None) if free else (mask, self.rotary)))
            weights.append(looks)
        return x, weights


class _Block(nn.Module):
    """Self-attention and a two-layer network, each after a LayerNorm and added to its input."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        D = config.dim
        self.num_heads = config.num_heads
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.mlp = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))

    def forward(
        self, x: Tensor, bias: Tensor | None, mask: Tensor | None, turn: Turn | None
    ) -> tuple[Tensor, Tensor]:
        B, T, D = x.shape
        heads = self.qkv(self.norm1(x)).view(B, T, 3, self.num_heads, D // self.num_heads)
        q, k, v = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, Dh)
        if turn is not None:
            q, k = turn(q), turn(k)
        mixed, weights = attention(q, k, v, bias=bias, mask=mask)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))  # (B, T, D)
        return x + self.mlp(self.norm2(x)), weights


def text_batches(
    ids: Int[Tensor, "num_tokens"],
    *,
    steps: int,
    batch_size: int = 16,
    seq_len: int = 32,
    seed: int = 0,
) -> Iterator[tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]]:
    """Draw random stretches of a text: inputs, and targets one token further on.

    Args:
        ids: the text as token ids, shape (num_tokens,).
        steps: how many batches.
        batch_size: B.
        seq_len: T.
        seed: of the random starts.

    Yields:
        Inputs and targets, each of shape (B, T).

    Raises:
        ValueError: the text is not longer than ``seq_len``.
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
