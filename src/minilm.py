"""The encoder all-MiniLM-L6-v2: a token table, and layers that make contextual vectors of it."""

from collections.abc import Iterable
from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer
from torch import Tensor, nn
from tqdm import tqdm

from src._checks import whole_number
from src._texts import text_of, texts_of
from src.combining import InputEmbedding
from src.token_embeddings import EmbeddingTable


class MiniLM(nn.Module):
    """all-MiniLM-L6-v2, a BERT-type encoder: 30522 tokens, 512 positions, width 384, six layers.

    It has a token table, :attr:`table`, and layers that turn the rows of a text into contextual
    vectors. It is not trained here: all parameters are frozen. Make it with
    :func:`src.pretrained.load_minilm`. Like any module it moves: its ids, masks and vectors follow
    its device and its dtype.

    Args:
        tokenizer: the model's own WordPiece tokenizer, from the ``tokenizers`` library.
        embedding: the input layer, LayerNorm(token + token type + position).
        layers: six ``nn.TransformerEncoderLayer``, which is BERT's layer.

    Source:
        Wang et al. 2020, MiniLM; Reimers and Gurevych 2019, Sentence-BERT.
    """

    def __init__(
        self, tokenizer: Tokenizer, embedding: InputEmbedding, layers: nn.ModuleList
    ) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.embedding = embedding
        self.layers = layers
        tokens = [tokenizer.id_to_token(row) for row in range(embedding.token.num_embeddings)]
        self._table = EmbeddingTable(tokens, embedding.token.weight, self.tokenize)

    @classmethod
    def from_bert(cls, tokenizer: Tokenizer, weights: dict[str, Tensor], config: dict) -> "MiniLM":
        """Build the input layer and the layers and fill them with BERT's tensors.

        Args:
            tokenizer: belongs to the weights.
            weights: BERT's tensors by their names in transformers, without the pooler.
            config: ``num_hidden_layers``, ``num_attention_heads``, ``hidden_act`` and
                ``layer_norm_eps``, as in the config of transformers.

        Returns:
            The model, in evaluation mode and frozen.

        Source:
            Devlin et al. 2019, BERT, section 3.
        """
        V, D = weights["embeddings.word_embeddings.weight"].shape
        num_layers = int(config["num_hidden_layers"])
        # The random start gives way to the file's numbers, and must not move the reader's own.
        # (On the device "meta" it would cost nothing, but torch imports for a second to reach it.)
        with torch.random.fork_rng(devices=[]):
            embedding = InputEmbedding(
                V,
                D,
                position="learned",
                max_len=len(weights["embeddings.position_embeddings.weight"]),
                token_types=len(weights["embeddings.token_type_embeddings.weight"]),
                layer_norm=True,
                eps=float(config["layer_norm_eps"]),
            )
            layers = nn.ModuleList(
                nn.TransformerEncoderLayer(
                    D,
                    int(config["num_attention_heads"]),
                    dim_feedforward=len(weights["encoder.layer.0.intermediate.dense.weight"]),
                    activation=config["hidden_act"],
                    layer_norm_eps=float(config["layer_norm_eps"]),
                    batch_first=True,
                )
                for _ in range(num_layers)
            )
        model = cls(tokenizer, embedding, layers)
        model.load_state_dict(_renamed(weights, num_layers), assign=True)
        return model.eval().requires_grad_(False)

    @property
    def table(self) -> EmbeddingTable:
        """The token table: 30522 tokens and the vectors that they start from, shape (V, D)."""
        weight = self.embedding.token.weight
        if self._table.vectors is not weight:  # moving to some devices makes new parameters
            self._table = replace(self._table, vectors=weight)
        return self._table

    @property
    def position_vectors(self) -> Float[Tensor, "T D"]:
        """The learned positional embeddings, shape (512, 384)."""
        return self.embedding.position.weight

    def tokenize(self, text: str) -> list[str]:
        """Split a text into tokens of the table, without ``[CLS]`` and ``[SEP]``.

        Raises:
            TypeError: ``text`` is not a string.
            ValueError: it is not valid Unicode.
        """
        return self.tokenizer.encode(text_of(text), add_special_tokens=False).tokens

    def token_ids(
        self, texts: str | Iterable[str]
    ) -> tuple[Int[Tensor, "B T"], Bool[Tensor, "B T"]]:
        """Turn texts into ids with ``[CLS]`` before and ``[SEP]`` after, padded to the longest.

        Returns:
            The ids, shape (B, T), and the mask, shape (B, T), False where an id is padding.

        Raises:
            TypeError: one of the texts is not a string.
            ValueError: there is no text, one is not valid Unicode, or one has more tokens than
                there are positions.
        """
        return self._padded(self._rows(texts))

    def forward(
        self, ids: Int[Tensor, "B T"], mask: Bool[Tensor, "B T"]
    ) -> list[Float[Tensor, "B T D"]]:
        """Return the output of the embedding layer and of each of the six layers: 7 x (B, T, D).

        Args:
            ids: token ids, shape (B, T), as :meth:`token_ids` gives them.
            mask: shape (B, T), False where an id is padding.
        """
        states = [self.embedding(ids)]
        for layer in self.layers:
            states.append(layer(states[-1], src_key_padding_mask=~mask))
        return states

    def first_weights(
        self, ids: Int[Tensor, "B T"], position_ids: Int[Tensor, "..."] | None = None
    ) -> Float[Tensor, "B H T T"]:
        """Return the attention weights of the first layer, one matrix per head: (B, 12, T, T).

        Args:
            ids: token ids without padding, shape (B, T).
            position_ids: positions, shape (T,) or (B, T); 0, 1, 2, … if not given.

        Returns:
            How much each token takes from each, shape (B, H, T, T); every row sums to 1.

        Raises:
            ValueError: as the embedding layer, :class:`~src.combining.InputEmbedding`.
            IndexError: as the embedding layer.

        Source:
            Vaswani et al. 2017, section 3.2. Lesson: Into attention.
        """
        x = self.embedding(ids, position_ids)  # (B, T, D)
        return self.layers[0].self_attn(x, x, x, average_attn_weights=False)[1]

    def hidden_states(self, texts: str | Iterable[str]) -> list[Float[Tensor, "B T D"]]:
        """Return what :meth:`forward` makes of the texts, all in one batch: 7 x (B, T, D).

        Raises:
            TypeError: as :meth:`token_ids`.
            ValueError: as :meth:`token_ids`.
        """
        return self(*self.token_ids(texts))

    def contextual(self, text: str) -> tuple[list[str], Float[Tensor, "T D"]]:
        """Return the tokens of a text and the vectors they have after the last layer.

        Returns:
            The T tokens, ``[CLS]`` and ``[SEP]`` included, and their vectors, shape (T, D).

        Raises:
            TypeError: ``text`` is not a string.
            ValueError: as :meth:`token_ids`.
        """
        return self.tokenizer.encode(text_of(text)).tokens, self.hidden_states(text)[-1][0]

    def sentence_vectors(
        self, texts: str | Iterable[str], *, batch_size: int = 32
    ) -> Float[Tensor, "B D"]:
        """Return one vector of length 1 per text: the mean of its tokens' contextual vectors.

        Texts of like length share a batch, which saves padding. A progress bar appears if it takes
        longer than five seconds, unless the environment has ``TQDM_DISABLE=1``.

        Args:
            texts: one text or several.
            batch_size: how many texts go through the layers at once; needs memory, not time.

        Returns:
            The vectors in the order of the texts, shape (B, D).

        Raises:
            TypeError: as :meth:`token_ids`.
            ValueError: as :meth:`token_ids`, or ``batch_size`` is below 1.
        """
        batch_size = whole_number("batch_size", batch_size, minimum=1)
        rows = self._rows(texts)
        order = sorted(range(len(rows)), key=lambda n: len(rows[n]), reverse=True)
        parts = []
        with tqdm(total=len(rows), unit="text", delay=5) as bar:
            for start in range(0, len(rows), batch_size):
                batch = order[start : start + batch_size]
                ids, mask = self._padded([rows[n] for n in batch])
                last = self(ids, mask)[-1].masked_fill(~mask.unsqueeze(2), 0.0)  # (B, T, D)
                mean = last.sum(dim=1) / mask.sum(dim=1, keepdim=True)
                parts.append(nn.functional.normalize(mean, dim=1))
                bar.update(len(batch))
        back = torch.tensor(order).argsort()
        return torch.cat(parts)[back.to(self.position_vectors.device)]

    def _rows(self, texts: object) -> list[list[int]]:
        """Return the ids of each text."""
        limit = len(self.position_vectors)
        rows = [self.tokenizer.encode(text).ids for text in texts_of(texts)]
        for n, row in enumerate(rows):
            if len(row) > limit:
                which = "A text" if isinstance(texts, str) else f"texts[{n}]"
                raise ValueError(
                    f"{which} has {len(row)} tokens with [CLS] and [SEP], but the model has "
                    f"{limit} positions. Split or shorten it."
                )
        return rows

    def _padded(self, rows: list[list[int]]) -> tuple[Tensor, Tensor]:
        """Return ids and mask, shape (B, T) each, on the model's device."""
        lengths = torch.tensor([len(row) for row in rows])
        mask = torch.arange(lengths.max()) < lengths.unsqueeze(1)
        ids = torch.full(mask.shape, self.tokenizer.token_to_id("[PAD]"))
        ids[mask] = torch.tensor([number for row in rows for number in row])
        device = self.position_vectors.device
        return ids.to(device), mask.to(device)


def _renamed(weights: dict[str, Tensor], num_layers: int) -> dict[str, Tensor]:
    """Rename BERT's tensors to those of :class:`MiniLM`, joining query, key and value."""
    direct = {
        "attention.output.dense": "self_attn.out_proj",
        "attention.output.LayerNorm": "norm1",
        "intermediate.dense": "linear1",
        "output.dense": "linear2",
        "output.LayerNorm": "norm2",
    }
    renamed = {
        "embedding.token.weight": weights["embeddings.word_embeddings.weight"],
        "embedding.token_type.weight": weights["embeddings.token_type_embeddings.weight"],
        "embedding.position.weight": weights["embeddings.position_embeddings.weight"],
        "embedding.norm.weight": weights["embeddings.LayerNorm.weight"],
        "embedding.norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    for n in range(num_layers):
        source, target = f"encoder.layer.{n}.", f"layers.{n}."
        for kind in ("weight", "bias"):
            renamed[f"{target}self_attn.in_proj_{kind}"] = torch.cat(
                [weights[f"{source}attention.self.{p}.{kind}"] for p in ("query", "key", "value")]
            )
            for old, new in direct.items():
                renamed[f"{target}{new}.{kind}"] = weights[f"{source}{old}.{kind}"]
    return renamed
