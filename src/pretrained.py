"""Real weights and texts, shipped with the package: nothing is downloaded.

``src/data/README.md`` says where each file comes from, under which licence, and how it was rounded.
"""

import hashlib
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor, nn

from src.combining import InputEmbedding
from src.token_embeddings import EmbeddingTable, split_words

DATA = Path(__file__).parent / "data"
CORPORA = ("wordnet_glosses", "king_james")


@cache
def data_file(name: str) -> Path:
    """Return the path of a shipped file, its SHA-256 checked once per process.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: it is not listed in ``SHA256SUMS``, or its content is not the listed one.

    Source:
        ``src/data/SHA256SUMS``.
    """
    expected = dict(
        reversed(line.split(maxsplit=1)) for line in (DATA / "SHA256SUMS").read_text().splitlines()
    )
    remedy = f"Restore it with: git checkout -- src/data/{name}"
    if name not in expected:
        raise ValueError(f"{name!r} is not a file of the course; src/data has {sorted(expected)}.")
    path = DATA / name
    if not path.is_file():
        raise FileNotFoundError(f"The data file src/data/{name} is missing. {remedy}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != expected[name]:
        raise ValueError(
            f"The data file src/data/{name} is damaged: its SHA-256 begins {digest[:12]}, "
            f"but {expected[name][:12]} is expected. {remedy}"
        )
    return path


@dataclass(frozen=True, eq=False)
class MiniLM(EmbeddingTable):
    """all-MiniLM-L6-v2, a BERT-type encoder: 30522 tokens, 512 positions, width 384, six layers.

    A token table like any other, and the layers that turn its rows into contextual vectors. It is
    not trained here: all parameters are frozen. Make it with :func:`load_minilm`.

    Attributes:
        tokenizer: the model's own WordPiece tokenizer, from the ``tokenizers`` library.
        embedding: the input layer, LayerNorm(token + token type + position).
        layers: six ``nn.TransformerEncoderLayer``, which is BERT's layer.

    Source:
        Wang et al. 2020, MiniLM; Reimers and Gurevych 2019, Sentence-BERT.
    """

    tokenizer: Tokenizer
    embedding: InputEmbedding
    layers: nn.ModuleList

    @property
    def position_vectors(self) -> Float[Tensor, "T D"]:
        """The learned positional embeddings, shape (512, 384)."""
        return self.embedding.position.weight

    def token_ids(
        self, texts: str | Sequence[str]
    ) -> tuple[Int[Tensor, "B T"], Bool[Tensor, "B T"]]:
        """Turn texts into ids with ``[CLS]`` before and ``[SEP]`` after, padded to the longest.

        Returns:
            The ids, shape (B, T), and the mask, shape (B, T), False where an id is padding.

        Raises:
            ValueError: there is no text, or one has more tokens than there are positions.
        """
        texts = [texts] if isinstance(texts, str) else list(texts)
        rows = [self.tokenizer.encode(text).ids for text in texts]
        if not rows:
            raise ValueError("texts must hold at least one text, but it is empty.")
        longest, limit = max(map(len, rows)), len(self.position_vectors)
        if longest > limit:
            raise ValueError(
                f"A text has {longest} tokens with [CLS] and [SEP], but the model has {limit} "
                "positions. Split or shorten it."
            )
        ids = torch.full((len(rows), longest), self.vocab["[PAD]"])
        for b, row in enumerate(rows):
            ids[b, : len(row)] = torch.tensor(row)
        lengths = torch.tensor([len(row) for row in rows])
        return ids, torch.arange(longest) < lengths.unsqueeze(1)

    def hidden_states(self, texts: str | Sequence[str]) -> list[Float[Tensor, "B T D"]]:
        """Return the output of the embedding layer and of each of the six layers: 7 x (B, T, D).

        Raises:
            ValueError: as :meth:`token_ids`.
        """
        ids, mask = self.token_ids(texts)
        states = [self.embedding(ids)]
        for layer in self.layers:
            states.append(layer(states[-1], src_key_padding_mask=~mask))
        return states

    def contextual(self, text: str) -> tuple[list[str], Float[Tensor, "T D"]]:
        """Return the tokens of a text and the vectors they have after the last layer.

        Returns:
            The T tokens, ``[CLS]`` and ``[SEP]`` included, and their vectors, shape (T, D).

        Raises:
            ValueError: as :meth:`token_ids`.
        """
        return self.tokenizer.encode(text).tokens, self.hidden_states(text)[-1][0]

    def sentence_vectors(self, texts: str | Sequence[str]) -> Float[Tensor, "B D"]:
        """Return one vector of length 1 per text: the mean of its tokens' contextual vectors.

        Raises:
            ValueError: as :meth:`token_ids`.
        """
        _, mask = self.token_ids(texts)
        last = self.hidden_states(texts)[-1].masked_fill(~mask.unsqueeze(-1), 0.0)
        return nn.functional.normalize(last.sum(dim=1) / mask.sum(dim=1, keepdim=True), dim=-1)


def _encoder(weights: dict[str, Tensor], config: dict) -> nn.ModuleDict:
    """Build the input layer and the six layers and fill them with BERT's tensors."""
    V, D = weights["embeddings.word_embeddings.weight"].shape
    num_layers = int(config["num_hidden_layers"])
    # The random start gives way to the file's numbers, and must not move the reader's own numbers.
    # (On the device "meta" it would cost nothing, but torch imports for a second to reach it.)
    with torch.random.fork_rng(devices=[]):
        encoder = nn.ModuleDict(
            {
                "embedding": InputEmbedding(
                    V,
                    D,
                    position="learned",
                    max_len=len(weights["embeddings.position_embeddings.weight"]),
                    token_types=len(weights["embeddings.token_type_embeddings.weight"]),
                    layer_norm=True,
                    eps=float(config["layer_norm_eps"]),
                ),
                "layers": nn.ModuleList(
                    nn.TransformerEncoderLayer(
                        D,
                        int(config["num_attention_heads"]),
                        dim_feedforward=len(weights["encoder.layer.0.intermediate.dense.weight"]),
                        activation=config["hidden_act"],
                        layer_norm_eps=float(config["layer_norm_eps"]),
                        batch_first=True,
                    )
                    for _ in range(num_layers)
                ),
            }
        )
    encoder.load_state_dict(_renamed(weights, num_layers), assign=True)
    return encoder.eval().requires_grad_(False)


def _renamed(weights: dict[str, Tensor], num_layers: int) -> dict[str, Tensor]:
    """Rename BERT's tensors to those of :func:`_encoder`, joining query, key and value."""
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


@cache
def load_minilm() -> MiniLM:
    """Load all-MiniLM-L6-v2 from the course's own data; the second call returns the same object.

    Large matrices are stored as int8 with float32 scales and come back as float32;
    ``src/data/README.md`` has the measured rounding.

    Returns:
        The model; ``.vocab``, ``.tokenize(text)`` and ``.vectors`` are its token table.

    Raises:
        FileNotFoundError: a data file is missing.
        ValueError: a data file is damaged.

    Source:
        ``src/data/README.md``. Lesson: The embedding table.
    """
    weights = {}
    with safe_open(data_file("minilm.safetensors"), framework="pt") as file:
        config = file.metadata()
        names = [name for name in file.keys() if not name.endswith(".scale")]
        for name in names:
            tensor = file.get_tensor(name)
            if tensor.dtype == torch.int8:
                scale = file.get_tensor(f"{name}.scale")  # (rows, groups)
                grouped = tensor.float().unflatten(1, (scale.shape[1], -1))
                tensor = (grouped * scale.unsqueeze(2)).flatten(1)
            weights[name] = tensor
    encoder = _encoder(weights, config)
    tokenizer = Tokenizer.from_file(str(data_file("minilm_tokenizer.json")))
    vectors = encoder["embedding"].token.weight
    return MiniLM(
        tokens=[tokenizer.id_to_token(row) for row in range(len(vectors))],
        vectors=vectors,
        tokenize=lambda text: tokenizer.encode(text, add_special_tokens=False).tokens,
        tokenizer=tokenizer,
        **encoder,
    )


@cache
def load_glove() -> EmbeddingTable:
    """Load the 20,000 most frequent words of GloVe 6B 50d, most frequent first.

    Stored as float16, returned as float32. The second call returns the same object.

    Raises:
        FileNotFoundError: a data file is missing.
        ValueError: a data file is damaged.

    Source:
        Pennington et al. 2014, GloVe; ``src/data/README.md``.
    """
    words = data_file("glove_6b_50d_words.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    with safe_open(data_file("glove_6b_50d.safetensors"), framework="pt") as file:
        vectors = file.get_tensor("vectors").float()
    return EmbeddingTable(words, vectors, split_words)


@cache
def load_corpus(name: str = "wordnet_glosses") -> str:
    """Load a shipped text: ``"wordnet_glosses"`` or ``"king_james"``, one gloss or verse a line.

    Raises:
        FileNotFoundError: the data file is missing.
        ValueError: there is no such corpus, or its file is damaged.

    Source:
        ``src/data/README.md``.
    """
    if name not in CORPORA:
        raise ValueError(f"name must be one of {CORPORA}, but got {name!r}.")
    return lzma.decompress(data_file(f"{name}.txt.xz").read_bytes()).decode("utf-8")


@cache
def load_wordsim() -> list[tuple[str, str, float]]:
    """Load WordSim-353: two words, and how related people judge them, from 0 to 10.

    Raises:
        FileNotFoundError: the data file is missing.
        ValueError: the data file is damaged.

    Source:
        Finkelstein et al. 2002, Placing Search in Context; ``src/data/README.md``.
    """
    lines = data_file("wordsim353.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return [(a, b, float(judgement)) for a, b, judgement in pairs]
