"""Say which positions every architecture in transformers uses: `python -m experiments.census`.

Why: the lesson What models do today counts them. Every folder of ``transformers/models`` is read
as text with ``ast``; no model is built. What the default configuration does not reach is left out.
Makes: src/data/census.csv and src/data/census_configs.json. One minute of one core.
"""

import csv
import io
import json
import re
from importlib.util import find_spec
from pathlib import Path

from experiments.census_rules import (
    CONVOLUTION,
    KINDS,
    ROTARY,
    TOWERS,
    WRAPPED,
    modality,
    positions_of,
    rotary_details,
    table_details,
    towers_of,
)
from experiments.census_source import read_folder
from experiments.data_files import write_data

COLUMNS = (
    *("folder", "year", *TOWERS, "positions", "rotary_share", "rotary_axes"),
    *("rotary_bases", "rotary_off", "rotary_scaling", "qk_norm", "tied", "scaled", "per_layer"),
    *("parts_from", "evidence"),
)
NOT_MODELS = ("auto", "deprecated")


def read(folder: Path) -> dict[str, str]:
    """Return the line of the census for one folder, without its year."""
    parts = read_folder(folder)
    towers = towers_of(parts)
    found: dict[str, dict[str, str]] = {tower: {} for tower in TOWERS}
    for part in parts:
        for kind, line in positions_of(part):
            found[towers[part.name]].setdefault(kind, f"{part.file}:{line}")
    for kinds in found.values():  # T5's bias has other names, too
        if "t5_bias" in kinds:
            kinds.pop("relative", None)
    for part in parts:  # the table of sines that turns queries and keys
        if any(map(ROTARY.search, part.idents)) and any("sinus" in n for n in part.idents):
            found[towers[part.name]].pop("sinusoidal", None)
    wrapped = sorted({n for p in parts for n in p.idents if WRAPPED.match(n)} | imported(folder))
    every = {kind for kinds in found.values() for kind in kinds}
    evidence = [
        f"{tower}: {kind} {where}"
        for tower, kinds in found.items()
        for kind, where in kinds.items()
    ]
    if not every:
        convolutions = [
            (p, n) for p in parts for n in p.idents if CONVOLUTION.match(n.rpartition(".")[2])
        ]
        if wrapped:
            every = {"wrapper"}
        elif convolutions:
            every = {"convolution"}
            part, name = convolutions[0]
            evidence.append(f"convolution {part.file}:{part.idents[name]}")
        else:
            every = {"none"}
    row = {tower: "+".join(k for k in KINDS if k in found[tower]) for tower in TOWERS}
    if every <= {"convolution", "none"} and not any(row.values()):
        row[modality(parts)[0]] = "".join(every)
    row["positions"] = "+".join(k for k in KINDS if k in every)
    row["parts_from"] = " ".join(wrapped)
    row |= rotary_details(folder, parts, towers) if "rotary" in every else {}
    row |= table_details(folder, parts)
    row["evidence"] = "; ".join(evidence)
    return {"folder": folder.name} | row


def imported(folder: Path) -> set[str]:
    """Return the other folders whose models this one's modelling code imports."""
    text = "".join(p.read_text("utf-8") for p in sorted(folder.glob("modeling_*.py")))
    return set(re.findall(r"^from \.\.(\w+)\.modeling_\w+ import", text, re.M)) | {
        name for name in re.findall(r"^from \.\.(\w+) import .*Model", text, re.M) if name != "auto"
    }


def year_of(folder: Path) -> str:
    """Return the latest year in the copyright lines of the model's configuration and code."""
    files = [*folder.glob("configuration_*.py"), *folder.glob("modeling_*.py")]
    text = "\n".join(path.read_text("utf-8")[:3000] for path in files)
    return max(re.findall(r"Copyright\D{0,6}(20\d\d)", text), default="")


def models_folder() -> Path:
    """Return where the installed package keeps its models, without importing it."""
    return Path(find_spec("transformers").origin).parent / "models"


def folders() -> list[Path]:
    """Return the folders with modelling code."""
    found = {path.parent for path in models_folder().glob("*/modeling_*.py")}
    return sorted(path for path in found if path.name not in NOT_MODELS)


CONFIGS = (  # what the lesson reads line by line
    *("BertConfig", "LlamaConfig", "Qwen3Config", "Gemma3TextConfig", "SmolLM3Config"),
    *("Llama4TextConfig", "GPTNeoXConfig", "PhiConfig", "DeepseekV3Config", "Qwen2VLTextConfig"),
    *("BartConfig", "T5Config", "BloomConfig", "GPT2Config", "Gemma3nTextConfig", "GraniteConfig"),
)
KEYS = (
    *("model_type", "vocab_size", "hidden_size", "d_model", "n_embd", "num_hidden_layers"),
    *("num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings"),
    *("n_positions", "relative_attention_num_buckets", "relative_attention_max_distance"),
    *("rope_parameters", "partial_rotary_factor", "sliding_window", "layer_types"),
    *("no_rope_layers", "no_rope_layer_interval", "q_lora_rank", "kv_lora_rank"),
    *("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "rope_interleave", "use_qk_norm"),
    *("scale_embedding", "embedding_multiplier", "hidden_size_per_layer_input"),
    *("vocab_size_per_layer_input", "tie_word_embeddings", "type_vocab_size"),
)


def configs() -> dict[str, dict]:
    """Return the keys on positions and tables in the default configurations of some models."""
    import transformers  # only here: the census itself reads text

    wholes = {name: getattr(transformers, name)().to_dict() for name in CONFIGS}
    return {
        name: {key: whole[key] for key in KEYS if key in whole} for name, whole in wholes.items()
    }


def main() -> None:
    """Read all and write."""
    version = re.search(
        r'__version__ = "(.+)"', (models_folder().parent / "__init__.py").read_text()
    )
    file = io.StringIO()
    file.write(f"# Made by experiments/census.py from the source of transformers {version[1]}.\n")
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(read(folder) | {"year": year_of(folder)} for folder in folders())
    write_data("census.csv", file.getvalue().encode())
    lines = [f"  {json.dumps(name)}: {json.dumps(config)}" for name, config in configs().items()]
    text = ",\n".join([f'  "transformers": "{version[1]}"', *lines])
    write_data("census_configs.json", f"{{\n{text}\n}}\n".encode())


if __name__ == "__main__":
    main()
