"""A decoder of Llama's kind: token rows, turned queries and keys, and the next word."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import torch
from jaxtyping import Float, Int, Num
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from src._checks import integer_tensor, whole_number
from src._texts import text_of
from src.attention import attention, causal_mask
from src.positional_embeddings import Rotary
from src.token_embeddings import EmbeddingTable

Cache = list[tuple[Tensor, Tensor]]
"""Keys, already turned, and values of each layer, (B, key-value heads, T, Dh) each."""
Heads = Iterable[tuple[int, int]]
"""Heads, each by its layer and its number in the layer, both counted from 0."""


@dataclass(frozen=True)
class LanguageModelConfig:
    """Sizes of a :class:`LanguageModel`."""

    num_layers: int
    num_heads: int
    num_kv_heads: int  # each serves num_heads / num_kv_heads query heads
    max_len: int  # positions in training; nothing stops at it
    base: float  # of the rotary frequencies
    eps: float  # of RMSNorm


class LanguageModel(nn.Module):
    """A decoder of Llama's kind: token rows, rotary positions, grouped key-value heads.

    All parameters are frozen; vectors that go in instead of ids may be trained. Load one with
    :func:`src.smollm2.load_language_model`.

    Args:
        tokenizer: the model's own tokenizer, from the ``tokenizers`` library.
        weights: ``token`` (V, D), ``norm`` (D,), and for each layer n ``n.query``, ``n.key``,
            ``n.value``, ``n.output``, ``n.gate``, ``n.up``, ``n.down``, ``n.norm1``, ``n.norm2``.
        config: the sizes.

    Attributes:
        rotary: what turns queries and keys in every layer, a
            :class:`~src.positional_embeddings.Rotary`. Set another one, or None to turn nothing, to
            try it on the same weights.

    Source:
        Touvron et al. 2023, Llama, section 2.2; Ainslie et al. 2023, GQA, for the grouped heads.
        Lesson: A whole language model.
    """

    def __init__(
        self, tokenizer: Tokenizer, weights: dict[str, Tensor], config: LanguageModelConfig
    ) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.config = config
        self.token = _frozen(weights["token"])
        self.norm = _frozen(weights["norm"])
        self.layers = nn.ModuleList(
            _Layer({name: weights[f"{n}.{name}"] for name in _Layer.NAMES}, config)
            for n in range(config.num_layers)
        )
        self.rotary = Rotary(self.head_width, base=config.base)
        tokens = [tokenizer.id_to_token(row) for row in range(len(self.token))]
        self._table = EmbeddingTable(tokens, self.token, self.tokenize)
        self.eval()

    @property
    def head_width(self) -> int:
        """Dh, the width of a head."""
        return len(self.layers[0].query) // self.config.num_heads

    @property
    def table(self) -> EmbeddingTable:
        """The token table, input and output at once: tokens as the tokenizer writes them."""
        if self._table.vectors is not self.token:  # moved, or exchanged for another table
            self._table = replace(self._table, vectors=self.token)
        return self._table

    def tokenize(self, text: str) -> list[str]:
        """Split a text into tokens of the table; ``Ġ`` stands for a space.

        Raises:
            TypeError: ``text`` is not a string.
            ValueError: it is not valid Unicode.
        """
        return self.tokenizer.encode(text_of(text)).tokens

    def token_ids(self, text: str) -> Int[Tensor, "1 T"]:
        """Turn a text into ids, shape (1, T), nothing added before or after.

        Raises:
            TypeError, ValueError: as :meth:`tokenize`, or the text is empty.
        """
        ids = self.tokenizer.encode(text_of(text)).ids
        if not ids:
            raise ValueError("text must hold at least one token, but it is empty.")
        return torch.tensor([ids], device=self.token.device)

    def decode(self, ids: Int[Tensor, "T"] | list[int]) -> str:
        """Return the text of ids, special tokens included."""
        return self.tokenizer.decode(list(map(int, ids)), skip_special_tokens=False)

    def rows(self, ids: Int[Tensor, "B T"]) -> Float[Tensor, "B T D"]:
        """Return the rows of the token table, shape (B, T, D).

        Raises:
            TypeError: ids are not integers.
            ValueError: they are not (B, T).
            IndexError: one is not below V.
        """
        ids = integer_tensor("ids", ids, (2,), "(B, T)")
        if not 0 <= ids.min() <= ids.max() < len(self.token):
            raise IndexError(
                f"ids must be from 0 to {len(self.token) - 1}, rows of the table, "
                f"but go from {ids.min()} to {ids.max()}."
            )
        return F.embedding(ids, self.token)

    def forward(
        self,
        x: Int[Tensor, "B T"] | Float[Tensor, "B T D"],
        positions: Num[Tensor, "*B T"] | None = None,
        *,
        cache: Cache | None = None,
        without: Heads = (),
    ) -> Float[Tensor, "B T V"]:
        """Return the scores of every token to come next, shape (B, T, V).

        Gradients flow only to vectors that ask for them.

        Args:
            x: token ids, shape (B, T), or vectors to start from, shape (B, T, D).
            positions: shape (T,) or (B, T); if not given, on from what the cache holds: 0, 1, 2, …
            cache: a list, empty at first, that the call reads and fills: pass the same one with
                what comes next.
            without: heads whose output counts as zero.

        Raises:
            TypeError, ValueError, IndexError: as :meth:`rows` and
                :func:`~src.positional_embeddings.apply_rotary`.
        """
        return self.last_states(x, positions, cache=cache, without=without) @ self.token.T

    def last_states(
        self,
        x: Int[Tensor, "B T"] | Float[Tensor, "B T D"],
        positions: Num[Tensor, "*B T"] | None = None,
        *,
        cache: Cache | None = None,
        without: Heads = (),
    ) -> Float[Tensor, "B T D"]:
        """Return the states after the last layer, normed, shape (B, T, D).

        Their products with all rows of the table are the scores: the output layer is tied to it.
        The arguments are those of :meth:`forward`.

        Source:
            Press and Wolf 2017, Using the output embedding to improve language models, section 3.
            Lesson: A trained model meets new tokens.
        """
        for state, _ in self._run(x, positions, cache, without):
            last = state
        return self.normed(last)

    def normed(self, states: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        """Return states as the output layer sees them: RMSNorm and its gain, shape as before.

        Source:
            Zhang and Sennrich 2019, Root mean square layer normalization, section 4.
            Lesson: A trained model meets new tokens.
        """
        return F.rms_norm(states, self.norm.shape, self.norm, self.config.eps)

    def hidden_states(
        self,
        x: Int[Tensor, "B T"] | Float[Tensor, "B T D"],
        positions: Num[Tensor, "*B T"] | None = None,
    ) -> list[Float[Tensor, "B T D"]]:
        """Return the vectors at the start and after each layer, 31 x (B, T, D), before the norm."""
        start = x if x.is_floating_point() else self.rows(x)
        return [start, *(state for state, _ in self._run(start, positions))]

    @torch.no_grad()
    def attention_weights(
        self,
        x: Int[Tensor, "B T"] | Float[Tensor, "B T D"],
        positions: Num[Tensor, "*B T"] | None = None,
        *,
        cache: Cache | None = None,
        without: Heads = (),
    ) -> Float[Tensor, "layers B H Tq Tk"]:
        """Return how much each query looks at each key, shape (layers, B, H, Tq, Tk).

        512 tokens make 283 MB of them. The arguments are those of :meth:`forward`; keys that the
        cache holds come first.
        """
        run = self._run(x, positions, cache, without, keep_weights=True)
        return torch.stack([weights for _, weights in run])

    @torch.no_grad()
    def queries_and_keys(
        self, x: Int[Tensor, "B T"] | Float[Tensor, "B T D"], layer: int
    ) -> tuple[Float[Tensor, "B H T Dh"], Float[Tensor, "B H T Dh"]]:
        """Return a layer's queries and keys before they are turned, (B, H, T, Dh) each.

        A key that several query heads share stands once for each.
        """
        start = x if x.is_floating_point() else self.rows(x)
        states = [start, *(state for state, _ in islice(self._run(start, None), layer))]
        q, k, _ = self.layers[layer].project(states[-1])
        return q, k.repeat_interleave(q.shape[1] // k.shape[1], dim=1)

    @torch.no_grad()
    def generate(
        self,
        text: str,
        num_tokens: int = 32,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        positions: Callable[[Int[Tensor, "T"]], Num[Tensor, "T"]] | None = None,
    ) -> str:
        """Continue a text, with a cache; return what was added.

        Args:
            text: what to go on from.
            num_tokens: at most so many; it ends earlier at ``<|im_end|>`` or ``<|endoftext|>``.
            temperature: scores are divided by it before a token is drawn; at 0 the best one is.
            seed: of the draws.
            positions: gives the positions of the places 0, 1, 2, …; these themselves if not given.

        Raises:
            TypeError, ValueError: as :meth:`token_ids`, or ``temperature`` is below 0.
        """
        if not 0 <= temperature < float("inf"):
            raise ValueError(f"temperature must be 0 or more, but got {temperature!r}.")
        whole_number("num_tokens", num_tokens, minimum=1)
        random = torch.Generator(self.token.device).manual_seed(seed)
        ends = {self.tokenizer.token_to_id(end) for end in ("<|im_end|>", "<|endoftext|>")}
        cache: Cache = []
        x, added, start = self.token_ids(text), [], 0
        while len(added) < num_tokens:
            places = torch.arange(start, start + x.shape[1], device=x.device)
            start += x.shape[1]
            states = self.last_states(x, positions(places) if positions else places, cache=cache)
            scores = states[:, -1] @ self.token.T  # (1, V)
            if temperature:
                chances = (scores / temperature).softmax(dim=-1)
                x = torch.multinomial(chances, 1, generator=random)
            else:
                x = scores.argmax(dim=-1, keepdim=True)
            if x.item() in ends:
                break
            added.append(x.item())
        return self.decode(added)

    def _run(
        self,
        x: Tensor,
        positions: Tensor | None,
        cache: Cache | None = None,
        without: Heads = (),
        *,
        keep_weights: bool = False,
    ) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Yield each layer's output (B, T, D) and, if kept, its weights (B, H, Tq, Tk)."""
        x = x if x.is_floating_point() else self.rows(x)
        T, past = x.shape[1], cache[0][0].shape[2] if cache else 0
        if positions is None:
            positions = torch.arange(past, past + T, device=x.device)
        mask = causal_mask(T, past + T, query_start=past, device=x.device) if T > 1 else None
        silent = set(without)
        for n, layer in enumerate(self.layers):
            off = [head for at, head in silent if at == n]
            held = cache[n] if cache and len(cache) > n else None
            x, weights, held = layer(x, positions, mask, self.rotary, held, off, keep_weights)
            if cache is not None:
                cache[n : n + 1] = [held]
            yield x, weights


class _Layer(nn.Module):
    """Self-attention and a gated network, each after an RMSNorm and added to its input."""

    NAMES = ("query", "key", "value", "output", "gate", "up", "down", "norm1", "norm2")

    def __init__(self, weights: dict[str, Tensor], config: LanguageModelConfig) -> None:
        super().__init__()
        self.config = config
        for name, weight in weights.items():
            self.register_parameter(name, _frozen(weight))

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries (B, H, T, Dh), and keys and values (B, key-value heads, T, Dh)."""
        x = F.rms_norm(x, self.norm1.shape, self.norm1, self.config.eps)
        heads = self.config.num_heads, self.config.num_kv_heads, self.config.num_kv_heads
        return tuple(
            (x @ weight.T).unflatten(-1, (count, -1)).transpose(1, 2)
            for weight, count in zip((self.query, self.key, self.value), heads, strict=True)
        )

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        mask: Tensor | None,
        rotary: Rotary | None,
        held: tuple[Tensor, Tensor] | None,
        off: list[int],
        keep_weights: bool,
    ) -> tuple[Tensor, Tensor | None, tuple[Tensor, Tensor]]:
        q, k, v = self.project(x)
        if rotary is not None:
            q, k = rotary(q, positions), rotary(k, positions)
        if held is not None:
            k, v = torch.cat((held[0], k), dim=2), torch.cat((held[1], v), dim=2)
        if keep_weights:
            group = self.config.num_heads // self.config.num_kv_heads
            shared = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
            mixed, weights = attention(q, *shared, mask=mask)  # (B, H, Tq, Dh), (B, H, Tq, Tk)
        else:  # the same, four times as fast past a few thousand keys
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
            weights = None
        if off:
            mixed = mixed.index_fill(1, torch.tensor(off, device=mixed.device), 0.0)
        x = x + mixed.transpose(1, 2).flatten(2) @ self.output.T  # (B, T, D)
        inner = F.rms_norm(x, self.norm2.shape, self.norm2, self.config.eps)
        return (
            x + (F.silu(inner @ self.gate.T) * (inner @ self.up.T)) @ self.down.T,
            weights,
            (k, v),
        )


def next_token_losses(
    scores: Float[Tensor, "B T V"], ids: Int[Tensor, "B T"]
) -> Float[Tensor, "B T-1"]:
    """Return how surprised the scores are by each next token, shape (B, T - 1), in nats.

    Args:
        scores: what a model gives for the ids, shape (B, T, V).
        ids: shape (B, T); the scores at each place are compared with the id after it.

    Raises:
        ValueError: the shapes do not fit.
    """
    if scores.ndim != 3 or scores.shape[:2] != ids.shape:
        raise ValueError(
            f"scores (B, T, V) must belong to ids (B, T), but got {tuple(scores.shape)} and "
            f"{tuple(ids.shape)}."
        )
    return F.cross_entropy(scores[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")


def _frozen(weight: Tensor) -> nn.Parameter:
    return nn.Parameter(weight, requires_grad=False)
